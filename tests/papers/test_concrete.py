"""Oracle tests of the chapter on the Concrete distribution."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats

from tests.chapters import PAPERS, definitions

chapter = definitions("concrete")
few = settings(max_examples=20, deadline=None)
logit_vectors = st.integers(2, 6).flatmap(lambda k: arrays(float, k, elements=st.floats(-3, 3)))
temperatures = st.floats(0.2, 3)


def gumbels(n, k, seed=0):
    return stats.gumbel_r.rvs(size=(n, k), random_state=seed)


@few
@given(logit_vectors)
def test_softmax_agrees_with_scipy(logits):
    np.testing.assert_allclose(chapter.softmax(logits), special.softmax(logits), atol=1e-14)


def test_softmax_of_large_logits_neither_overflows_nor_vanishes():
    logits = np.array([[1000.0, 999.0, 0.0], [-1000.0, -2000.0, -1001.0]])
    np.testing.assert_allclose(chapter.softmax(logits), special.softmax(logits, axis=1))


def test_gumbel_max_draws_follow_the_weights():
    alpha = np.array([1.0, 5.0, 2.0])
    counts = chapter.class_counts(alpha, 30_000, np.random.default_rng(11))
    assert stats.chisquare(counts, 30_000 * alpha / alpha.sum()).pvalue > 1e-3


@few
@given(logit_vectors, temperatures)
def test_relaxed_draws_lie_in_the_simplex_and_round_to_the_discrete_draw(logits, temperature):
    noise = gumbels(50, len(logits))
    z = chapter.concrete(logits, noise, temperature)
    np.testing.assert_allclose(z.sum(axis=1), 1)
    assert (z >= 0).all()
    np.testing.assert_array_equal(z.argmax(axis=1), chapter.gumbel_max(logits, noise))


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_draws_with_equal_weights_are_powers_of_uniform_points_on_the_simplex(temperature):
    """z ** -temperature, normalised, is a flat Dirichlet: its entries are Beta(1, K - 1)."""
    z = chapter.concrete(np.zeros(4), gumbels(5000, 4), temperature)
    powers = z**-temperature
    assert stats.kstest(powers[:, 0] / powers.sum(axis=1), stats.beta(1, 3).cdf).pvalue > 1e-3


@few
@given(st.floats(-2, 2), temperatures, st.floats(-5, 5))
def test_density_of_two_classes_is_that_of_a_squashed_logistic(logit, temperature, y):
    z = special.expit(y)
    log_z = special.log_expit(np.array([y, -y]))
    oracle = stats.logistic.logpdf(y, loc=logit / temperature, scale=1 / temperature) - np.log(z * (1 - z))
    assert chapter.concrete_log_density(log_z, np.array([logit, 0.0]), temperature) == pytest.approx(oracle)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_density_of_three_classes_integrates_to_one_and_each_region_to_its_class(temperature):
    logits = np.log([2.0, 0.5, 1.0])
    y = np.linspace(-45, 45, 901) / temperature
    log_ratio = np.stack([*np.meshgrid(y, y, indexing="ij"), np.zeros((y.size, y.size))], axis=-1)
    log_z = special.log_softmax(log_ratio, axis=-1)
    weight = np.exp(chapter.concrete_log_density(log_z, logits, temperature) + log_z.sum(axis=-1))
    weight *= (y[1] - y[0]) ** 2
    assert weight.sum() == pytest.approx(1, abs=1e-6)
    leads = log_z == log_z.max(axis=-1, keepdims=True)  # a tie on the grid counts for each by its part
    leads = leads / leads.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(np.einsum("ij,ijk->k", weight, leads), special.softmax(logits), atol=1e-3)


def test_density_ignores_the_scale_of_the_weights():
    log_z = np.log([0.2, 0.3, 0.5])
    logits = np.array([0.1, -1.0, 2.0])
    assert chapter.concrete_log_density(log_z, logits + 7, 0.6) == pytest.approx(
        chapter.concrete_log_density(log_z, logits, 0.6)
    )


def test_gumbel_softmax_density_of_two_classes_is_that_of_a_squashed_logistic():
    y = np.array([0.3, 0.7])
    oracle = stats.logistic.logpdf(special.logit(0.3), loc=np.log(4) / 0.8, scale=1 / 0.8) - np.log(0.21)
    assert chapter.gumbel_softmax_log_density(y, np.array([4.0, 1.0]), 0.8) == pytest.approx(oracle)


@few
@given(st.floats(-2, 2), temperatures, st.floats(-3, 3))
def test_mass_is_the_survival_function_of_a_logistic(logit, temperature, lower):
    oracle = stats.logistic.sf(lower, loc=logit)
    assert chapter.mass(temperature, np.array([logit, 0.0]), lower) == pytest.approx(oracle, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.05, 0.1, 0.5, 1.0])
def test_undecided_draws_of_two_equal_classes_follow_the_closed_form_of_exercise_one(temperature):
    share = chapter.undecided(np.ones(2), temperature, 40_000, np.random.default_rng(12))
    assert share == pytest.approx(np.tanh(temperature * np.log(9) / 2), abs=0.01)


def test_path_to_the_corner_is_in_the_simplex_and_even():
    z = np.exp(chapter.toward_corner(np.array([0.2, 0.7]), 5))
    np.testing.assert_allclose(z, [[0.2] * 5, [0.7] + [0.075] * 4])


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_log_density_is_convex_at_the_guideline_by_second_differences(n_classes):
    assert chapter.convexity_violations(n_classes, 1 / (n_classes - 1), 500, np.random.default_rng(13)) == 0
    rng = np.random.default_rng(14)
    logits, z = rng.normal(size=n_classes), rng.dirichlet(5 * np.ones(n_classes), size=200)
    v = rng.normal(size=z.shape) * z.min(axis=1, keepdims=True)
    v -= v.mean(axis=1, keepdims=True)
    assert (second_difference(z, v, logits, 1 / (n_classes - 1)) > -1e-3).all()


@pytest.mark.parametrize("near_face", [False, True])
def test_segments_lie_in_the_simplex_and_near_a_face_if_asked(near_face):
    ends = chapter.segments(4, 300, np.random.default_rng(16), near_face)
    assert ends.shape == (2, 300, 4) and ends.min() > 0
    np.testing.assert_allclose(ends.sum(axis=2), 1)
    assert (ends.min(axis=2).max() < 1e-6) == near_face
    if near_face:
        np.testing.assert_allclose(ends[0].min(axis=1), 3 * ends[1].min(axis=1))
        assert (np.isclose(ends[0], ends[1], rtol=1e-9).sum(axis=1) >= 2).all()


def test_violations_are_counted_where_a_second_difference_is_negative():
    count = chapter.convexity_violations(3, 0.7, 400, np.random.default_rng(17), near_face=True)
    rng = np.random.default_rng(17)
    logits = rng.normal(size=3)
    first, last = chapter.segments(3, 400, rng, True)
    pairs = zip((first + last) / 2, (first - last) / 2, strict=True)
    assert count == sum(second_difference(z, v, logits, 0.7, h=1) < -1e-9 for z, v in pairs)
    assert count > 300


def test_log_convexity_ends_at_the_guideline_near_a_face():
    z, v = np.array([1e-7, 0.2, 0.3, 0.5 - 1e-7]), np.array([1e-7, -1e-7, 0, 0])
    assert second_difference(z, v, np.zeros(4), 0.30) > 0
    assert second_difference(z, v, np.zeros(4), 0.37) < 0


def second_difference(z, v, logits, temperature, h=1e-3):
    up, here, down = (chapter.concrete_log_density(np.log(z + s * h * v), logits, temperature) for s in (1, 0, -1))
    return (up - 2 * here + down) / h**2


@pytest.mark.parametrize("n_classes", [2, 3, 4, 8])
@pytest.mark.parametrize("temperature", [0.3, 0.8, 0.99, 1.3])
def test_curvature_toward_the_largest_entry_is_that_of_exercise_two(n_classes, temperature):
    """Stationary points are made to order: choose z, then the weights for which it is stationary."""
    rng = np.random.default_rng(15)
    z = rng.dirichlet(60 * np.ones(n_classes), size=200)
    z = z[z.max(axis=1) < 0.95 * (1 + temperature) / n_classes]
    assert len(z) > 5
    for point in z[:20]:
        p = (temperature + 1 - n_classes * point) / (n_classes * temperature)
        logits = np.log(p) + temperature * np.log(point)
        i = point.argmax()
        a = point[i]
        v = -point / (1 - a)
        v[i] = 1
        up, down = (chapter.concrete_log_density(np.log(point + s * 1e-5 * v), logits, temperature) for s in (1, -1))
        assert (up - down) / 2e-5 == pytest.approx(0, abs=1e-4)
        bracket = (n_classes - 2) * a + (1 + temperature) / n_classes - temperature
        claimed = (temperature + 1) / (a * (1 - a)) ** 2 * bracket
        assert second_difference(point, v, logits, temperature) == pytest.approx(claimed, rel=1e-2, abs=1e-2)
        assert temperature >= 1 or claimed > 0


def test_exact_gradient_agrees_with_finite_differences():
    def expected_loss(logits):
        return special.softmax(logits) @ chapter.loss(np.eye(3))

    h = 1e-6 * np.eye(3)
    numeric = [(expected_loss(chapter.LOGITS + e) - expected_loss(chapter.LOGITS - e)) / 2e-6 for e in h]
    np.testing.assert_allclose(chapter.exact_gradient(chapter.LOGITS), numeric, rtol=1e-6)


@few
@given(arrays(float, 3, elements=st.floats(-2, 2)), temperatures)
def test_each_draw_has_its_own_pathwise_gradient(logits, temperature):
    noise = gumbels(4, 3)
    gradients = chapter.concrete_gradients(logits, noise, temperature)
    z = special.softmax((logits + noise) / temperature, axis=1)
    slope = 2 * (z @ chapter.VALUES)[:, None] * chapter.VALUES
    closed = z * (slope - np.sum(z * slope, axis=1, keepdims=True)) / temperature
    np.testing.assert_allclose(gradients, closed, atol=1e-9)


def test_score_gradients_average_to_the_exact_gradient_with_any_baseline():
    noise = gumbels(50_000, 3)
    exact = chapter.exact_gradient(chapter.LOGITS)
    for baseline in (0.0, 4.0):
        gradients = chapter.score_gradients(chapter.LOGITS, noise, baseline)
        errors = stats.sem(gradients, axis=0)
        assert (np.abs(gradients.mean(axis=0) - exact) < 4 * errors).all()


def test_bias_and_variance_of_known_numbers():
    gradients = np.array([[1.0, 0.0], [3.0, 0.0], [2.0, 3.0], [2.0, -3.0]])
    bias, variance = chapter.bias_and_variance(gradients, np.array([-1.0, 4.0]))
    assert bias == pytest.approx(5)
    assert variance == pytest.approx(0.5 + 4.5)


@few
@given(st.floats(-5, 8))
def test_shifted_logistic_agrees_with_scipy(logit):
    np.testing.assert_allclose(chapter.log_logistic(logit), stats.logistic.logpdf(chapter.GRID, loc=logit), atol=1e-12)


@pytest.mark.parametrize("logit", [0.5, 2.0, 4.0])
def test_objectives_agree_with_closed_form_kls_and_quadrature(logit):
    temperature = 0.7
    with_concrete, with_discrete, log_evidence = chapter.objectives(logit, temperature)

    def fit(y):
        return stats.norm.logpdf(1.0, special.expit(y / temperature), 0.2)

    expected_fit = stats.logistic(loc=logit).expect(fit, lb=-40, ub=50)
    concrete_kl = logit / np.tanh(logit / 2) - 2  # of two logistics, shifted
    q = special.expit(logit)
    discrete_kl = stats.entropy([q, 1 - q], [0.5, 0.5])
    evidence = stats.logistic.expect(lambda y: np.exp(fit(y)), lb=-40, ub=40)
    assert with_concrete == pytest.approx(expected_fit - concrete_kl, abs=1e-5)
    assert with_discrete == pytest.approx(expected_fit - discrete_kl, abs=1e-5)
    assert log_evidence == pytest.approx(np.log(evidence), abs=1e-5)


@few
@given(st.floats(0, 8), st.floats(0.2, 2), st.floats(0, 1), st.floats(0.1, 1))
def test_the_relaxed_objective_never_exceeds_the_evidence(logit, temperature, x, noise_scale):
    with_concrete, with_discrete, log_evidence = chapter.objectives(logit, temperature, x, noise_scale)
    assert with_concrete <= log_evidence + 1e-8
    assert with_discrete >= with_concrete - 1e-8


def test_the_simplex_is_drawn_with_each_draw_in_the_colour_of_its_class():
    noise = gumbels(30, 3)
    choice = np.argmax(np.log([2, 0.5, 1]) + noise, axis=1)
    chapter.draw_simplex.__globals__.update(noise=noise, choice=choice)
    fig, ax = plt.subplots()
    chapter.draw_simplex(ax, 0.01)
    corners = np.array([[0, 0], [1, 0], [0.5, np.sqrt(0.75)]])
    for k, dots in enumerate(ax.collections):
        z = special.softmax((np.log([2, 0.5, 1]) + noise[choice == k]) / 0.01, axis=1)
        np.testing.assert_allclose(dots.get_offsets(), z @ corners, atol=1e-9)
    plt.close(fig)


def test_the_table_of_the_third_exercise_follows_from_its_code():
    text = (PAPERS / "concrete.md").read_text(encoding="utf-8").split(":title: The temperature")[1]
    draws = np.random.default_rng(1).gumbel(size=(100_000, 3))
    exact = chapter.exact_gradient(chapter.LOGITS)
    heats = np.array([2, 1.4, 1, 0.7, 0.5, 0.35, 0.25])
    bias, variance = np.array(
        [chapter.bias_and_variance(chapter.concrete_gradients(chapter.LOGITS, draws, t), exact) for t in heats]
    ).T
    mean_loss = special.softmax(chapter.LOGITS) @ chapter.loss(np.eye(3))
    _, rival = chapter.bias_and_variance(chapter.score_gradients(chapter.LOGITS, draws, mean_loss), exact)
    rows = re.findall(r"(?m)^\| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", text)
    assert len(rows) == 4
    for row in rows:
        n, temperature, error, rivals = map(float, row)
        errors = bias**2 + variance / n
        assert heats[errors.argmin()] == temperature
        assert errors.min() == pytest.approx(error, rel=0.03)
        assert rival / n == pytest.approx(rivals, rel=0.05)
    assert rival / 3 < (bias**2 + variance / 3).min() and rival / 2 > (bias**2 + variance / 2).min()
