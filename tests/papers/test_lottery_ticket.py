"""The lottery ticket hypothesis: the chapter's model, networks and masks against autograd, scipy and cases by hand."""

from __future__ import annotations

from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import logsumexp
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from sklearn.datasets import load_digits
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from tests.chapters import definitions

chapter = definitions("lottery-ticket")


def flow(start, target, times):
    """The sum of squares by the differential equation of each unit's two weights."""
    k = len(start)

    def speed(_, weights):
        a, b = weights[:k], weights[k:]
        rest = target - a @ b
        return np.concatenate([rest * b, rest * a])

    path = solve_ivp(speed, (0, times[-1]), np.tile(start, 2), t_eval=times, rtol=1e-9, atol=1e-12).y
    return path, np.sum(path[:k] * path[k:], axis=0)


def test_growth_is_what_gradient_flow_does_and_keeps_the_ratios_of_units():
    start, times = np.array([0.3, -0.1, 0.05]), np.linspace(0, 3, 13)
    path, total = flow(start, 1.7, times)
    np.testing.assert_allclose(chapter.growth(times, start, 1.7), total, rtol=1e-6)
    np.testing.assert_allclose(path[1] / path[0], -1 / 3, rtol=1e-6)
    np.testing.assert_allclose(path[3:], path[:3], rtol=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_time_to_is_when_growth_gets_there(share):
    start = np.array([0.2, 0.1])
    expected = brentq(lambda t: chapter.growth(t, start, 3.0) - share * 3.0, 0, 10)
    assert chapter.time_to(share, start, 3.0) == pytest.approx(expected)


def test_digits_are_scikit_learns_in_random_order():
    x, y, x_new, y_new = chapter.digits(1000, np.random.default_rng(0))
    raw, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(1797)
    np.testing.assert_allclose(np.vstack([x, x_new]), raw[order] / 16)
    np.testing.assert_array_equal(np.r_[y, y_new], labels[order])
    assert len(x) == 1000


def test_new_weights_have_variance_two_over_fan_in():
    weights = chapter.new_weights(np.random.default_rng(1), 20)
    assert [w.shape for w in weights] == [(20, 64, 60), (20, 60, 30), (20, 30, 10)]
    for w in weights:
        assert w.var() == pytest.approx(2 / w.shape[1], rel=0.05)


def small(n_nets=2, seed=2, sizes=(5, 4, 4, 3)):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(n_nets, d, e)) for d, e in pairwise(sizes)]
    biases = [rng.normal(size=(n_nets, 1, e)) for e in sizes[1:]]
    return weights, biases, rng.normal(size=(9, 5)), rng.integers(0, 3, 9)


def reference_logits(weights, biases, x):
    (w_1, w_2, w_3), (b_1, b_2, b_3) = weights, biases
    h = anp.maximum(anp.dot(anp.maximum(anp.dot(x, w_1) + b_1, 0), w_2) + b_2, 0)
    return anp.dot(h, w_3) + b_3


def reference_loss(parts, x, y):
    logits = reference_logits(parts[:3], parts[3:], x)
    return anp.mean(logsumexp(logits, axis=1) - logits[anp.arange(len(y)), y])


def test_forward_is_each_network_by_itself():
    weights, biases, x, _ = small()
    layers = chapter.forward(weights, biases, x)
    for i in range(2):
        np.testing.assert_allclose(layers[-1][i], reference_logits([w[i] for w in weights], [b[i] for b in biases], x))
    assert len(layers) == 4 and np.all(layers[2] >= 0) and layers[0] is x


def test_gradients_are_autograds():
    weights, biases, x, y = small()
    d_weights, d_biases = chapter.gradients(weights, biases, x, y)
    for i in range(2):
        parts = [w[i] for w in weights] + [b[i] for b in biases]
        expected = grad(reference_loss)(parts, x, y)
        for got, reference in zip(d_weights + d_biases, expected, strict=True):
            np.testing.assert_allclose(got[i], reference, atol=1e-10)


def test_training_takes_scikit_learns_steps_and_leaves_what_is_masked_at_zero():
    weights, _, x, y = small(n_nets=1, seed=3, sizes=(5, 14, 12, 3))
    mask = [(np.random.default_rng(4).random(w.shape) < 0.7) * 1.0 for w in weights]
    # no unit gets zero exactly, where autograd halves the slope of a ReLU
    trained, accuracy = chapter.train(weights, mask, (x, y, x, y), np.random.default_rng(5), n_steps=20)
    replay = np.random.default_rng(5)
    parts = [w[0] * m[0] for w, m in zip(weights, mask, strict=True)] + [np.zeros((1, w.shape[2])) for w in weights]
    steps = SGDOptimizer(parts, learning_rate_init=0.05, momentum=0.9, nesterov=False)
    for _ in range(20):
        batch = replay.integers(9, size=60)
        slopes = grad(reference_loss)(parts, x[batch], y[batch])
        slopes[:3] = [g * m[0] for g, m in zip(slopes[:3], mask, strict=True)]
        steps.update_params(parts, slopes)
    for got, reference, m in zip(trained, parts[:3], mask, strict=True):
        np.testing.assert_allclose(got[0], reference, atol=1e-8)
        assert np.all(got[m == 0] == 0)
    right = reference_logits(parts[:3], parts[3:], x).argmax(axis=1) == y
    np.testing.assert_allclose(accuracy, [[right.mean()]])


def test_keep_largest_keeps_so_many_and_no_smaller_one():
    size = np.random.default_rng(6).random((1, 6, 5))
    mask = chapter.keep_largest(size, 11)
    assert mask.sum() == 11 and set(np.unique(mask)) == {0.0, 1.0}
    assert size[mask == 1].min() > size[mask == 0].max()


def test_find_tickets_prunes_each_layer_by_what_training_left_and_resets(monkeypatch):
    began = []

    def trained(start, masks, data, rng):
        began.append([w.copy() for w in start])
        weights = [(w[:, ::-1] + 1e-9) * m for w, m in zip(start, masks, strict=True)]
        return weights, np.full((8, 1), len(began))

    monkeypatch.setitem(chapter.find_tickets.__globals__, "train", trained)
    rng = np.random.default_rng(7)
    start = [rng.normal(size=(1, d, e)) for d, e in [(10, 10), (10, 10), (10, 10)]]
    rounds = chapter.find_tickets(start, None, rng, 3)
    counts = [[int(m.sum()) for m in masks] for masks, _, _ in rounds]
    assert counts == [[100] * 3, [80, 80, 90], [64, 64, 81], [51, 51, 73]]
    assert [accuracy[0] for _, _, accuracy in rounds] == [1, 2, 3, 4]
    for values in began:  # each round begins where the first did
        for w, first in zip(values, start, strict=True):
            np.testing.assert_array_equal(w, first)
    for (before, weights, _), (after, _, _) in pairwise(rounds):
        for m, w, kept in zip(before, weights, after, strict=True):
            assert np.all(kept <= m)
            assert np.abs(w[kept == 1]).min() >= np.abs(w[(m == 1) & (kept == 0)]).max()
    assert chapter.remaining(rounds[1][0]) == pytest.approx(250 / 300)


def test_as_large_has_the_size_of_the_other_under_the_mask_net_by_net():
    rng = np.random.default_rng(8)
    values, like = ([rng.normal(size=(2, 4, 3)) * k for k in (1, 5)] for _ in range(2))
    masks = [(rng.random((2, 4, 3)) < 0.5) * 1.0 for _ in range(2)]
    for got, old, other, mask in zip(chapter.as_large(values, like, masks), values, like, masks, strict=True):
        for i in range(2):
            kept = mask[i] == 1
            assert np.mean(got[i][kept] ** 2) == pytest.approx(np.mean(other[i][kept] ** 2))
            np.testing.assert_allclose(got[i] / old[i], (got[i] / old[i])[0, 0])


def test_shuffled_keeps_the_number_of_each_net_and_spreads_it_evenly():
    masks = [np.repeat(np.eye(4)[None], 2000, axis=0), np.ones((2000, 1, 3))]
    first, second = chapter.shuffled(masks, np.random.default_rng(9))
    np.testing.assert_array_equal(first.sum(axis=(1, 2)), 4)
    np.testing.assert_allclose(first.mean(axis=0), 0.25, atol=0.05)
    np.testing.assert_array_equal(second, 1)


def test_one_shot_takes_as_many_as_the_masks_have_from_the_largest():
    weights = [np.array([[[-5.0, 1.0], [3.0, -2.0]]])]
    masks = [np.array([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 1.0]]])]
    (got,) = chapter.one_shot(weights, masks)
    np.testing.assert_array_equal(got, [[[1, 0], [0, 0]], [[1, 0], [1, 1]]])


def test_layer_weights_are_counted_one_by_one():
    convolutions, dense, last = chapter.layer_weights([3, 4, 5], [20, 6, 7, 2])
    assert convolutions == sum(1 for _ in range(9) for _ in range(3 * 4)) + 9 * 4 * 5
    assert (dense, last) == (20 * 6 + 6 * 7, 14)
    assert chapter.layer_weights([], [784, 300, 100, 10])[0] == 0


def test_percent_left_takes_round_by_round():
    convolutions, dense, last = chapter.layer_weights(*chapter.NETWORKS["Conv-6"][:2])
    total = convolutions + dense + last
    for _ in range(4):
        convolutions, dense, last = 0.85 * convolutions, 0.8 * dense, 0.9 * last
    assert chapter.percent_left("Conv-6", 4) == pytest.approx(100 * (convolutions + dense + last) / total)


@pytest.mark.parametrize(("share", "n_rounds"), [(0.2, 3), (0.5, 4), (0.19, 10)])
def test_left_after_is_the_power_of_what_a_round_leaves(share, n_rounds):
    assert chapter.left_after(share, n_rounds, 100_000) == pytest.approx(100 * (1 - share) ** n_rounds, abs=0.01)
    assert chapter.left_after(share, 0) == 100


def test_dense_part_solves_for_the_share():
    ratio = chapter.dense_part(30, 5)
    assert 100 * (0.85**5 + ratio * 0.8**5) / (1 + ratio) == pytest.approx(30)
