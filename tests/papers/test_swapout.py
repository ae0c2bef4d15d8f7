"""Swapout: the chapter's networks against autograd, enumeration, closed forms, scipy and published counts."""

from __future__ import annotations

from itertools import pairwise, product
from math import comb

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import logsumexp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, log_loss
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer
from sklearn.preprocessing import StandardScaler

from tests.chapters import definitions

chapter = definitions("swapout")
few = settings(max_examples=10, deadline=None)


def tiny_layers(n_layers, d, hidden=8, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(d, hidden)), rng.normal(size=(hidden, d))) for _ in range(n_layers)]


def by_unit(x, layers, masks):
    """The layer's definition, one unit at a time: each reports 0, x, F or x + F."""
    h = x
    for (w_1, w_2), (m_1, m_2) in zip(layers, masks, strict=True):
        branch = np.maximum(h @ w_1, 0) @ w_2
        columns = []
        for j in range(h.shape[1]):
            match int(m_1[j]), int(m_2[j]):
                case 0, 0:
                    columns.append(np.zeros(len(h)))
                case 1, 0:
                    columns.append(h[:, j])
                case 0, 1:
                    columns.append(branch[:, j])
                case 1, 1:
                    columns.append(h[:, j] + branch[:, j])
        h = np.stack(columns, axis=1)
    return h


@few
@given(st.integers(1, 3), st.integers(1, 4), st.integers(0, 100))
def test_tiny_net_lets_each_unit_report_what_its_masks_say(n_layers, d, seed):
    rng = np.random.default_rng(seed)
    layers, x = tiny_layers(n_layers, d, seed=seed), rng.normal(size=(5, d))
    masks = (rng.random((6, n_layers, 2, d)) < 0.5).astype(float)
    got = chapter.tiny_net(x, layers, masks)
    np.testing.assert_allclose(got, [by_unit(x, layers, m) for m in masks], atol=1e-10)


@pytest.mark.parametrize("kappa", [0.2, 0.5, 0.9])
def test_exact_mean_is_the_weighted_sum_over_binary_numbers(kappa):
    layers, x = tiny_layers(2, 2), np.random.default_rng(1).normal(size=(3, 2))
    total = np.zeros((3, 2))
    for number in range(2**8):
        bits = np.array([number >> i & 1 for i in range(8)])
        weight = kappa ** bits.sum() * (1 - kappa) ** (8 - bits.sum())
        total += weight * by_unit(x, layers, bits.reshape(2, 2, 2))
    np.testing.assert_allclose(chapter.exact_mean(x, layers, kappa), total, atol=1e-12)


@pytest.mark.parametrize("kappa", [0.3, 0.8])
def test_chances_are_those_of_independent_coins(kappa):
    masks = chapter.every_mask(1, 2)
    got = chapter.chances(masks, kappa)
    np.testing.assert_allclose(got, stats.bernoulli.pmf(masks, kappa).reshape(16, 4).prod(axis=1))
    assert got.sum() == pytest.approx(1)


def test_every_mask_is_there_once():
    masks = chapter.every_mask(2, 2).reshape(-1, 8)
    assert len(np.unique(masks, axis=0)) == len(masks) == 256


def test_mean_masks_give_the_expectation_of_one_layer_only():
    x = np.random.default_rng(2).normal(size=(4, 2))
    for n_layers, exact in [(1, True), (2, False)]:
        layers = tiny_layers(n_layers, 2)
        same = np.allclose(chapter.mean_mask_output(x, layers, 0.6), chapter.exact_mean(x, layers, 0.6))
        assert same == exact


@pytest.mark.parametrize("method", ["dropout", "stochastic depth", "skipforward", "swapout"])
def test_reports_follow_the_probabilities_of_each_method(method):
    kappa, n = 0.7, 4000
    m_1, m_2 = chapter.random_masks(method, n, 3, kappa, np.random.default_rng(3))
    counts = np.bincount((m_1 + 2 * m_2).astype(int)[:, 0], minlength=4)  # 0, x, F, x + F in one unit of each layer
    miss = 1 - kappa
    expected = {
        "dropout": [miss, 0, 0, kappa],
        "stochastic depth": [0, miss, 0, kappa],
        "skipforward": [0, kappa, miss, 0],
        "swapout": [miss**2, kappa * miss, miss * kappa, kappa**2],
    }[method]
    for count, probability in zip(counts, expected, strict=True):
        assert stats.binomtest(count, n, probability).pvalue > 1e-3
    assert (np.ptp(m_2, axis=1).max() == 0) == (method == "stochastic depth")


def test_masks_in_training_are_independent_fair_coins_of_their_own_rate():
    keep = np.array([[0.5] * 6, np.linspace(1, 0.5, 6)])
    for block, masks in enumerate(chapter.draw_masks(keep, 200, np.random.default_rng(4))):
        assert masks.shape == (2, 2, 200, chapter.WIDTH) and set(np.unique(masks)) <= {0, 1}
        for net in range(2):
            kept = masks[:, net].reshape(2, -1).astype(int)
            for row in kept:
                assert stats.binomtest(int(row.sum()), row.size, keep[net, block]).pvalue > 1e-4
            both = int((kept[0] & kept[1]).sum())
            assert stats.binomtest(both, kept.shape[1], keep[net, block] ** 2).pvalue > 1e-4


def test_mean_masks_are_the_means_of_drawn_ones():
    keep = np.array([np.linspace(1, 0.5, 6)])
    drawn = chapter.draw_masks(keep, 300, np.random.default_rng(5))
    for mean, masks in zip(chapter.mean_masks(keep), drawn, strict=True):
        np.testing.assert_allclose(mean[..., 0, 0], masks.mean(axis=(2, 3)), atol=0.02)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_number_of_functions_is_the_closed_form(d):
    x = np.random.default_rng(6).normal(size=(25, d))
    layers = tiny_layers(2, d, hidden=16, seed=6)
    found = {name: chapter.functions(x, layers, choices) for name, choices in chapter.layer_choices(d).items()}
    swapout = 4**d + sum(comb(d, s) * 3**s * (4**s * 2 ** (d - s) - 2**s) for s in range(1, d + 1))
    dropout = (2**d - 1) ** 2 + 1  # two masks that are not all zero, or nothing at all
    sizes = {name: len(nets) for name, nets in found.items()}
    assert sizes == {
        "swapout": swapout,
        "dropout": dropout,
        "plain_dropout": dropout,
        "skipforward": 4**d,
        "stochastic_depth": 4,
    }
    assert all(nets <= found["swapout"] for nets in found.values())


def reference_loss(weights, x, y, masks):
    """One network's mean cross-entropy, built anew for autograd."""

    def layer(h):
        return anp.maximum((h - anp.mean(h, axis=0)) / anp.sqrt(anp.var(h, axis=0) + 1e-5), 0)

    h = anp.dot(x, weights[0])
    for i, (m_1, m_2) in enumerate(masks):
        branch = anp.dot(layer(anp.dot(layer(h), weights[1 + 2 * i])), weights[2 + 2 * i])
        h = h * m_1 + branch * m_2
    logits = anp.dot(layer(h), weights[-1])
    return anp.mean(logsumexp(logits, axis=1) - logits[anp.arange(len(y)), y])


def test_transposed_leaves_the_networks_where_they_are():
    a = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_array_equal(chapter.transposed(a), [net.T for net in a])


def test_backward_of_normalised_is_autograds():
    rng = np.random.default_rng(15)
    h, d_out = rng.normal(size=(2, 9, 4)), rng.normal(size=(2, 9, 4))

    def weighted(h):
        z = (h - anp.mean(h, axis=1, keepdims=True)) / anp.sqrt(anp.var(h, axis=1, keepdims=True) + 1e-5)
        return anp.sum(d_out * anp.maximum(z, 0))

    got = chapter.normalised_backward(d_out, chapter.normalised(h)[1])
    np.testing.assert_allclose(got, grad(weighted)(h), atol=1e-10)


def small_problem(n_blocks, n=15, nets=2, seed=0):
    rng = np.random.default_rng(seed)
    sizes = [64] + [7] * (2 * n_blocks + 1) + [10]
    weights = [rng.normal(size=(nets, a, b)) / np.sqrt(a) for a, b in pairwise(sizes)]
    masks = [(rng.random((2, nets, n, 7)) < 0.6).astype(float) for _ in range(n_blocks)]
    return weights, rng.normal(size=(n, 64)), rng.integers(0, 10, n), masks


@pytest.mark.parametrize("n_blocks", [1, 3])
def test_gradients_are_autograds(n_blocks):
    weights, x, y, masks = small_problem(n_blocks)
    got = chapter.gradients(weights, x, y, masks)
    for net in range(2):
        mine = [m[:, net] for m in masks]
        expected = grad(reference_loss)([w[net] for w in weights], x, y, mine)
        for part, reference in zip(got, expected, strict=True):
            np.testing.assert_allclose(part[net], reference, atol=1e-6)


def test_training_without_noise_takes_scikit_learns_steps_and_a_tenth_of_the_rate_at_the_end():
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(50, 64)).astype(np.float32), rng.integers(0, 10, 50)
    keep = np.ones((1, chapter.N_BLOCKS), dtype=np.float32)
    start, end = (chapter.train(keep, 1, x, y, np.random.default_rng(8), n_epochs=n, rate=0.01) for n in (0, 5))
    expected, ones = [w[0].astype(float) for w in start], [(1.0, 1.0)] * chapter.N_BLOCKS
    steps = SGDOptimizer(expected, learning_rate_init=0.01, momentum=0.9, nesterov=False)
    for epoch in range(5):  # all data are one batch
        steps.learning_rate = 0.01 if epoch < 4 else 0.001
        steps.update_params(expected, grad(reference_loss)(expected, x.astype(float), y, ones))
    for got, reference in zip(end, expected, strict=True):
        np.testing.assert_allclose(got[0], reference, atol=5e-4)


def test_training_draws_fresh_masks_for_each_image_of_each_batch(monkeypatch):
    x, y, seen = np.zeros((100, 64), dtype=np.float32), np.zeros(100, dtype=int), []
    x[:, 0] = np.arange(100)

    def no_slopes(weights, x, y, masks):
        seen.append((x[:, 0], masks))
        return [0 * w for w in weights]

    monkeypatch.setitem(chapter.train.__globals__, "gradients", no_slopes)
    keep = np.full((1, chapter.N_BLOCKS), 0.5, dtype=np.float32)
    chapter.train(keep, 1, x, y, np.random.default_rng(13), n_epochs=1)
    (first, masks), (second, others) = seen
    np.testing.assert_array_equal(np.sort(np.r_[first, second]), np.arange(100))
    assert masks[0].shape == (2, 1, 50, chapter.WIDTH)
    assert not np.array_equal(masks[0], others[0])
    assert 0.3 < np.mean(masks[0][:, :, 0] != masks[0][:, :, 1]) < 0.7  # two images of one batch


def test_groups_of_networks_start_alike():
    keep = np.ones((4, chapter.N_BLOCKS))
    x, y = np.zeros((50, 64)), np.zeros(50, dtype=int)
    for w in chapter.train(keep, 2, x, y, np.random.default_rng(9), n_epochs=0):
        np.testing.assert_array_equal(w[:2], w[2:])
        assert not np.array_equal(w[0], w[1])
        assert w.var() == pytest.approx(2 / w.shape[1], rel=0.1)


@few
@given(st.integers(3, 40), st.integers(1, 6), st.integers(0, 100))
def test_normalised_is_scikit_learns_scaler_and_relu(n, d, seed):
    h = np.random.default_rng(seed).normal(2, 3, size=(1, n, d))
    expected = np.maximum(StandardScaler().fit_transform(h[0]), 0)
    np.testing.assert_allclose(chapter.normalised(h)[0][0], expected, atol=5e-3)


def test_moments_of_the_same_pass_reproduce_it_and_those_of_another_do_not():
    weights, x, _, masks = small_problem(2)
    other = [m[..., ::-1] for m in masks]
    moments = chapter.moments_under(weights, x, masks)
    logits = chapter.forward(weights, x, masks)[0]
    np.testing.assert_allclose(chapter.forward(weights, x, masks, moments)[0], logits, atol=1e-12)
    wrong = chapter.forward(weights, x, masks, chapter.moments_under(weights, x, other))[0]
    assert np.abs(wrong - logits).max() > 0.01


def test_softmax_errors_and_log_losses_agree_with_scipy_and_scikit_learn():
    rng = np.random.default_rng(10)
    logits, y = rng.normal(size=(2, 30, 10)), np.arange(30) % 10
    p = chapter.softmax(logits)
    np.testing.assert_allclose(p, special.softmax(logits, axis=-1))
    for net in range(2):
        assert chapter.error(p, y)[net] == pytest.approx(1 - accuracy_score(y, p[net].argmax(axis=1)))
        assert chapter.log_loss(p, y)[net] == pytest.approx(log_loss(y, p[net]))


def test_softmax_is_scipys_where_logits_are_large():
    logits = np.array([[2000.0, 1999.0, -2000.0]])
    np.testing.assert_allclose(chapter.softmax(logits), special.softmax(logits, axis=-1))


def test_error_of_averages_uses_every_sample_once():
    rng = np.random.default_rng(11)
    samples, y = rng.dirichlet(np.ones(10), size=(4, 1, 50)), rng.integers(0, 10, 50)
    halves = [(samples[i] + samples[i + 1]).argmax(axis=-1) != y for i in (0, 2)]
    assert chapter.error_of_averages(samples, 2, y)[0] == pytest.approx(np.mean(halves))


def test_by_schedule_averages_over_seeds(monkeypatch):
    np.testing.assert_allclose(chapter.by_schedule(np.array([1.0, 3.0, 10.0, 20.0])), [2, 15])
    monkeypatch.setitem(chapter.by_schedule.__globals__, "N_SEEDS", 3)
    np.testing.assert_allclose(chapter.by_schedule(np.arange(6.0)), [1, 4])


@few
@given(st.floats(0.05, 1), st.floats(0.05, 1), st.integers(0, 100))
def test_report_variance_is_that_of_the_products_of_independent_variables(kappa_1, kappa_2, seed):
    """By the law of total variance, which does not visit the reports; and in the chapter's formula."""
    rng = np.random.default_rng(seed)
    x, f = rng.normal(0.5, 1, size=(2, 40))
    within = stats.bernoulli.var(kappa_1) * x**2 + stats.bernoulli.var(kappa_2) * f**2
    expected = within.mean() + np.var(kappa_1 * x + kappa_2 * f)
    assert chapter.report_variance(x, f, kappa_1, kappa_2) == pytest.approx(expected)


@pytest.mark.parametrize(("kappa_1", "kappa_2"), [(0.5, 0.5), (0.8, 0.8), (1, 0.5), (1, np.sqrt(2) - 1)])
def test_masks_raise_the_variance_by_a_closed_form(kappa_1, kappa_2):
    x, f = np.array(list(product([-1.0, 1.0], repeat=2))).T
    ratio = chapter.report_variance(x, f, kappa_1, kappa_2) / np.var(kappa_1 * x + kappa_2 * f)
    assert ratio == pytest.approx((kappa_1 + kappa_2) / (kappa_1**2 + kappa_2**2))
    assert kappa_1 < 1 or ratio <= (1 + np.sqrt(2)) / 2 + 1e-12


def test_digits_are_scikit_learns_split_and_scaled_by_the_training_part():
    x, y, x_new, y_new = chapter.digits(1000, np.random.default_rng(12))
    raw, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(12).permutation(1797)
    np.testing.assert_array_equal(np.r_[y, y_new], labels[order])
    scaler = StandardScaler(with_std=False).fit(raw[order[:1000]])
    expected = scaler.transform(raw[order])
    np.testing.assert_allclose(np.r_[x, x_new], expected / expected[:1000].std(), atol=1e-4)


def test_sizes_are_the_published_ones():
    assert chapter.cifar_weights(111, bottleneck=True) == 10_328_602  # ResNet-1001 in the model zoo pytorchcv
    projections = (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64)  # ResNet-1202 there projects twice, the chapter pads
    assert chapter.cifar_weights(200) + projections == 19_424_026
