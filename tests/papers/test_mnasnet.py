"""MnasNet: the chapter's functions against published counts, enumeration, scipy and finite differences."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import approx_fprime
from scipy.spatial import ConvexHull
from scipy.special import softmax

from tests.chapters import PAPERS, definitions

chapter = definitions("mnasnet")
mobilenetv2 = definitions("mobilenetv2")
few = settings(max_examples=20, deadline=None)

# mnasnet-small of the authors' code (tensorflow/tpu, mnasnet_models.py)
SMALL = [
    (1, 3, 1, 1, 8, 0),
    (1, 3, 2, 3, 16, 0),
    (2, 3, 2, 6, 16, 0),
    (4, 5, 2, 6, 32, 0.25),
    (3, 3, 1, 6, 32, 0.25),
    (3, 5, 2, 6, 88, 0.25),
    (1, 3, 1, 6, 144, 0),
]


@pytest.mark.parametrize(("width", "params"), [(0.5, 2218512), (0.75, 3170208), (1.0, 4383312), (1.3, 6282256)])
def test_b1_has_torchvisions_number_of_parameters(width, params):
    assert chapter.count(chapter.B1, width)["params"] == params  # num_params of MNASNet*_Weights


@pytest.mark.parametrize(("width", "millions"), [(1.4, 6.1), (1.0, 3.9), (0.75, 2.9), (0.5, 2.1), (0.35, 1.7)])
def test_a1_has_the_number_of_parameters_in_the_authors_table(width, millions):
    assert round(chapter.count(chapter.A1, width)["params"] / 1e6, 1) == millions


def test_multiply_adds_beside_the_authors_code_are_one_to_three_per_cent_higher():
    published = [  # million, widths by image sizes, from the same README as the chapter's latencies
        [591.5, 435.1, 302.8, 194.5, 110.3],
        [315.2, 232.0, 161.6, 104.1, 59.3],
        [226.7, 166.9, 116.4, 75.0, 42.9],
        [105.2, 77.6, 54.4, 35.3, 20.5],
        [63.2, 46.8, 32.9, 21.6, 12.7],
    ]
    ours = [[chapter.count(chapter.A1, w, size)["madds"] / 1e6 for size in chapter.IMAGES] for w in chapter.WIDTHS]
    excess = np.array(published) / ours - 1
    assert excess.min() > 0.008 and excess.max() < 0.03


def test_the_small_model_has_its_published_counts():
    total = chapter.count(SMALL, stem=8)
    assert round(total["params"] / 1e6, 1) == 2.0
    assert round(total["madds"] / 1e6) == 68


def test_mobilenetv2_counted_here_agrees_with_its_own_chapter():
    table = [(n, 3, stride, t, c, 0) for t, c, n, stride in mobilenetv2.STAGES]
    for width, size in [(1.0, 224), (0.75, 160)]:
        theirs = mobilenetv2.count(width, size)
        ours = chapter.count(table, width, size)
        assert ours["params"] == theirs["weights"] + theirs["bn"]
        assert ours["madds"] == theirs["madds"] == sum(ours["blocks"])


def test_squeeze_and_excitation_adds_two_dense_layers_with_biases():
    plain, excited = (np.array(chapter.layer_cost(14, 80, 112, 3, 1, 6, se)) for se in (0, 0.25))
    dense = [np.zeros((480, 20)), np.zeros((20, 480))]  # a quarter of the 80 channels that enter
    assert (excited - plain).tolist() == [sum(w.size for w in dense) + 20 + 480, 0, sum(w.size for w in dense)]


def test_uniform_networks_keep_layers_and_filters():
    for t, k in chapter.UNIFORM:
        table = chapter.uniform(t, k)
        assert [(row[0], row[2], row[4]) for row in table] == [(row[0], row[2], row[4]) for row in chapter.A1]
        assert {(row[3], row[1]) for row in table[1:]} == {(t, k)}


@few
@given(st.floats(0.1, 100), st.floats(1, 300), st.floats(20, 200), st.floats(-1, 0), st.floats(-1, 0))
def test_reward_is_the_piecewise_product(acc, lat, target, alpha, beta):
    w = alpha if lat <= target else beta
    expected = np.exp(np.log(acc) + w * np.log(lat / target))
    assert chapter.reward(acc, lat, target, alpha, beta) == pytest.approx(expected)


def test_twice_the_time_for_five_per_cent_more_is_worth_the_same():
    beta = -np.log2(1.05)
    assert chapter.reward(0.7 * 1.05, 160, 75, beta, beta) == pytest.approx(chapter.reward(0.7, 80, 75, beta, beta))


@few
@given(st.floats(1, 500), st.floats(-0.9, -0.01))
def test_no_target_changes_the_winner_of_the_soft_reward(target, w):
    by_line = np.log(chapter.ACCURACY) + w * np.log(chapter.LATENCY)
    best = by_line.max() - 1e-12  # every winner up to rounding
    assert chapter.winner_latency(target, w, w) in chapter.LATENCY[by_line >= best]


def test_winners_are_the_upper_convex_hull_in_logarithms():
    points = np.log(np.c_[chapter.LATENCY.ravel(), chapter.ACCURACY.ravel()])
    hull = ConvexHull(points)
    upper = hull.equations[:, 1] > 0  # facets that look up ...
    rising = hull.equations[:, 0] < 0  # ... and to the left
    expected = set(np.unique(hull.simplices[upper & rising]))
    won = {np.argmax(points[:, 1] + w * points[:, 0]) for w in np.linspace(-1, -0.001, 3000)}
    assert won == expected and len(won) == 10


@few
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=20))
def test_front_is_what_nothing_dominates(points):
    points = np.array(points, dtype=float)
    expected = {(x, y) for x, y in points if not any((u <= x and v >= y) and (u < x or v > y) for u, v in points)}
    found = chapter.keep_front(points)
    assert set(map(tuple, found)) == expected and len(found) == len(expected)


def test_merged_front_is_that_of_all_combinations():
    blocks = chapter.toy_blocks()[1:3]
    sums = np.array([3, 0.8]) + np.array([a + b for a, b in product(*blocks)])
    front = chapter.merge_fronts(blocks, (3, 0.8))
    distance = np.abs(front[:, None] - sums).max(axis=2).min(axis=1)
    assert distance.max() < 1e-9  # each point of the front is a combination ...
    reachable = (front[:, 0] <= sums[:, :1] + 1e-9) & (front[:, 1] >= sums[:, 1:] - 1e-9)
    assert reachable.any(axis=1).all()  # ... and each combination is matched by one of the front


def test_merged_front_is_reached_and_never_beaten_by_random_networks():
    front = chapter.merge_fronts(chapter.toy_blocks(), (3, 0.8))
    tokens = np.random.default_rng(0).integers(0, chapter.SIZES, size=(5000, 20))
    acc, lat = chapter.toy(tokens)
    best_until = np.r_[-np.inf, front[:, 1]][np.searchsorted(front[:, 0], lat + 1e-9, side="right")]
    assert np.all(acc <= best_until + 1e-9)


def test_toy_adds_up_its_blocks_and_counts_like_the_real_network():
    tokens = np.random.default_rng(1).integers(0, chapter.SIZES, size=(4, 20))
    acc, lat = chapter.toy(tokens)
    for row, a, milliseconds in zip(tokens, acc, lat, strict=True):
        parts = [chapter.toy_block(b, *row[4 * b : 4 * b + 4]) for b in range(5)]
        assert milliseconds == pytest.approx(3 + sum(part[0] for part in parts))
        assert a == pytest.approx(0.8 - sum(part[1] for part in parts))
    one_layer = chapter.layer_cost(56, 24, 24, 5, 1, 6, 0)[2]  # block 0 as in MobileNetV2 has two of them
    assert chapter.toy_block(0, 1, 0, 1, 1)[0] == pytest.approx(0.22e-6 * 2 * one_layer + 2 * 0.6)


def test_probabilities_are_scipys_softmax_over_existing_options():
    theta = np.random.default_rng(2).normal(size=(20, 3))
    p = chapter.probabilities(theta)
    for row, logits, size in zip(p, theta, chapter.SIZES, strict=True):
        np.testing.assert_allclose(row[:size], softmax(logits[:size]))
        assert not row[size:].any()


def test_draws_follow_the_probabilities():
    theta = np.random.default_rng(3).normal(size=(20, 3))
    tokens, p = chapter.draw(theta, 4000, np.random.default_rng(4)), chapter.probabilities(theta)
    for t, size in enumerate(chapter.SIZES):
        counts = np.bincount(tokens[:, t], minlength=size)
        assert len(counts) == size
        assert stats.chisquare(counts, 4000 * p[t, :size]).pvalue > 1e-4


def ppo_objective(theta, p_old, tokens, r_std, clip):
    """The clipped objective, one string and one token at a time."""
    p, total = chapter.probabilities(theta), 0.0
    for row, r in zip(tokens, r_std, strict=True):
        for t, token in enumerate(row):
            u = p[t, token] / p_old[t, token]
            total += min(u * r, min(max(u, 1 - clip), 1 + clip) * r)
    return total / len(tokens)


def test_clipped_gradient_agrees_with_finite_differences():
    rng = np.random.default_rng(5)
    old, new = rng.normal(size=(2, 20, 3))
    new = old + 0.3 * new  # far enough for the clip to bite in both directions
    p_old, tokens, r_std = chapter.probabilities(old), chapter.draw(old, 6, rng), rng.normal(size=6)
    numeric = approx_fprime(
        new.ravel(), lambda v: ppo_objective(v.reshape(20, 3), p_old, tokens, r_std, 0.2), 1e-7
    ).reshape(20, 3)
    ours = chapter.clipped_gradient(new, p_old, tokens, r_std)
    np.testing.assert_allclose(ours, numeric, atol=1e-5)
    assert np.abs(ours - chapter.clipped_gradient(new, p_old, tokens, r_std, clip=np.inf)).max() > 0.01


def test_first_step_on_a_batch_is_reinforce():
    rng = np.random.default_rng(6)
    theta, r_std = rng.normal(size=(20, 3)), rng.normal(size=32)
    tokens, p = chapter.draw(theta, 32, rng), chapter.probabilities(theta)
    reinforce = (r_std[:, None, None] * (np.eye(3)[tokens] - p)).mean(axis=0)
    np.testing.assert_allclose(chapter.clipped_gradient(theta, p, tokens, r_std, clip=0.001), reinforce, atol=1e-12)


def test_search_gains_on_random_draws_and_stays_below_the_optimum():
    theta, (acc, lat) = chapter.search(np.random.default_rng(7))
    r = chapter.reward(acc, lat)
    front = chapter.merge_fronts(chapter.toy_blocks(), (3, 0.8))
    assert acc.shape == (150, 32) and theta.shape == (20, 3)
    assert r[-10:].mean() > r[:1].mean() * 1.015
    assert r.max() <= chapter.reward(front[:, 1], front[:, 0]).max() + 1e-9


def test_gain_per_doubling_is_the_slope_of_a_power_law():
    doubled = chapter.gain_per_doubling((1, 0), (1, 2))
    lat, acc = (78, 41), (75.2, 72.0)
    exponent = np.polyfit(np.log(lat), np.log(acc), 1)[0]
    assert doubled == pytest.approx(2**exponent - 1)


def test_space_size_agrees_with_listing_the_varieties():
    options = [["conv", "dconv", "mbconv3", "mbconv6"], [3, 5], [0, 0.25], ["pool", "id", "none"], [0.75, 1, 1.25]]
    listed = list(product(*options, [-1, 0, 1]))
    assert chapter.space_size(4, n_blocks=1) == len(listed) == 432
    assert chapter.space_size(4, n_blocks=2, n_layers=1) == sum(1 for _ in product(listed, repeat=2))


def test_a_larger_kernel_costs_its_extra_taps_at_every_position():
    assert chapter.kernel_surcharge(56, 24) == 56 * 56 * (25 - 9) * 6 * 24


@pytest.mark.parametrize("width", [0.35, 0.5, 0.75, 1.0, 1.3, 1.4])
def test_channels_round_to_the_nearest_eighth_that_is_at_most_a_tenth_below(width):
    for channels in (16, 24, 32, 40, 80, 96, 112, 160, 192, 320):
        ladder = np.arange(8, 1000, 8)
        allowed = ladder[ladder >= 0.9 * width * channels]
        distance = np.abs(allowed - width * channels)
        nearest = allowed[distance == distance.min()].max()  # halves go up
        assert chapter.round_channels(width * channels) == nearest


def test_waste_is_the_time_that_the_slowest_sufficient_network_of_a_front_spares():
    front = np.array([[10.0, 0.5], [20.0, 0.6], [40.0, 0.7]])
    acc, lat = np.array([0.5, 0.55, 0.7, 0.45]), np.array([10.0, 40.0, 50.0, 20.0])
    expected = [1 - min(ms for ms, a in front if a >= own) / taken for own, taken in zip(acc, lat, strict=True)]
    np.testing.assert_allclose(chapter.waste(acc, lat, front), expected)
    assert expected == pytest.approx([0, 0.5, 0.2, 0.5])


def test_the_solutions_say_what_their_code_gives(capsys):
    text = (PAPERS / "mnasnet.md").read_text(encoding="utf-8")
    total, first = re.findall(r"(?ms)^```python\n(.*?)^```", text)
    exec(total, dict(vars(chapter)))
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["20", "29.0"],
        ["75", "57.0"],
        ["200", "99.0"],
    ]
    *lines, last = first.splitlines()
    names = dict(vars(chapter))
    exec("\n".join(lines), names)
    assert eval(last, names) < 1e-12


@pytest.mark.parametrize(("alpha", "beta", "target"), [(-0.07, -0.07, 75), (0.0, -1.0, 60)])
def test_search_climbs_the_objective_of_each_batch_by_hand(alpha, beta, target):
    theta, history = chapter.search(np.random.default_rng(8), alpha, beta, target, n_steps=2, n_samples=5, n_epochs=3)
    rng, ours = np.random.default_rng(8), np.zeros((20, 3))
    for step in range(2):
        p_old, tokens = chapter.probabilities(ours), chapter.draw(ours, 5, rng)
        acc, lat = chapter.toy(tokens)
        np.testing.assert_allclose(history[:, step], [acc, lat])
        r = acc * np.array([(ms / target) ** (alpha if ms <= target else beta) for ms in lat])
        r_std = (r - r.mean()) / r.std()
        for _ in range(3):
            slope = approx_fprime(
                ours.ravel(),
                lambda v, old=p_old, drawn=tokens, rs=r_std: ppo_objective(v.reshape(20, 3), old, drawn, rs, 0.2),
                1e-7,
            )
            ours = ours + 0.25 * slope.reshape(20, 3)
    np.testing.assert_allclose(theta, ours, atol=1e-4)
    assert np.abs(theta).max() > 0.2
