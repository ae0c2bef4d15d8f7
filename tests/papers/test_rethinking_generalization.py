"""Oracle tests of the chapter on rethinking generalization."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, special
from sklearn.datasets import load_digits
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.chapters import definitions

chapter = definitions("rethinking-generalization")
few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 10_000)


def small_problem(seed=0, n=12, d=5, width=7):
    rng = np.random.default_rng(seed)
    theta = chapter.new_network(d, width, rng)
    theta = [w + 0.1 * rng.normal(size=w.shape) for w in theta]
    return theta, rng.normal(size=(n, d)), rng.integers(10, size=n)


def test_digits_are_real_centred_on_the_training_part_and_keep_their_labels():
    x, y = chapter.shuffled_digits(np.random.default_rng(0))
    order = np.random.default_rng(0).permutation(1797)
    raw = load_digits().data[order]
    centred = StandardScaler(with_std=False).fit(raw[:1000]).transform(raw)
    np.testing.assert_allclose(x * raw[:1000].std(), centred, atol=1e-12)
    np.testing.assert_array_equal(y, load_digits().target[order])


@pytest.mark.parametrize("p", [0.0, 0.4, 1.0])
def test_corruption_leaves_the_binomial_share_of_labels_right(p):
    y = np.random.default_rng(1).integers(10, size=20_000)
    noisy = chapter.corrupt(y, p, np.random.default_rng(2))
    assert np.mean(noisy == y) == pytest.approx(1 - 0.9 * p, abs=0.015)


def test_worlds_keep_what_their_names_say():
    rng = np.random.default_rng(3)
    x, y = chapter.shuffled_digits(rng)
    worlds = chapter.five_worlds(x, y, rng)
    for name in ("shuffled pixels", "random pixels"):
        np.testing.assert_array_equal(np.sort(worlds[name][0][:50]), np.sort(x[:50]))
    column_norms = np.sort(np.linalg.norm(worlds["shuffled pixels"][0], axis=0))
    np.testing.assert_allclose(column_norms, np.sort(np.linalg.norm(x, axis=0)))
    assert (worlds["random labels"][1] != y[:1000]).mean() > 0.8
    assert worlds["Gaussian"][0].std() == pytest.approx(x[:1000].std(), abs=0.02)


def test_forward_agrees_with_scikit_learn():
    theta, x, y = small_problem(n=40)
    oracle = MLPClassifier((7,), max_iter=1).partial_fit(x, y, classes=np.arange(10))
    oracle.coefs_, oracle.intercepts_ = [theta[0], theta[2]], [theta[1], theta[3]]
    probs = special.softmax(chapter.forward(theta, x)[1], axis=1)
    np.testing.assert_allclose(probs, oracle.predict_proba(x), atol=1e-12)
    assert chapter.accuracy(theta, x, y) == oracle.score(x, y)


@pytest.mark.parametrize("part", range(4))
def test_gradient_agrees_with_finite_differences(part):
    theta, x, y = small_problem()

    def loss(weights):
        probs = special.softmax(chapter.forward(weights, x)[1], axis=1)
        return log_loss(y, probs, labels=np.arange(10))

    slopes = chapter.gradient(theta, x, np.eye(10)[y])[part]
    for index in list(np.ndindex(theta[part].shape))[:12]:
        ends = []
        for step in (1e-6, -1e-6):
            moved = [w.copy() for w in theta]
            moved[part][index] += step
            ends.append(loss(moved))
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(slopes[index], abs=1e-7)


def test_gradient_is_finite_where_logits_are_large():
    theta, x, y = small_problem()
    with np.errstate(over="raise", invalid="raise"):
        slopes = chapter.gradient([1000 * w for w in theta], x, np.eye(10)[y])
    assert all(np.isfinite(g).all() for g in slopes) and slopes[2].any()


def test_training_fits_what_can_be_fitted_and_stops_there():
    _, x, y = small_problem(n=100, d=30)
    theta, history = chapter.train(x, y, np.random.default_rng(4), width=64)
    assert history[-1] == 1
    assert all(h < 1 for h in history[:-1])
    assert chapter.accuracy(theta, x.astype(np.float32), y) == 1


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_training_takes_scikit_learns_steps(decay):
    _, x, y = small_problem(n=50)
    theta, history = chapter.train(x, y, np.random.default_rng(5), decay=decay, max_epochs=4, width=16)
    expected = chapter.new_network(5, 16, np.random.default_rng(5))
    steps = SGDOptimizer(expected, learning_rate_init=0.05, momentum=0.9, nesterov=False)
    for _ in range(4):  # all data are one batch; the penalty is half the squared norm
        slopes = chapter.gradient(expected, x, np.eye(10)[y])
        steps.update_params(expected, [g + decay * w for g, w in zip(slopes, expected, strict=True)])
    for got, reference in zip(theta, expected, strict=True):
        np.testing.assert_allclose(got, reference, atol=1e-5)
    assert history[-1] == pytest.approx(chapter.accuracy(expected, x, y), abs=0.021)


def test_training_visits_each_image_once_an_epoch_in_batches_of_fifty(monkeypatch):
    x, batches = np.repeat(np.arange(150.0)[:, None], 3, axis=1), []

    def no_slopes(theta, x, target):
        batches.append(x[:, 0])
        return [0 * w for w in theta]

    monkeypatch.setitem(chapter.train.__globals__, "gradient", no_slopes)
    chapter.train(x, np.zeros(150, dtype=int), np.random.default_rng(6), max_epochs=1)
    assert [len(batch) for batch in batches] == [50] * 3
    np.testing.assert_array_equal(np.sort(np.concatenate(batches)), np.arange(150))


def test_study_trains_on_the_labels_of_the_first_thousand_and_tests_on_the_truth_of_the_rest(monkeypatch):
    x, y = chapter.shuffled_digits(np.random.default_rng(13))
    labels = chapter.corrupt(y[:1000], 1.0, np.random.default_rng(14))
    theta, given = chapter.new_network(64, 7, np.random.default_rng(15)), {}

    def no_training(x, y, rng, **settings):
        given.update(x=x, y=y, first=rng.random(), **settings)
        return theta, [0.5, 0.75]

    monkeypatch.setitem(chapter.study.__globals__, "train", no_training)
    run = chapter.study(x, labels, y, seed=3, decay=0.1)
    np.testing.assert_array_equal(given["x"], x[:1000])
    np.testing.assert_array_equal(given["y"], labels)
    assert (given["first"], given["decay"]) == (np.random.default_rng(3).random(), 0.1)
    guesses = (np.maximum(x[1000:] @ theta[0] + theta[1], 0) @ theta[2] + theta[3]).argmax(axis=1)
    right = np.count_nonzero(guesses == y[1000:]) / 797
    assert run == {"history": [0.5, 0.75], "epochs": 2, "train": 0.75, "test": pytest.approx(right)}


def test_decay_pulls_weights_to_zero():
    _, x, y = small_problem(n=50)
    free, tied = (
        chapter.train(x, y, np.random.default_rng(5), decay=decay, max_epochs=20, width=16)[0] for decay in (0.0, 0.5)
    )
    assert np.linalg.norm(tied[0]) < 0.5 * np.linalg.norm(free[0])


def test_kernel_agrees_with_scikit_learn():
    a, b = np.random.default_rng(6).normal(size=(2, 9, 4))
    np.testing.assert_allclose(chapter.kernel(a, b, 1.7), RBF(1.7)(a, b), atol=1e-12)


def test_kernel_fit_agrees_with_ridge_regression_without_a_ridge():
    x, y = chapter.shuffled_digits(np.random.default_rng(7))
    labels = chapter.corrupt(y[:1000], 0.3, np.random.default_rng(8))
    plain, fit = chapter.kernel_fits(x, [y[:1000], labels], y, ell=4.0)
    target = np.eye(10)[labels] - 0.1
    oracle = KernelRidge(alpha=1e-12, kernel="rbf", gamma=1 / (2 * 4.0**2)).fit(x[:1000], target)
    assert fit["test"] == np.mean(oracle.predict(x[1000:]).argmax(axis=1) != y[1000:])
    assert fit["train"] == 0
    assert fit["norm"] == pytest.approx(np.sqrt(np.sum(oracle.dual_coef_ * target)), rel=1e-6)
    assert plain["norm"] < fit["norm"]


@few
@given(seeds, st.integers(2, 60), st.sampled_from([0.0, 0.1, 0.25, 0.4]))
def test_memorised_weights_agree_with_a_triangular_solver(seed, n, share):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, 4)), rng.normal(size=n)
    a, b, w = chapter.memorise(x, y, rng, share)
    assert a.size + b.size + w.size == 2 * n + 4
    z = x @ a
    order = z.argsort()
    matrix = chapter.features(z[order], b)
    np.testing.assert_allclose(matrix, np.tril(matrix), atol=1e-13)
    oracle = linalg.solve_triangular(matrix, y[order], lower=True)
    np.testing.assert_allclose(w, oracle, rtol=1e-5, atol=1e-6 * np.abs(oracle).max())
    np.testing.assert_allclose(chapter.features(z, b) @ w, y, atol=1e-5)


@few
@given(seeds, st.integers(2, 40), st.floats(0.05, 0.95))
def test_thresholds_interleave_the_points(seed, n, share):
    z = np.sort(np.random.default_rng(seed).normal(size=n))
    b = chapter.thresholds(z, share)
    assert (b < z).all()
    assert (b[1:] > z[:-1]).all()


def test_thresholds_at_the_start_of_the_gaps_join_the_dots():
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(30, 3)), rng.choice([-1.0, 1.0], size=30)
    a, b, w = chapter.memorise(x, y, rng, share=0.0)
    z = x @ a
    order = z.argsort()
    line = np.linspace(z.min(), z.max(), 500)
    np.testing.assert_allclose(chapter.features(line, b) @ w, np.interp(line, z[order], y[order]), atol=1e-8)
    assert np.abs(w).max() <= 4 / np.diff(z[order]).min()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75])
def test_amplification_agrees_with_the_series_that_inverts_the_matrix(share):
    """For equal spacing A is Toeplitz, with generating function ((1 - s) + s t) / (1 - t)^2."""
    n = 12
    inverse = np.zeros(n)
    inverse[0] = 1 / (1 - share)
    for k in range(1, n):
        inverse[k] = -share / (1 - share) * inverse[k - 1]
    inverse = np.convolve(inverse, [1, -2, 1])[:n]
    oracle = np.linalg.norm(linalg.toeplitz(inverse, np.zeros(n)), 2)
    largest, by_eigenvalue = chapter.amplification(n, share)
    assert largest == pytest.approx(oracle, rel=1e-6)
    assert by_eigenvalue == pytest.approx(1 / (1 - share))


def test_signs_are_all_there_once():
    expected = set(itertools.product([-1.0, 1.0], repeat=5))
    signs = chapter.all_signs(5)
    assert signs.shape == (32, 5)
    assert set(map(tuple, signs)) == expected


@few
@given(seeds, st.integers(1, 7), st.integers(1, 5))
def test_rademacher_agrees_with_exhaustive_enumeration(seed, n, m):
    outputs = np.random.default_rng(seed).uniform(-1, 1, size=(m, n))
    best = [max(np.dot(xi, h) / n for h in outputs) for xi in itertools.product([-1, 1], repeat=n)]
    assert chapter.rademacher(outputs) == pytest.approx(np.mean(best))


def test_rademacher_of_one_function_is_zero_and_of_all_labellings_is_one():
    signs = chapter.all_signs(6)
    assert chapter.rademacher(signs[:1]) == pytest.approx(0, abs=1e-12)
    assert chapter.rademacher(signs) == pytest.approx(1)


def test_stumps_agree_with_scikit_learns_trees_of_depth_one():
    z = np.random.default_rng(10).normal(size=7)
    stumps = chapter.stumps(z)
    for signs in chapter.all_signs(7):
        tree = DecisionTreeClassifier(max_depth=1, criterion="gini", random_state=0).fit(z[:, None], signs)
        assert (stumps == signs).all(axis=1).max() == (tree.score(z[:, None], signs) == 1)


def test_new_weights_have_he_variance_and_biases_are_zero():
    w1, b1, w2, b2 = chapter.new_network(64, 400, np.random.default_rng(16))
    for w in (w1, w2):
        assert w.var() == pytest.approx(2 / len(w), rel=0.08)
        assert w.mean() == pytest.approx(0, abs=0.01)
    assert not b1.any() and not b2.any()


def test_a_guess_that_was_wrong_before_has_not_flipped(monkeypatch):
    _, x, _ = small_problem(n=3)
    labels, guessed = np.array([1, 1, 1]), iter([0, 2, 1])  # before, with labels[0] = 2, with labels[1] = 2

    def always(x, target, rng):
        theta = chapter.new_network(5, 4, rng)
        theta[2], theta[3] = 0 * theta[2], np.eye(10)[next(guessed)]
        return theta, [1.0]

    monkeypatch.setitem(chapter.flips.__globals__, "train", always)
    assert chapter.flips(x, labels, [0, 1], seed=0) == 0


def test_network_that_fits_follows_a_replaced_label():
    _, x, y = small_problem(n=50, d=20)
    assert chapter.flips(x, y, [0, 3], seed=11) == 1


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_sgd_ends_at_the_nearest_solution_to_its_start(scale):
    rng = np.random.default_rng(12)
    x, y, start = rng.normal(size=(8, 40)), rng.normal(size=8), scale * rng.normal(size=40)
    end = chapter.sgd(x, y, start, 150, rng)[-1]
    nearest = start + linalg.lstsq(x, y - x @ start)[0]
    np.testing.assert_allclose(end, nearest, atol=1e-9)
    np.testing.assert_allclose(linalg.null_space(x).T @ (end - start), 0, atol=1e-9)


def test_weights_are_counted_as_scikit_learn_makes_them():
    _, x, y = small_problem(n=40)
    net = MLPClassifier((7, 3), max_iter=1).partial_fit(x, y, classes=np.arange(10))
    made = sum(w.size for w in net.coefs_ + net.intercepts_)
    assert chapter.count_weights([5, 7, 3, 10]) == made


def test_kernel_memory_is_that_of_the_array():
    assert chapter.kernel_bytes(70) == np.ones((70, 70)).nbytes
