"""Adam: the chapter's steps against scikit-learn, sums by hand, filters, general optimisers and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal, stats
from scipy.optimize import minimize, minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from tests.chapters import definitions

chapter = definitions("adam")


def sums(gradients, beta):
    """The moving average at each step, as the paper's sum over all steps so far."""
    return np.array(
        [(1 - beta) * sum(beta ** (t - i) * gradients[i] for i in range(t + 1)) for t in range(len(gradients))]
    )


@pytest.mark.parametrize("n_steps", [1, 2, 25])
def test_update_is_scikit_learns(n_steps):
    rng = np.random.default_rng(0)
    theta, m, v = rng.normal(size=5), np.zeros(5), np.zeros(5)
    reference = [theta.copy()]
    steps = AdamOptimizer(reference, learning_rate_init=0.01, epsilon=1e-12)
    for t in range(1, n_steps + 1):
        g = rng.normal(size=5)
        step, m, v = chapter.adam_update(t, g, m, v, epsilon=1e-12)
        theta = theta - 0.01 * step
        steps.update_params(reference, [g])
    np.testing.assert_allclose(theta, reference[0], rtol=1e-9)


def test_epsilon_is_added_to_the_root():
    step, _, _ = chapter.adam_update(1, np.array([3.0]), 0.0, 0.0, epsilon=1.0)
    assert step == pytest.approx(3 / 4)


@pytest.mark.parametrize("corrected", [True, False])
def test_steps_are_quotients_of_the_papers_sums(corrected):
    gradients = np.random.default_rng(1).normal(size=(30, 3))
    t = np.arange(1, 31)[:, None]
    weight_1, weight_2 = (1 - 0.8**t, 1 - 0.95**t) if corrected else (1, 1)
    expected = sums(gradients, 0.8) / weight_1 / np.sqrt(sums(gradients**2, 0.95) / weight_2)
    got = chapter.adam_steps(gradients, corrected=corrected, beta_1=0.8, beta_2=0.95)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_path_begins_by_steps_of_one_rate_towards_the_minimum():
    path = chapter.adam_path(chapter.VALLEY, rate=0.03, n_steps=5)
    np.testing.assert_allclose(path[:2], [chapter.START, chapter.START + 0.03])


def test_path_is_that_of_steps_for_the_gradients_it_met():
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])
    path = chapter.adam_path(matrix, rate=0.1, n_steps=40)
    steps = chapter.adam_steps(path[:-1] @ matrix)
    np.testing.assert_allclose(path[1:], chapter.START - 0.1 * np.cumsum(steps, axis=0))


def test_paths_of_the_figure_have_its_rates():
    np.testing.assert_allclose(chapter.adam_path(np.eye(2))[1], chapter.START + 0.05)
    np.testing.assert_allclose(chapter.gradient_path(np.diag([5.0, 10.0]))[1], chapter.START * [0.82, 0.64])


def test_gradient_path_is_a_loop_of_steps():
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])
    x, expected = chapter.START, [chapter.START]
    for _ in range(10):
        x = x - 0.1 * matrix @ x
        expected.append(x)
    np.testing.assert_allclose(chapter.gradient_path(matrix, rate=0.1, n_steps=10), expected)


def test_height_is_half_the_sum_of_curvature_times_square():
    points = np.array([[1.0, 2.0], [-1.0, 0.5]])
    np.testing.assert_allclose(chapter.height(points, np.diag([3.0, 5.0])), [11.5, 2.125])
    np.testing.assert_allclose(chapter.height(points, np.ones((2, 2))), [4.5, 0.125])


def test_what_follows_the_silence():
    once, constant, growing = (
        chapter.after_silence(kind, 4, 0.5, 0.75)[-5:] for kind in ("once", "from now on", "growing")
    )
    np.testing.assert_allclose(once, [1e-12, 1, 0, 0, 0])
    np.testing.assert_allclose(constant, [1e-12, 1, 1, 1, 1])
    np.testing.assert_allclose(growing, [1e-12, 1, 1.5, 2.25, 3.375])


@pytest.mark.parametrize(("beta_1", "beta_2"), [(0.9, 0.999), (0.8, 0.99)])
def test_awake_steps_are_those_of_uncorrected_averages(beta_1, beta_2):
    """After a long silence the corrections are one, so that a filter of the gradients alone gives the steps."""
    n = np.arange(1, 61)
    once, constant = (chapter.awake(kind, 60, beta_1, beta_2) for kind in ("once", "from now on"))
    np.testing.assert_allclose(
        once, (1 - beta_1) / np.sqrt(1 - beta_2) * (beta_1 / np.sqrt(beta_2)) ** (n - 1), rtol=1e-6
    )
    np.testing.assert_allclose(constant, (1 - beta_1**n) / np.sqrt(1 - beta_2**n), rtol=1e-6)
    gradients = (beta_2 / beta_1) ** np.arange(60.0)
    averages = [signal.lfilter([1 - b], [1, -b], g) for b, g in [(beta_1, gradients), (beta_2, gradients**2)]]
    growing = chapter.awake("growing", 60, beta_1, beta_2)
    np.testing.assert_allclose(growing, averages[0] / np.sqrt(averages[1]), rtol=1e-6)


@pytest.mark.parametrize(("beta_1", "beta_2"), [(0.5, 0.6), (0.9, 0.99), (0.3, 0.9)])
def test_no_step_is_longer_than_the_longest(beta_1, beta_2):
    """Sought among all sequences of gradients by a general optimiser, which comes near and never above."""
    k = np.arange(60)
    weight_1, weight_2 = (1 - beta_1) * beta_1**k, (1 - beta_2) * beta_2**k

    def shortness(g):
        mean, square = weight_1 @ g, weight_2 @ g**2
        slope = weight_1 / np.sqrt(square) - mean * weight_2 * g / square**1.5
        return -mean / np.sqrt(square), -slope

    found = -minimize(shortness, np.ones(60), jac=True, method="BFGS").fun
    bound = chapter.longest_step(beta_1, beta_2)
    assert 0.99 * bound < found < bound + 1e-9


@pytest.mark.parametrize(("beta_1", "beta_2"), [(0.5, 0.6), (0.9, 0.999)])
def test_no_step_of_adamax_is_longer_than_its_longest(beta_1, beta_2):
    """With u = 1 the gradient k steps ago is at most beta_2^-k: a linear program that is solved at its corner."""
    n = 4000 if beta_2 > 0.99 else 200
    found = (1 - beta_1) * sum(beta_1**k * beta_2**-k for k in range(n))
    assert chapter.longest_adamax_step(beta_1, beta_2) == pytest.approx(found)


def test_adamax_takes_the_papers_maximum():
    gradients = np.random.default_rng(2).normal(size=20)
    norms = [max(0.9 ** (t - i) * abs(gradients[i]) for i in range(t + 1)) for t in range(20)]
    means = sums(gradients, 0.7) / (1 - 0.7 ** np.arange(1, 21))
    np.testing.assert_allclose(chapter.adamax_steps(gradients, 0.7, 0.9), means / norms)


def test_data_have_the_frequencies_and_labels_of_their_model():
    n, frequency = 4000, np.array([0.5, 0.1, 0.3])
    x, y = chapter.draw_data(frequency, n, np.random.default_rng(3))
    for column, p in zip(x.T, frequency, strict=True):
        assert stats.binomtest(int(column.sum()), n, p).pvalue > 1e-3
    rng = np.random.default_rng(3)
    rng.random((n, 3))
    weights = rng.normal(size=3)
    fitted = LogisticRegression(C=1e6).fit(x, y)
    np.testing.assert_allclose(fitted.coef_[0], weights, atol=0.3)
    assert fitted.intercept_[0] == pytest.approx(-frequency @ weights, abs=0.2)


def test_loss_is_the_mean_negative_log_likelihood_and_slope_its_gradient():
    rng = np.random.default_rng(4)
    x, y, theta = rng.normal(size=(20, 3)), rng.integers(0, 2, 20) * 1.0, rng.normal(size=3)
    p = 1 / (1 + np.exp(-x @ theta))
    expected = -np.mean(stats.bernoulli.logpmf(y, p))
    assert chapter.logistic_loss(theta, x, y) == pytest.approx(expected)
    for j, step in enumerate(np.eye(3) * 1e-6):
        ends = [chapter.logistic_loss(theta + sign * step, x, y) for sign in (1, -1)]
        assert chapter.slope(theta, x, y)[j] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("method", ["Nesterov", "AdaGrad", "Adam"])
def test_training_takes_the_steps_of_its_method(method):
    """Scikit-learn's optimisers, with the rate set anew at each step; AdaGrad, which it lacks, by its formula."""
    data = np.random.default_rng(5)
    x, y = data.normal(size=(40, 3)), data.integers(0, 2, 40) * 1.0
    rng, met, losses = np.random.default_rng(6), [], [np.log(2)]
    reference = [np.zeros(3)]
    momentum = SGDOptimizer(reference, momentum=0.9, nesterov=True)  # its parameters are those that look ahead
    adam = AdamOptimizer(reference, epsilon=1e-8)
    for t in range(1, 21):
        batch = rng.integers(40, size=64)
        met.append(chapter.slope(reference[0], x[batch], y[batch]))
        if method == "AdaGrad":
            reference[0] -= 0.2 * met[-1] / np.sqrt(np.sum(np.square(met), axis=0))
        else:
            momentum.learning_rate = adam.learning_rate_init = 0.2 / np.sqrt(t)
            (momentum if method == "Nesterov" else adam).update_params(reference, [met[-1]])
        if t % 10 == 0:
            losses.append(chapter.logistic_loss(reference[0] - 0.9 * momentum.velocities[0], x, y))
    got = chapter.train(method, 0.2, x, y, np.random.default_rng(6), n_steps=20)
    np.testing.assert_allclose(got, losses, rtol=1e-5)


def test_rounds_have_one_large_gradient_and_a_sum_of_one():
    np.testing.assert_array_equal(chapter.rounds(3, 7), [3, -1, -1, 3, -1, -1, 3])
    assert chapter.rounds(50, 500).reshape(10, 50).sum(axis=1) == pytest.approx(1)


def test_amsgrad_divides_by_the_largest_mean_square_so_far():
    gradients = np.random.default_rng(7).normal(size=40)
    t = np.arange(1, 41)
    means = sums(gradients, 0.6) / (1 - 0.6**t)
    squares = np.maximum.accumulate(sums(gradients**2, 0.8) / (1 - 0.8**t))
    np.testing.assert_allclose(chapter.amsgrad_steps(gradients, 0.6, 0.8), means / np.sqrt(squares))


def test_walk_keeps_to_its_interval_and_begins_in_the_middle():
    np.testing.assert_allclose(chapter.walk([1.0, 1.0, -9.0, 9.0, 0.0]), [0, -0.5, -0.5 - np.sqrt(0.125), 1, -1])
    steps = [0.3, -0.2, 0.1]
    expected = -0.1 * np.cumsum([0, 0.3, -0.2 / np.sqrt(2)])
    np.testing.assert_allclose(chapter.walk(steps, rate=0.1), expected)


def test_average_regret_is_against_the_best_fixed_point():
    rng = np.random.default_rng(8)
    gradients, points = chapter.rounds(4, 40), rng.uniform(-1, 1, size=40)
    for end in (4, 20, 40):  # whole rounds, so that the best point is -1
        best = minimize_scalar(lambda x, n=end: x * gradients[:n].sum(), bounds=(-1, 1), method="bounded").fun
        expected = (gradients[:end] @ points[:end] - best) / end
        assert chapter.average_regret(points, gradients)[end - 1] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("t", "beta_2"), [(1, 0.5), (6, 0.9), (10, 0.999)])
def test_weights_are_the_papers_and_fit_the_average(t, beta_2):
    expected = (1 - beta_2) * beta_2 ** np.arange(t - 1, -1, -1) / (1 - beta_2**t)
    np.testing.assert_allclose(chapter.average_weights(t, beta_2), expected)


@pytest.mark.parametrize("corrected", [True, False])
def test_worst_loss_is_the_highest_of_scikit_learns_path(corrected):
    """Without correction its rate is changed so that the same steps come out."""
    x, y = chapter.draw_data(np.full(5, 0.5), 100, np.random.default_rng(9))
    rng, reference, losses = np.random.default_rng(10), [np.zeros(5)], []
    steps = AdamOptimizer(reference, beta_2=0.99, epsilon=1e-12)
    for t in range(1, 9):
        batch = rng.integers(100, size=64)
        weight = 1 if corrected else (1 - 0.9**t) / np.sqrt(1 - 0.99**t)
        steps.learning_rate_init = 0.1 * weight
        steps.update_params(reference, [chapter.slope(reference[0], x[batch], y[batch])])
        losses.append(chapter.logistic_loss(reference[0], x, y))
    got = chapter.worst_loss(0.99, corrected, x, y, np.random.default_rng(10), n_steps=8)
    assert got == pytest.approx(max(losses) / np.log(2), rel=1e-5)


def test_adagrad_divides_by_the_root_of_the_sum_of_squares():
    np.testing.assert_allclose(chapter.adagrad_steps(np.array([[3.0], [4.0], [12.0]])), [[1], [4 / 5], [12 / 13]])
