"""Stochastic depth: the chapter's counts, averages and gradients against enumeration, scipy and autograd."""

from __future__ import annotations

from itertools import product

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy import stats

from tests.chapters import definitions

chapter = definitions("stochastic-depth")


def test_every_draw_is_there_once_and_chances_are_those_of_coins():
    draws, kappa = chapter.every_draw(3), np.array([0.9, 0.5, 0.2])
    assert sorted(map(tuple, draws)) == sorted(product((0, 1), repeat=3))
    expected = [np.prod([stats.bernoulli.pmf(m, k) for m, k in zip(draw, kappa, strict=True)]) for draw in draws]
    np.testing.assert_allclose(chapter.chances(draws, kappa), expected)


def by_block(h, blocks, coins, bend):
    """One network with the blocks that are kept, and no others."""
    for (w_1, w_2), coin in zip(blocks, coins, strict=True):
        if coin:
            h = bend(h + bend(h @ w_1) @ w_2)
    return h


@pytest.mark.parametrize("name", ["relu", "identity"])
def test_through_leaves_out_what_its_coins_say(name):
    bend, rng = getattr(chapter, name), np.random.default_rng(0)
    blocks = [(rng.normal(size=(4, 5)), rng.normal(size=(5, 4))) for _ in range(3)]
    h, draws = np.abs(rng.normal(size=(2, 4))), chapter.every_draw(3)
    got = chapter.through(h, blocks, draws, bend)
    np.testing.assert_allclose(got, [by_block(h, blocks, draw, bend) for draw in draws])


def test_through_scales_branches_by_probabilities():
    rng = np.random.default_rng(1)
    w_1, w_2, h = rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(1, 3))
    half = chapter.through(h, [(w_1, 0.5 * w_2)], np.ones(1), chapter.relu)
    np.testing.assert_allclose(chapter.through(h, [(w_1, w_2)], np.array([0.5]), chapter.relu), half)
    np.testing.assert_array_equal(chapter.relu(np.array([-2.0, 3.0])), [0, 3])


def test_linear_decay_is_a_line_from_near_one_to_the_last():
    kappa = chapter.linear_decay(5, last=0.2)
    np.testing.assert_allclose(kappa, np.linspace(1, 0.2, 6)[1:])
    assert chapter.linear_decay(54)[-1] == 0.5


def test_depth_chances_are_those_of_all_draws_and_of_the_binomial():
    kappa = np.array([0.9, 0.5, 0.2, 0.7])
    draws = chapter.every_draw(4)
    expected = np.bincount(draws.sum(axis=1).astype(int), weights=chapter.chances(draws, kappa))
    np.testing.assert_allclose(chapter.depth_chances(kappa), expected)
    np.testing.assert_allclose(chapter.depth_chances(np.full(20, 0.3)), stats.binom.pmf(range(21), 20, 0.3))


def test_random_blocks_have_branches_that_keep_or_share_a_size():
    blocks = chapter.random_blocks(8, 40, np.random.default_rng(2))
    assert len(blocks) == 8
    assert np.var([w_1 for w_1, _ in blocks]) == pytest.approx(2 / 40, rel=0.05)
    assert np.var([w_2 for _, w_2 in blocks]) == pytest.approx(1 / (40 * 8), rel=0.05)


def test_mean_visits_each_network_and_scaled_is_a_product_of_matrices():
    rng = np.random.default_rng(3)
    blocks, h, kappa = chapter.random_blocks(3, 4, rng), np.abs(rng.normal(size=(1, 4))), np.array([0.9, 0.6, 0.5])
    mean, _ = chapter.mean_and_scaled(h, blocks, kappa, chapter.relu)
    expected = sum(
        np.prod(np.where(draw, kappa, 1 - kappa)) * by_block(h, blocks, draw, chapter.relu)
        for draw in product((0, 1), repeat=3)
    )
    np.testing.assert_allclose(mean, expected)
    factors = [np.eye(4) + k * w_1 @ w_2 for k, (w_1, w_2) in zip(kappa, blocks, strict=True)]
    linear_mean, linear_scaled = chapter.mean_and_scaled(h, blocks, kappa, chapter.identity)
    np.testing.assert_allclose(linear_scaled, h @ np.linalg.multi_dot(factors))
    np.testing.assert_allclose(linear_mean, linear_scaled)


@pytest.mark.parametrize("kappa", [[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
def test_sizes_on_the_way_are_those_of_autograd_with_the_scales_held(kappa):
    n, d = 5, 4
    forward, back = chapter.sizes_on_the_way(kappa, np.random.default_rng(4), n, d)
    rng = np.random.default_rng(4)
    hidden, layers = [rng.normal(size=(n, d))], []
    for k in kappa:
        coin = rng.random() < k
        w = rng.normal(size=(d, d)) * np.sqrt(2 / d)
        layers.append((coin, w, np.sqrt(np.mean(hidden[-1] ** 2))))
        h = hidden[-1]
        hidden.append(h + coin * (np.maximum(h / layers[-1][2], 0) @ w))
    np.testing.assert_allclose(forward, [np.mean(h**2) for h in hidden])
    top = rng.normal(size=(n, d))

    def onwards(h, layers):
        for coin, w, scale in layers:
            h = h + coin * anp.dot(anp.maximum(h / scale, 0), w)
        return anp.sum(top * h)

    expected = [np.mean(grad(onwards)(hidden[k], layers[k:]) ** 2) for k in range(3, -1, -1)]
    np.testing.assert_allclose(back, np.array(expected) / expected[0])


def test_bits_are_scipys_entropy_of_all_draws():
    kappa = np.array([0.9, 0.5, 0.2, 1.0])
    every = chapter.chances(chapter.every_draw(4), kappa)
    assert chapter.bits(kappa) == pytest.approx(stats.entropy(every, base=2))


def test_blocks_needed_are_counted_by_all_draws_of_two_examples():
    kappa = np.array([0.9, 0.4])
    draws = chapter.every_draw(2)
    share = chapter.chances(draws, kappa)
    outcomes = list(zip(draws, share, strict=True))
    expected = sum(p * q * np.sum((a + b) > 0) for a, p in outcomes for b, q in outcomes)
    assert chapter.blocks_needed(kappa, 2) == pytest.approx(expected)
