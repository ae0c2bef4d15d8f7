"""MobileNetV2: the chapter's functions against scipy, scikit-learn, published counts and exact reasoning."""

from __future__ import annotations

import contextlib
import io
import re
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.signal import correlate2d
from scipy.stats import binom, norm
from sklearn.neighbors import KNeighborsClassifier

from tests.chapters import PAPERS, definitions

chapter = definitions("mobilenetv2")

# The authors' list of trained models (tensorflow/models, research/slim/nets/mobilenet):
# width, image size, million multiply-adds, million parameters without batch norm; decimals are cut off.
PUBLISHED = [
    (1.4, 224, 582, 6.06),
    (1.3, 224, 509, 5.34),
    *[(1.0, size, macs, 3.47) for size, macs in [(224, 300), (192, 221), (160, 154), (128, 99), (96, 56)]],
    *[(0.75, size, macs, 2.61) for size, macs in [(224, 209), (192, 153), (160, 107), (128, 69), (96, 39)]],
    *[(0.5, size, macs, 1.95) for size, macs in [(224, 97), (192, 71), (160, 50), (128, 32), (96, 18)]],
    *[(0.35, size, macs, 1.66) for size, macs in [(224, 59), (192, 43), (160, 30), (128, 20), (96, 11)]],
]


def random_weights(rng, c, inner, c_out, k=3):
    return rng.normal(size=(c, inner)), rng.normal(size=(k, k, inner)), rng.normal(size=(inner, c_out))


def scipy_depthwise(x, kernel, stride):
    channels = [correlate2d(x[..., c], kernel[..., c], mode="same") for c in range(x.shape[-1])]
    return np.stack(channels, axis=-1)[::stride, ::stride]


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 9), st.integers(3, 9), st.integers(1, 4), st.sampled_from([1, 2]), st.sampled_from([1, 3, 5]))
def test_depthwise_is_scipys_correlation_of_each_channel(h, w, c, stride, k):
    rng = np.random.default_rng(h * 100 + w * 10 + c)
    x, kernel = rng.normal(size=(h, w, c)), rng.normal(size=(k, k, c))
    np.testing.assert_allclose(chapter.depthwise(x, kernel, stride), scipy_depthwise(x, kernel, stride), atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
def test_branch_is_pointwise_depthwise_pointwise(stride):
    rng = np.random.default_rng(0)
    x, (expand, kernel, project) = 4 * rng.normal(size=(6, 7, 3)), random_weights(rng, 3, 18, 5)
    wide = np.minimum(np.maximum(np.tensordot(x, expand, axes=1), 0), 6)
    assert wide.max() == 6 and wide.min() == 0  # so are both ends of the first ReLU6
    wide = np.minimum(np.maximum(scipy_depthwise(wide, kernel, stride), 0), 6)
    assert wide.max() == 6 and wide.min() == 0  # both ends of ReLU6 are at work
    expected = np.tensordot(wide, project, axes=1)
    np.testing.assert_allclose(chapter.branch(x, expand, kernel, project, stride), expected, atol=1e-12)


@pytest.mark.parametrize(("c_out", "stride", "added"), [(4, 1, 1), (4, 2, 0), (6, 1, 0)])
def test_the_shortcut_is_there_only_with_stride_one_and_equal_channels(c_out, stride, added):
    rng = np.random.default_rng(1)
    x, weights = rng.normal(size=(1, 1, 4)), random_weights(rng, 4, 24, c_out)  # 1 x 1: stride keeps the shape
    difference = chapter.bottleneck(x, *weights, stride) - chapter.branch(x, *weights, stride)
    np.testing.assert_allclose(difference, added * x if added else 0, atol=1e-12)


@pytest.mark.parametrize("n_slices", [1, 4, 5, 24])
def test_slices_add_up_to_the_whole_branch(n_slices):
    rng = np.random.default_rng(2)
    x, weights = rng.normal(size=(5, 5, 4)), random_weights(rng, 4, 24, 6)
    whole = chapter.branch(x, *weights, stride=2)
    np.testing.assert_allclose(chapter.branch_in_slices(x, *weights, n_slices, stride=2), whole, atol=1e-11)


@pytest.mark.parametrize(("width", "size", "macs", "parameters"), PUBLISHED)
def test_counts_are_those_of_the_published_models(width, size, macs, parameters):
    total = chapter.count(width, size)
    assert total["madds"] // 10**6 == macs
    assert total["weights"] / 1e6 == pytest.approx(parameters, abs=0.005)


def test_count_with_batch_norm_is_torchvisions_number_of_parameters():
    total = chapter.count()
    assert total["weights"] + total["bn"] == 3_504_872  # MobileNet_V2_Weights' num_params


@pytest.mark.parametrize(
    ("width", "published"),
    [(1.4, [48, 24, 32, 48, 88, 136, 224, 448]), (0.35, [16, 8, 8, 16, 24, 32, 56, 112])],
)
def test_channels_round_as_in_the_released_models(width, published):
    plain = [32, 16, 24, 32, 64, 96, 160, 320]
    assert [chapter.round_channels(width * channels) for channels in plain] == published


def test_rows_of_the_network_fit_together_and_end_at_7_by_7():
    rows = chapter.network()
    for before, after in pairwise(rows):
        assert after[0] * before[4] == before[0] and after[1] == before[3]
    assert rows[0][0] == 112 and rows[-1][0] == 7


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(0, 40))
def test_kept_theory_is_the_binomial_tail(d, extra):
    assert chapter.kept_theory(d, d + extra) == pytest.approx(binom.sf(d - 1, d + extra, 0.5), rel=1e-9)


def test_kept_theory_is_the_share_of_sign_patterns_with_enough_positives():
    patterns = list(product([0, 1], repeat=7))
    assert chapter.kept_theory(3, 7) == sum(sum(p) >= 3 for p in patterns) / len(patterns)


def freedom(b, x):
    """How far x can move along an axis, within a box, without changing relu(b x): by linear programming."""
    on = b @ x > 0
    same = {"A_eq": b[on], "b_eq": b[on] @ x} if on.any() else {}
    zero = {"A_ub": b[~on], "b_ub": np.zeros((~on).sum())} if not on.all() else {}
    axes = np.vstack([np.eye(len(x)), -np.eye(len(x))])
    return max(-linprog(-axis, **same, **zero, bounds=[(-50, 50)] * len(x)).fun - axis @ x for axis in axes)


def test_recover_finds_a_point_exactly_when_nothing_else_gives_the_same_output():
    rng, seen = np.random.default_rng(3), set()
    for _ in range(25):
        b, x = rng.normal(size=(4, 3)), rng.normal(size=3)
        y = np.maximum(x[None] @ b.T, 0)
        found = bool(chapter.kept(x[None], chapter.recover(y, b))[0])
        assert found == (freedom(b, x) < 1e-6)
        seen.add(found)
    assert seen == {True, False}


def test_the_lemma_fails_at_the_origin_as_the_chapter_says():
    b, x = np.array([[1.0], [-1.0]]), np.zeros(1)
    assert not (b @ x > 0).any()
    assert freedom(b, x) == pytest.approx(0)


@pytest.mark.parametrize(("d", "m"), [(1, 1), (2, 3), (4, 8), (8, 16)])
def test_simulated_share_is_within_five_standard_errors_of_scipys_tail(d, m):
    exact = binom.sf(d - 1, m, 0.5)
    share = chapter.kept_share(d, m, 800, np.random.default_rng(4))
    assert abs(share - exact) < 5 * np.sqrt(exact * (1 - exact) / 800)


def test_same_arm_is_leave_one_out_nearest_neighbour():
    rng = np.random.default_rng(5)
    x, arm = chapter.two_spirals(80, 3, rng)
    others = [np.delete(np.arange(80), i) for i in range(80)]
    hits = [KNeighborsClassifier(1).fit(x[o], arm[o]).predict(x[i : i + 1])[0] == arm[i] for i, o in enumerate(others)]
    assert chapter.same_arm(x, arm) == pytest.approx(np.mean(hits))


def test_two_spirals_span_a_plane_and_are_standardised():
    x, arm = chapter.two_spirals(200, 5, np.random.default_rng(6))
    assert np.linalg.matrix_rank(x) == 2
    np.testing.assert_allclose([x.mean(0), x.std(0)], [np.zeros(5), np.ones(5)], atol=1e-12)
    assert set(arm) == {0, 1}


def test_random_block_ends_as_asked():
    x = np.random.default_rng(7).normal(size=(50, 4))
    rectified = chapter.random_block(x, True, False, np.random.default_rng(8))
    linear = chapter.random_block(x, False, False, np.random.default_rng(8))
    carried = chapter.random_block(x, False, True, np.random.default_rng(8))
    assert rectified.min() == 0 and linear.min() < 0
    np.testing.assert_allclose([linear.mean(0), linear.std(0)], [np.zeros(4), np.ones(4)], atol=1e-12)
    np.testing.assert_allclose(rectified, np.maximum(linear, 0))
    np.testing.assert_allclose(carried, x + linear)


def test_kilobytes_are_the_sizes_of_real_arrays():
    side, c, inner, c_out, stride = row = (14, 8, 48, 12, 2)
    x, weights = np.zeros((side, side, c)), random_weights(np.random.default_rng(9), c, inner, c_out)
    wide = (x @ weights[0]).astype(np.float16)
    filtered = chapter.depthwise(wide, weights[1], stride).astype(np.float16)
    y = chapter.branch(x, *weights, stride).astype(np.float16)
    ends, inside = chapter.kilobytes(row, n_slices=4)
    assert ends == pytest.approx((x.astype(np.float16).nbytes + y.nbytes) / 1000)
    assert inside == pytest.approx((wide.nbytes + filtered.nbytes) / 4000)


@pytest.mark.parametrize("c_out", [1, 16, 72, 320])
def test_saving_is_the_ratio_of_multiplications_done(c_out):
    c, positions = 24, 49
    full = positions * np.zeros((3, 3, c, c_out)).size
    separable = positions * (np.zeros((3, 3, c)).size + np.zeros((c, c_out)).size)
    assert chapter.saving(c_out) == pytest.approx(full / separable)


def test_relu_and_relu6_are_their_definitions_case_by_case():
    z = np.array([-3.0, -0.5, 0.0, 0.5, 6.0, 7.0])
    assert chapter.relu(z).tolist() == [v if v > 0 else 0 for v in z]
    assert chapter.relu6(z).tolist() == [0 if v < 0 else 6 if v > 6 else v for v in z]


def test_has_shortcut_says_which_blocks_add_their_input():
    rng = np.random.default_rng(10)
    for row in chapter.network(0.35, 32):
        side, c, inner, c_out, stride = row
        x, weights = rng.normal(size=(side, side, c)), random_weights(rng, c, inner, c_out)
        y, f = chapter.bottleneck(x, *weights, stride), chapter.branch(x, *weights, stride)
        assert chapter.has_shortcut(row) == bool(np.abs(y - f).max() > 0)


def test_zigzag_is_thin_between_in_one_network_and_wide_between_in_the_other():
    channels = {name: list(pairs) for name, pairs in chapter.zigzag().items()}
    assert {name: len(between) for name, (between, _) in channels.items()} == {"MobileNetV2": 17, "ResNet-50": 16}
    between, inside = channels["MobileNetV2"]
    entering = (32, *between[:-1])
    assert [i / c for i, c in zip(inside, entering, strict=True)] == [1] + [6] * 16
    assert [b / i for b, i in zip(*channels["ResNet-50"], strict=True)] == [4] * 16
    # ResNet-50's 3 x 3 convolutions have as many channels in as out: He et al., Table 1.
    assert [channels["ResNet-50"][1].count(n) for n in (64, 128, 256, 512)] == [3, 4, 6, 3]


def test_the_spiral_turns_at_a_steady_rate_and_ends_on_the_unit_circle():
    x = chapter.spiral(50, 1.5)
    radius, angle = np.hypot(*x.T), np.unwrap(np.arctan2(x[:, 1], x[:, 0]))
    assert radius[-1] == pytest.approx(1) and radius[0] > 0
    np.testing.assert_allclose(angle, 2 * np.pi * 1.5 * radius, atol=1e-9)
    np.testing.assert_allclose(np.diff(radius), np.diff(radius)[0])


@pytest.mark.parametrize("m", [2, 3, 5])
def test_the_mean_share_of_the_spiral_is_the_binomial_tail(m):
    share = chapter.spiral_kept(m, 1500, np.random.default_rng(11))
    assert share == pytest.approx(binom.sf(1, m, 0.5), abs=5 * 0.5 / np.sqrt(1500))


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_only_the_branch_is_scaled(scale):
    x = np.random.default_rng(7).normal(size=(50, 4))
    branch = chapter.random_block(x, True, False, np.random.default_rng(8), scale=scale)
    carried = chapter.random_block(x, True, True, np.random.default_rng(8), scale=scale)
    np.testing.assert_allclose(carried, x + scale * branch)


def test_the_spread_of_a_rectified_normal_is_scipys():
    first, second = (norm.expect(lambda z, k=k: z**k, lb=0) for k in (1, 2))
    assert np.sqrt(second - first**2) == pytest.approx(np.sqrt(1 / 2 - 1 / (2 * np.pi)))


@pytest.mark.parametrize("options", [(False, False, 1.0), (True, False, 1.0), (True, True, 1.0), (False, True, 0.5)])
def test_a_curve_of_the_stack_is_the_mean_over_seeds_of_blocks_one_after_another(options, monkeypatch):
    monkeypatch.setitem(chapter.stack_curve.__globals__, "N_SEEDS", 2)
    relu_at_end, shortcut, scale = options
    expected = np.zeros(chapter.N_BLOCKS)
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        x, arm = chapter.two_spirals(200, 4, rng)
        for depth in range(chapter.N_BLOCKS):
            x = chapter.random_block(x, relu_at_end, shortcut, rng, 6, scale)
            expected[depth] += chapter.same_arm(x, arm) / 2
    np.testing.assert_allclose(chapter.stack_curve(relu_at_end, shortcut, scale), expected)


def test_the_solutions_say_what_comes_out():
    text = (PAPERS / "mobilenetv2.md").read_text(encoding="utf-8").split("## Try it")[1]
    parts = np.zeros(3)
    for side, c, inner, c_out, stride in chapter.network():
        area_out = (-(-side // stride)) ** 2
        parts += (inner > c) * c * inner * side**2, 9 * inner * area_out, inner * c_out * area_out
    told = re.search(r"filter and projection have ([\d.]+), ([\d.]+) and ([\d.]+) per cent", text)
    assert 100 * parts / parts.sum() == pytest.approx([float(share) for share in told.groups()], abs=0.05)
    (solution,) = re.findall(r"(?ms)^```python\n(.*?)^```", text)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(solution, dict(vars(chapter)))
    ratios = [float(number) for number in re.findall(r"[\d.]+\d|\d", out.getvalue())]
    assert ratios == [4, 21, 5.25, 16, 54, 3.38, 64, 167, 2.61]
    survive = [binom.sf(3, 24, norm.cdf(6 / v) - 0.5) for v in (1, 6, 20)]
    told = re.search(r"probabilities are ([\d.]+), ([\d.]+) and ([\d.]+\d)\.", text)
    assert survive == pytest.approx([float(share) for share in told.groups()], abs=0.005)
