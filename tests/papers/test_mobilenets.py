"""MobileNets: the chapter's convolutions against scipy's, its counts against loops and what is known of the network."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.signal import correlate2d

from tests.chapters import definitions

chapter = definitions("mobilenets")


def by_scipy(x, kernel):
    """An ordinary convolution, a pair of channels after the other."""
    out = [
        sum(correlate2d(x[..., m], kernel[..., m, n], mode="same") for m in range(x.shape[-1]))
        for n in range(kernel.shape[-1])
    ]
    return np.stack(out, axis=-1)


def test_patches_are_the_pixels_around_each_with_zeros_outside():
    x = np.arange(1.0, 13).reshape(3, 4, 1)
    got = chapter.patches(x, 3)
    assert got.shape == (3, 4, 1, 3, 3)
    np.testing.assert_array_equal(got[0, 0, 0], [[0, 0, 0], [0, 1, 2], [0, 5, 6]])
    np.testing.assert_array_equal(got[1, 1, 0], [[1, 2, 3], [5, 6, 7], [9, 10, 11]])


@pytest.mark.parametrize("k", [1, 3, 5])
def test_ordinary_convolution_is_scipys(k):
    rng = np.random.default_rng(k)
    x, kernel = rng.normal(size=(6, 7, 3)), rng.normal(size=(k, k, 3, 4))
    np.testing.assert_allclose(chapter.ordinary(x, kernel), by_scipy(x, kernel), atol=1e-12)


def test_two_steps_filter_each_channel_and_then_mix():
    rng = np.random.default_rng(0)
    x, filters, mixing = rng.normal(size=(5, 6, 2)), rng.normal(size=(3, 3, 2)), rng.normal(size=(2, 3))
    filtered = [correlate2d(x[..., m], filters[..., m], mode="same") for m in range(2)]
    expected = np.stack([sum(mixing[m, n] * filtered[m] for m in range(2)) for n in range(3)], axis=-1)
    np.testing.assert_allclose(chapter.two_steps(x, filters, mixing), expected, atol=1e-12)


def test_nearest_kernel_is_no_farther_than_what_a_search_finds():
    kernel = np.random.default_rng(1).normal(size=(3, 3, 2, 4))
    got = chapter.nearest(kernel, 1)
    for m in range(2):
        wanted = kernel[:, :, m].reshape(9, 4)
        assert np.linalg.matrix_rank(got[:, :, m].reshape(9, 4)) == 1

        def distance(w, wanted=wanted):
            return np.sum((wanted - np.outer(w[:9], w[9:])) ** 2)

        starts = np.random.default_rng(2).normal(size=(5, 13))
        best = min(minimize(distance, start).fun for start in starts)
        assert np.sum((kernel - got)[:, :, m] ** 2) == pytest.approx(best, rel=1e-5)


def test_lost_is_nothing_of_a_product_and_known_of_orthogonal_filters():
    rng = np.random.default_rng(3)
    product = rng.normal(size=(3, 3, 2, 1)) * rng.normal(size=(2, 5))
    assert chapter.lost(product, 1) == pytest.approx(0, abs=1e-14)
    orthogonal = np.eye(9).reshape(3, 3, 1, 9)  # nine outputs, each of which takes one pixel
    assert [chapter.lost(orthogonal, r) for r in (1, 4, 9)] == pytest.approx([8 / 9, 5 / 9, 0])


@pytest.mark.parametrize(("k", "c", "c_out", "r"), [(3, 2, 4, 1), (5, 3, 2, 2)])
def test_cost_counts_each_product_of_both_ways(k, c, c_out, r):
    filters = sum(1 for _ in np.ndindex(k, k, c, r))
    mixing = sum(1 for _ in np.ndindex(c, r, c_out))
    ordinary = sum(1 for _ in np.ndindex(k, k, c, c_out))
    assert chapter.cost(k, c_out, r) == pytest.approx((filters + mixing) / ordinary)


def test_layers_follow_the_papers_sides_and_channels():
    rows = chapter.layers()
    assert rows[0] == ("first", 224, 112, 3, 32)
    assert rows[-1] == ("classifier", 1, 1, 1024, 1000)
    assert [row[2] for row in rows if row[0] == "mix"] == [112, 56, 56, 28, 28, *[14] * 6, 7, 7]
    for before, after in pairwise(rows[:-1]):
        assert before[2] == after[1] and before[4] == after[3]
    assert [row[0] for row in chapter.layers(body=[(64, 1)], in_two_steps=False)] == ["first", "ordinary", "classifier"]
    assert chapter.layers(width=0.5, size=160)[:3] == [
        ("first", 160, 80, 3, 16),
        ("filter", 80, 80, 16, 16),
        ("mix", 80, 80, 16, 32),
    ]


def test_weights_with_biases_and_normalisation_are_those_of_the_published_network():
    rows = chapter.layers()
    normalised = sum(2 * row[4] for row in rows[:-1])
    assert sum(map(chapter.weights, rows)) + normalised + 1000 == 4_231_976  # as torch and Keras count it
    assert chapter.weights(("ordinary", 8, 8, 4, 6)) == 9 * 4 * 6


def test_multiply_adds_and_moved_are_those_of_a_layer_by_hand():
    filters, mix = ("filter", 8, 4, 6, 6), ("mix", 4, 4, 6, 5)
    assert [chapter.multiply_adds(filters), chapter.multiply_adds(mix)] == [16 * 54, 16 * 30]
    assert [chapter.moved(filters), chapter.moved(mix)] == [64 * 6 + 54 + 16 * 6, 16 * 6 + 30 + 16 * 5]
    assert chapter.in_millions(chapter.multiply_adds, [filters, mix]) == pytest.approx(16 * 84 / 1e6)


def test_shares_are_of_a_whole_and_by_kind():
    kinds = ("first", "filter", "mix", "classifier")
    for count in (chapter.weights, chapter.multiply_adds, chapter.moved):
        assert sum(chapter.share(count, kind) for kind in kinds) == pytest.approx(1)
    assert chapter.share(chapter.weights, "classifier") == pytest.approx(1_024_000 / 4_209_088)


def test_per_number_divides_by_what_is_moved():
    only = ("classifier", 1, 1, 1024, 1000)
    expected = 1_024_000 / (1024 + 1_024_000 + 1000)
    assert chapter.per_number("classifier") == pytest.approx(expected)
    assert chapter.moved(only) == 1024 + 1_024_000 + 1000
