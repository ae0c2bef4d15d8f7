"""Local features for retrieval: the chapter's functions against scikit-learn, brute force and exact reasoning."""

from __future__ import annotations

from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.misc.optimizers import sgd
from autograd.scipy.special import logsumexp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d
from scipy.spatial.distance import cdist
from scipy.special import softmax
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score, log_loss
from sklearn.neighbors import NearestNeighbors

from tests.chapters import definitions

chapter = definitions("local-features-retrieval")


def some_descriptors(seed, n=40, d=5, n_centres=6):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(n_centres, d))


def vlad_by_hand(x, centres, intra):
    pieces = np.zeros_like(centres)
    for descriptor in x:
        k = min(range(len(centres)), key=lambda j: np.sum((descriptor - centres[j]) ** 2))
        pieces[k] += descriptor - centres[k]
    if intra:
        pieces = np.array([piece / np.linalg.norm(piece) if piece.any() else piece for piece in pieces])
    whole = pieces.ravel()
    return whole / np.linalg.norm(whole)


@pytest.mark.parametrize("intra", [True, False])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 30))
def test_vlad_is_the_loop_over_descriptors(intra, seed, n):
    x, centres = some_descriptors(seed, n)
    np.testing.assert_allclose(chapter.vlad(x, centres, intra), vlad_by_hand(x, centres, intra), atol=1e-12)


def test_vlad_of_a_batch_is_that_of_each_image():
    x, centres = some_descriptors(0)
    batch = x.reshape(4, 10, 5)
    expected = [vlad_by_hand(image, centres, True) for image in batch]
    np.testing.assert_allclose(chapter.vlad(batch, centres), expected, atol=1e-12)


def test_residual_sums_add_up_to_the_total_minus_counted_centres():
    x, centres = some_descriptors(1)
    total = x.sum(axis=0) - chapter.bag_of_words(x, centres) @ centres
    np.testing.assert_allclose(chapter.residual_sums(x, centres).sum(axis=0), total, atol=1e-12)


def test_repeating_one_descriptor_moves_plain_vlad_towards_it_and_its_intra_share_stays():
    x, centres = some_descriptors(2)
    burst = np.concatenate([x, np.repeat(x[:1], 1000, axis=0)])
    piece = int(cdist(x[:1], centres).argmin())
    share = {intra: np.sum(chapter.vlad(burst, centres, intra).reshape(6, 5)[piece] ** 2) for intra in (True, False)}
    used = len(set(cdist(x, centres).argmin(axis=1)))
    assert share[False] > 0.99
    assert share[True] == pytest.approx(1 / used)


def test_nearest_and_bag_of_words_are_scipys_distances_counted():
    x, centres = some_descriptors(3)
    owner = cdist(x, centres).argmin(axis=1)
    np.testing.assert_array_equal(chapter.nearest(x, centres), owner)
    np.testing.assert_array_equal(chapter.bag_of_words(x, centres), np.bincount(owner, minlength=6))


def test_k_means_finds_scikit_learns_centres_from_the_same_start():
    x, _ = some_descriptors(4, n=200)
    theirs = KMeans(6, init=x[:6], n_init=1, algorithm="lloyd", max_iter=200, tol=0).fit(x)
    np.testing.assert_allclose(chapter.k_means(x, x[:6], n_steps=200), theirs.cluster_centers_, atol=1e-9)


def test_k_means_keeps_a_centre_that_nobody_is_near():
    x, far = np.zeros((3, 2)), np.array([[0.0, 0.0], [99.0, 99.0]])
    np.testing.assert_array_equal(chapter.k_means(x, far), far)


def test_compress_is_scikit_learns_pca_scaled_to_length_one():
    rng = np.random.default_rng(5)
    learn, x = rng.normal(size=(60, 12)) * np.arange(1, 13), rng.normal(size=(7, 12))
    theirs = PCA(4, svd_solver="full").fit(learn).transform(x)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    ours = chapter.compress(x, *chapter.principal_components(learn, 4))
    np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=1e-10)  # the signs of components are free


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=30).filter(any))
def test_average_precision_is_scikit_learns(relevant):
    scores = -np.arange(len(relevant))
    expected = average_precision_score(relevant, scores)
    assert chapter.average_precision(np.array(relevant)) == pytest.approx(expected, abs=1e-12)


def test_rank_others_is_nearest_neighbours_by_cosine_without_oneself():
    features = np.random.default_rng(6).normal(size=(20, 4))
    theirs = NearestNeighbors(n_neighbors=19, metric="cosine").fit(features).kneighbors(return_distance=False)
    np.testing.assert_array_equal(chapter.rank_others(features), theirs)


def test_mean_ap_averages_scikit_learns_over_queries():
    rng = np.random.default_rng(7)
    features, labels = rng.normal(size=(24, 3)), np.arange(24) % 6
    cosine = 1 - cdist(features, features, "cosine")
    others = ~np.eye(24, dtype=bool)
    scores = [average_precision_score(labels[o] == labels[i], cosine[i, o]) for i, o in enumerate(others)]
    assert chapter.mean_ap(features, labels) == pytest.approx(np.mean(scores))


def test_unit_leaves_zeros_alone():
    np.testing.assert_allclose(chapter.unit(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0, 0]])


def influence(layers, name, side):
    """Side of the input square that one middle output depends on, by pushing ones back through the layers (1-D)."""
    names = [layer for layer, _, _ in layers]
    centre = {side // 2}
    for _, kernel, stride in reversed(layers[: names.index(name) + 1]):
        centre = {stride * i + offset for i in centre for offset in range(kernel)}
    return max(centre) - min(centre) + 1


@pytest.mark.parametrize(
    ("network", "name"),
    [("VGG16", n) for n in ("conv1_1", "conv3_3", "conv4_2", "conv5_1", "conv5_2", "pool5")]
    + [("GOOGLENET", n) for n in ("3a", "4a", "4e")],
)
def test_receptive_field_is_the_set_of_inputs_an_output_depends_on(network, name):
    layers = getattr(chapter, network)
    assert chapter.geometry(layers, name)[0] == influence(layers, name, 9)


def test_vgg16_has_thirteen_convolutions_and_ends_at_7_by_7():
    assert sum(name.startswith("conv") for name, _, _ in chapter.VGG16) == 13
    assert chapter.geometry(chapter.VGG16, "pool5") == (212, 32, 49)  # 212: the published field of pool5
    steps = [chapter.geometry(chapter.VGG16, name)[1] for name, _, _ in chapter.VGG16]
    assert all(later in (step, 2 * step) for step, later in pairwise(steps))


def test_geometry_refuses_a_layer_that_is_not_there():
    with pytest.raises(ValueError, match="conv6_1"):
        chapter.geometry(chapter.VGG16, "conv6_1")


def test_local_descriptors_are_pooled_rectified_edges():
    images = np.random.default_rng(8).random((1, 48, 48, 3))
    grey = images[0].mean(axis=-1)
    slope = correlate2d(grey, np.array([[-0.5, 0, 0.5]]), mode="same")  # direction 0; inside the image
    edges = np.maximum(slope, 0)
    cell = [edges[r : r + 4, 4 * 5 : 4 * 6].mean() for r in (12, 16)]
    x = chapter.local_descriptors(images)
    assert x.shape == (1, 121, 32)
    at = x[0].reshape(11, 11, 4, 8)[3, 5, :, 0]
    assert at[2] / at[0] == pytest.approx(cell[1] / cell[0])
    assert np.linalg.norm(x, axis=-1).max() < 1


def test_tiles_are_distinct_pieces_and_a_full_fence_leaves_only_stripes():
    tiles = chapter.tiles(per_photo=5)
    assert tiles.shape == (10, 64, 64, 3)
    assert len(np.unique(tiles.reshape(10, -1), axis=0)) == 10
    fenced = chapter.view(tiles[0], 1, np.random.default_rng(9), noise=0)
    assert set(np.unique(fenced)) == {0.0, 1.0}


def test_light_adds_a_plane():
    light = chapter.lit_views(np.zeros((2, 8, 8)), 3, np.random.default_rng(10), noise=0)
    down, right = np.indices((8, 8)).reshape(2, 64)
    plane = np.stack([np.ones(64), down, right])
    residual = light - light @ np.linalg.pinv(plane) @ plane
    assert light.shape == (6, 64)
    np.testing.assert_allclose(residual, 0, atol=1e-12)


def reference_loss(params, x, y):
    """The network's mean cross-entropy, built anew for autograd."""
    h = x
    for weights, bias in params[:-1]:
        h = anp.maximum(anp.dot(h, weights) + bias, 0)
    logits = anp.dot(h, params[-1][0]) + params[-1][1]
    return anp.mean(logsumexp(logits, axis=1) - logits[np.arange(len(y)), y])


def test_gradients_are_autograds_and_training_lowers_the_loss():
    rng = np.random.default_rng(11)
    x, y = rng.normal(size=(100, 64)), rng.integers(0, 10, size=100)
    start, end = (chapter.train(x, y, np.random.default_rng(12), n_steps) for n_steps in (0, 25))
    losses = [reference_loss(params, x, y) for params in (start, end)]
    logits = chapter.activations(start, x)[-1]
    assert losses[0] == pytest.approx(log_loss(y, softmax(logits, axis=1)))
    assert losses[1] < losses[0] - 0.5
    for ours, theirs in zip(chapter.gradients(end, x, y), grad(reference_loss)(end, x, y), strict=True):
        for slope, reference in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(slope, reference, atol=1e-10)


def test_training_takes_autograds_momentum_steps():
    """With one image repeated, every batch is the same whatever is drawn."""
    x, y = np.tile(np.random.default_rng(13).normal(size=64), (10, 1)), np.full(10, 3)
    start, end = (chapter.train(x, y, np.random.default_rng(14), n_steps) for n_steps in (0, 8))

    def slope(params, i):
        return grad(reference_loss)(params, x, y)

    expected = sgd(slope, start, num_iters=8, step_size=0.02 / (1 - 0.9), mass=0.9)
    for ours, theirs in zip(end, expected, strict=True):
        for value, reference in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(value, reference, atol=1e-10)


def test_local_descriptors_are_those_of_a_loop_over_positions_and_directions():
    image = np.random.default_rng(15).random((48, 48, 3))
    grey = image.mean(axis=-1)
    edge = np.pad(grey, 1, mode="reflect", reflect_type="odd")  # makes central differences one-sided at the rim
    down, right = (edge[2:, 1:-1] - edge[:-2, 1:-1]) / 2, (edge[1:-1, 2:] - edge[1:-1, :-2]) / 2
    expected = []
    for row, column in np.ndindex(11, 11):
        parts = []
        for r, c in ((row, column), (row, column + 1), (row + 1, column), (row + 1, column + 1)):
            cell = slice(4 * r, 4 * r + 4), slice(4 * c, 4 * c + 4)
            for angle in np.deg2rad(45 * np.arange(8)):
                slope = np.array([np.cos(angle), np.sin(angle)]) @ [right[cell].ravel(), down[cell].ravel()]
                parts.append(slope.clip(0).mean())
        expected.append(np.array(parts) / (np.linalg.norm(parts) + 0.05))
    np.testing.assert_allclose(chapter.local_descriptors(image[None])[0], expected, atol=1e-12)


def test_tiles_are_those_of_most_contrast_in_each_photograph():
    tiles = chapter.tiles(per_photo=3)
    expected = []
    for name in ("china.jpg", "flower.jpg"):
        image = chapter.load_sample_image(name) / 255
        cut = [image[y : y + 64, x : x + 64] for y in range(0, 427 - 63, 64) for x in range(0, 640 - 63, 64)]
        expected += sorted(cut, key=lambda tile: -tile.mean(axis=-1).std())[:3]
    np.testing.assert_array_equal(tiles, expected)


def test_a_view_without_fence_and_noise_is_a_crop_perhaps_mirrored_with_other_light():
    tile, mirrored = np.random.default_rng(16).random((52, 52, 3)), []
    for seed in range(8):
        seen = chapter.view(tile, 0, np.random.default_rng(seed), noise=0)
        fits = {}
        for row, column, turn in np.ndindex(5, 5, 2):
            crop = tile[row : row + 48, column : column + 48][:, :: 1 - 2 * turn]
            scale, shift = np.polyfit(crop.ravel(), seen.ravel(), 1)
            fits[float(np.abs(scale * crop + shift - seen).max())] = scale, shift, turn
        scale, shift, turn = fits[min(fits)]
        assert min(fits) < 1e-12 and 0.6 <= scale <= 1.1 and -1e-9 <= shift <= 0.1
        mirrored.append(turn)
    assert 0 < sum(mirrored) < 8


def test_a_fence_hides_its_share_of_columns_on_either_side_behind_stripes():
    sides = []
    for seed in range(8):
        seen = chapter.view(np.full((64, 64, 3), 0.5), 0.25, np.random.default_rng(seed), noise=0)
        fenced = np.isin(seen, [0.0, 1.0]).all(axis=(0, 2))
        assert fenced.sum() == 12 and (fenced[:12].all() or fenced[-12:].all())
        stripes = seen[:, fenced, 0]
        assert 0.3 < stripes.mean() < 0.7 and stripes.std() > 0.4
        sides.append(fenced[0])
    assert 0 < sum(sides) < 8
    noisy = chapter.view(np.zeros((64, 64, 3)), 0, np.random.default_rng(17))
    assert noisy.std() == pytest.approx(0.05, abs=0.003)


def test_codebook_and_projection_learn_from_other_tiles_than_are_searched(monkeypatch):
    fences, space = set(), chapter.photo_features.__globals__

    def view(tile, fence, rng):
        fences.add(fence)
        return tile[:48, :48]

    monkeypatch.setitem(space, "view", view)
    monkeypatch.setitem(space, "k_means", lambda x, start: (x, start))
    search, x_learn, x, (flat, centres) = chapter.photo_features(0.3, seed=0, n_centres=4)
    tiles = chapter.tiles()[:, :48, :48]
    np.testing.assert_array_equal(search, np.repeat(tiles[::2], 5, axis=0))
    np.testing.assert_array_equal(x, chapter.local_descriptors(search))
    np.testing.assert_array_equal(x_learn, chapter.local_descriptors(np.repeat(tiles[1::2], 5, axis=0)))
    assert fences == {0.3} and flat.shape == (5000, 32) and len(centres) == 4
    known = {row.tobytes() for row in x_learn.reshape(-1, 32)}
    assert all(row.tobytes() in known for row in flat)
    np.testing.assert_array_equal(centres, flat[:4])


def test_encodings_are_by_their_names_and_the_projection_is_learnt_from_the_first_set():
    rng = np.random.default_rng(18)
    x_learn, x, centres = rng.normal(size=(20, 9, 5)), rng.normal(size=(6, 9, 5)), rng.normal(size=(4, 5))
    found = chapter.encodings(x_learn, x, centres)
    np.testing.assert_allclose(found["mean"], [image.mean(axis=0) for image in x])
    words = [np.bincount(cdist(image, centres).argmin(axis=1), minlength=4) for image in x]
    np.testing.assert_array_equal(found["words"], words)
    for name, intra in (("vlad", False), ("intra", True)):
        np.testing.assert_allclose(found[name], [vlad_by_hand(image, centres, intra) for image in x], atol=1e-12)
    theirs = PCA(19, svd_solver="full").fit([vlad_by_hand(image, centres, True) for image in x_learn])
    projected = theirs.transform([vlad_by_hand(image, centres, True) for image in x])
    cosines = 1 - cdist(projected, projected, "cosine")
    # the twentieth component of twenty vectors about their mean has no length, and any direction
    ours = found["d128"][:, :19] / np.linalg.norm(found["d128"][:, :19], axis=1, keepdims=True)
    np.testing.assert_allclose(ours @ ours.T, cosines, atol=1e-9)


def test_a_run_scores_each_encoding_behind_each_fence(monkeypatch):
    space, drawn = chapter.photo_run.__globals__, []

    def photo_features(fence, seed):
        drawn.append((fence, seed))
        return "images", "learn", fence, "centres"

    def encodings(x_learn, fence, centres):
        rng = np.random.default_rng(int(100 * fence))
        return {"right": np.eye(40)[chapter.PLACE], "noise": rng.normal(size=(200, 3))}

    monkeypatch.setitem(space, "photo_features", photo_features)
    monkeypatch.setitem(space, "encodings", encodings)
    found, coded, maps = chapter.photo_run(7)
    assert drawn == [(0, 7), (1 / 3, 7), (0.5, 7)] and found[0.5] == ("images", "learn", 0.5, "centres")
    for fence in (0, 1 / 3, 0.5):
        assert maps[fence]["right"] == 1
        same = chapter.PLACE[:, None] == chapter.PLACE
        cosine = 1 - cdist(coded[fence]["noise"], coded[fence]["noise"], "cosine")
        others = ~np.eye(200, dtype=bool)
        scores = [average_precision_score(same[i, o], cosine[i, o]) for i, o in enumerate(others)]
        assert maps[fence]["noise"] == pytest.approx(np.mean(scores))


def test_layers_are_searched_for_the_instance_and_for_the_category_of_digits_not_seen(monkeypatch):
    space, seen = chapter.map_by_layer.__globals__, []
    digits, labels = chapter.load_digits().images / 16, chapter.load_digits().target

    def lit_views(given, n_views, rng, light, noise):
        seen.append((given, n_views, light, noise))
        return np.repeat(given, n_views, axis=0).reshape(-1, 64)

    def train(x, y, rng):
        by_image = dict(zip(map(bytes, digits), labels, strict=True))
        assert y.tolist() == [by_image[bytes(image)] for image in x]
        return "trained"

    def activations(params, x):
        assert params == "trained"
        return [x + 5, x[:, :3] + 0.3 * np.random.default_rng(20).normal(size=(len(x), 3))]

    for each in (lit_views, train, activations):
        monkeypatch.setitem(space, each.__name__, each)
    monkeypatch.setitem(space, "DIGITS", (digits, labels))
    instance, category = chapter.map_by_layer(3, light=0.7, noise=0.1, n_test=25)
    (old, *learnt), (new, *searched) = seen
    assert len(old) == 1200 and learnt == [6, 0.7, 0.1] and len(new) == 25 and searched == [4, 0.7, 0.1]
    assert not {bytes(image) for image in old} & {bytes(image) for image in new}
    assert instance[0] == 1 > category[0] > 0.2 and category[1] > instance[1]
    name = {bytes(image): label for image, label in zip(digits, labels, strict=True)}
    wanted = np.repeat([name[bytes(image)] for image in new], 4)
    layer = activations("trained", np.repeat(new, 4, axis=0).reshape(-1, 64))[1]
    assert category[1] == pytest.approx(chapter.mean_ap(layer - layer.mean(axis=0), wanted))
    assert instance[1] == pytest.approx(chapter.mean_ap(layer - layer.mean(axis=0), np.repeat(np.arange(25), 4)))


def test_hidden_over_pixels_leaves_out_the_logits():
    assert chapter.hidden_over_pixels(np.array([0.2, 0.5, 0.3, 0.9])) == pytest.approx(0.3)
    assert chapter.hidden_over_pixels(np.array([0.6, 0.5, 0.3, 0.9])) == pytest.approx(-0.1)
