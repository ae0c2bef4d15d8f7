"""Feature pyramids: maps against scipy's and loops, anchors against another chapter's, counts against known ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from sklearn.linear_model import LogisticRegression

from tests.chapters import definitions

chapter = definitions("feature-pyramids")
faster = definitions("faster-rcnn")


def bottleneck_layers(k):
    """Rows (kernel, channels in, channels out) of the convolutions of stage k of ResNet-50, one by one."""
    narrow, c_in = {2: (64, 64), 3: (128, 256), 4: (256, 512), 5: (512, 1024)}[k]
    rows = [(1, c_in, 4 * narrow)]  # the projection
    for _ in range({2: 3, 3: 4, 4: 6, 5: 3}[k]):
        rows += [(1, c_in, narrow), (3, narrow, narrow), (1, narrow, 4 * narrow)]
        c_in = 4 * narrow
    return rows


def test_upsampling_repeats_as_a_kronecker_product():
    x = np.random.default_rng(0).normal(size=(3, 4))
    for times in (2, 8):
        np.testing.assert_array_equal(chapter.upsample(x, times), np.kron(x, np.ones((times, times))))
    assert chapter.upsample(np.zeros((3, 4, 5))).shape == (6, 8, 5)


def test_each_merged_place_is_the_sum_over_its_own_and_all_coarser_maps():
    rng = np.random.default_rng(1)
    maps = [rng.normal(size=(8, 12, 2)), rng.normal(size=(4, 6, 3)), rng.normal(size=(2, 3, 5))]
    mixings = [rng.normal(size=(x.shape[-1], 4)) for x in maps]
    merged = chapter.top_down(maps, mixings)
    for finest, got in enumerate(merged):
        for i, j in np.ndindex(got.shape[:2]):
            heard = [maps[k][i >> (k - finest), j >> (k - finest)] @ mixings[k] for k in range(finest, len(maps))]
            np.testing.assert_allclose(got[i, j], sum(heard), atol=1e-12)


def test_a_scene_has_a_dot_a_region_stripes_in_some_and_noise():
    rng = np.random.default_rng(2)
    noise, shares = [], []
    for _ in range(50):
        image, dots, striped = chapter.scene(rng)
        regions = striped.reshape(4, 8, 4, 8)
        assert (regions == regions[:, :1, :, :1]).all()
        assert (dots.reshape(4, 8, 4, 8).sum(axis=(1, 3)) == 1).all()
        columns = np.array([-1, 1] * 16)
        stripes = [[0.6 * columns[j] * striped[i, j] for j in range(32)] for i in range(32)]
        noise.append(image - 4 * dots - stripes)
        shares.append(striped.mean())
    assert np.mean(noise) == pytest.approx(0, abs=0.01)
    assert np.std(noise) == pytest.approx(0.5, abs=0.01)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.06)


def test_a_place_hears_its_pixel_and_how_much_neighbours_differ_in_its_region():
    image = np.random.default_rng(3).normal(size=(32, 32))
    got = chapter.features(image)
    np.testing.assert_array_equal(got[..., 0], image)
    for i, j in [(0, 0), (7, 31), (31, 31), (16, 9)]:
        top, left = i // 8 * 8, j // 8 * 8
        differences = [
            abs(image[a, (b + 1) % 32] - image[a, b]) for a in range(top, top + 8) for b in range(left, left + 8)
        ]
        assert got[i, j, 1] == pytest.approx(np.mean(differences))


def test_the_head_is_scikit_learns_logistic_regression():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(300, 2))
    y = (x @ [2, -1] + rng.normal(size=300) > 0.5).astype(int)
    theirs = LogisticRegression(C=1 / 0.1, fit_intercept=False, tol=1e-10, max_iter=1000)
    theirs.fit(np.c_[x, np.ones(300)], y)
    np.testing.assert_allclose(chapter.fit(x, y, decay=0.1), theirs.coef_[0], rtol=1e-5)
    weaker, stronger = (np.linalg.norm(chapter.fit(x, y, decay=decay)) for decay in (1e-3, 10))
    assert weaker > stronger


def test_best_places_are_those_of_a_sorted_list_and_ties_go_to_the_first():
    score = np.random.default_rng(5).normal(size=(6, 7))
    ranked = sorted(np.ndindex(6, 7), key=lambda place: -score[place])
    assert {tuple(place) for place in np.argwhere(chapter.best_places(score, 5))} == set(ranked[:5])
    np.testing.assert_array_equal(chapter.best_places(np.zeros((2, 3)), 2), [[1, 1, 0], [0, 0, 0]])


def test_shares_count_the_chosen_places():
    rng = np.random.default_rng(6)
    scenes = [chapter.scene(rng) for _ in range(3)]
    w = np.array([1.0, 0.5, -2.0])
    chosen, in_stripes, on_dots, right = 0, 0, 0, 0
    for image, dots, striped in scenes:
        heard = chapter.features(image)
        ranked = sorted(np.ndindex(32, 32), key=lambda p, h=heard: -(h[p][0] + 0.5 * h[p][1]))
        for place in ranked[: int((dots & striped).sum())]:
            chosen += 1
            in_stripes += striped[place]
            on_dots += dots[place]
            right += dots[place] & striped[place]
    expected = np.array([in_stripes, on_dots, right]) / chosen
    np.testing.assert_allclose(chapter.shares(scenes, w, [0, 1]), expected)
    only_pixel = chapter.shares(scenes, np.array([1.0, 0.0]), [0])
    assert only_pixel[1] == 1 and only_pixel[2] == only_pixel[0]


def test_smoothing_is_scipys_convolution():
    row = np.random.default_rng(7).normal(size=20)
    np.testing.assert_allclose(chapter.smooth(row), ndimage.convolve1d(row, [0.25, 0.5, 0.25], mode="nearest"))


@pytest.mark.parametrize("times", [2, 8])
def test_straight_lines_are_scipys_linear_zoom(times):
    row = np.random.default_rng(8).normal(size=9)
    theirs = ndimage.zoom(row, times, order=1, mode="nearest", grid_mode=True)
    np.testing.assert_allclose(chapter.straight(row, times), theirs, atol=1e-12)


def test_the_largest_jump_is_that_of_a_loop():
    row = np.array([0.0, 0.3, -0.4, 0.1])
    assert chapter.largest_jump(row) == pytest.approx(max(abs(row[n + 1] - row[n]) for n in range(3)))


def test_overlap_is_that_of_the_chapter_on_faster_rcnn():
    rng = np.random.default_rng(9)
    for _ in range(50):
        side, other = rng.uniform(1, 9, 2)
        dx, dy = rng.uniform(-8, 8, 2)
        theirs = faster.iou(np.array([[0, 0, side, side]]), np.array([[dx, dy, other, other]]))[0, 0]
        assert chapter.overlap(side, other, dx, dy) == pytest.approx(theirs, abs=1e-12)
    assert chapter.overlap(2, 6, 1, 1) == pytest.approx(4 / 36)  # one lies within the other


@pytest.mark.parametrize("name", ["C5, all sizes", "pyramid"])
@pytest.mark.parametrize("side", [20.0, 45.0, 300.0])
def test_the_best_anchor_is_that_of_a_whole_grid(name, side):
    grids = [faster.anchor_grid(512, 512, stride, np.array([[other, other]])) for stride, other in chapter.MAPS[name]]
    got = chapter.best_overlap(side, chapter.MAPS[name], n=4)
    for i, j in np.ndindex(4, 4):
        y, x = 256 + 8 * np.array([i + 0.5, j + 0.5])
        theirs = faster.iou(np.array([[x, y, side, side]]), np.concatenate(grids)).max()
        assert got[i, j] == pytest.approx(theirs)


def test_half_a_stride_is_enough_by_symmetry():
    anchors = chapter.MAPS["pyramid"]
    place = (np.arange(256) + 0.5) / 2  # two strides of the coarsest map
    best = np.zeros((256, 256))
    for stride, other in anchors:
        off = np.abs(place - (place // stride + 0.5) * stride)
        best = np.maximum(best, chapter.overlap(90, other, off[:, None], off))
    assert chapter.best_overlap(90, anchors).mean() == pytest.approx(best.mean())


@pytest.mark.parametrize(("k", "published"), [(2, 215_808), (3, 1_219_584), (4, 7_098_368), (5, 14_964_736)])
def test_weights_of_stages_with_normalisation_are_those_of_the_published_network(k, published):
    rows = bottleneck_layers(k)
    assert chapter.stage_weights(k) == sum(kernel**2 * c_in * c_out for kernel, c_in, c_out in rows)
    assert chapter.stage_weights(k) + sum(2 * c_out for _, _, c_out in rows) == published


def test_the_backbone_takes_what_its_layers_take_one_by_one():
    total = 7 * 7 * 3 * 64 * 112 * 112
    for k, side in [(2, 56), (3, 28), (4, 14), (5, 7)]:
        total += sum(kernel**2 * c_in * c_out * side**2 for kernel, c_in, c_out in bottleneck_layers(k))
    assert chapter.backbone(height=224, width=224) == total
    last = sum(kernel**2 * c_in * c_out for kernel, c_in, c_out in bottleneck_layers(5))
    assert chapter.backbone() - chapter.backbone((2, 3, 4)) == last * 25 * 32


def test_places_are_rounded_up():
    assert [chapter.places(k) for k in range(1, 7)] == [400 * 500, 200 * 250, 100 * 125, 50 * 63, 25 * 32, 13 * 16]


def test_weights_of_the_pyramid_and_its_head_with_biases_are_the_published_ones():
    laterals = sum(chapter.lateral(k) + 256 for k in (2, 3, 4, 5))
    assert laterals + 4 * (chapter.smoothing() + 256) == 3_344_384  # as torchvision counts it
    assert chapter.two_layers() + 2 * 1024 == 13_895_680
    assert chapter.lateral(3, c=10) == 512 * 10
    assert chapter.smoothing(c=10) == 900
    assert chapter.two_layers(c=2) == 7 * 7 * 2 * 1024 + 1024 * 1024


def test_what_the_pyramid_adds_is_each_product_at_each_place():
    height, width = 800, 1000
    total = 0
    for stride, c_in in [(4, 256), (8, 512), (16, 1024), (32, 2048)]:
        rows, columns = len(range(0, height, stride)), len(range(0, width, stride))
        total += rows * columns * (c_in * 256 + 3 * 3 * 256 * 256)
    assert chapter.extra() == total


def test_an_image_pyramid_costs_its_pixels():
    assert chapter.image_pyramid([1, 0.5, 0.25]) == pytest.approx((1024 + 256 + 64) / 1024)


def test_anchors_are_as_many_as_the_chapter_on_faster_rcnn_makes():
    ratios = [(1.0, 1.0), (1.4, 0.7), (0.7, 1.4)]
    on_c4 = faster.anchor_grid(1000, 800, 16, np.array(5 * ratios))
    assert chapter.n_anchors([4], 5) == len(on_c4)
    pyramid = [faster.anchor_grid(1100, 800, 2**k, np.array(ratios)) for k in range(2, 7)]
    assert chapter.pyramid_anchors(1100) == sum(map(len, pyramid))
    assert chapter.n_anchors([2, 3], 2, width=900) == sum(
        len(faster.anchor_grid(900, 800, stride, np.array(2 * ratios))) for stride in (4, 8)
    )


@pytest.mark.parametrize("width", [1, 56, 112, 224, 448, 896])
def test_levels_change_at_octaves_of_224(width):
    octaves = {1: -4, 56: 2, 112: 3, 224: 4, 448: 5, 896: 6}
    assert chapter.level(width, width) == octaves[width]
    if width > 1:
        assert chapter.level(0.999 * width, width) == octaves[width] - 1
    assert chapter.level(4 * width, width / 4) == chapter.level(width, width)
    assert chapter.level(width, width, k_0=6) == octaves[width] + 2
