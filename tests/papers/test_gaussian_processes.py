"""Gaussian processes: the chapter's functions against scikit-learn, scipy and numpy."""

import re
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, minimize
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
    theta = chapter.train(x, y, np.array([0, 0, 0, 1, 1, 1]))
    kernel = ConstantKernel(1.0) * RBF(1.0) + WhiteKernel(0.1)
    oracle = GaussianProcessRegressor(kernel, alpha=0).fit(x[:, None], y)
    sigma_y2, ell, sigma_n2 = np.exp(oracle.kernel_.theta)
    assert not theta[:3].any()
    np.testing.assert_allclose(np.exp(theta[3:]), [ell, sigma_y2**0.5, sigma_n2**0.5], rtol=0.001)


def test_training_of_all_six_ends_where_every_slope_is_level(data):
    x, y = data
    theta = chapter.train(x, y, np.ones(6))
    assert np.abs(chapter.log_evidence_gradient(theta, x, y)).max() < 0.01
    simplex = minimize(lambda t: -chapter.log_evidence(t, x, y), theta, method="Nelder-Mead")
    assert chapter.log_evidence(theta, x, y) == pytest.approx(-simplex.fun, abs=1e-4)


@pytest.mark.parametrize("free", [[1, 0, 0, 1, 0, 1], [0, 1, 1, 0, 1, 0]])
def test_training_leaves_alone_what_is_not_free(data, free):
    theta = chapter.train(*data, np.array(free))
    assert (theta != 0).tolist() == [bool(f) for f in free]


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
    factor, count = chapter.cholesky_counted(matrix.tolist())
    np.testing.assert_allclose(factor, np.linalg.cholesky(matrix), atol=1e-10)
    assert count == (n**3 - n) // 6


@pytest.mark.parametrize("n", [3, 6])
def test_cost_is_the_number_of_ways_to_choose_three_of_one_more(n):
    count, error = chapter.cost(n)
    assert count == comb(n + 1, 3)  # each multiplication belongs to one k < j <= i
    assert error < 1e-12


def test_two_steps_of_conditioning_give_what_one_does():
    text = (PAPERS / "gaussian-processes.md").read_text(encoding="utf-8")
    (solution,) = re.findall(r"(?ms)^```python\n(.*?)^```", text)
    exact = chapter.parabola(chapter.OBSERVED) + np.cos(chapter.OBSERVED)
    names = {**vars(chapter), "grid": np.linspace(-5, 5, 41), "exact": exact}
    exec(solution, names)
    for step, once in zip(names["step"], names["once"], strict=True):
        np.testing.assert_allclose(step, once, atol=1e-6)


def test_noisy_data_have_the_covariance_of_process_and_noise():
    rng = np.random.default_rng(9)
    squares, expected = [], []
    for _ in range(400):
        x, y = chapter.noisy_data(6, 0.5, rng)
        assert (np.diff(x) >= 0).all()
        squares.append(np.outer(y, y))
        expected.append(np.exp(-((x[:, None] - x) ** 2) / 2) + 0.25 * np.eye(6))
    np.testing.assert_allclose(np.mean(squares, axis=0), np.mean(expected, axis=0), atol=0.25)


def test_a_sweep_gives_the_terms_of_the_log_density_of_the_data_it_drew():
    ells = np.array([0.3, 1.0, 4.0])
    terms = chapter.sweep_length_scales(ells, 7, 0.2, np.random.default_rng(4))
    x, y = chapter.noisy_data(7, 0.2, np.random.default_rng(4))
    for ell, (complexity, fit) in zip(ells, terms, strict=True):
        cov = RBF(ell)(x[:, None]) + 0.04 * np.eye(7)
        assert complexity == pytest.approx(-0.5 * np.linalg.slogdet(cov)[1])
        assert complexity + fit - 3.5 * np.log(2 * np.pi) == pytest.approx(
            multivariate_normal(np.zeros(7), cov).logpdf(y)
        )


def test_basis_is_numpys_polynomial():
    x = np.array([-2.0, 0.5, 3.0])
    np.testing.assert_allclose(np.array([0.3, -0.2, 0.7]) @ chapter.basis(x), np.polyval([0.3, -0.2, 0.7], x))


def test_moment_errors_are_those_of_the_three_inputs_and_shrink_with_the_draws(monkeypatch):
    def mean_errors(n):
        errors = [chapter.moment_errors(n, np.random.default_rng(seed)) for seed in range(20)]
        return np.mean([[each["mean_error"], each["covariance_error"]] for each in errors], axis=0)

    assert (mean_errors(50) > 4 * mean_errors(5000)).all()  # a tenth, by the law of large numbers

    def to_either_side(mu, cov, n, rng):
        return mu + np.outer([-1, 1], np.ones(len(mu)))

    # Of these two draws the mean is right, and all covariances are 2, where exp(-9/2), the least, is expected.
    monkeypatch.setitem(chapter.moment_errors.__globals__, "sample", to_either_side)
    errors = chapter.moment_errors(2, None)
    assert errors == pytest.approx({"mean_error": 0, "covariance_error": 2 - np.exp(-4.5)})


def test_parabola_with_wiggle_has_the_moments_that_it_was_given():
    rng, n = np.random.default_rng(5), 400
    rows = [chapter.parabola_with_wiggle(3, rng, np.array([0.2, -0.4, 1.0])) for _ in range(n)]
    truths = np.array([truth for _, _, truth in rows])
    mean = np.polyval([0.2, -0.4, 1.0], chapter.WIDE)
    assert truths.shape == (n, 81)
    np.testing.assert_allclose(truths.mean(axis=0), mean, atol=5 * 0.7 / np.sqrt(n))
    np.testing.assert_allclose(truths.var(axis=0), 0.49, atol=0.2)
    neighbours = np.mean((truths - mean)[:, :-8] * (truths - mean)[:, 8:])  # 8 steps of 1/8 apart
    assert neighbours == pytest.approx(0.49 * np.exp(-0.5), abs=0.03)
    noise = [y - np.interp(x, chapter.WIDE, truth) for x, y, truth in rows]
    assert np.std(noise) == pytest.approx(0.2, abs=0.01)
    assert np.abs(np.concatenate([x for x, _, _ in rows])).max() <= 3


def test_score_counts_what_lies_outside_the_data(data):
    x, y = data
    truth = np.linspace(-1, 2, 81)
    evidence, error, share = chapter.score(THETA, x, y, truth)
    mu, cov = chapter.predict(THETA, chapter.WIDE, x, y)
    pairs = [
        (m - f, v**0.5) for w, m, f, v in zip(chapter.WIDE, mu, truth, np.diag(cov), strict=True) if not -3 <= w <= 3
    ]
    assert evidence == chapter.log_evidence(THETA, x, y)
    assert len(pairs) == 32
    assert error == pytest.approx(np.sqrt(np.mean([e**2 for e, _ in pairs])))
    assert share == np.mean([abs(e) / s < 2 for e, s in pairs])
    assert 0 < share < 1


def test_means_are_compared_on_the_same_data_and_in_the_order_of_the_priors():
    rows = chapter.compare_means(2, np.random.default_rng(6), np.array([0.4, 0.0, 0.0]))
    rng = np.random.default_rng(6)
    for row in rows:
        x, y, truth = chapter.parabola_with_wiggle(30, rng, np.array([0.4, 0.0, 0.0]))
        for scores, free in zip(row, ([0, 0, 0, 1, 1, 1], [1] * 6), strict=True):
            np.testing.assert_allclose(scores, chapter.score(chapter.train(x, y, np.array(free)), x, y, truth))
