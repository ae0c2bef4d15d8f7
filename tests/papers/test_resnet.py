"""ResNet: the chapter's networks against autograd, scikit-learn and scipy, its counts against published ones."""

from __future__ import annotations

from itertools import chain

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import logsumexp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import log_softmax
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer
from sklearn.preprocessing import StandardScaler

from tests.chapters import definitions

chapter = definitions("resnet")
BOTH = np.array([0.0, 1.0])[:, None, None]

# Numbers of parameters as torchvision publishes them (num_params of each model's weights).
TORCHVISION = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808}
# Billions of multiply-adds as torchvision publishes them; it halves maps in the 3 x 3 convolution of a bottleneck.
TORCHVISION_GMADDS = {18: 1.81, 34: 3.66, 50: 4.09, 101: 7.80, 152: 11.51}


def small_problem(n_blocks, n=12, seed=0):
    """Data and layers of one plain and one residual network, with scales and shifts that matter."""
    rng = np.random.default_rng(seed)
    layers = chapter.draw_layers(n_blocks, 1, 2, rng)
    layers = [[w, u + 0.3 * rng.normal(size=u.shape), 0.3 * rng.normal(size=b.shape)] for w, u, b in layers]
    return layers, rng.normal(size=(n, 64)), rng.integers(0, 10, n)


def reference_loss(layers, probes, x, y, shortcut):
    """One network's mean cross-entropy, built anew for autograd; probes are added to the hidden layers."""

    def layer(h, w, u, b):
        z = anp.dot(h, w)
        return u * (z - anp.mean(z, axis=0)) / anp.sqrt(anp.var(z, axis=0) + 1e-5) + b

    h = anp.maximum(layer(x, *layers[0]), 0) + probes[0]
    for block in range(len(probes) - 1):
        branch = layer(anp.maximum(layer(h, *layers[1 + 2 * block]), 0), *layers[2 + 2 * block])
        h = anp.maximum(branch + (h if shortcut else 0), 0) + probes[block + 1]
    logits = anp.dot(h, layers[-1][0]) + layers[-1][2]
    return anp.mean(logsumexp(logits, axis=1) - logits[anp.arange(len(y)), y])


def one_network(layers, net):
    return [[part[net] for part in layer] for layer in layers]


@pytest.mark.parametrize("skip", [0, 1], ids=["plain", "residual"])
def test_a_block_of_the_example_and_its_gradient_are_autograds(skip):
    rng = np.random.default_rng(skip)
    x, slope, w_1, w_2 = rng.uniform(0, 1, 4), rng.normal(size=4), *rng.normal(size=(2, 4, 4))

    def loss(x):
        return anp.dot(slope, anp.maximum(skip * x + anp.dot(w_2, anp.maximum(anp.dot(w_1, x), 0)), 0))

    assert chapter.block(x, w_1, w_2, skip) @ slope == pytest.approx(loss(x))
    found = chapter.block_backward(slope, x, w_1, w_2, skip)
    assert found == pytest.approx(grad(loss)(x))
    assert chapter.entries("a", found[:2]) == {"a_1": found[0], "a_2": found[1]}


@pytest.mark.parametrize("net", [0, 1], ids=["plain", "residual"])
@pytest.mark.parametrize("n_blocks", [1, 3])
def test_gradients_of_layers_and_hidden_states_are_autograds(net, n_blocks):
    layers, x, y = small_problem(n_blocks)
    d_layers, d_hidden = chapter.gradients(layers, x, y, BOTH)
    probes = [np.zeros((len(x), chapter.WIDTH)) for _ in range(n_blocks + 1)]
    expected_layers, expected_hidden = (
        grad(reference_loss, argument)(one_network(layers, net), probes, x, y, bool(net)) for argument in (0, 1)
    )
    for got, expected in zip(one_network(d_layers, net), expected_layers, strict=True):
        for part, reference in zip(got, expected, strict=True):
            np.testing.assert_allclose(part, reference, atol=1e-11)
    np.testing.assert_allclose([d[net] for d in d_hidden], expected_hidden, atol=1e-11)


def test_gradients_agree_with_finite_differences_along_a_direction():
    layers, x, y = small_problem(2)
    rng = np.random.default_rng(1)
    direction = [[rng.normal(size=part.shape) for part in layer] for layer in layers]

    def losses(step):
        moved = [[p + step * d for p, d in zip(*pair, strict=True)] for pair in zip(layers, direction, strict=True)]
        log_p = log_softmax(chapter.forward(moved, x, BOTH)[0], axis=-1)
        return -log_p[:, np.arange(len(y)), y].mean(axis=1)

    slopes = chapter.gradients(layers, x, y, BOTH)[0]
    flat = zip(chain(*slopes), chain(*direction), strict=True)
    expected = sum((g * d).sum(axis=(1, 2)) for g, d in flat)
    np.testing.assert_allclose(expected, (losses(1e-6) - losses(-1e-6)) / 2e-6, rtol=1e-4, atol=1e-6)


def test_backward_of_a_layer_is_autograds():
    rng = np.random.default_rng(7)
    h, d_out = rng.normal(size=(1, 8, 5)), rng.normal(size=(1, 8, 3))
    layer = [rng.normal(size=shape) for shape in [(1, 5, 3), (1, 1, 3), (1, 1, 3)]]

    def weighted(h, w, u, b):
        z = anp.matmul(h, w)
        z = (z - anp.mean(z, axis=1, keepdims=True)) / anp.sqrt(anp.var(z, axis=1, keepdims=True) + 1e-5)
        return anp.sum(d_out * (u * z + b))

    d_in, d_layer = chapter.normalised_backward(d_out, layer, chapter.normalised(h, layer)[1])
    for argument, got in enumerate([d_in, *d_layer]):
        np.testing.assert_allclose(got, grad(weighted, argument)(h, *layer), atol=1e-11)


def test_logit_gradient_is_the_slope_of_scipys_log_softmax():
    rng = np.random.default_rng(2)
    logits, y = rng.normal(size=(1, 3, 10)), np.array([4, 0, 9])

    def loss(flat):
        return -log_softmax(flat.reshape(3, 10), axis=1)[np.arange(3), y].mean()

    expected = approx_fprime(logits.ravel(), loss, 1e-7).reshape(1, 3, 10)
    np.testing.assert_allclose(chapter.logit_gradient(logits, y), expected, atol=1e-6)


def test_logit_gradient_is_finite_where_logits_are_large():
    with np.errstate(over="raise", invalid="raise"):
        got = chapter.logit_gradient(np.array([[[2000.0, 0.0, -2000.0]]]), np.array([1]))
    np.testing.assert_allclose(got, [[[1, -1, 0]]])


@settings(max_examples=15, deadline=None)
@given(st.integers(5, 40), st.integers(1, 6), st.integers(0, 100))
def test_normalised_is_scikit_learns_scaler_after_a_product(n, d, seed):
    rng = np.random.default_rng(seed)
    h, w, u, b = rng.normal(size=(1, n, 4)), rng.normal(size=(1, 4, d)), rng.normal(size=d), rng.normal(size=d)
    expected = u * StandardScaler().fit_transform(h[0] @ w[0]) + b
    got = chapter.normalised(h, [w, u[None, None], b[None, None]])[0]
    np.testing.assert_allclose(got[0], expected, atol=5e-3)


def test_training_takes_scikit_learns_steps_with_autograds_gradients_and_a_tenth_of_the_rate_at_the_end():
    layers, x, y = small_problem(1, n=100)
    trained, history = chapter.train(layers, x, y, BOTH, np.random.default_rng(3), n_epochs=6, rate=0.02)
    probes = [np.zeros((100, chapter.WIDTH)) for _ in range(2)]
    expected = one_network([[part.copy() for part in layer] for layer in layers], 1)
    flat = list(chain(*expected))
    steps = SGDOptimizer(flat, learning_rate_init=0.02, momentum=0.9, nesterov=False)
    seen = []
    for epoch in range(6):  # all data are one batch
        steps.learning_rate = 0.02 if epoch < 5 else 0.002
        steps.update_params(flat, list(chain(*grad(reference_loss)(expected, probes, x, y, True))))
        seen.append([[part[None] for part in layer] for layer in expected])
        if epoch % 2 == 0:
            wrong = chapter.errors(seen[-1], x, y, BOTH[1:])
            np.testing.assert_allclose(history[epoch // 2, 1], wrong, atol=0.011)
    for got, reference in zip(one_network(trained, 1), expected, strict=True):
        for part, value in zip(got, reference, strict=True):
            np.testing.assert_allclose(part, value, atol=2e-4)


def test_one_epoch_visits_each_example_once_in_batches_of_a_hundred(monkeypatch):
    layers, _, y = small_problem(1, n=300)
    x, batches = np.repeat(np.arange(300.0)[:, None], 64, axis=1), []

    def no_slopes(layers, x, y, skip):
        batches.append(x[:, 0])
        return [[0 * part for part in layer] for layer in layers], None

    monkeypatch.setitem(chapter.train.__globals__, "gradients", no_slopes)
    chapter.train(layers, x, y, BOTH, np.random.default_rng(3), n_epochs=1)
    assert [len(batch) for batch in batches] == [100] * 3
    np.testing.assert_array_equal(np.sort(np.concatenate(batches)), np.arange(300))


def test_training_leaves_its_starting_point_alone():
    layers, x, y = small_problem(1, n=100)
    before = [part.copy() for layer in layers for part in layer]
    chapter.train(layers, x, y, BOTH, np.random.default_rng(3), n_epochs=1)
    for part, copy in zip(chain(*layers), before, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_errors_are_one_minus_scikit_learns_accuracy():
    layers, x, y = small_problem(2, n=50)
    guesses = chapter.forward(layers, x, BOTH)[0].argmax(axis=-1)
    expected = [1 - accuracy_score(y, guess) for guess in guesses]
    np.testing.assert_allclose(chapter.errors(layers, x, y, BOTH), expected)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 3), st.integers(1, 10), st.integers(0, 100))
def test_padding_changes_no_logit_of_either_kind(n_blocks, n_more, seed):
    layers, x, _ = small_problem(n_blocks, n=30, seed=seed)
    deep = chapter.padded(layers, x, BOTH, n_more)
    assert len(deep) == len(layers) + 2 * n_more
    before, after = (chapter.forward(net, x, BOTH)[0] for net in (layers, deep))
    np.testing.assert_allclose(after, before, atol=1e-9)


def test_both_kinds_start_from_the_same_weights_with_hes_variance():
    layers = chapter.draw_layers(2, 3, 2, np.random.default_rng(4))
    for w, u, b in layers:
        np.testing.assert_array_equal(w[:3], w[3:])
        assert (u == 1).all() and (b == 0).all()
        assert w.var() == pytest.approx(2 / w.shape[1], rel=0.15)


def test_recovered_is_the_r2_of_scikit_learns_linear_regression():
    rng = np.random.default_rng(5)
    h = rng.normal(size=(60, 5))
    target = np.maximum(h @ rng.normal(size=(5, 4)), 0) + 3
    fitted = LinearRegression().fit(h, target).predict(h)
    expected = r2_score(target, fitted, multioutput="variance_weighted")
    assert chapter.recovered(h, target) == pytest.approx(expected)


def test_passed_on_asks_what_each_hidden_layer_tells_of_the_first():
    layers, x, _ = small_problem(3, n=50)
    hidden, regression = chapter.forward(layers, x, BOTH)[2], LinearRegression()
    got = chapter.passed_on(layers, x, BOTH)
    for block, net in [(0, 0), (1, 0), (3, 0), (3, 1)]:
        h, first = hidden[block][net], hidden[0][net]
        expected = r2_score(first, regression.fit(h, first).predict(h), multioutput="variance_weighted")
        assert got[block, net] == pytest.approx(expected, abs=1e-9)
        backwards = r2_score(h, regression.fit(first, h).predict(first), multioutput="variance_weighted")
        assert block == 0 or abs(got[block, net] - backwards) > 1e-3


def test_scaling_touches_the_blocks_alone_and_their_matrices_not_at_all_in_effect():
    layers, x, _ = small_problem(2)
    scaled = chapter.scaled(layers, 0.5, 0.25)
    for i, ((w, u, b), (v, s, t)) in enumerate(zip(layers, scaled, strict=True)):
        inner = 0 < i < len(layers) - 1
        np.testing.assert_array_equal(v, w * (0.5 if inner else 1))
        np.testing.assert_array_equal([s, t], np.array([u, b]) * (0.25 if inner else 1))
    before, after = (chapter.forward(net, x, BOTH)[0] for net in (layers, chapter.scaled(layers, 3.0, 1)))
    np.testing.assert_allclose(after, before, atol=1e-3)  # normalisation takes a matrix's size out
    branchless = chapter.scaled(layers, 1, 0)
    hidden = chapter.forward(branchless, x, BOTH)[2]
    np.testing.assert_array_equal(hidden[-1][1], hidden[0][1])  # a residual block without a branch is the identity
    assert not hidden[-1][0].any()


def test_gradient_sizes_are_relative_frobenius_norms():
    layers, x, y = small_problem(2)
    d_hidden = chapter.gradients(layers, x, y, BOTH)[1]
    norms = np.array([[np.linalg.norm(d[net]) for net in range(2)] for d in d_hidden])
    np.testing.assert_allclose(chapter.gradient_sizes(layers, x, y, BOTH), norms / norms[-1])


def test_digits_are_scikit_learns_standardised():
    x, y = chapter.digits(300, np.random.default_rng(6))
    raw, labels = load_digits(return_X_y=True)
    chosen = np.random.default_rng(6).permutation(1797)[:300]
    np.testing.assert_array_equal(y, labels[chosen])
    centred = StandardScaler(with_std=False).fit_transform(raw[chosen])
    assert np.corrcoef(x.ravel(), centred.ravel())[0, 1] == pytest.approx(1)
    assert x.std() == pytest.approx(1)


@pytest.mark.parametrize("depth", TORCHVISION)
def test_parameters_are_torchvisions(depth):
    total = chapter.count(chapter.imagenet_net(depth))
    assert total["weights"] + total["bn"] == TORCHVISION[depth]


@pytest.mark.parametrize("depth", TORCHVISION_GMADDS)
def test_multiply_adds_are_torchvisions_once_the_stride_is_moved(depth):
    rows = chapter.imagenet_net(depth)
    if depth >= 50:  # a bottleneck that starts a later stage: its first row has half as many channels out as in
        rows = [((1 + (k == 1 and c == 2 * c_out)) * side, c, c_out, k) for side, c, c_out, k in rows]
    assert chapter.count(rows)["madds"] / 1e9 == pytest.approx(TORCHVISION_GMADDS[depth], abs=0.0051)


def test_parameters_are_those_of_keras_too():
    total = chapter.count(chapter.imagenet_net(50))
    per_channel = total["bn"] // 2  # Keras has a bias in each convolution, and counts running means and variances
    assert total["weights"] + total["bn"] + 3 * per_channel == 25_636_712


@pytest.mark.parametrize(
    ("n_convolutions", "parameters", "gmadds"), [(13, 138_357_544, 15.47), (16, 143_667_240, 19.63)]
)
def test_vgg_is_torchvisions(n_convolutions, parameters, gmadds):
    total = chapter.count(chapter.vgg_net(n_convolutions))
    assert total["weights"] + total["bn"] // 2 == parameters  # a bias for each channel, no batch norm
    assert total["madds"] / 1e9 == pytest.approx(gmadds, abs=0.0051)


@pytest.mark.parametrize("m", [1, 3, 18, 200])
def test_cifar_weights_follow_the_closed_form_and_depth_is_6m_plus_2(m):
    rows = chapter.cifar_net(m)
    assert len(rows) == 6 * m + 2
    assert chapter.count(rows)["weights"] == 96_768 * m - 21_958


def test_shortcut_options_differ_by_their_projections():
    plain, a, b, c = (chapter.imagenet_net(34, option) for option in ["plain", "A", "B", "C"])
    assert plain == a and len(a) == 34
    assert (len(b) - len(a), len(c) - len(a)) == (3, 16)
