"""YOLO: the chapter's functions against scikit-learn, onnxruntime, counted pixels, enumeration, finite differences."""

from __future__ import annotations

from itertools import product

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from scipy.signal import correlate
from scipy.stats import binom
from sklearn.metrics import average_precision_score

from tests.chapters import definitions

chapter = definitions("yolo")
few = settings(max_examples=25, deadline=None)


def random_boxes(n, seed=0):
    rng = np.random.default_rng(seed)
    size = rng.uniform(0.1, 0.5, (n, 2))
    return np.hstack([rng.uniform(size / 2, 1 - size / 2), size])


def test_iou_is_the_ratio_of_pixels_counted():
    rng = np.random.default_rng(1)
    for _ in range(50):
        low = rng.integers(0, 15, (2, 2))
        size = rng.integers(1, 12, (2, 2))
        masks = np.zeros((2, 30, 30), bool)
        for mask, (x, y), (w, h) in zip(masks, low, size, strict=True):
            mask[y : y + h, x : x + w] = True
        a, b = np.hstack([low + size / 2, size])
        assert chapter.iou(a, b) == pytest.approx((masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum())


def onnx_nms(boxes, scores, threshold):
    names = ["boxes", "scores", "most", "iou"]
    shapes = [(1, len(boxes), 4), (1, 1, len(boxes)), (1,), (1,)]
    types = [TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.INT64, TensorProto.FLOAT]
    inputs = [helper.make_tensor_value_info(*row) for row in zip(names, types, shapes, strict=True)]
    output = helper.make_tensor_value_info("kept", TensorProto.INT64, (None, 3))
    node = helper.make_node("NonMaxSuppression", names, ["kept"], center_point_box=1)
    graph = helper.make_graph([node], "nms", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = [boxes[None].astype("f4"), scores[None, None].astype("f4"), np.array([99]), np.array([threshold], "f4")]
    return session.run(None, dict(zip(names, feed, strict=True)))[0][:, 2].tolist()


@pytest.mark.parametrize("threshold", [0.2, 0.5])
def test_suppress_keeps_what_onnxruntimes_operator_keeps(threshold):
    for seed in range(5):
        boxes, scores = random_boxes(40, seed), np.random.default_rng(seed).permutation(40) / 40
        kept = [int(i) for i in chapter.suppress(boxes, scores, threshold)]
        assert kept == onnx_nms(boxes, scores, threshold)


@few
@given(st.integers(0, 1000), st.integers(0, 2))
def test_encoding_marks_one_cell_and_decoding_gives_box_and_class_back(seed, label):
    box = random_boxes(1, seed)
    target = chapter.encode(box, [label], n_classes=3)
    (row, column) = np.argwhere(target[..., 4])[0]
    assert target[..., 4].sum() == 1
    assert column <= 7 * box[0, 0] < column + 1 and row <= 7 * box[0, 1] < row + 1
    output = np.concatenate([np.tile(target[..., :5], 2), target[..., 5:]], axis=-1)
    boxes, scores = chapter.decode(output)
    hit = np.flatnonzero(scores.max(axis=1))
    assert len(boxes) == 98 and scores[hit].argmax(axis=1).tolist() == [label, label]
    np.testing.assert_allclose(boxes[hit], np.repeat(box, 2, axis=0), atol=1e-12)


def test_scores_are_confidence_times_class_probability():
    output = np.random.default_rng(2).normal(size=(7, 7, 5 * 2 + 4))
    _, scores = chapter.decode(output)
    assert scores[2 * (7 * 3 + 5) + 1, 2] == pytest.approx(output[3, 5, 9] * output[3, 5, 10 + 2])


def test_shapes_fill_their_boxes_and_do_not_meet():
    for seed in range(10):
        image, boxes, labels = chapter.random_scene(np.random.default_rng(seed))
        assert len(boxes) == len(labels) >= 1
        for i, (x, y, w, h) in enumerate(boxes):
            assert min(x - w / 2, y - h / 2) >= 0 and max(x + w / 2, y + h / 2) <= 1
            rows = slice(round(56 * (y - h / 2)), round(56 * (y + h / 2)))
            columns = slice(round(56 * (x - w / 2)), round(56 * (x + w / 2)))
            filled = (image[rows, columns] > 0.3).mean()
            assert filled == pytest.approx([1, np.pi / 4][labels[i]], abs=0.12)
            assert all(chapter.iou(boxes[i], boxes[:i]) == 0)


def test_windows_make_the_first_layer_a_strided_convolution():
    rng = np.random.default_rng(3)
    image, kernel = rng.normal(size=(56, 56)), rng.normal(size=(12, 12))
    half = (image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]) / 4
    expected = correlate(np.pad(half, 4), kernel, mode="valid")[::4, ::4]
    np.testing.assert_allclose(chapter.windows(image[None])[0] @ kernel.ravel(), expected, atol=1e-10)


def cells(seed=4, m=12):
    rng = np.random.default_rng(seed)
    output, target = rng.uniform(0.2, 0.8, (m, 12)), np.zeros((m, 7))
    target[::3, :4], target[::3, 4], target[::3, 5] = rng.uniform(0.2, 0.8, (m // 3, 4)), 1, 1
    return output, target


def test_the_box_with_the_largest_overlap_in_the_image_is_responsible():
    output, target = cells()
    chosen, confidence = chapter.responsible(output, target)
    corner = np.array([3, 2])  # overlaps do not depend on which cell it is
    for i in range(len(target)):
        if not target[i, 4]:
            assert not chosen[i].any() and not confidence[i].any()
            continue
        true = np.r_[(corner + target[i, :2]) / 7, target[i, 2:4] ** 2]
        both = [np.r_[(corner + b[:2]) / 7, b[2:4] ** 2] for b in output[i, :10].reshape(2, 5)]
        overlaps = [float(chapter.iou(b, true)) for b in both]
        best = int(np.argmax(overlaps))
        assert chosen[i].tolist() == np.eye(2)[best].tolist()
        assert confidence[i, best] == pytest.approx(overlaps[best]) and confidence[i, 1 - best] == 0


def test_loss_is_the_papers_sum_written_with_loops():
    output, target = cells()
    chosen, confidence = chapter.responsible(output, target)
    total = 0.0
    for i, j in product(range(len(target)), range(2)):
        x, y, w, h, c = output[i, 5 * j : 5 * j + 5]
        if chosen[i, j]:
            tx, ty, tw, th = target[i, :4]
            total += 5 * ((x - tx) ** 2 + (y - ty) ** 2 + (w - tw) ** 2 + (h - th) ** 2) + (c - confidence[i, j]) ** 2
        else:
            total += 0.5 * c**2
    for i in np.flatnonzero(target[:, 4]):
        total += sum((target[i, 5 + k] - output[i, 10 + k]) ** 2 for k in range(2))
    assert chapter.yolo_loss(output, target, chosen, confidence) == pytest.approx(total)


def test_gradient_of_the_loss_agrees_with_finite_differences():
    output, target = cells()
    given_ = chapter.responsible(output, target)
    slope = chapter.grad(lambda o: chapter.yolo_loss(o, target, *given_))(output)
    rng = np.random.default_rng(5)
    for _ in range(5):
        step = 1e-6 * rng.normal(size=output.shape)
        change = chapter.yolo_loss(output + step, target, *given_) - chapter.yolo_loss(output - step, target, *given_)
        assert change == pytest.approx(2 * (slope * step).sum(), rel=1e-5)


@few
@given(st.lists(st.booleans(), min_size=1, max_size=30).filter(any), st.integers(0, 5), st.integers(0, 99))
def test_average_precision_is_scikit_learns_once_misses_are_counted(hits, missed, seed):
    hits = np.array(hits, float)
    scores = np.random.default_rng(seed).permutation(len(hits)).astype(float)
    n_truth = int(hits.sum()) + missed
    expected = average_precision_score(hits, scores) * hits.sum() / n_truth
    assert chapter.average_precision(scores, hits, n_truth) == pytest.approx(expected)


def test_a_true_box_is_hit_once_and_only_by_enough_overlap():
    truth = np.array([[0.5, 0.5, 0.2, 0.2], [0.8, 0.8, 0.2, 0.2]])
    half = [0.5, 0.5, 0.2, 0.101]  # overlap 0.505
    less = [0.8, 0.8, 0.2, 0.099]  # overlap 0.495
    assert chapter.match(np.array([half, truth[0], less, truth[1]]), truth).tolist() == [1, 0, 0, 1]
    assert chapter.match(truth, np.empty((0, 4))).tolist() == [0, 0]


def test_a_perfect_network_has_mean_ap_one(monkeypatch):
    scenes = [chapter.random_scene(np.random.default_rng(seed)) for seed in range(6)]
    targets = np.array([chapter.encode(b, k, 2) for _, b, k in scenes])
    perfect = np.concatenate([np.tile(targets[..., :5], 2), targets[..., 5:]], axis=-1)
    monkeypatch.setitem(chapter.mean_ap.__globals__, "network", lambda params, x: perfect)
    assert chapter.mean_ap(None, scenes) == pytest.approx(1)
    assert chapter.mean_ap(None, scenes, use_nms=False) < 1  # each object is reported twice


def test_training_lowers_the_loss():
    rng = np.random.default_rng(6)
    scenes = [chapter.random_scene(rng) for _ in range(32)]
    x = chapter.windows(np.array([s[0] for s in scenes])).reshape(-1, 144)
    y = np.array([chapter.encode(b, k, 2) for _, b, k in scenes]).reshape(-1, 7)

    def loss(params):
        output = chapter.network(params, x)
        return chapter.yolo_loss(output, y, *chapter.responsible(output, y))

    trained = chapter.train(scenes, np.random.default_rng(7), n_epochs=8)
    assert loss(trained) < 0.6 * loss(chapter.init_params(np.random.default_rng(7)))


@pytest.mark.parametrize(("side", "n"), [(1, 3), (2, 1), (2, 4), (3, 3)])
def test_room_is_the_mean_over_all_placements(side, n):
    placements = list(product(range(side**2), repeat=n))
    mean = np.mean([len(set(p)) / n for p in placements])
    assert chapter.room_theory(n, side) == pytest.approx(mean)
    cells_ = np.array(placements)
    centres = (np.stack([cells_ % side, cells_ // side], axis=-1) + 0.5) / side
    assert chapter.room(centres, side) == pytest.approx(mean)


@pytest.mark.parametrize(("n", "one", "two"), [(20, 0.828, 0.980), (98, 0.434, 0.732)])
def test_room_for_one_and_two_objects_as_in_exercise_two(n, one, two):
    count = binom(n, 1 / 49)
    assert chapter.room_theory(n) == pytest.approx(49 / n * count.sf(0), abs=1e-12)
    assert 49 / n * count.sf(0) == pytest.approx(one, abs=5e-4)
    assert 49 / n * (count.sf(0) + count.sf(1)) == pytest.approx(two, abs=5e-4)


def test_flocks_stay_in_the_image_and_close_together():
    birds = chapter.flock(300, 20, np.random.default_rng(8))
    assert birds.min() >= 0 and birds.max() < 1
    assert birds.std(axis=1).mean() == pytest.approx(0.05, abs=0.003)


@few
@given(st.floats(0.05, 0.9), st.floats(0.001, 0.05))
def test_width_costs_are_the_squares_of_their_names(w, delta):
    costs = {name: float(cost[0]) for name, cost in chapter.width_costs(np.array([w]), delta).items()}
    root = delta / (np.sqrt(w + delta) + np.sqrt(w))
    expected = {"w": delta**2, "root": root**2, "log": np.log1p(delta / w) ** 2, "overlap": (delta / (w + delta)) ** 2}
    assert costs == pytest.approx(expected, rel=1e-6)


def test_layers_have_the_shapes_and_counts_of_figure_3():
    rows = chapter.count_layers()
    sides = [int(side) for side in rows[:24, 0]]
    assert sides == [224, 112] + [56] * 4 + [28] * 10 + [14] * 5 + [7] * 3
    assert rows[:24, 2].sum() == 60_155_968
    assert rows[24:, 2].tolist() == [(7 * 7 * 1024 + 1) * 4096, (4096 + 1) * 7 * 7 * 30]
    first = np.zeros((224, 224, 64, 7, 7, 3), np.int8)
    assert rows[0, 3] == first.size


def test_network_is_two_matrix_products_around_onnxruntimes_leaky_relu():
    rng = np.random.default_rng(9)
    params = [rng.normal(size=p.shape).astype("f4") for p in chapter.init_params(rng, n_hidden=5)]
    x = rng.normal(size=(6, 144)).astype("f4")
    names = ["x", "w_hidden", "b_hidden", "w_out", "b_out"]
    nodes = [
        helper.make_node("Gemm", names[:3], ["z"]),
        helper.make_node("LeakyRelu", ["z"], ["h"], alpha=0.1),
        helper.make_node("Gemm", ["h", *names[3:]], ["y"]),
    ]
    feed = dict(zip(names, [x, *params], strict=True))
    inputs = [helper.make_tensor_value_info(k, TensorProto.FLOAT, v.shape) for k, v in feed.items()]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, (6, 12))
    model = helper.make_model(
        helper.make_graph(nodes, "head", inputs, [output]), opset_imports=[helper.make_opsetid("", 11)], ir_version=8
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(chapter.network(params, x), session.run(None, feed)[0], rtol=1e-4, atol=1e-3)


def test_detections_are_the_heard_boxes_that_onnxruntime_keeps():
    output = np.random.default_rng(10).uniform(size=(7, 7, 12))
    boxes, scores = chapter.decode(output)
    heard = np.flatnonzero(scores[:, 1] > 0.2)
    kept = heard[onnx_nms(boxes[heard], scores[heard, 1], 0.5)]
    found, found_scores = chapter.detect(output, 1, least=0.2)
    np.testing.assert_array_equal(found, boxes[kept])
    np.testing.assert_array_equal(found_scores, scores[kept, 1])
    everything, _ = chapter.detect(output, 1, use_nms=False, least=0.2)
    assert 0 < len(kept) < len(everything) == len(heard)


def test_split_gives_each_box_its_five_numbers_and_the_classes_the_rest():
    output = np.arange(3 * 13.0).reshape(3, 13)
    boxes, classes = chapter.split(output)
    np.testing.assert_array_equal(boxes[1], [[13, 14, 15, 16, 17], [18, 19, 20, 21, 22]])
    np.testing.assert_array_equal(classes[1], [23, 24, 25])


def test_a_step_of_training_is_adams_first_on_the_mean_loss_of_the_batch():
    """With all scenes in the batch, nothing depends on which are drawn; Adam's first step goes by the signs."""
    rng = np.random.default_rng(11)
    scenes = [chapter.random_scene(rng) for _ in range(4)]
    x = chapter.windows(np.array([image for image, _, _ in scenes])).reshape(-1, 144)
    y = np.concatenate([chapter.encode(boxes, labels, 2).reshape(-1, 7) for _, boxes, labels in scenes])
    after = chapter.train(scenes, np.random.default_rng(12), n_epochs=1, batch=4, step_size=1e-3)
    start = chapter.init_params(np.random.default_rng(12))
    given_ = chapter.responsible(chapter.network(start, x), y)
    slope = chapter.grad(lambda params: chapter.yolo_loss(chapter.network(params, x), y, *given_) / 4)(start)
    for before, now, g in zip(start, after, slope, strict=True):
        np.testing.assert_allclose(now - before, -1e-3 * g / (np.abs(g) + 1e-8), atol=1e-9)


def test_training_takes_as_many_steps_as_the_epochs_have_batches(monkeypatch):
    steps = []
    monkeypatch.setitem(chapter.train.__globals__, "adam", lambda step, start, num_iters, **_: steps.append(num_iters))
    scenes = [chapter.random_scene(np.random.default_rng(seed)) for seed in range(10)]
    chapter.train(scenes, np.random.default_rng(0), n_epochs=6, batch=4)
    assert steps == [6 * 10 // 4]


def test_mean_ap_is_scikit_learns_over_the_boxes_of_all_scenes(monkeypatch):
    """What a perfect network would say with noise, so that boxes of several scenes mix in one ranking."""
    rng = np.random.default_rng(13)
    scenes = [chapter.random_scene(rng) for _ in range(12)]
    targets = np.array([chapter.encode(boxes, labels, 2) for _, boxes, labels in scenes])
    outputs = np.concatenate([np.tile(targets[..., :5], 2), targets[..., 5:]], axis=-1)
    outputs = outputs * (1 + 0.1 * rng.normal(size=outputs.shape))
    seen = chapter.windows(np.array([image for image, _, _ in scenes]))
    monkeypatch.setitem(chapter.mean_ap.__globals__, "network", lambda given, x: outputs if (x == seen).all() else 0)
    expected = []
    for k in range(2):
        hits, scores, n_truth = [], [], 0
        for output, (_, boxes, labels) in zip(outputs, scenes, strict=True):
            found, score = chapter.detect(output, k)
            hits += chapter.match(found, boxes[labels == k]).tolist()
            scores += score.tolist()
            n_truth += int((labels == k).sum())
        assert 0 < sum(hits) < len(hits)
        expected.append(average_precision_score(hits, scores) * sum(hits) / n_truth)
    assert chapter.mean_ap(None, scenes) == pytest.approx(np.mean(expected))


def test_boxes_are_drawn_where_they_are():
    _, ax = chapter.plt.subplots()
    boxes = np.array([[0.5, 0.4, 0.2, 0.1], [0.3, 0.3, 0.1, 0.3]])
    chapter.draw_boxes(ax, boxes, ["C0", "C1"], [1, 0.5], "--")
    drawn = [patch.get_bbox().bounds for patch in ax.patches]
    np.testing.assert_allclose(drawn, [[0.4, 0.35, 0.2, 0.1], [0.25, 0.15, 0.1, 0.3]])
    assert [patch.get_alpha() for patch in ax.patches] == [1, 0.5]
    chapter.plt.close()
