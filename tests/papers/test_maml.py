"""MAML: the chapter's starts and gradients against general minimisers, autograd and integrals."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, hessian
from scipy import integrate
from scipy.optimize import minimize_scalar
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

from tests.chapters import definitions

chapter = definitions("maml")


def reference_error(theta, x, y):
    """The error of one task, x and y (n,), for autograd."""
    outputs = theta[120] + anp.dot(anp.tanh(anp.outer(x, theta[:40]) + theta[40:80]), theta[80:120])
    return anp.mean((outputs - y) ** 2)


def some_task(seed=0, n_tasks=2, n=4):
    rng = np.random.default_rng(seed)
    theta = chapter.start_at_random(rng)
    theta[120] = 0.7
    return theta, *chapter.draw_tasks(n_tasks, rng, n)


def test_parabolas_are_those_of_the_text():
    np.testing.assert_allclose(chapter.parabolas(0.5), [0.125, 0.375])
    np.testing.assert_allclose(chapter.parabolas(-1.0), [0.5, 6.0])


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.4])
def test_after_step_is_the_loss_where_a_step_of_its_derivative_leads(rate):
    theta = 0.8
    slopes = [grad(lambda t, i=i: chapter.CURVATURES[i] / 2 * (t - chapter.OPTIMA[i]) ** 2)(theta) for i in (0, 1)]
    expected = [chapter.parabolas(theta - rate * slopes[i])[i] for i in (0, 1)]
    np.testing.assert_allclose(chapter.after_step(theta, rate), expected)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.25, 0.4])
def test_best_start_is_the_lowest_point(rate):
    lowest = minimize_scalar(lambda t: chapter.after_step(t, rate).sum()).x
    assert chapter.best_start(rate, 2) == pytest.approx(lowest, abs=1e-6)
    together = minimize_scalar(lambda t: chapter.parabolas(t).sum()).x
    assert chapter.best_start(rate, 0) == pytest.approx(together, abs=1e-6)


@pytest.mark.parametrize("power", [0, 1, 2])
def test_descent_ends_where_its_slope_is_zero(power):
    assert chapter.descend(power) == pytest.approx(chapter.best_start(0.25, power))


def test_first_order_stands_still_where_the_gradients_after_the_step_cancel():
    theta = chapter.best_start(0.25, 1)
    moved = theta - 0.25 * chapter.CURVATURES * (theta - chapter.OPTIMA)
    assert np.sum(chapter.CURVATURES * (moved - chapter.OPTIMA)) == pytest.approx(0, abs=1e-12)


def test_total_after_is_a_sum_for_each_start():
    got = chapter.total_after([0.75, 0.25], 0.25)
    np.testing.assert_allclose(got, [0.1640625, 0.0703125])


def test_random_start_has_the_spreads_of_its_layers():
    thetas = np.array([chapter.start_at_random(np.random.default_rng(seed)) for seed in range(100)])
    assert thetas.shape == (100, 121) and not thetas[:, 120].any()
    spreads = [thetas[:, part].std() for part in (slice(0, 40), slice(40, 80), slice(80, 120))]
    np.testing.assert_allclose(spreads, [1, 2, 40**-0.5], rtol=0.05)


def test_network_error_and_gradient_are_those_of_autograd():
    theta, x, y = some_task()
    both = np.stack([theta, theta + 0.1])  # one vector for each task, as after a step
    errors, gradients = chapter.error(both, x[0], y[0]), chapter.gradient(both, x[0], y[0])
    for i in (0, 1):
        assert errors[i] == pytest.approx(reference_error(both[i], x[0, i], y[0, i]))
        np.testing.assert_allclose(gradients[i], grad(reference_error)(both[i], x[0, i], y[0, i]), atol=1e-10)
    np.testing.assert_allclose(chapter.gradient(theta, x[0], y[0])[0], gradients[0])
    h, f = chapter.network(theta, x[0])
    np.testing.assert_allclose(f, h @ theta[80:120] + 0.7)


def test_hessian_times_a_vector_is_autograds():
    theta, x, y = some_task()
    v = np.random.default_rng(1).normal(size=(2, 121))
    got = chapter.hessian_times(theta, v, x[0], y[0])
    for i in (0, 1):
        expected = grad(lambda t, i=i: anp.dot(grad(reference_error)(t, x[0, i], y[0, i]), v[i]))(theta)
        np.testing.assert_allclose(got[i], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rate", [0.0, 0.03])
def test_meta_gradient_is_autograds_through_the_step(rate):
    theta, x, y = some_task()

    def after(start, i):
        moved = start - rate * grad(reference_error)(start, x[0, i], y[0, i])
        return reference_error(moved, x[1, i], y[1, i])

    got = chapter.meta_gradient(theta, x, y, rate)
    first = chapter.meta_gradient(theta, x, y, rate, second=False)
    for i in (0, 1):
        np.testing.assert_allclose(got[i], grad(after)(theta, i), rtol=1e-3, atol=1e-4)
        moved = theta - rate * grad(reference_error)(theta, x[0, i], y[0, i])
        np.testing.assert_allclose(first[i], grad(reference_error)(moved, x[1, i], y[1, i]), atol=1e-9)
    numerical = chapter.numerical_meta_gradient(theta, x, y, rate)
    np.testing.assert_allclose(numerical, np.mean([grad(after)(theta, i) for i in (0, 1)], axis=0), atol=1e-5)


def test_tasks_are_sine_curves_of_the_papers_range():
    x, y = chapter.draw_tasks(3000, np.random.default_rng(2), n=10, low=0.0)
    assert x.shape == y.shape == (2, 3000, 10)
    assert x[0].min() >= 0 and x[1].min() == pytest.approx(-5, abs=0.01) and x.max() == pytest.approx(5, abs=0.01)
    waves = np.stack([np.sin(x), np.cos(x)], axis=-1)  # A sin(x - phi) = A cos(phi) sin x - A sin(phi) cos x
    fitted = np.linalg.pinv(waves[0]) @ y[0][..., None]
    np.testing.assert_allclose((waves[1] @ fitted)[..., 0], y[1], atol=1e-6)
    amplitude, phase = np.hypot(*fitted[..., 0].T), np.arctan2(-fitted[:, 1, 0], fitted[:, 0, 0])
    for values, low, high in [(amplitude, 0.1, 5), (phase, 0, np.pi)]:
        assert low <= values.min() and values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, rel=0.03)


@pytest.mark.parametrize(("rate", "second"), [(0.02, True), (0.02, False), (0, False)])
def test_meta_training_takes_scikit_learns_steps(rate, second):
    replay = np.random.default_rng(3)
    expected = [chapter.start_at_random(replay)]
    steps = AdamOptimizer(expected, learning_rate_init=0.01)
    for t in range(1, 5):
        steps.epsilon = 1e-8 * np.sqrt(1 - 0.999**t)  # scikit-learn adds it before the correction
        x, y = chapter.draw_tasks(20, replay)
        steps.update_params(expected, [chapter.meta_gradient(expected[0], x, y, rate, second).mean(axis=0)])
    got = chapter.meta_train(rate, np.random.default_rng(3), second, n_rounds=4)
    np.testing.assert_allclose(got, expected[0], rtol=1e-7)


def test_adapting_is_gradient_descent_on_each_task():
    theta, x, y = some_task()
    path = chapter.adapt(theta, x[0], y[0], 0.05, n_steps=2)
    assert path.shape == (3, 2, 121)
    for i in (0, 1):
        expected = theta
        for k in range(3):
            np.testing.assert_allclose(path[k, i], expected)
            expected = expected - 0.05 * grad(reference_error)(expected, x[0, i], y[0, i])


def test_curve_is_the_mean_error_on_new_points():
    theta, x, y = some_task(4)
    path = chapter.adapt(theta, x[0], y[0], 0.01)
    expected = [np.mean([reference_error(path[k, i], x[1, i], y[1, i]) for i in (0, 1)]) for k in range(11)]
    np.testing.assert_allclose(chapter.curve(theta, x, y, 0.01), expected)


def test_second_derivatives_of_a_linear_model():
    got = chapter.linear_second_derivatives(0.4, 3.0, -1.0)
    np.testing.assert_allclose(got, [0, hessian(lambda t: 0.5 * (3.0 * t + 1.0) ** 2)(0.4)], atol=1e-9)


def test_mean_curve_and_its_error_are_integrals():
    x = 1.3
    mean = integrate.dblquad(lambda a, p: a * np.sin(x - p) / np.pi / 4.9, 0, np.pi, 0.1, 5)[0]
    assert chapter.mean_curve(x) == pytest.approx(mean)
    squares = integrate.tplquad(
        lambda a, p, x: (a * np.sin(x - p) - chapter.mean_curve(x)) ** 2 / np.pi / 4.9 / 10, -5, 5, 0, np.pi, 0.1, 5,
        epsabs=1e-4, epsrel=1e-4,
    )[0]  # fmt: skip
    assert chapter.mean_curve_error() == pytest.approx(squares, abs=2e-3)


def test_probability_after_a_step_up_or_down_the_logarithm():
    slope = 0.5  # of log f at f = 1/2
    assert chapter.probability_after(1, rate=2.0) == pytest.approx(1 / (1 + np.exp(2 * slope)))
    assert chapter.probability_after(-1) == pytest.approx(1 / (1 + np.exp(-slope)))
