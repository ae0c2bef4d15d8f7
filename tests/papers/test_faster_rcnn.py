"""Faster R-CNN: overlap, suppression, anchors, codes and loss against onnxruntime, scikit-learn, scipy and counting."""

from __future__ import annotations

from itertools import product

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.signal import correlate2d
from scipy.special import expit, huber
from sklearn.metrics import log_loss

from tests.chapters import definitions

chapter = definitions("faster-rcnn")
few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 10**6)


def random_boxes(rng, n, size=64.0):
    return np.c_[rng.uniform(0, size, (n, 2)), rng.uniform(2, size / 2, (n, 2))]


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protocol buffer; the numbers are those of onnx.proto. (The package onnx is not needed.)"""
    if isinstance(value, int):
        return bytes([number << 3, value])  # enough for numbers below 128
    data = value.encode() if isinstance(value, str) else value
    length = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    tag = bytes([number << 3 | 2]) if number < 16 else bytes([(number << 3 | 2) & 127 | 128, number >> 4])
    return tag + length + data


def onnx_nms_session() -> onnxruntime.InferenceSession:
    """A graph of one NonMaxSuppression, for boxes given by centre and size."""
    inputs = {"boxes": 1, "scores": 1, "n_max": 7, "threshold": 1}  # element types: 1 is float, 7 is int64
    node = b"".join(field(1, name) for name in inputs) + field(2, "selected") + field(4, "NonMaxSuppression")
    node += field(5, field(1, "center_point_box") + field(3, 1) + bytes([0xA0, 0x01, 2]))  # type (field 20): an int
    values = {name: field(1, name) + field(2, field(1, field(1, kind))) for name, kind in inputs.items()}
    output = field(1, "selected") + field(2, field(1, field(1, 7)))
    graph = field(1, node) + field(2, "nms") + b"".join(field(11, v) for v in values.values()) + field(12, output)
    model = field(1, 8) + field(8, field(2, 11)) + field(7, graph)
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


ONNX_NMS = onnx_nms_session()


def onnx_nms(boxes, scores, threshold, n_max):
    feed = {
        "boxes": boxes[None].astype(np.float32),
        "scores": scores[None, None].astype(np.float32),
        "n_max": np.array([n_max], dtype=np.int64),
        "threshold": np.array([threshold], dtype=np.float32),
    }
    return ONNX_NMS.run(None, feed)[0][:, 2]


@few
@given(seeds, st.sampled_from([0.3, 0.5, 0.7]), st.sampled_from([5, 80]))
def test_nms_is_onnxruntimes(seed, threshold, n_max):
    rng = np.random.default_rng(seed)
    boxes, scores = random_boxes(rng, 80), rng.permutation(80) / 80
    expected = onnx_nms(boxes, scores, threshold, n_max)
    assert chapter.nms(boxes, scores, threshold, n_max).tolist() == expected.tolist()


def test_nms_keeps_equal_scores_in_order_and_takes_no_boxes_at_all():
    boxes = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [9, 9, 1, 1.0]])
    assert chapter.nms(boxes, np.zeros(3)).tolist() == [0, 2]
    assert len(chapter.nms(boxes[:0], np.zeros(0))) == 0


@few
@given(seeds)
def test_suppressing_twice_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    boxes, scores = random_boxes(rng, 60), rng.normal(size=60)
    kept = chapter.nms(boxes, scores, 0.5)
    assert chapter.nms(boxes[kept], scores[kept], 0.5).tolist() == list(range(len(kept)))


@few
@given(seeds)
def test_iou_is_a_count_of_pixels(seed):
    rng = np.random.default_rng(seed)
    start, size = rng.integers(0, 15, (6, 2)), rng.integers(1, 12, (6, 2))
    pixels = np.zeros((6, 30, 30), dtype=bool)
    for mask, (x, y), (w, h) in zip(pixels, start, size, strict=True):
        mask[y : y + h, x : x + w] = True
    common = (pixels[:, None] & pixels).sum(axis=(2, 3))
    union = (pixels[:, None] | pixels).sum(axis=(2, 3))
    boxes = np.c_[start + size / 2, size]
    np.testing.assert_allclose(chapter.iou(boxes, boxes), common / union)


def test_iou_of_shifted_and_of_nested_squares_is_that_of_exercise_one():
    unit, shift = np.array([[0, 0, 1, 1.0]]), np.array([3 / 17, 1 / 3, 7 / 13])
    factor = np.sqrt(1 / np.array([0.7, 0.5, 0.3]))
    zero, one = np.zeros(3), np.ones(3)
    np.testing.assert_allclose(chapter.iou(unit, np.c_[shift, zero, one, one])[0], [0.7, 0.5, 0.3])
    np.testing.assert_allclose(chapter.iou(unit, np.c_[zero, zero, factor, factor])[0], [0.7, 0.5, 0.3])


def test_anchor_sizes_have_the_areas_and_ratios_of_the_paper():
    w, h = chapter.PAPER_SIZES.T
    np.testing.assert_allclose(w * h, np.repeat([128**2, 256**2, 512**2], 3))
    np.testing.assert_allclose(w / h, [2, 1, 0.5] * 3)


def test_released_sizes_are_those_of_the_published_corner_list():
    """The nine anchors of py-faster-rcnn's generate_anchors, as left, top, right, bottom of pixels, both included."""
    published = np.array(
        [
            [-83, -39, 100, 56],
            [-175, -87, 192, 104],
            [-359, -183, 376, 200],
            [-55, -55, 72, 72],
            [-119, -119, 136, 136],
            [-247, -247, 264, 264],
            [-35, -79, 52, 96],
            [-79, -167, 96, 184],
            [-167, -343, 184, 360],
        ]
    )
    sizes = published[:, 2:] - published[:, :2] + 1
    assert sorted(sizes.tolist()) == sorted(chapter.RELEASED.tolist())


@pytest.mark.parametrize(("width", "height", "stride"), [(100, 60, 16), (64, 64, 4), (33, 47, 8)])
def test_grid_and_inside_agree_with_a_loop(width, height, stride):
    sizes = chapter.anchor_sizes([9, 20], (2, 1))
    expected, within = [], []
    for top in range(0, height, stride):
        for left in range(0, width, stride):
            for w, h in sizes:
                x, y = left + stride / 2, top + stride / 2
                expected.append((x, y, w, h))
                within.append(x >= w / 2 and y >= h / 2 and width - x >= w / 2 and height - y >= h / 2)
    grid = chapter.anchor_grid(width, height, stride, sizes)
    np.testing.assert_allclose(grid, expected)
    assert chapter.inside(grid, width, height).tolist() == within


@pytest.mark.parametrize("layers", ["ZF_LAYERS", "VGG_LAYERS"])
def test_receptive_field_is_the_reach_of_one_output_traced_back(layers):
    seen = {0}
    for kernel, stride in reversed(getattr(chapter, layers)):
        seen = {stride * i + j for i in seen for j in range(kernel)}
    assert chapter.receptive_field(getattr(chapter, layers)) == len(seen)


@few
@given(seeds, st.floats(0.1, 50), st.floats(-100, 100))
def test_codes_survive_enlarging_and_moving_and_can_be_undone(seed, factor, shift):
    rng = np.random.default_rng(seed)
    boxes, anchors = random_boxes(rng, 20), random_boxes(rng, 20)
    codes = chapter.encode(boxes, anchors)
    move = np.array([shift, -shift, 0, 0])
    np.testing.assert_allclose(chapter.encode(factor * boxes + move, factor * anchors + move), codes, atol=1e-9)
    np.testing.assert_allclose(chapter.decode(codes, anchors), boxes, atol=1e-9)


def test_code_of_a_worked_example():
    code = chapter.encode(np.array([30.0, 10, 20 * np.e, 5]), np.array([20.0, 20, 20, 10]))
    np.testing.assert_allclose(code, [0.5, -1, 1, -np.log(2)])


@few
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8))
def test_smooth_l1_is_scipys_huber(values):
    np.testing.assert_allclose(chapter.smooth_l1(np.array(values)), huber(1, np.array(values)), atol=1e-12)


def small_problem(seed=0, n=7, n_inputs=6):
    rng = np.random.default_rng(seed)
    params = [p.astype(float) for p in chapter.first_params(rng, n_inputs, 5, 3)]
    params = [p + 0.3 * rng.normal(size=p.shape) for p in params]
    labels = (rng.uniform(size=n) < 0.5).astype(float)
    return params, rng.normal(size=(n, n_inputs)), rng.integers(3, size=n), labels, rng.normal(size=(n, 4))


def test_loss_is_scikit_learns_log_loss_plus_huber_of_positives():
    params, x, which, labels, targets = small_problem()
    logits, codes = chapter.head(params, x)
    p = expit(logits[np.arange(7), which])
    boxes = sum(huber(1, codes[i, which[i]] - targets[i]).sum() for i in range(7) if labels[i])
    assert chapter.rpn_loss(params, x, which, labels, targets) == pytest.approx(log_loss(labels, p) + boxes / 7)


def test_gradient_of_the_loss_is_that_of_finite_differences():
    params, *batch = small_problem(1)
    gradient = chapter.grad(chapter.rpn_loss)(params, *batch)
    for i, (p, g) in enumerate(zip(params, gradient, strict=True)):

        def loss_of(flat, i=i, p=p):
            return chapter.rpn_loss([*params[:i], flat.reshape(p.shape), *params[i + 1 :]], *batch)

        np.testing.assert_allclose(g.ravel(), approx_fprime(p.ravel(), loss_of, 1e-7), atol=1e-5)


def test_features_are_scipys_correlations_averaged_over_blocks():
    image = np.random.default_rng(2).normal(size=(12, 16))
    maps = [image, abs(image), *[np.maximum(correlate2d(image, f, mode="same"), 0) for f in chapter.FILTERS]]
    expected = [[[m[y : y + 4, x : x + 4].mean() for m in maps] for x in range(0, 16, 4)] for y in range(0, 12, 4)]
    np.testing.assert_allclose(chapter.features(image), expected, atol=1e-12)


def test_a_window_times_a_kernel_is_a_convolution():
    rng = np.random.default_rng(3)
    maps, kernel = rng.normal(size=(6, 7, 2)), rng.normal(size=(2, 5, 5))
    expected = sum(correlate2d(maps[..., c], kernel[c], mode="same") for c in range(2))
    np.testing.assert_allclose(chapter.windows(maps, reach=2) @ kernel.ravel(), expected.ravel(), atol=1e-4)


@few
@given(seeds)
def test_labels_follow_the_two_rules_one_anchor_at_a_time(seed):
    rng = np.random.default_rng(seed)
    anchors, truth = random_boxes(rng, 60), random_boxes(rng, 3)
    labels, codes = chapter.label_anchors(anchors, truth, high=0.5, low=0.3)
    overlap = np.array([[chapter.iou(a[None], t[None])[0, 0] for t in truth] for a in anchors])
    for i in range(60):
        best_of_some = any(overlap[i, j] == max(overlap[:, j]) for j in range(3))
        positive = best_of_some or max(overlap[i]) > 0.5
        assert labels[i] == (1 if positive else 0 if max(overlap[i]) < 0.3 else -1)
    np.testing.assert_allclose(chapter.decode(codes, anchors), truth[overlap.argmax(axis=1)], atol=1e-9)


@pytest.mark.parametrize(("n_positive", "expected"), [(3, 3), (100, 32)])
def test_drawn_anchors_are_distinct_and_at_most_half_positive(n_positive, expected):
    labels = np.r_[np.ones(n_positive), -np.ones(50), np.zeros(500)].astype(int)
    drawn = chapter.draw_anchors(labels, np.random.default_rng(4))
    assert len(set(drawn.tolist())) == 64
    assert (labels[drawn] == 1).sum() == expected and (labels[drawn] == 0).sum() == 64 - expected


def test_adam_takes_its_first_step_by_the_sign_and_finds_a_minimum():
    params, moments = [np.array([3.0, -2.0])], [(np.zeros(2), np.zeros(2))]
    stepped, _ = chapter.adam(params, moments, [2 * params[0]], 1, 0.1)
    np.testing.assert_allclose(stepped[0], [2.9, -1.9], atol=1e-6)
    for step in range(1, 301):
        params, moments = chapter.adam(params, moments, [2 * params[0]], step, 0.1)
    np.testing.assert_allclose(params[0], 0, atol=0.01)


def test_clipped_boxes_cover_the_same_pixels_of_the_image():
    rng = np.random.default_rng(5)
    start, size = rng.integers(-5, 15, (20, 2)), rng.integers(6, 25, (20, 2))
    for (x, y), (w, h) in zip(start, size, strict=True):
        left, top, right, bottom = chapter.corners(chapter.clip(np.array([[x + w / 2, y + h / 2, w, h]]), 20, 16))[0]
        expected = {(i, j) for i in range(x, x + w) for j in range(y, y + h) if 0 <= i < 20 and 0 <= j < 16}
        assert {(i, j) for i in range(int(left), int(right)) for j in range(int(top), int(bottom))} == expected


def test_scenes_hold_their_boxes_apart_and_inside():
    rng = np.random.default_rng(6)
    for _ in range(10):
        image, truth = chapter.scene(rng, 96, 64)
        assert image.shape == (64, 96) and chapter.inside(truth, 96, 64).all()
        assert (chapter.iou(truth, truth) - np.eye(len(truth)) == 0).all()
        for left, top, right, bottom in chapter.corners(truth).astype(int):
            assert abs(image[top:bottom, left:right].mean()) > 0.7


def test_recall_counts_found_boxes_by_hand():
    truth = [np.array([[5, 5, 4, 4], [20, 20, 4, 4.0]]), np.array([[9, 9, 2, 2.0]])]
    proposals = [np.array([[20, 20, 4, 4], [50, 50, 4, 4], [5, 6, 4, 4.0]]), np.array([[9, 9, 2, 2.0]])]
    np.testing.assert_allclose(chapter.recall(proposals, truth, 0.5, 4), [2 / 3, 2 / 3, 1, 1])
    np.testing.assert_allclose(chapter.recall(proposals, truth, 0.7, 4), 2 / 3)


def test_a_short_training_lowers_the_loss_and_switches_do_what_they_say():
    rng = np.random.default_rng(7)
    scenes = [chapter.scene(rng) for _ in range(8)]
    params = chapter.train(scenes, rng, n_epochs=15)
    anchors = chapter.anchor_grid(64, 64, chapter.STRIDE, chapter.SIZES)
    prepared = [(chapter.windows(chapter.features(i)), *chapter.label_anchors(anchors, t)) for i, t in scenes]
    batch = chapter.minibatch(prepared, rng)
    assert chapter.rpn_loss(params, *batch) < 0.7 * chapter.rpn_loss(chapter.first_params(rng), *batch)
    image = scenes[0][0]
    boxes, scores = chapter.candidates(params, image)
    expected = boxes[onnx_nms(boxes, scores, 0.7, 10)]
    np.testing.assert_allclose(chapter.propose(params, image, n_max=10), expected)
    raw = {tuple(a) for a in chapter.clip(anchors, 64, 64)}
    assert {tuple(a) for a in chapter.propose(params, image, use_codes=False)} <= raw


def test_best_overlaps_come_from_the_nearest_of_all_anchors():
    """The chapter looks at nine anchors only; here all of the neighbourhood competes."""
    rng_a, rng_b = np.random.default_rng(8), np.random.default_rng(8)
    best = chapter.best_overlaps(200, rng_a)
    scale, root = 2 ** rng_b.uniform(7, 9, 200), 2 ** rng_b.uniform(-0.5, 0.5, 200)
    truth = np.c_[rng_b.uniform(-8, 8, (200, 2)), scale * root, scale / root]
    steps = 16.0 * np.arange(-2, 3)
    places = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 1, 2)
    anchors = np.concatenate(np.broadcast_arrays(places, chapter.PAPER_SIZES[None]), axis=-1).reshape(-1, 4)
    np.testing.assert_allclose(best, chapter.iou(truth, anchors).max(axis=1))


def test_proposals_without_scores_are_a_random_sample_of_distinct_boxes():
    params, image = chapter.first_params(np.random.default_rng(9)), np.zeros((64, 64))
    boxes, _ = chapter.candidates(params, image, use_codes=False)
    place = {tuple(box): i for i, box in enumerate(boxes)}
    drawn = [place[tuple(b)] for b in chapter.propose(params, image, use_scores=False, use_codes=False, n_max=200)]
    counts, _ = np.histogram(drawn, bins=4, range=(0, len(boxes)))
    assert len(drawn) == 200 and counts.min() > 25  # fifty expected in each quarter of the image


def test_ceiling_is_what_all_clipped_anchors_cover_counted_in_a_loop():
    rng = np.random.default_rng(10)
    scenes = [chapter.scene(rng) for _ in range(4)]
    places = np.arange(2, 64, 4)
    anchors = product(places, places, chapter.SIZES)
    edges = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, (w, h) in anchors]
    edges = np.clip(edges, 0, 64)
    best = []
    for left, top, right, bottom in np.concatenate([chapter.corners(truth) for _, truth in scenes]):
        w = np.minimum(edges[:, 2], right) - np.maximum(edges[:, 0], left)
        h = np.minimum(edges[:, 3], bottom) - np.maximum(edges[:, 1], top)
        common = w.clip(0) * h.clip(0)
        areas = (edges[:, 2] - edges[:, 0]) * (edges[:, 3] - edges[:, 1]) + (right - left) * (bottom - top)
        best.append((common / (areas - common)).max())
    for threshold in (0.5, 0.6, 0.7, 0.8):
        assert chapter.ceiling(scenes, threshold) == pytest.approx(np.mean(np.array(best) >= threshold))


def test_a_box_outside_the_image_is_clipped_to_one_pixel_and_overlaps_nothing_badly():
    boxes = chapter.clip(np.array([[-30, 20, 10, 10], [90, 90, 4, 4.0]]), 64, 64)
    assert (boxes[:, 2:] >= 1).all()
    assert np.isfinite(chapter.iou(boxes, boxes)).all()


def test_layer_counts_the_entries_of_a_matrix():
    assert chapter.layer(12, 7) == np.zeros((12, 7)).size


def test_n_inside_counts_anchors_whose_corners_all_lie_in_the_image():
    sizes, count = np.array([(48.0, 20), (16, 90)]), 0
    for x, y, (w, h) in product(range(8, 200, 16), range(8, 100, 16), sizes):
        count += x - w / 2 >= 0 and x + w / 2 <= 200 and y - h / 2 >= 0 and y + h / 2 <= 100
    assert 0 < count == chapter.n_inside(200, 100, sizes)


def test_box_weight_is_what_the_two_sums_give_one_positive_anchor():
    """Equation (1) of the paper for one anchor whose two losses are 1."""
    log_loss_share, box_share = 1 / 256, 10 * 1 / 2400
    assert chapter.box_weight(10, 2400) == pytest.approx(box_share / log_loss_share)
    assert chapter.box_weight(3, 100, n_drawn=50) == pytest.approx((3 / 100) / (1 / 50))


def test_lost_is_the_recall_of_all_minus_that_of_the_survivors(monkeypatch):
    truth = [np.array([[5, 5, 4, 4], [20, 20, 4, 4.0]])]
    both, one = [truth[0]], [truth[0][:1]]
    for name, value in {"truths": truth, "best": both, "survivors": one}.items():
        monkeypatch.setitem(chapter.lost.__globals__, name, value)
    assert chapter.lost(0.5) == 0.5
    assert chapter.lost(0.5, n_max=1) == 0
    monkeypatch.setitem(chapter.lost.__globals__, "survivors", [truth[0] + [0, 1, 0, 0]])  # overlap 0.6
    assert chapter.lost(0.5) == 0 and chapter.lost(0.7) == 1


@pytest.mark.parametrize("shift", [2, 3, 4])
def test_change_is_the_least_over_two_grids_of_the_largest_change_of_a_logit(shift):
    params = chapter.first_params(np.random.default_rng(11))
    image, _ = chapter.scene(np.random.default_rng(12), 80, 72)
    logits = {}
    for name, picture in {"here": image, "there": np.roll(image, shift, axis=1)}.items():
        outputs, _ = chapter.head(params, chapter.windows(chapter.features(picture)))
        logits[name] = outputs.reshape(18, 20, 9)
    largest = [0.0, 0.0]
    for cells, row, column in product(range(2), range(6, 12), range(6, 14)):
        if column + cells < 14:
            gap = np.abs(logits["there"][row, column + cells] - logits["here"][row, column]).max()
            largest[cells] = max(largest[cells], gap)
    found = chapter.change(params, image, shift)
    assert found == pytest.approx(min(largest), abs=1e-6)
    assert (found < 1e-5) == (shift == 4)


def test_boxes_are_drawn_through_their_corners():
    _, ax = chapter.plt.subplots()
    chapter.draw_boxes(ax, np.array([[5, 4, 2, 6], [1, 1, 1, 1.0]]), color="C3")
    drawn = [{tuple(point) for point in line.get_xydata().tolist()} for line in ax.lines]
    assert drawn[0] == {(4, 1), (6, 1), (6, 7), (4, 7)} and len(drawn) == 2
    assert all(line.get_xydata()[0].tolist() == line.get_xydata()[-1].tolist() for line in ax.lines)
    chapter.plt.close()


def test_no_true_box_of_the_anchors_range_is_served_worse_than_one_half():
    """A grid over the range that the chapter draws from, with its ends."""
    scales, roots, moves = 2 ** np.linspace(7, 9, 33), 2 ** np.linspace(-0.5, 0.5, 17), np.linspace(-8, 8, 5)
    truth = np.array([(x, y, s * r, s / r) for s, r, x, y in product(scales, roots, moves, moves)])
    anchors = np.c_[np.zeros((9, 2)), chapter.PAPER_SIZES]
    assert chapter.iou(truth, anchors).max(axis=1).min() == pytest.approx(0.5, abs=1e-9)


def test_a_step_of_training_is_adams_first_on_the_loss_of_what_was_drawn(monkeypatch):
    """One scene and one epoch: Adam's first step goes by the signs of the gradient."""
    scenes, drawn = [chapter.scene(np.random.default_rng(13))], []
    plain = chapter.minibatch

    def minibatch(prepared, rng):
        drawn.append(plain(prepared, rng))
        return drawn[-1]

    monkeypatch.setitem(chapter.train.__globals__, "minibatch", minibatch)
    after = chapter.train(scenes, np.random.default_rng(14), n_epochs=1, n_images=1, rate=1e-2)
    (batch,) = drawn
    start = chapter.first_params(np.random.default_rng(14))
    x, which, labels, _ = batch
    assert len(x) == 64 and 0 < labels.sum() <= 32 and which.max() < 9
    rate = 1e-2 * (1 - 0.9)  # it falls to a tenth by the last step
    for before, now, g in zip(start, after, chapter.grad(chapter.rpn_loss)(start, *batch), strict=True):
        large = np.abs(g) > 1e-4
        np.testing.assert_allclose((now - before)[large], -rate * np.sign(g)[large], rtol=2e-2)
    anchors = chapter.anchor_grid(64, 64, chapter.STRIDE, chapter.SIZES)
    known, codes = chapter.label_anchors(anchors, scenes[0][1])
    seen = chapter.windows(chapter.features(scenes[0][0]))
    for row, k, label, target in zip(*batch, strict=True):
        places = [9 * i + k for i in np.flatnonzero((seen == row).all(axis=1))]
        assert any(known[i] == label and np.allclose(codes[i], target, atol=1e-5) for i in places)
