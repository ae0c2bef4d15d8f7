"""Mask R-CNN: the chapter's functions against onnxruntime, scipy, scikit-learn, published counts and differences."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from scipy.ndimage import map_coordinates
from scipy.optimize import approx_fprime
from scipy.signal import correlate2d
from scipy.special import expit, huber
from scipy.special import log_softmax as scipy_log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import jaccard_score, log_loss

from tests.chapters import definitions

chapter = definitions("mask-rcnn")
STRIDE = 16
FEATURES = np.random.default_rng(0).normal(size=(20, 25)).astype(np.float32)


def operator(name, inputs, **attributes):
    """Run one onnxruntime operator on arrays by input name ("" leaves an optional input out)."""
    named = {key: value for key, value in inputs.items() if value is not None}
    names = [key if value is not None else "" for key, value in inputs.items()]
    node = helper.make_node(name, names, ["y"], **attributes)
    graph = helper.make_graph(
        [node],
        "one_operator",
        [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for k, v in named.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, named)[0]


def onnx_roi_align(boxes, n_samples, convention):
    return operator(
        "RoiAlign",
        {"x": FEATURES[None, None], "rois": boxes, "batch": np.zeros(len(boxes), np.int64)},
        mode="avg",
        coordinate_transformation_mode=convention,
        output_height=7,
        output_width=7,
        sampling_ratio=n_samples,
        spatial_scale=1 / STRIDE,
    )[:, 0]


def random_boxes(n, rng, smallest=STRIDE):
    """Boxes (n, 4) inside the image, at least one stride wide (below that ONNX's older convention widens them)."""
    h, w = FEATURES.shape
    x1, x2 = np.sort(rng.uniform(0, w * STRIDE - smallest, size=(2, n)), axis=0)
    y1, y2 = np.sort(rng.uniform(0, h * STRIDE - smallest, size=(2, n)), axis=0)
    return np.stack([x1, y1, x2 + smallest, y2 + smallest], axis=1).astype(np.float32)


@pytest.mark.parametrize("n_samples", [1, 2, 3])
@pytest.mark.parametrize(("convention", "half"), [("half_pixel", 0.5), ("output_half_pixel", 0.0)])
def test_roi_align_is_onnxruntimes_operator(convention, half, n_samples):
    boxes = random_boxes(40, np.random.default_rng(n_samples))
    ours = [chapter.roi_align(FEATURES, box, STRIDE, 7, n_samples, half=half) for box in boxes.astype(float)]
    np.testing.assert_allclose(ours, onnx_roi_align(boxes, n_samples, convention), atol=1e-4)


def test_roi_align_is_onnxruntimes_operator_for_boxes_smaller_than_a_cell():
    boxes = random_boxes(20, np.random.default_rng(4), smallest=1)
    boxes[:, 2:] = boxes[:, :2] + np.random.default_rng(5).uniform(1, 10, size=(20, 2)).astype(np.float32)
    boxes = np.minimum(boxes, np.array([400, 320, 400, 320], np.float32))
    ours = [chapter.roi_align(FEATURES, box, STRIDE) for box in boxes.astype(float)]
    np.testing.assert_allclose(ours, onnx_roi_align(boxes, 2, "half_pixel"), atol=1e-4)


def test_roi_pool_is_onnxruntimes_max_pooling_of_regions():
    boxes = random_boxes(60, np.random.default_rng(6))
    rois = np.c_[np.zeros(len(boxes)), boxes].astype(np.float32)
    theirs = operator(
        "MaxRoiPool", {"x": FEATURES[None, None], "rois": rois}, pooled_shape=[7, 7], spatial_scale=1 / STRIDE
    )
    ours = [chapter.roi_pool(FEATURES, box, STRIDE) for box in boxes]
    np.testing.assert_array_equal(ours, theirs[:, 0])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-3, 30), min_size=1, max_size=6), st.lists(st.floats(-3, 30), min_size=1, max_size=6))
def test_bilinear_is_scipys_interpolation_with_repeated_edges(rows, columns):
    grid = np.meshgrid(rows, columns, indexing="ij")
    expected = map_coordinates(FEATURES.astype(float), grid, order=1, mode="nearest")
    np.testing.assert_allclose(chapter.bilinear(FEATURES, np.array(rows), np.array(columns)), expected, atol=1e-9)


def test_roi_align_with_max_takes_the_largest_of_the_four_interpolated_points():
    # onnxruntime's own max mode warns that it is wrong (it takes the maximum before it adds up the four corners)
    box, bins = np.array([37.3, 20.9, 190.2, 280.4]), 3
    x, y = ((np.arange(6) + 0.5) / 6 * (box[i + 2] - box[i]) + box[i] for i in (0, 1))
    points = np.meshgrid(y / STRIDE - 0.5, x / STRIDE - 0.5, indexing="ij")
    read = map_coordinates(FEATURES.astype(float), points, order=1)
    expected = [[read[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max() for j in range(bins)] for i in range(bins)]
    np.testing.assert_allclose(chapter.roi_align(FEATURES, box, STRIDE, bins, aggregate=np.max), expected, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 100), st.floats(20, 200), st.sampled_from([8, 16, 32]))
def test_roi_align_reads_every_bin_centre_off_a_ruler(left, width, stride):
    x1, x2 = stride + left, stride + left + width
    read = chapter.roi_align(chapter.ruler(stride), (x1, 40, x2, 90), stride, 7)
    centres = (np.linspace(x1, x2, 8)[1:] + np.linspace(x1, x2, 8)[:-1]) / 2
    np.testing.assert_allclose(read, np.tile(centres, (7, 1)), atol=1e-9)


def test_paste_is_onnxruntimes_resize_where_the_box_is_whole_pixels():
    values = np.random.default_rng(7).normal(size=(14, 14)).astype(np.float32)
    pasted = chapter.paste(values, np.array([10, 5, 52, 75]), size=80)
    theirs = operator(
        "Resize",
        {"x": values[None, None], "roi": None, "scales": None, "sizes": np.array([1, 1, 70, 42])},
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )[0, 0]
    np.testing.assert_allclose(pasted[5:75, 10:52], theirs, atol=1e-5)
    outside = np.ones((80, 80), bool)
    outside[5:75, 10:52] = False
    assert not pasted[outside].any()


def test_cover_is_onnxruntimes_average_pooling():
    mask = (np.random.default_rng(8).random((32, 32)) < 0.5).astype(np.float32)
    theirs = operator("AveragePool", {"x": mask[None, None]}, kernel_shape=[8, 8], strides=[8, 8])[0, 0]
    np.testing.assert_allclose(chapter.cover(mask, 8), theirs, atol=1e-6)


def test_iou_is_scikit_learns_jaccard_score():
    a, b = np.random.default_rng(9).random((2, 20, 20)) < 0.4
    assert chapter.iou(a, b) == pytest.approx(jaccard_score(a.ravel(), b.ravel()))


def test_loose_box_is_within_four_pixels_of_the_shape():
    rng = np.random.default_rng(10)
    mask = chapter.blob(rng)
    x1, y1, x2, y2 = chapter.loose_box(mask, rng)
    y, x = np.nonzero(mask)
    assert np.abs([x1 - x.min(), y1 - y.min(), x2 - x.max() - 1, y2 - y.max() - 1]).max() <= 4


def batch(n_outputs, rng, n=3, m=4):
    return rng.normal(size=(n, m, m, n_outputs)), (rng.random((n, m, m)) < 0.5).astype(float), rng.integers(3, size=n)


def test_mask_loss_is_scikit_learns_log_loss_of_the_true_classes_mask():
    logits, masks, k = batch(3, np.random.default_rng(11))
    own = np.stack([logit[..., i] for logit, i in zip(logits, k, strict=True)])
    assert chapter.mask_loss(logits, masks, k) == pytest.approx(log_loss(masks.ravel(), expit(own).ravel()))


def test_softmax_loss_is_scikit_learns_log_loss_over_classes_and_background():
    logits, masks, k = batch(4, np.random.default_rng(12))
    labels = np.where(masks > 0, k[:, None, None] + 1, 0).ravel()
    probabilities = np.exp(scipy_log_softmax(logits, axis=-1)).reshape(-1, 4)
    assert chapter.softmax_loss(logits, masks, k) == pytest.approx(log_loss(labels, probabilities, labels=range(4)))


@pytest.mark.parametrize(("loss", "n_outputs"), [(chapter.mask_loss, 3), (chapter.softmax_loss, 4)])
def test_gradients_of_the_losses_are_finite_differences(loss, n_outputs):
    logits, masks, k = batch(n_outputs, np.random.default_rng(13), n=2, m=3)
    differences = approx_fprime(logits.ravel(), lambda z: loss(z.reshape(logits.shape), masks, k))
    np.testing.assert_allclose(grad(loss)(logits, masks, k).ravel(), differences, atol=1e-6)


def test_mask_gradient_falls_on_the_true_class_even_if_another_logit_is_larger():
    logits, masks, k = batch(3, np.random.default_rng(14))
    logits[..., (k[0] + 1) % 3] += 10
    slope = grad(chapter.mask_loss)(logits, masks, k)
    own = np.arange(3) == k[:, None]
    assert (slope != 0).any(axis=(1, 2)).tolist() == own.tolist()


@pytest.mark.parametrize("k", [0, 1, 5])
def test_losses_of_a_region_are_those_of_scipy_and_scikit_learn(k):
    rng = np.random.default_rng(15)
    logits, boxes, masks = rng.normal(size=6), 2 * rng.normal(size=(5, 4)), rng.normal(size=(4, 4, 5))
    box_true, mask_true = rng.normal(size=4), (rng.random((4, 4)) < 0.5).astype(float)
    cls, box, mask = chapter.roi_losses(logits, boxes, masks, k, box_true, mask_true)
    assert cls == pytest.approx(-scipy_log_softmax(logits)[k])
    if k == 0:
        assert box == mask == 0
    else:
        assert box == pytest.approx(huber(1, boxes[k - 1] - box_true).sum())
        assert mask == pytest.approx(log_loss(mask_true.ravel(), expit(masks[..., k - 1]).ravel()))


def test_log_softmax_is_scipys_even_for_large_logits():
    logits = np.random.default_rng(16).normal(size=(5, 4)) * 1000
    np.testing.assert_allclose(chapter.log_softmax(logits), scipy_log_softmax(logits, axis=-1), atol=1e-9)


def test_patches_times_weights_is_scipys_correlation():
    rng = np.random.default_rng(17)
    images, weights = rng.normal(size=(2, 9, 9)), rng.normal(size=26)
    expected = [correlate2d(image, weights[:25].reshape(5, 5), mode="same") + weights[25] for image in images]
    np.testing.assert_allclose(chapter.patches(images) @ weights, expected, atol=1e-12)


def test_training_comes_near_scikit_learns_logistic_regression():
    images, masks, _ = chapter.draw_rois(30, np.random.default_rng(18))
    x, one = chapter.patches(images), np.zeros(30, int)
    ours = chapter.mask_loss(x @ chapter.train(chapter.mask_loss, 1, x, masks, one), masks, one)
    flat, target = x.reshape(-1, 26), masks.ravel()
    best = LogisticRegression(C=1e6, fit_intercept=False, max_iter=500).fit(flat, target)
    lowest = log_loss(target, best.predict_proba(flat)[:, 1])
    assert lowest - 1e-6 <= ours < lowest + 0.03


def test_mask_branch_is_what_torchvisions_mask_r_cnn_has_beyond_its_faster_r_cnn():
    with_masks, without = 44_401_393, 41_755_286  # num_params of the published ResNet-50-FPN models, 91 classes
    assert chapter.mask_branch_weights(91) == with_masks - without


def test_dense_layer_weights_count_a_real_matrix_and_bias():
    assert chapter.dense_layer_weights(12, 7) == np.zeros((12, 7)).size + np.zeros(7).size


def test_position_errors_are_what_a_layer_adds_to_the_true_centre():
    def three_too_far(features, box, stride, n_bins):
        return np.full((n_bins, n_bins), (box[0] + box[2]) / 2 + 3)

    shifts, errors = chapter.position_errors(three_too_far, 8)
    assert shifts[0] == 0 and shifts[-1] == pytest.approx(3 * 8, abs=0.25)
    np.testing.assert_allclose(errors, 3)


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0])
def test_mean_iou_of_a_full_box_is_that_of_two_shifted_rectangles(shift):
    mask, box = np.zeros((512, 512)), np.array([96.0, 160, 224, 240])
    mask[160:240, 96:224] = 1
    common = (128 - 16 * shift) * (80 - 16 * shift)
    found = chapter.mean_iou(lambda *roi: np.ones((14, 14)), 16, [(mask, box)], shift)
    assert found == pytest.approx(common / (2 * 128 * 80 - common))


def test_best_iou_undoes_a_constant_shift():
    shapes = [(m := chapter.blob(np.random.default_rng(20)), chapter.loose_box(m, np.random.default_rng(21)))]

    def shifted(features, box, stride, n_bins):
        return chapter.roi_align(features, box + stride / 2, stride, n_bins)

    plain = chapter.mean_iou(chapter.roi_align, 16, shapes)
    assert chapter.mean_iou(shifted, 16, shapes) < plain - 0.03 < chapter.best_iou(shifted, 16, shapes)


def test_softmax_masks_are_read_as_the_text_says():
    n_train, n_test = 12, 6
    (_, masks_test, k_test), found = chapter.heads(3, n_train, n_test)
    rng = np.random.default_rng(3)
    (images, masks, k), test = chapter.draw_rois(n_train, rng), chapter.draw_rois(n_test, rng)
    np.testing.assert_array_equal(test[1], masks_test)
    weights = chapter.train(chapter.softmax_loss, 4, chapter.patches(images), masks, k)
    p = np.exp(scipy_log_softmax(chapter.patches(test[0]) @ weights, axis=-1))
    for i in range(n_test):
        own, rest = p[i, ..., k_test[i] + 1], np.delete(p[i], k_test[i] + 1, axis=-1)
        np.testing.assert_array_equal(found["told"][i], own / (own + p[i, ..., 0]) > 0.5)
        np.testing.assert_array_equal(found["softmax"][i], own > rest.max(axis=-1))


def test_score_is_the_mean_of_scikit_learns_jaccard_scores():
    a, b = np.random.default_rng(22).random((2, 4, 9, 9)) < 0.5
    expected = np.mean([jaccard_score(q.ravel(), p.ravel()) for p, q in zip(a, b, strict=True)])
    assert chapter.score(a, b.astype(float)) == pytest.approx(expected)


def test_share_of_the_other_masks_is_that_of_the_softmaxs_closed_form():
    share, _ = chapter.share_of_others(chapter.softmax_loss, 6, [0, 3], np.random.default_rng(23))
    p = np.exp(scipy_log_softmax(np.random.default_rng(23).normal(size=(7, 7, 6)), axis=-1))
    labels = np.where(np.tri(7) > 0, 3, 0)
    size = np.abs(p - np.eye(6)[labels]).sum(axis=(0, 1))
    assert share == pytest.approx(size[[1, 2, 4, 5]].sum() / size.sum())


@pytest.mark.parametrize("n_samples", [1, 2, 5])
def test_sampling_points_are_the_middles_of_equal_parts(n_samples):
    edges = np.linspace(3.0, 17.0, 4 * n_samples + 1)
    np.testing.assert_allclose(chapter.sampling_points(3.0, 17.0, 4, n_samples), (edges[1:] + edges[:-1]) / 2)


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 200), st.floats(0, 150), st.sampled_from([8, 16]), st.integers(1, 9))
def test_pool_edges_hold_every_cell_that_a_bin_touches(start, width, stride, n_bins):
    """A cell belongs to a bin if they overlap, when the rounded region is cut into equal parts."""
    first, last = (int(x / stride + 0.5) for x in (start, start + width))
    cells = np.arange(first, last + 1)
    size = len(cells) / n_bins
    expected = []
    for i in range(n_bins):
        low, high = first + i * size, first + (i + 1) * size
        inside = cells[(cells + 1 > low + 1e-9) & (cells < high - 1e-9)]
        expected.append([inside[0], inside[-1] + 1])
    assert chapter.pool_edges(start, start + width, stride, n_bins).tolist() == expected


def test_own_mask_is_that_of_each_regions_class():
    logits, _, k = batch(3, np.random.default_rng(24))
    np.testing.assert_array_equal(
        chapter.own_mask(logits, k), [each[..., i] for each, i in zip(logits, k, strict=True)]
    )


def test_layer_with_samples_and_aggregate_is_roi_align_with_them():
    roi = FEATURES, np.array([37.3, 20.9, 190.2, 280.4]), STRIDE, 5
    expected = chapter.roi_align(*roi, n_samples=3, aggregate=np.max)
    np.testing.assert_array_equal(chapter.layer_with(3, np.max)(*roi), expected)
    assert (chapter.layer_with(3)(*roi) < expected).all()


def test_blobs_have_the_area_of_their_outline_and_lie_inside_the_image():
    for seed in range(4):
        rng = np.random.default_rng(seed)
        radius = rng.uniform(60, 130)
        rng.uniform(size=2)
        phases, depths = rng.uniform(0, 2 * np.pi, 4), rng.uniform(0, 0.12, 4)
        angle = np.linspace(0, 2 * np.pi, 10_000, endpoint=False)
        wobble = (depths[:, None] * np.cos(np.arange(2, 6)[:, None] * angle + phases[:, None])).sum(axis=0)
        mask = chapter.blob(np.random.default_rng(seed))
        assert mask.sum() == pytest.approx(np.pi * radius**2 * np.mean((1 + wobble) ** 2), rel=2e-3)
        border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert not border.any() and set(np.unique(mask)) == {0, 1}


def test_regions_show_discs_squares_and_diamonds_in_noise():
    images, masks, k = chapter.draw_rois(600, np.random.default_rng(25))
    noise = images - masks
    assert noise.mean() == pytest.approx(0, abs=0.01) and noise.std() == pytest.approx(0.5, abs=0.01)
    assert np.bincount(k).min() > 150
    squares = np.mean(np.square([5, 8])) - 3**2 / 6  # of a radius that is uniform from 5 to 8
    shapes = [(np.pi / 4, np.pi), (1, 4 / 1.1**2), (0.5, 2 / 0.8**2)]  # share of their bounding boxes, area
    for shape, (fill, area) in enumerate(shapes):
        assert masks[k == shape].sum(axis=(1, 2)).mean() == pytest.approx(area * squares, rel=0.05)
        for mask in masks[k == shape][:50]:
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            assert box.mean() == pytest.approx(fill, abs=0.12)


def test_heads_are_trained_on_one_set_and_read_on_another():
    n_train, n_test = 12, 6
    (images_test, _, k_test), found = chapter.heads(4, n_train, n_test)
    rng = np.random.default_rng(4)
    images, masks, k = chapter.draw_rois(n_train, rng)
    x, x_test = chapter.patches(images), chapter.patches(images_test)
    per_class = chapter.train(chapter.mask_loss, 3, x, masks, k)
    one = chapter.train(chapter.mask_loss, 1, x, masks, np.zeros(n_train, int))
    for i in range(n_test):
        np.testing.assert_array_equal(found["per class"][i], expit(x_test[i] @ per_class[:, k_test[i]]) > 0.5)
        np.testing.assert_array_equal(found["one for all"][i], expit(x_test[i] @ one[:, 0]) > 0.5)


def test_best_iou_is_the_largest_of_the_twelve():
    rng = np.random.default_rng(26)
    shapes = [(m := chapter.blob(rng), chapter.loose_box(m, rng))]
    expected = max(
        chapter.mean_iou(chapter.roi_pool, 32, shapes, shift, threshold)
        for shift in (0, 0.25, 0.375, 0.5)
        for threshold in (0.3, 0.5, 0.7)
    )
    assert chapter.best_iou(chapter.roi_pool, 32, shapes) == expected > chapter.mean_iou(chapter.roi_pool, 32, shapes)


def test_mean_iou_moves_the_pasted_mask_by_strides_and_cuts_at_the_threshold():
    mask, box = np.zeros((512, 512)), np.array([96.0, 160, 224, 240])
    mask[160:240, 96:224] = 1
    half = np.full((14, 14), 0.5)
    assert chapter.mean_iou(lambda *roi: half, 16, [(mask, box)], threshold=0.5) == 1
    assert chapter.mean_iou(lambda *roi: half, 16, [(mask, box)], threshold=0.51) == 0
