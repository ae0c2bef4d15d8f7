"""DenseNet: the chapter's blocks against loops by hand, its counts against what is known of the published networks."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tests.chapters import definitions

chapter = definitions("densenet")


def test_dense_keeps_what_is_there_and_puts_each_layers_output_beside_it():
    x = np.array([[1.0, -2.0]])
    got = chapter.dense(x, [np.array([[3.0], [1.0]]), np.array([[1.0], [1.0], [2.0]])])
    np.testing.assert_array_equal(got, [[1, -2, 1, 1]])  # 3 - 2, and 1 - 2 + 2
    np.testing.assert_array_equal(chapter.relu(np.array([-2.0, 3.0])), [0, 3])


def test_residual_adds_each_layers_output():
    x = np.array([[1.0, -2.0]])
    first, second = np.array([[3.0, 0.0], [1.0, -1.0]]), np.array([[1.0, -1.0], [0.0, 1.0]])
    # relu(1, 2) makes (2, 0); relu(2, -2) makes (4, 0)
    np.testing.assert_array_equal(chapter.residual(x, [first, second]), [[4, 0]])


def test_shared_repeats_a_layers_weights_for_each_earlier_layer():
    first, second = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    one, two = chapter.shared([first, second])
    np.testing.assert_array_equal(one, first)
    np.testing.assert_array_equal(two, [[5, 6], [7, 8], [5, 6], [7, 8]])


def test_widened_writes_only_to_the_channels_of_its_layer():
    one, two = chapter.widened([np.full((2, 1), 3.0), np.full((3, 1), 5.0)])
    expected_one, expected_two = np.zeros((4, 4)), np.zeros((4, 4))
    expected_one[0, 2] = expected_one[1, 2] = 3
    expected_two[0, 3] = expected_two[1, 3] = expected_two[2, 3] = 5
    np.testing.assert_array_equal(one, expected_one)
    np.testing.assert_array_equal(two, expected_two)


def test_network_follows_its_channels_and_sides():
    rows = chapter.network((2, 1), 4, 8)
    assert rows == [
        ("stem", 7, 3, 8, 112),
        ("reduce", 1, 8, 16, 56),
        ("grow", 3, 16, 4, 56),
        ("reduce", 1, 12, 16, 56),
        ("grow", 3, 16, 4, 56),
        ("transition", 1, 16, 8, 56),
        ("reduce", 1, 8, 16, 28),
        ("grow", 3, 16, 4, 28),
        ("classifier", 1, 12, 1000, 1),
    ]
    plain = chapter.network((1, 1), 4, 8, bottleneck=False, image=32, classes=10)
    assert plain == [
        ("stem", 3, 3, 8, 32),
        ("grow", 3, 8, 4, 32),
        ("transition", 1, 12, 12, 32),
        ("grow", 3, 12, 4, 16),
        ("classifier", 1, 16, 10, 1),
    ]


@pytest.mark.parametrize(
    ("blocks", "growth", "first", "published"),
    [
        ((6, 12, 24, 16), 32, 64, 7_978_856),
        ((6, 12, 32, 32), 32, 64, 14_149_480),
        ((6, 12, 36, 24), 48, 96, 28_681_000),
        ((6, 12, 48, 32), 32, 64, 20_013_928),
    ],
)
def test_parameters_are_those_of_torchvision(blocks, growth, first, published):
    assert chapter.parameters(chapter.network(blocks, growth, first)) == published


def test_networks_for_cifar_have_the_parameters_of_the_authors_code():
    assert chapter.parameters(chapter.for_cifar(100, 12, True)) == 769_162
    assert chapter.for_cifar(40, 12, False)[0] == ("stem", 3, 3, 16, 32)
    for depth, growth, bottleneck in ((40, 12, False), (100, 24, False), (250, 24, True)):
        assert len(chapter.for_cifar(depth, growth, bottleneck)) == depth


def test_weights_of_a_row_by_hand():
    assert chapter.weights_of(("grow", 3, 4, 5, 7)) == 180
    assert chapter.weights_of(("reduce", 1, 4, 5, 7)) == 20


def test_reads_and_writes_are_counted_number_by_number():
    rows = chapter.network((2, 1), 4, 8, image=32)
    sides = {"reduce": [(8, 32), (12, 32), (8, 16)], "written": [(4, 32), (4, 32), (4, 16), (8, 16), (8, 16)]}
    assert chapter.reads(rows) == sum(np.zeros((side, side, c)).size for c, side in sides["reduce"])
    assert chapter.writes(rows) == sum(np.zeros((side, side, c)).size for c, side in sides["written"])


def test_times_read_counts_each_reader_of_each_number():
    # one pixel, stem 8: layers read 8, 12 and 16 of the 20 numbers that are made
    assert chapter.times_read(chapter.network((3,), 4, 8, image=4)) == pytest.approx((8 + 12 + 16) / 20)
    assert chapter.times_read(chapter.network((1,), 4, 8, image=4)) == pytest.approx(8 / 12)


@pytest.mark.parametrize("layers", [1, 2, 7])
def test_connections_are_the_pairs_of_all_that_there_is(layers):
    assert chapter.connections(layers) == len(list(combinations(range(layers + 1), 2)))
