"""Gaussian processes: the chapter's functions against scikit-learn, scipy and numpy."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.stats import chi2, multivariate_normal
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from tests.chapters import PAPERS, definitions

chapter = definitions("gaussian-processes")
THETA = np.array([0.3, -0.2, 0.7, np.log(0.8), np.log(1.3), np.log(0.4)])


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(-3, 3, 12))
    return x, np.sin(2 * x) + 0.3 * rng.standard_normal(12)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 5), st.floats(0.1, 3), st.integers(1, 5), st.integers(1, 5))
def test_squared_exponential_is_scikit_learns_scaled_rbf(ell, sigma_y, p, q):
    a, b = np.linspace(-2, 1, p), np.linspace(0, 3, q)
    expected = (ConstantKernel(sigma_y**2) * RBF(ell))(a[:, None], b[:, None])
    np.testing.assert_allclose(chapter.squared_exponential(a, b, ell, sigma_y), expected, atol=1e-12)


def test_sample_whitens_to_chi_squared():
    cov = np.array([[2.0, 0.9, 0.1], [0.9, 1.0, -0.4], [0.1, -0.4, 0.7]])
    mu = np.array([1.0, -2.0, 0.5])
    draws = chapter.sample(mu, cov, 20_000, np.random.default_rng(1)) - mu
    distance = np.einsum("ni,ij,nj->n", draws, np.linalg.inv(cov), draws)
    for level in (0.5, 0.9, 0.99):
        assert np.mean(distance < chi2(3).ppf(level)) == pytest.approx(level, abs=0.015)


@pytest.mark.parametrize("sigma_n", [0.0, 0.05, 0.5])
def test_posterior_is_scikit_learns(data, sigma_n):
    x, y = data
    x_new = np.linspace(-4, 4, 17)
    oracle = GaussianProcessRegressor(RBF(1.0), alpha=sigma_n**2 + chapter.JITTER, optimizer=None)
    oracle.fit(x[:, None], y - chapter.parabola(x))
    mean, cov = oracle.predict(x_new[:, None], return_cov=True)
    ours = chapter.posterior(x_new, x, y, chapter.parabola, chapter.squared_exponential, sigma_n)
    np.testing.assert_allclose(ours[0], chapter.parabola(x_new) + mean, atol=1e-5)
    np.testing.assert_allclose(ours[1], cov, atol=1e-5)


def test_posterior_of_repeated_measurements_averages_the_noise():
    for r in (1, 4, 9):
        _, cov = chapter.posterior(
            np.zeros(1), np.zeros(r), np.ones(r), chapter.parabola, chapter.squared_exponential, 0.5
        )
        assert cov[0, 0] == pytest.approx(0.25 / (r + 0.25))


def test_draws_that_are_kept_agree_with_bivariate_conditioning():
    kept = chapter.keep_agreeing(np.array([0.5]), np.zeros(1), np.array([0.8]), 0.05, 60_000, np.random.default_rng(2))
    rho = np.exp(-0.125)
    assert kept.shape[1] == 1
    assert 0.02 < len(kept) / 60_000 < 0.04  # 0.1 times the normal density at 0.8, 0.029
    assert kept.mean() == pytest.approx(0.0625 + rho * 0.8, abs=0.05)
    assert kept.var() == pytest.approx(1 - rho**2, abs=0.03)


def test_evidence_terms_sum_to_scipys_log_density():
    root = np.random.default_rng(3).standard_normal((6, 6))
    cov, residual = root @ root.T + np.eye(6), np.arange(6.0)
    complexity, fit = chapter.evidence_terms(residual, cov)
    expected = multivariate_normal(np.zeros(6), cov).logpdf(residual)
    assert complexity + fit - 3 * np.log(2 * np.pi) == pytest.approx(expected)
    assert complexity == pytest.approx(-0.5 * np.linalg.slogdet(cov)[1])


def test_log_evidence_and_the_slopes_of_scales_are_scikit_learns(data):
    x, y = data
    kernel = ConstantKernel(1.3**2) * RBF(0.8) + WhiteKernel(0.4**2)
    oracle = GaussianProcessRegressor(kernel, alpha=0, optimizer=None)
    oracle.fit(x[:, None], y - np.polyval(THETA[:3], x))
    value, slopes = oracle.log_marginal_likelihood(oracle.kernel_.theta, eval_gradient=True)
    gradient = chapter.log_evidence_gradient(THETA, x, y)
    assert chapter.log_evidence(THETA, x, y) == pytest.approx(value)
    # scikit-learn's parameters are log(sigma_y^2), log(ell) and log(sigma_n^2).
    np.testing.assert_allclose(gradient[3:], [slopes[1], 2 * slopes[0], 2 * slopes[2]], rtol=1e-6)


def test_gradient_of_the_mean_weights_is_the_finite_difference(data):
    x, y = data
    numeric = approx_fprime(THETA, lambda theta: chapter.log_evidence(theta, x, y), 1e-7)
    np.testing.assert_allclose(chapter.log_evidence_gradient(THETA, x, y)[:3], numeric[:3], rtol=1e-4)


def test_training_ends_where_scikit_learns_optimiser_ends(data):
    x, y = data
    theta = chapter.train(x, y, np.array([0, 0, 0, 1, 1, 1]), n_steps=3000, learning_rate=5e-3)
    kernel = ConstantKernel(1.0) * RBF(1.0) + WhiteKernel(0.1)
    oracle = GaussianProcessRegressor(kernel, alpha=0).fit(x[:, None], y)
    sigma_y2, ell, sigma_n2 = np.exp(oracle.kernel_.theta)
    assert not theta[:3].any()
    np.testing.assert_allclose(np.exp(theta[3:]), [ell, sigma_y2**0.5, sigma_n2**0.5], rtol=0.01)


def test_predict_is_scikit_learns_posterior_around_the_parabola(data):
    x, y = data
    x_new = np.linspace(-4, 4, 9)
    oracle = GaussianProcessRegressor(ConstantKernel(1.69) * RBF(0.8), alpha=0.16, optimizer=None)
    oracle.fit(x[:, None], y - np.polyval(THETA[:3], x))
    mean, cov = oracle.predict(x_new[:, None], return_cov=True)
    ours = chapter.predict(THETA, x_new, x, y)
    np.testing.assert_allclose(ours[0], mean + np.polyval(THETA[:3], x_new), atol=1e-6)
    np.testing.assert_allclose(ours[1], cov, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12), st.integers(0, 1000))
def test_counted_cholesky_is_numpys_and_counts_the_closed_form(n, seed):
    root = np.random.default_rng(seed).standard_normal((n, n))
    matrix = root @ root.T + n * np.eye(n)
    factor, count = chapter.cholesky_counted(matrix)
    np.testing.assert_allclose(factor, np.linalg.cholesky(matrix), atol=1e-10)
    assert count == (n**3 - n) // 6


def test_the_solutions_say_what_their_code_gives():
    text = (PAPERS / "gaussian-processes.md").read_text(encoding="utf-8")
    one, _, three = re.findall(r"(?ms)^```python\n(.*?)^```", text)
    grid, rng = np.linspace(-5, 5, 41), np.random.default_rng(2)
    exact = chapter.parabola(chapter.OBSERVED) + np.cos(chapter.OBSERVED)
    names = {**vars(chapter), "grid": grid, "exact": exact}
    exec(one, names)
    for step, once in zip(names["step"], names["once"], strict=True):
        np.testing.assert_allclose(step, once, atol=1e-6)
    x, y, truth = chapter.parabola_with_wiggle(30, rng)
    names |= {"x": x, "y": y, "truth": truth, "wide": np.linspace(-5, 5, 81)}
    names["trained"] = {"Quadratic mean": chapter.train(x, y, np.ones(6))}
    exec(three, names)
    inside = np.abs(names["mu"] - truth) < 2 * np.sqrt(np.diag(names["cov"]))
    assert np.mean(inside[names["far"]]) == pytest.approx(0.94, abs=0.03)


def test_noisy_data_have_the_covariance_of_process_and_noise():
    rng = np.random.default_rng(9)
    squares, expected = [], []
    for _ in range(400):
        x, y = chapter.noisy_data(6, 0.5, rng)
        assert (np.diff(x) >= 0).all()
        squares.append(np.outer(y, y))
        expected.append(np.exp(-((x[:, None] - x) ** 2) / 2) + 0.25 * np.eye(6))
    np.testing.assert_allclose(np.mean(squares, axis=0), np.mean(expected, axis=0), atol=0.25)
