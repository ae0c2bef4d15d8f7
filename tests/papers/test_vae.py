"""Auto-encoding variational Bayes: the chapter's bound, gradients and estimators against scipy, autograd,
quadrature, scikit-learn's linear model and enumeration by hand."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy import integrate, stats
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

from tests.chapters import definitions

chapter = definitions("vae")


def small_net(n_latents=3, n=5, seed=0):
    """Weights, images and noises; biases too are random, so that none can be forgotten."""
    rng = np.random.default_rng(seed)
    weights = [w.astype(float) + 0.3 * rng.normal(size=w.shape) for w in chapter.start(n_latents, rng)]
    return weights, (rng.random((n, 64)) < 0.5) * 1.0, rng.normal(size=(n, n_latents))


def reference_bound(weights, x, noise, weight=1.0, sampled=False):
    """The mean bound, written anew from the paper's appendix C, for autograd."""
    code = anp.dot(anp.tanh(anp.dot(x, weights[0]) + weights[1]), weights[2]) + weights[3]
    k = noise.shape[1]
    mean, log_variance = code[:, :k], code[:, k:]
    z = mean + anp.exp(log_variance / 2) * noise
    y = 1 / (1 + anp.exp(-(anp.dot(anp.tanh(anp.dot(z, weights[4]) + weights[5]), weights[6]) + weights[7])))
    fit = anp.sum(x * anp.log(y) + (1 - x) * anp.log(1 - y), axis=1)
    if sampled:
        log_q = -0.5 * anp.sum(noise**2 + log_variance, axis=1)
        cost = log_q + 0.5 * anp.sum(z**2, axis=1)
    else:
        cost = -0.5 * anp.sum(1 + log_variance - mean**2 - anp.exp(log_variance), axis=1)
    return anp.mean(fit - weight * cost)


def test_log_normal_is_scipys():
    x, mean, variance = np.array([0.0, 1.0, -2.0]), np.array([0.5, 0.0, 1.0]), np.array([1.0, 4.0, 0.1])
    np.testing.assert_allclose(chapter.log_normal(x, mean, variance), stats.norm.logpdf(x, mean, np.sqrt(variance)))


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (1.5, 0.3), (-2.0, 4.0)])
def test_divergence_is_its_integral(mean, variance):
    q, p = stats.norm(mean, np.sqrt(variance)), stats.norm(0, 1)
    expected = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), *q.interval(1 - 1e-14))[0]
    assert chapter.divergence(mean, variance) == pytest.approx(expected, abs=1e-8)


def test_expected_fit_is_its_integral():
    q = stats.norm(0.7, np.sqrt(0.3))
    assert chapter.expected_fit(2.0, 0.7, 0.3) == pytest.approx(q.expect(lambda z: stats.norm.logpdf(2.0, z, 1)))


def test_expectations_are_moments_of_a_standard_normal_number():
    grid = chapter.GRID
    np.testing.assert_allclose(
        [chapter.expectation(grid**k) for k in (1, 2, 4, 6)], [0, 1, 3, 15], rtol=1e-9, atol=1e-12
    )
    assert chapter.expectation(np.cos(5 * grid)) == pytest.approx(np.exp(-12.5), abs=1e-12)
    assert chapter.variance(3 * grid**2 + 1) == pytest.approx(9 * 2)


def test_joint_is_that_of_two_normals_and_its_slope_the_derivative():
    z = np.linspace(-2, 3, 11)
    expected = stats.multivariate_normal([0, 0], [[1, 1], [1, 2]])  # of z and x = z + error
    np.testing.assert_allclose(chapter.joint(z), [expected.logpdf([zi, 2.0]) for zi in z])
    numeric = (chapter.joint(z + 1e-6) - chapter.joint(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(chapter.joint_slope(z), numeric, atol=1e-6)


@pytest.mark.parametrize("n_latents", [1, 2, 3])
def test_naive_variance_is_a_sum_over_all_points_of_a_product_rule(n_latents):
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    axes = np.meshgrid(*[nodes] * n_latents, indexing="ij")
    mass = np.prod(np.meshgrid(*[weights / weights.sum()] * n_latents, indexing="ij"), axis=0)
    estimate = sum(chapter.joint(axis) for axis in axes) * axes[0]
    expected = np.sum(mass * estimate**2) - np.sum(mass * estimate) ** 2
    assert chapter.naive_variance(chapter.joint(chapter.GRID), n_latents) == pytest.approx(expected)


def test_drawn_gradients_have_the_computed_mean_and_variance():
    naive, moved = chapter.draw_gradients(4, 200_000, np.random.default_rng(1))
    for draws in (naive, moved):
        assert draws.mean() == pytest.approx(2, abs=5 * stats.sem(draws))
    assert naive.var() == pytest.approx(chapter.naive_variance(chapter.joint(chapter.GRID), 4), rel=0.03)
    assert moved.var() == pytest.approx(4, rel=0.02)


@pytest.mark.parametrize("frequency", [0.5, 2.0, 5.0])
def test_wiggles_are_ratios_of_closed_forms(frequency):
    """E sin^2(kz) z^2 and the like follow from E cos(az) = exp(-a^2 / 2) and its second derivative."""
    k, e = frequency, np.exp(-2 * frequency**2)
    naive = 0.5 * (1 - (1 - 4 * k**2) * e) - k**2 * np.exp(-(k**2))
    moved = k**2 * (0.5 * (1 + e) - np.exp(-(k**2)))
    assert chapter.wiggles(frequency) == pytest.approx(naive / moved)


def test_digits_are_scikit_learns_cut_at_half():
    x, x_new = chapter.binary_digits(np.random.default_rng(2))
    assert x.shape == (1200, 64) and x_new.shape == (597, 64)
    got = sorted(map(bytes, np.vstack([x, x_new]).astype(np.uint8)))
    assert got == sorted(map(bytes, (load_digits().data > 7.5).astype(np.uint8)))
    assert not np.array_equal(x, (load_digits().data[:1200] > 7.5))


def test_start_has_four_layers_with_outputs_of_variance_one():
    weights = chapter.start(7, np.random.default_rng(3))
    assert [w.shape for w in weights] == [
        (64, 32), (32,), (32, 14), (14,), (7, 32), (32,), (32, 64), (64,),
    ]  # fmt: skip
    assert not any(w.any() for w in weights[1::2])
    for w in weights[::2]:
        assert w.std() * np.sqrt(len(w)) == pytest.approx(1, abs=0.15)


def test_encoder_and_decoder_are_two_layers_each():
    weights, x, z = small_net()
    hidden, mean, log_sd = chapter.encode(weights, x)
    for i in range(len(x)):
        h = np.tanh(weights[0].T @ x[i] + weights[1])
        code = weights[2].T @ h + weights[3]
        np.testing.assert_allclose(hidden[i], h)
        np.testing.assert_allclose(mean[i], code[:3])
        np.testing.assert_allclose(np.exp(log_sd[i]) ** 2, np.exp(code[3:]))
    _, logits = chapter.decode(weights, z)
    np.testing.assert_allclose(logits[1], weights[6].T @ np.tanh(weights[4].T @ z[1] + weights[5]) + weights[7])


def test_log_likelihood_is_that_of_coins():
    rng = np.random.default_rng(4)
    logits, x = 3 * rng.normal(size=(4, 6)), rng.integers(0, 2, (4, 6))
    expected = stats.bernoulli.logpmf(x, expit(logits)).sum(axis=1)
    np.testing.assert_allclose(chapter.log_likelihood(logits, x), expected)


def test_elbo_is_the_papers_and_below_the_evidence():
    weights, x, noise = small_net()
    assert chapter.elbo(weights, x, noise).mean() == pytest.approx(reference_bound(weights, x, noise))
    weights, x, _ = small_net(n_latents=1)
    rng = np.random.default_rng(5)
    bound = np.mean([chapter.elbo(weights, x, rng.normal(size=(5, 1))) for _ in range(2000)], axis=0)
    z = np.linspace(-8, 8, 4001)
    log_p = np.array([chapter.log_likelihood(chapter.decode(weights, z[:, None])[1], image) for image in x])
    evidence = np.log(np.trapezoid(np.exp(log_p) * stats.norm.pdf(z), z, axis=1))
    assert np.all(bound < evidence)


@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize("weight", [0.0, 0.4, 1.0])
def test_gradients_are_autograds(weight, sampled):
    weights, x, noise = small_net()
    expected = grad(lambda w: -reference_bound(w, x, noise, weight, sampled))(weights)
    for got, reference in zip(chapter.gradients(weights, x, noise, weight, sampled), expected, strict=True):
        np.testing.assert_allclose(got, reference, atol=1e-9)


def test_training_takes_scikit_learns_steps_of_adam():
    x = chapter.binary_digits(np.random.default_rng(6))[0][:30]
    got = chapter.train(x, 3, np.random.default_rng(7), n_steps=6, weight=0.5, batch=8, draws=2)
    replay = np.random.default_rng(7)
    expected = [w.astype(float) for w in chapter.start(3, replay)]
    steps = AdamOptimizer(expected, learning_rate_init=0.01, beta_2=0.99, epsilon=1e-8)
    for _ in range(6):
        some = np.repeat(x[replay.integers(30, size=8)], 2, axis=0).astype(float)
        noise = replay.standard_normal((16, 3), dtype=np.float32).astype(float)
        steps.update_params(expected, grad(lambda w, s=some, e=noise: -reference_bound(w, s, e, 0.5))(expected))
    for w, reference in zip(got, expected, strict=True):
        np.testing.assert_allclose(w, reference, atol=2e-4)


def test_mean_bound_is_the_mean_of_bounds():
    weights, x, _ = small_net()
    replay = np.random.default_rng(8)
    bounds = [reference_bound(weights, x, replay.standard_normal((5, 3), dtype=np.float32)) for _ in range(1)]
    assert chapter.mean_bound(weights, x, np.random.default_rng(8), n_draws=1) == pytest.approx(bounds[0])
    many = [chapter.mean_bound(weights, x, np.random.default_rng(9), n_draws=n) for n in (400, 4000)]
    assert many[0] == pytest.approx(many[1], abs=0.5)


def test_nats_are_mean_divergences_in_descending_order():
    weights, x, _ = small_net()
    _, mean, log_sd = chapter.encode(weights, x)
    z = np.linspace(-30, 30, 60_001)[:, None, None]
    q = stats.norm(mean, np.exp(log_sd))
    cost = np.trapezoid(q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)), z, axis=0)
    expected = cost.mean(axis=0)
    np.testing.assert_allclose(chapter.nats(weights, x), sorted(expected, reverse=True), rtol=1e-5)


@pytest.mark.parametrize(("w", "noise"), [(0.7, 0.2), (0.0, 0.5), (2.0, 1.5)])
def test_the_bound_of_a_direction_is_tight(w, noise):
    """With the true posterior as its belief it is the mean log evidence, that of a normal number."""
    expected = stats.norm.expect(lambda x: stats.norm.logpdf(x, 0, np.sqrt(w**2 + noise)), scale=np.sqrt(0.8))
    assert chapter.direction_bound(0.8, w, noise) == pytest.approx(expected)


def test_best_lengths_are_those_of_probabilistic_principal_components():
    data = np.random.default_rng(10).normal(size=(500, 4)) * [0.9, 0.7, 0.3, 0.2]
    fitted = PCA(n_components=2).fit(data)
    eigenvalues = np.linalg.svd(np.cov(data.T))[1]
    got = chapter.best_lengths(eigenvalues, fitted.noise_variance_)
    np.testing.assert_allclose(got[:2] ** 2 + fitted.noise_variance_, fitted.explained_variance_, atol=2e-3)
    found = minimize_scalar(lambda w: np.log(w**2 + 0.2) + 0.81 / (w**2 + 0.2), bounds=(0, 2), method="bounded").x
    assert chapter.best_lengths(np.array([0.81, 0.1]), 0.2) == pytest.approx([found, 0], abs=1e-3)


def test_estimates_are_the_two_of_the_paper():
    weights, x, _ = small_net()
    a, b = chapter.estimates(weights, x, np.random.default_rng(11), n_draws=1)
    noise = np.random.default_rng(11).standard_normal((1, 5, 3), dtype=np.float32)[0]
    for i in range(5):
        one = x[i : i + 1], noise[i : i + 1]
        assert a[0, i] == pytest.approx(reference_bound(weights, *one, sampled=True), rel=1e-5)
        assert b[0, i] == pytest.approx(reference_bound(weights, *one), rel=1e-5)
    assert chapter.estimates(weights, x, np.random.default_rng(11), n_draws=7)[0].shape == (7, 5)


def test_gradient_noise_is_that_of_sixty_gradients(monkeypatch):
    weights, x, _ = small_net()
    replay, drawn, seen = np.random.default_rng(12), np.random.default_rng(13).normal(size=(60, 5)), []

    def fake(weights, some, noise, sampled):
        seen.append((some, noise, sampled))
        return [drawn[len(seen) - 1][:2], drawn[len(seen) - 1][2:].reshape(3, 1)]

    monkeypatch.setitem(chapter.gradient_noise.__globals__, "gradients", fake)
    got = chapter.gradient_noise(weights, x, replay, batch=4, draws=3, sampled=True)
    assert got == pytest.approx(sum(np.var(drawn, axis=0)))
    some, noise, sampled = seen[0]
    assert sampled and len(some) == 12 and noise.shape == (12, 3) and len(seen) == 60
    assert np.array_equal(some[0], some[2]) and not np.array_equal(noise[0], noise[1])


def test_worse_on_new_is_a_ratio_of_errors_of_rebuilding(monkeypatch):
    weights, x, _ = small_net()
    monkeypatch.setitem(chapter.worse_on_new.__globals__, "x", x[:2])
    monkeypatch.setitem(chapter.worse_on_new.__globals__, "x_new", x[2:])
    code = np.tanh(x @ weights[0] + weights[1]) @ weights[2] + weights[3]
    y = expit(np.tanh(code[:, :3] @ weights[4] + weights[5]) @ weights[6] + weights[7])
    errors = -stats.bernoulli.logpmf(x.astype(int), y).sum(axis=1)
    assert chapter.worse_on_new(weights) == pytest.approx(errors[2:].mean() / errors[:2].mean())


def test_evidence_error_is_that_of_the_papers_estimator():
    """One latent variable: the estimator written out with scipy's densities, on the same draws."""
    got = chapter.evidence_error(2, 40, np.random.default_rng(14))
    first, second = np.random.default_rng(14).normal(1 + np.zeros((2, 40, 2)), np.sqrt(0.5))
    q = stats.multivariate_normal(first.mean(axis=0), np.cov(first.T))
    p = np.prod(stats.norm.pdf(second) * stats.norm.pdf(2, second, 1), axis=1)
    estimate = 1 / np.mean(q.pdf(second) / p)
    assert got == pytest.approx(np.log(estimate) - 2 * stats.norm.logpdf(2, 0, np.sqrt(2)))
    assert chapter.evidence_error(2, 200_000, np.random.default_rng(15)) == pytest.approx(0, abs=0.01)
