"""Batch normalization: the layer, its gradients and the experiments against autograd, scikit-learn, closed forms."""

from __future__ import annotations

from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import expit as a_expit
from autograd.scipy.special import logsumexp
from scipy import integrate, special, stats
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler

from tests.chapters import definitions

chapter = definitions("batch-normalization")


def test_batch_norm_is_scikit_learns_scaler_on_its_batch_and_on_another():
    rng = np.random.default_rng(0)
    z, new = rng.normal(3, 5, size=(9, 4)), rng.normal(size=(2, 4))
    scaler = StandardScaler().fit(z)
    normed, inverse, moments = chapter.batch_norm(z, epsilon=0)
    np.testing.assert_allclose(normed, scaler.transform(z), atol=1e-12)
    np.testing.assert_allclose(inverse[0], 1 / scaler.scale_)
    np.testing.assert_allclose(chapter.batch_norm(new, moments, epsilon=0)[0], scaler.transform(new))


def test_batch_norm_takes_each_network_by_itself_and_keeps_a_constant_unit_finite():
    z = np.random.default_rng(1).normal(size=(3, 7, 2))
    np.testing.assert_allclose(chapter.batch_norm(z)[0][1], chapter.batch_norm(z[1])[0])
    np.testing.assert_array_equal(chapter.batch_norm(np.ones((4, 1)))[0], 0)
    assert chapter.batch_norm(np.array([[0.0], [2.0]]), epsilon=3)[0][1, 0] == pytest.approx(1 / 2)


@pytest.mark.parametrize("ours", ["batch_norm_backward", "paper_backward"])
def test_backward_is_autograds(ours):
    rng = np.random.default_rng(2)
    z, slope = rng.normal(2, 3, size=(6, 3)), rng.normal(size=(6, 3))

    def outcome(z):
        centred = z - anp.mean(z, axis=0)
        return anp.sum(slope * centred / anp.sqrt(anp.mean(centred**2, axis=0)))

    if ours == "paper_backward":
        got, through_var = chapter.paper_backward(slope, z)
        np.testing.assert_allclose(through_var, 0, atol=1e-12)
    else:
        got = chapter.batch_norm_backward(slope, *chapter.batch_norm(z, epsilon=0)[:2])
    np.testing.assert_allclose(got, grad(outcome)(z), atol=1e-12)


@pytest.mark.parametrize("knows", [False, True])
def test_bias_path_is_what_autograd_descends(monkeypatch, knows):
    inputs, targets = np.array([1.0, -2.0, 0.5, 3.0]), np.array([2.0, 0.0, 1.0, 4.0])
    monkeypatch.setitem(chapter.bias_path.__globals__, "INPUTS", inputs)
    monkeypatch.setitem(chapter.bias_path.__globals__, "TARGETS", targets)

    def loss(b, frozen):
        z = inputs + b
        return anp.mean((z - (anp.mean(z) if knows else frozen) - targets) ** 2)

    b, expected = 0.0, []
    for _ in range(6):
        frozen = np.mean(inputs + b)
        expected.append([b, loss(b, frozen)])
        b -= 0.3 * grad(loss)(b, frozen)
    np.testing.assert_allclose(chapter.bias_path(knows, n_steps=5, rate=0.3), np.transpose(expected), atol=1e-12)


def test_mean_output_of_two_is_the_chance_to_be_the_larger():
    z = np.array([-1.0, 0.2, 2.5])
    got = chapter.mean_output(z, 2, np.random.default_rng(3))
    np.testing.assert_allclose(got, 2 * stats.norm.cdf(z) - 1, atol=0.03)


def test_mean_output_of_more_is_an_integral_over_mean_and_variance_of_the_others():
    """The others' mean is normal, their sum of squares about it chi-square, and the two are independent."""
    n, z = 6, 1.7
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    spreads, chances = special.roots_genlaguerre(40, (n - 2) / 2 - 1)
    mean, spread = nodes[:, None] * (n - 1) ** -0.5, 2 * spreads
    var = (spread + (n - 1) / n * (z - mean) ** 2) / n
    normalised = (z - (z + (n - 1) * mean) / n) / np.sqrt(var)
    expected = weights @ normalised @ chances / weights.sum() / chances.sum()
    got = chapter.mean_output(np.array([z]), n, np.random.default_rng(4))
    assert got[0] == pytest.approx(expected, abs=0.015)


def test_digits_are_scikit_learns_in_random_order():
    x, y, x_new, y_new = chapter.digits(1000, np.random.default_rng(5))
    raw, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(5).permutation(1797)
    np.testing.assert_allclose(np.vstack([x, x_new]), raw[order] / 16)
    np.testing.assert_array_equal(np.r_[y, y_new], labels[order])
    assert len(x) == 1000


def test_new_layers_have_variance_one_over_fan_in_and_copies_are_alike():
    layers = chapter.new_layers(np.random.default_rng(6))
    assert [w.shape for w, _, _ in layers] == [(64, 32), (32, 32), (32, 32), (32, 10)]
    for w, u, b in layers:
        assert w.std() == pytest.approx(len(w) ** -0.5, rel=0.15)
        assert np.all(u == 1) and np.all(b == 0) and u.shape == b.shape == (1, w.shape[1])
    for layer, copied in zip(layers, chapter.copies(layers, 3), strict=True):
        for p, many in zip(layer, copied, strict=True):
            np.testing.assert_array_equal(many, [p, p, p])


def small_nets(seed=7, n_nets=2, sizes=(5, 4, 4, 4, 3)):
    rng = np.random.default_rng(seed)
    layers = [
        [rng.normal(size=(n_nets, d, e)), rng.uniform(0.5, 2, (n_nets, 1, e)), rng.normal(size=(n_nets, 1, e))]
        for d, e in pairwise(sizes)
    ]
    for w, u, _ in layers[-1:]:
        u[:] = np.ones((n_nets, 1, w.shape[-1]))
    shake = [(rng.uniform(0.5, 1.5, (n_nets, 1, 4)), rng.normal(size=(n_nets, 1, 4))) for _ in range(3)]
    return layers, rng.normal(size=(8, 5)), rng.integers(0, 3, 8), shake


def reference_logits(net, x, normal, shake, moments=None):
    """One network in autograd's numpy; its moments are those of its batch unless they are given."""
    h = x
    for k, (w, u, b) in enumerate(net):
        z = anp.dot(h, w)
        if k == len(net) - 1:
            return z + b
        if normal:
            mean, var = moments[k] if moments else (anp.mean(z, axis=0), anp.var(z, axis=0))
            z = (z - mean) / anp.sqrt(var + 1e-5)
        a = u * z + b
        h = a_expit(shake[k][0] * a + shake[k][1] if shake else a)


CASES = pytest.mark.parametrize(("normal", "shaken"), [(False, False), (True, False), (True, True)])


@CASES
def test_forward_is_each_network_by_itself(normal, shaken):
    layers, x, _, shake = small_nets()
    logits, kept = chapter.forward(layers, x, normal, shake=shake if shaken else None)
    for i in range(2):
        net = [[p[i] for p in layer] for layer in layers]
        own = [[p[i] for p in pair] for pair in shake] if shaken else None
        np.testing.assert_allclose(logits[i], reference_logits(net, x, normal, own), atol=1e-10)
    assert len(kept) == 4
    if normal and not shaken:
        moments = [stats for *_, stats in kept]
        given = [[p[0] for p in pair] for pair in moments[:-1]]
        new = np.random.default_rng(8).normal(size=(3, 5))
        np.testing.assert_allclose(
            chapter.forward(layers, new, True, moments)[0][0],
            reference_logits([[p[0] for p in layer] for layer in layers], new, True, None, given),
        )


def reference_loss(net, x, y, normal, shake):
    logits = reference_logits(net, x, normal, shake)
    return anp.mean(logsumexp(logits, axis=1) - logits[anp.arange(len(y)), y])


@CASES
def test_gradients_are_autograds(normal, shaken):
    layers, x, y, shake = small_nets(9)
    got = chapter.gradients(layers, x, y, normal, shake if shaken else None)
    for i in range(2):
        net = [[p[i] for p in layer] for layer in layers]
        own = [[p[i] for p in pair] for pair in shake] if shaken else None
        expected = grad(reference_loss)(net, x, y, normal, own)
        for k, (slopes, references) in enumerate(zip(got, expected, strict=True)):
            for name, slope, reference in zip("wub", slopes, references, strict=True):
                fixed = name == "u" and (k == 3 or not normal)
                np.testing.assert_allclose(slope[i], 0 * reference if fixed else reference, atol=1e-7)


def test_shakes_are_uniform_and_their_own_for_each_unit_and_network():
    shake = chapter.draw_shake(300, np.random.default_rng(10))
    assert len(shake) == 3
    for factor, shift in shake:
        assert stats.kstest(factor.ravel(), stats.uniform(0.5, 1).cdf).pvalue > 1e-3
        assert stats.kstest(shift.ravel(), stats.uniform(-1, 2).cdf).pvalue > 1e-3
        assert factor.shape == shift.shape == (300, 1, 32)


@pytest.mark.parametrize("shaken", [False, True])
def test_training_steps_along_its_batches_gradients_at_each_rate(monkeypatch, shaken):
    seen = []

    def slopes(layers, x, y, normal, shake):
        seen.append((x[:, 0].astype(int), y, normal, shake))
        return [[np.ones_like(p) for p in layer] for layer in layers]

    monkeypatch.setitem(chapter.train.__globals__, "gradients", slopes)
    start = chapter.new_layers(np.random.default_rng(11))
    x, y = np.arange(100.0)[:, None], 7 * np.arange(100)
    path = chapter.train(start, [0.25, 1], x, y, np.random.default_rng(12), True, shaken, 40)
    assert len(path) == 3 and len(seen) == 40
    for k, steps in enumerate((0, 20, 40)):
        for p, many in zip(start[0], path[k][0], strict=True):
            np.testing.assert_allclose(many[0], p - 0.25 * steps, atol=1e-4)
            np.testing.assert_allclose(many[1], p - steps, atol=1e-4)
    for rows, labels, normal, shake in seen:
        np.testing.assert_array_equal(labels, 7 * rows)
        assert normal and len(rows) == 60 and (shake is not None) == shaken
    assert stats.chisquare(np.bincount(np.concatenate([rows for rows, *_ in seen]), minlength=100)).pvalue > 1e-3
    if shaken:
        assert not np.array_equal(seen[0][3][0][0], seen[1][3][0][0])


def test_scaled_once_makes_plain_units_have_mean_0_and_variance_1():
    rng = np.random.default_rng(13)
    x = rng.normal(2, 3, size=(50, 64)).astype(np.float32)
    layers = chapter.new_layers(rng)
    scaled = chapter.scaled_once(layers, x)
    logits, kept = chapter.forward(chapter.copies(scaled, 1), x, normal=False)
    for _, _, _, a, _ in kept[:-1]:
        np.testing.assert_allclose(a[0].mean(axis=0), 0, atol=1e-3)
        np.testing.assert_allclose(a[0].std(axis=0), 1, atol=1e-2)
    np.testing.assert_allclose(logits, chapter.forward(chapter.copies(layers, 1), x, normal=True)[0], atol=1e-2)


@pytest.mark.parametrize("normal", [False, True])
def test_accuracy_counts_right_classes_with_moments_of_the_training_set(normal):
    layers, x, _, _ = small_nets(14)
    new = 3 * np.random.default_rng(15).normal(size=(30, 5))
    moments = [[p[0] for p in kept[-1]] for kept in chapter.forward(layers, x, True)[1][:-1]]
    net = [[p[0] for p in layer] for layer in layers]
    best = reference_logits(net, new, normal, None, moments).argmax(axis=1)
    labels = np.where(np.arange(30) < 6, (best + 1) % 3, best)
    assert chapter.accuracy(layers, (x, None, new, labels), normal)[0] == pytest.approx(24 / 30)


@pytest.mark.parametrize("normal", [False, True])
def test_gradient_sizes_are_those_of_autograd(normal):
    got = chapter.gradient_sizes(normal, 3, np.random.default_rng(16), n=7, d=5)
    rng = np.random.default_rng(16)
    h = rng.normal(size=(7, 5))
    weights = [rng.normal(size=(5, 5)) * np.sqrt(2 / 5) for _ in range(3)]
    top = rng.normal(size=(7, 5))

    def onwards(h, weights):
        for w in weights:
            z = anp.dot(h, w)
            if normal:
                z = (z - anp.mean(z, axis=0)) / anp.sqrt(anp.var(z, axis=0) + 1e-5)
            h = anp.maximum(z, 0)
        return h

    expected = []
    for k in range(3, -1, -1):
        slope = grad(lambda h, k=k: anp.sum(top * onwards(h, weights[k:])))(onwards(h, weights[:k]))
        expected.append(np.sqrt(np.mean(slope**2)))
    np.testing.assert_allclose(got, expected)


def test_fit_step_and_descent_are_autograds():
    rng = np.random.default_rng(17)
    x, target, w = rng.normal(size=(12, 3)), rng.normal(size=(12, 2)), rng.normal(size=(3, 2))

    def loss(w):
        z = anp.dot(x, w)
        return anp.sum(((z - anp.mean(z, axis=0)) / anp.sqrt(anp.var(z, axis=0)) - target) ** 2) / 12

    out, slope = chapter.fit_step(w, x, target)
    np.testing.assert_allclose(out, StandardScaler().fit_transform(x @ w), atol=1e-12)
    np.testing.assert_allclose(slope, grad(loss)(w), atol=1e-12)
    expected = [w]
    for _ in range(4):
        expected.append(expected[-1] - 0.3 * grad(loss)(expected[-1]))
    np.testing.assert_allclose(chapter.descend(w, 0.3, x, target, n_steps=4), expected, atol=1e-10)


def test_steps_to_is_the_first_that_is_there_or_the_last():
    assert chapter.steps_to([0.1, 0.5, 0.95, 0.2, 0.99]) == 40
    assert chapter.steps_to([0.1, 0.5, 0.6]) == 40
    assert chapter.steps_to([0.1, 0.5, 0.6], level=0.5) == 20


def test_drift_is_how_far_shifts_move_the_last_hidden_units():
    layers, x, _, _ = small_nets(18, n_nets=1)
    moved = [[list(layer) for layer in layers] for _ in range(3)]
    for k, shift in enumerate((0.0, 3.0, -1.0)):  # b is the mean of a normalised unit
        moved[k][2][2] = layers[2][2] + shift
    expected = np.sqrt(np.mean([3.0**2, 4.0**2]))
    assert chapter.drift(moved, x, True, [None] * 3) == pytest.approx(expected)
    still = [layers] * 3
    shakes = [[(np.ones((1, 1, 4)), np.full((1, 1, 4), shift))] * 3 for shift in (0.0, 3.0, -1.0)]
    assert chapter.drift(still, x, True, shakes) == pytest.approx(expected)
    assert chapter.drift(still, x, False, [None] * 3) == 0


def test_a_normal_unit_is_explained_by_a_line_as_the_claim_says():
    """The claim's quadrature once more by integration."""

    def mean(f):
        return integrate.quad(lambda z: f(z) * stats.norm.pdf(z), -10, 10)[0]

    centre = mean(special.expit)
    cov = mean(lambda z: z * special.expit(z))
    assert cov**2 / mean(lambda z: (special.expit(z) - centre) ** 2) == pytest.approx(0.984, abs=5e-4)
