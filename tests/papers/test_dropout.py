"""Dropout: the chapter's averages against enumeration, closed forms, scipy, scikit-learn and autograd."""

from __future__ import annotations

from itertools import product

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import logsumexp
from scipy import special, stats
from scipy.optimize import minimize
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from tests.chapters import definitions

chapter = definitions("dropout")


def test_every_mask_is_there_once_and_chances_are_those_of_coins():
    masks = chapter.every_mask(4)
    assert sorted(map(tuple, masks)) == sorted(product((0, 1), repeat=4))
    got = chapter.chances(masks, 0.3)
    np.testing.assert_allclose(got, [stats.bernoulli.pmf(mask, 0.3).prod() for mask in masks])
    by_count = np.bincount(masks.sum(axis=1).astype(int), weights=got)
    np.testing.assert_allclose(by_count, stats.binom.pmf(range(5), 4, 0.3))


def test_log_softmax_is_scipys_where_logits_are_large():
    logits = np.array([[2000.0, 1999.0, -2000.0], [0.1, 0.2, 0.3]])
    np.testing.assert_allclose(chapter.log_softmax(logits), special.log_softmax(logits, axis=-1))


def test_averages_visit_each_thinned_network():
    rng = np.random.default_rng(0)
    features, weights, keep = rng.normal(size=3), rng.normal(size=(3, 2)), 0.7
    arithmetic, geometric = np.zeros(2), np.ones(2)
    for mask in product((0, 1), repeat=3):
        chance = keep ** sum(mask) * (1 - keep) ** (3 - sum(mask))
        p = special.softmax(sum(m * f * w for m, f, w in zip(mask, features, weights, strict=True)))
        arithmetic += chance * p
        geometric *= p**chance
    expected = special.softmax(keep * features @ weights), geometric / geometric.sum(), arithmetic
    for got, reference in zip(chapter.averages(features, weights, keep), expected, strict=True):
        np.testing.assert_allclose(got, reference)


def test_hidden_averages_visit_each_pair_of_masks():
    rng = np.random.default_rng(1)
    x, first, second, keep = rng.normal(size=2), rng.normal(size=(2, 3)), rng.normal(size=(3, 2)), 0.6
    mean = np.zeros(2)
    for bits in product((0, 1), repeat=5):
        h = np.maximum((np.array(bits[:2]) * x) @ first, 0)
        p = special.softmax((np.array(bits[2:]) * h) @ second)
        mean += keep ** sum(bits) * (1 - keep) ** (5 - sum(bits)) * p
    scaled, got = chapter.hidden_averages(x, first, second, keep)
    np.testing.assert_allclose(got, mean)
    np.testing.assert_allclose(scaled, special.softmax(keep * np.maximum(x @ (keep * first), 0) @ second))


def small_regression(seed=2, n=12):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)) * [1, 5, 0.2], rng.normal(size=n), rng.normal(size=3)


@pytest.mark.parametrize("keep", [0.3, 0.8])
def test_ridge_is_scikit_learns_on_inputs_of_one_size(keep):
    """Divided by its root of squares each input has the same penalty, which is what plain ridge regression has."""
    x, y, _ = small_regression()
    size = np.sqrt(np.sum(x**2, axis=0))
    reference = Ridge(alpha=(1 - keep) / keep, fit_intercept=False).fit(x / size, y).coef_ / size
    np.testing.assert_allclose(chapter.dropout_ridge(x, y, keep), reference)


def test_expected_loss_is_that_of_many_draws_and_least_at_the_ridge_solution():
    x, y, w = small_regression()
    rng = np.random.default_rng(3)
    draws = [np.sum((y - (rng.random(x.shape) < 0.6) * x @ w) ** 2) for _ in range(20_000)]
    expected = chapter.expected_loss(w, x, y, 0.6)
    assert expected == pytest.approx(np.mean(draws), abs=5 * stats.sem(draws))
    best = minimize(chapter.expected_loss, w, args=(x, y, 0.6)).x
    np.testing.assert_allclose(0.6 * best, chapter.dropout_ridge(x, y, 0.6), atol=1e-4)


def test_ridge_loss_is_written_out_by_hand():
    x, y, w = np.array([[1.0, 2.0]]), np.array([3.0]), np.array([2.0, -1.0])
    assert chapter.ridge_loss(w, x, y, 0.5) == pytest.approx((3 - 0.5 * 0) ** 2 + 0.25 * (1 * 4 + 4 * 1))


def test_gaussian_loss_is_that_of_many_draws():
    x, y, w = small_regression()
    rng = np.random.default_rng(4)
    factors = rng.normal(1, np.sqrt(0.25 / 0.75), size=(20_000, 1, 3))
    draws = np.sum((y - (factors * x) @ w) ** 2, axis=1)
    assert chapter.gaussian_loss(w, x, y, 0.75) == pytest.approx(draws.mean(), abs=5 * stats.sem(draws))


def test_training_with_masks_ends_near_the_ridge_solution_and_without_at_least_squares():
    x, y, _ = small_regression(5, n=30)
    got = chapter.train_linear(x, y, 0.5, np.random.default_rng(6), n_steps=4000)
    reference = chapter.dropout_ridge(x, y, 0.5)
    assert np.linalg.norm((got - reference) * x.std(axis=0)) < 0.05
    np.testing.assert_allclose(
        chapter.train_linear(x, y, 1.0, np.random.default_rng(7), n_steps=4000), np.linalg.lstsq(x, y)[0], atol=1e-6
    )


def test_regression_data_have_a_near_copy_and_four_scales():
    x, y = chapter.regression_data(np.random.default_rng(8), n=20_000)
    np.testing.assert_allclose(x.std(axis=0), [1, np.hypot(0.9, 0.45), 10, 0.1], rtol=0.03)
    assert np.corrcoef(x[:, 0], x[:, 1])[0, 1] == pytest.approx(0.9 / np.hypot(0.9, 0.45), abs=0.01)
    fitted = np.linalg.lstsq(x, y)[0]
    np.testing.assert_allclose(fitted * [1, 1, 10, 0.1], [1.5, -1, 0.7, 0], atol=0.05)
    assert np.std(y - x @ fitted) == pytest.approx(0.5, rel=0.03)


def test_digits_are_scikit_learns_and_a_fifth_of_the_labels_are_drawn_anew():
    x, y, x_new, y_new = chapter.noisy_digits(1000, np.random.default_rng(9))
    raw, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(9).permutation(1797)
    np.testing.assert_allclose(np.vstack([x, x_new]), raw[order][np.r_[:1000, 1097:1797]] / 16)
    np.testing.assert_array_equal(y_new, labels[order][-700:])
    changed = int(np.sum(y != labels[order][:1000]))
    assert stats.binomtest(changed, 1000, 0.2 * 0.9).pvalue > 1e-3


def small_net(hidden=7, n=9, seed=10):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=s) for s in [(64, hidden), (hidden,), (hidden, 10), (10,)]]
    masks = [(rng.random((n, d)) < 0.6) / 0.6 for d in (64, hidden)]
    return weights, rng.normal(size=(n, 64)), rng.integers(0, 10, n), masks


def reference_loss(weights, x, y, masks):
    h = anp.maximum(anp.dot(x * masks[0], weights[0]) + weights[1], 0) * masks[1]
    logits = anp.dot(h, weights[2]) + weights[3]
    return anp.mean(logsumexp(logits, axis=1) - logits[anp.arange(len(y)), y])


def test_forward_drops_inputs_and_hidden_units():
    weights, x, _, masks = small_net()
    dropped, h, logits = chapter.forward(weights, x, *masks)
    assert np.all(dropped[masks[0] == 0] == 0) and np.all(h[masks[1] == 0] == 0)
    for i in range(len(x)):  # the thinned network of one example, with what was dropped taken out
        kept, units = masks[0][i] > 0, masks[1][i] > 0
        inner = np.maximum(x[i, kept] / 0.6 @ weights[0][kept][:, units] + weights[1][units], 0)
        np.testing.assert_allclose(logits[i], inner / 0.6 @ weights[2][units] + weights[3])


def test_gradients_are_autograds():
    weights, x, y, masks = small_net()
    for got, reference in zip(
        chapter.gradients(weights, x, y, *masks), grad(reference_loss)(weights, x, y, masks), strict=True
    ):
        np.testing.assert_allclose(got, reference, atol=1e-10)


@pytest.mark.parametrize("gaussian", [False, True])
def test_masks_have_mean_one_and_the_same_variance(gaussian):
    mask = chapter.draw_mask((200, 200), 0.8, np.random.default_rng(11), gaussian)
    assert mask.mean() == pytest.approx(1, abs=0.02)
    assert mask.var() == pytest.approx(0.25, rel=0.05)
    assert gaussian == (len(np.unique(mask)) > 2)
    assert np.all(chapter.draw_mask((3, 3), 1, np.random.default_rng(12), gaussian) == 1)


def test_training_without_noise_takes_scikit_learns_steps(monkeypatch):
    rng = np.random.default_rng(14)
    x, y = rng.normal(size=(20, 64)).astype(np.float32), rng.integers(0, 10, 20)
    monkeypatch.setitem(chapter.train.__globals__, "HIDDEN", 6)
    begun = chapter.train(x, y, (1, 1), np.random.default_rng(15), n_steps=0)
    assert begun[0].std() == pytest.approx(np.sqrt(2 / 64), rel=0.2)
    assert not begun[1].any() and not begun[3].any()
    replay = np.random.default_rng(15)
    for w in begun:
        replay.normal(size=w.shape)
    expected = [w.astype(float) for w in begun]
    steps = SGDOptimizer(expected, learning_rate_init=0.1, momentum=0.9, nesterov=False)
    for _ in range(5):
        batch = replay.integers(20, size=50)
        replay.random((50, 64)), replay.random((50, 6))
        ones = [np.ones((50, d)) for d in (64, 6)]
        steps.update_params(expected, grad(reference_loss)(expected, x[batch].astype(float), y[batch], ones))
    got = chapter.train(x, y, (1, 1), np.random.default_rng(15), n_steps=5)
    for w, reference in zip(got, expected, strict=True):
        np.testing.assert_allclose(w, reference, atol=1e-4)


def test_training_draws_masks_of_its_kind_anew_for_each_image_and_step(monkeypatch):
    seen = []

    def no_slopes(weights, x, y, mask_0, mask_1):
        seen.append((mask_0, mask_1))
        return [0 * w for w in weights]

    monkeypatch.setitem(chapter.train.__globals__, "gradients", no_slopes)
    x, y = np.zeros((100, 64), dtype=np.float32), np.zeros(100, dtype=int)
    chapter.train(x, y, (0.8, 0.5), np.random.default_rng(16), n_steps=2)
    (inputs, units), (others, _) = seen
    assert (inputs > 0).mean() == pytest.approx(0.8, abs=0.05)
    assert (units > 0).mean() == pytest.approx(0.5, abs=0.05)
    assert not np.array_equal(inputs, others)
    assert not np.array_equal(inputs[0], inputs[1])
    chapter.train(x, y, (0.8, 0.5), np.random.default_rng(17), n_steps=1, gaussian=True)
    assert len(np.unique(seen[-1][1])) > 1000


def test_error_counts_wrong_classes():
    weights, x, _, _ = small_net()
    best = chapter.forward(weights, x)[2].argmax(axis=1)
    assert chapter.error(weights, x, best) == 0
    assert chapter.error(weights, x, np.where(np.arange(9) < 3, (best + 1) % 10, best)) == pytest.approx(1 / 3)


def test_samples_are_thinned_networks_and_are_averaged_in_order(monkeypatch):
    monkeypatch.setitem(chapter.sampled_probabilities.__globals__, "HIDDEN", 7)
    weights, x, _, _ = small_net()
    samples = chapter.sampled_probabilities(weights, x, 3, (0.8, 0.5), np.random.default_rng(18))
    rng = np.random.default_rng(18)
    for got in samples:
        masks = [(rng.random((9, d)) < k) / k for d, k in ((64, 0.8), (7, 0.5))]
        logits = chapter.forward(weights, x, *masks)[2]
        np.testing.assert_allclose(got, special.softmax(logits, axis=1), rtol=1e-4, atol=1e-7)
    y = np.arange(9)
    for k in (1, 2, 3):
        voted = sum(samples[:k]).argmax(axis=1)
        assert chapter.error_of_first(samples, k, y) == pytest.approx(np.mean(voted != y))
