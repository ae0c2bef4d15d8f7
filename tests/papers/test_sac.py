"""Soft actor-critic: the chapter's values against loops and simulations, its densities against change of variables."""

from __future__ import annotations

from itertools import pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy import integrate, optimize, special, stats

from tests.chapters import definitions

chapter = definitions("sac")


def random_policy(seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(4), size=32)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_best_worth_is_found_by_a_general_optimiser(temperature):
    worths = np.array([1.0, -0.5, 2.0])

    def minus_worth(logits):
        p = special.softmax(logits)
        return -(p @ worths + temperature * stats.entropy(p))

    found = optimize.minimize(minus_worth, np.zeros(3), tol=1e-10)
    policy, worth = chapter.best_worth(worths, temperature)
    np.testing.assert_allclose(policy, special.softmax(found.x), atol=1e-4)
    assert worth == pytest.approx(-found.fun)
    assert worth == pytest.approx(temperature * special.logsumexp(worths / temperature))


def test_cliff_walk_is_that_of_the_text():
    next_state, rewards, ends = chapter.cliff_walk()
    for s in range(32):
        row, column = divmod(s, 8)
        for move, (down, right) in enumerate([(-1, 0), (1, 0), (0, -1), (0, 1)]):
            y, x = min(3, max(0, row + down)), min(7, max(0, column + right))
            assert next_state[s, move] == 8 * y + x
            cliff, home = y == 3 and 1 <= x <= 6, (y, x) == (3, 7)
            assert rewards[s, move] == (-21 if cliff else -1)
            assert ends[s, move] == (cliff or home)
    assert chapter.START == 24


def test_transitions_sum_the_moves_and_lose_those_that_end():
    policy = random_policy()
    matrix = chapter.transitions(policy)
    for s in (0, 24, 30, 23, 12):
        expected = np.zeros(32)
        for move in range(4):
            if not chapter.ENDS[s, move]:
                expected[chapter.NEXT[s, move]] += policy[s, move]
        np.testing.assert_allclose(matrix[s], expected)


def test_evaluation_is_the_sum_over_simulated_walks():
    policy, temperature = random_policy(1), 0.7
    rng, totals = np.random.default_rng(2), []
    entropy = stats.entropy(policy, axis=1)
    for _ in range(1000):
        s, move, total, weight = 10, 2, 0.0, 1.0
        while True:
            total += weight * chapter.REWARDS[s, move]
            weight *= 0.99
            if chapter.ENDS[s, move]:
                break
            s = chapter.NEXT[s, move]
            total += weight * temperature * entropy[s]
            move = rng.choice(4, p=policy[s])
        totals.append(total)
    q, v = chapter.evaluate(policy, temperature)
    assert q[10, 2] == pytest.approx(np.mean(totals), abs=5 * stats.sem(totals))
    np.testing.assert_allclose(v, np.sum(policy * q, axis=1) + temperature * entropy)


@pytest.mark.parametrize("weight", [0.99, 1.0])
def test_backups_are_written_out_and_converge(weight):
    policy, q = random_policy(3), np.random.default_rng(4).normal(size=(32, 4))
    got = chapter.back_up(q, policy, 0.7, weight)
    for s, move in [(0, 3), (24, 0), (24, 3), (12, 1)]:
        after = chapter.NEXT[s, move]
        later = 0.99 * policy[after] @ q[after] + weight * 0.7 * stats.entropy(policy[after])
        expected = chapter.REWARDS[s, move] + (0 if chapter.ENDS[s, move] else later)
        assert got[s, move] == pytest.approx(expected)
    found = chapter.converged(policy, 0.7, weight)
    np.testing.assert_allclose(chapter.back_up(found, policy, 0.7, weight), found)


def test_policy_iteration_ends_where_value_iteration_ends():
    policies = chapter.soft_policy_iteration(0.5, n_rounds=20)
    assert policies.shape == (21, 32, 4)
    np.testing.assert_allclose(policies[0], 0.25)
    q, _ = chapter.evaluate(policies[3], 0.5)
    np.testing.assert_allclose(policies[4], special.softmax(q / 0.5, axis=1))
    best = chapter.best_by_value_iteration(0.5)
    np.testing.assert_allclose(chapter.evaluate(policies[-1], 0.5)[0], best, atol=1e-8)
    v = 0.5 * special.logsumexp(best / 0.5, axis=1)
    np.testing.assert_allclose(best, chapter.REWARDS + 0.99 * np.where(chapter.ENDS, 0, v[chapter.NEXT]))


def test_scaled_rewards_have_the_policy_that_value_iteration_finds():
    best = special.softmax(chapter.best_by_value_iteration(0.25) / 0.25, axis=1)
    np.testing.assert_allclose(chapter.scaled_policy(4.0), best, atol=1e-8)


def test_visits_are_counted_in_walks():
    policy = random_policy(5)
    rng, counts = np.random.default_rng(6), np.zeros((1000, 32))
    for count in counts:
        s = 24
        while True:
            count[s] += 1
            move = rng.choice(4, p=policy[s])
            if chapter.ENDS[s, move]:
                break
            s = chapter.NEXT[s, move]
    spread = 5 * stats.sem(counts, axis=0) + 1e-3
    assert np.all(np.abs(chapter.visits(policy) - counts.mean(axis=0)) <= spread)


def test_places_and_returns_of_a_known_way(monkeypatch):
    shortest = np.full((32, 4), 0.0)
    shortest[24, 0] = shortest[16:23, 3] = shortest[23, 1] = 1
    shortest[shortest.sum(axis=1) == 0, 1] = 1
    assert chapter.places(shortest) == 9
    monkeypatch.setitem(chapter.walk_return.__globals__, "ways", {0.2: shortest})
    assert chapter.walk_return(0.2) == pytest.approx(-(1 - 0.99**9) / 0.01)


@pytest.mark.parametrize(("mean", "sd"), [(0.5, 0.5), (-1.0, 0.8)])
def test_squashed_density_is_the_derivative_of_its_distribution(mean, sd):
    a = np.array([-0.9, 0.1, 0.7])
    numeric = (stats.norm.cdf(np.arctanh(a + 1e-6), mean, sd) - stats.norm.cdf(np.arctanh(a - 1e-6), mean, sd)) / 2e-6
    np.testing.assert_allclose(np.exp(chapter.squashed_log_density(np.arctanh(a), mean, sd)), numeric, rtol=1e-6)


def test_middles_are_those_of_many_draws_and_of_the_density():
    actions = np.tanh(np.random.default_rng(7).normal(0.4, 0.6, size=400_000))
    mean, median, mode = chapter.middles(0.4, 0.6)
    assert mean == pytest.approx(actions.mean(), abs=2e-3)
    assert median == pytest.approx(np.median(actions), abs=3e-3)
    found = optimize.minimize_scalar(
        lambda a: -stats.norm.pdf(np.arctanh(a), 0.4, 0.6) / (1 - a**2), bounds=(-0.99, 0.99), method="bounded"
    ).x
    assert mode == pytest.approx(found, abs=3e-3)


def test_entropy_is_the_integral_over_actions():
    def integrand(a):
        density = stats.norm.pdf(np.arctanh(a), 0.2, 0.7) / (1 - a**2)
        return -special.xlogy(density, density)

    expected = integrate.quad(integrand, -1 + 1e-9, 1 - 1e-9, limit=200)[0]
    assert chapter.squashed_entropy(0.2, 0.7) == pytest.approx(expected, abs=1e-5)


def reference_q(a):
    return anp.logaddexp(-0.5 * ((a + 1.5) / 0.4) ** 2, -0.5 * ((a - 1.5) / 0.4) ** 2)


def test_humps_and_their_slope():
    for a in (-2.0, -0.3, 0.1, 1.7):
        q, pull = chapter.humps(a)
        assert q == pytest.approx(reference_q(a))
        assert pull == pytest.approx(grad(reference_q)(a))


def reference_cost(parameters, noise):
    """log pi - Q of one draw, with the action a function of the parameters, for autograd."""
    mean, log_sd = parameters
    action = mean + anp.exp(log_sd) * noise
    log_pi = -0.5 * ((action - mean) / anp.exp(log_sd)) ** 2 - log_sd - 0.5 * anp.log(2 * anp.pi)
    return log_pi - reference_q(action)


def test_actor_gradient_is_autograds_for_each_draw():
    noise = np.array([-1.2, 0.1, 0.8])
    got = chapter.actor_gradient(0.4, -0.3, noise)
    for row, e in zip(got, noise, strict=True):
        np.testing.assert_allclose(row, grad(reference_cost)(np.array([0.4, -0.3]), e))


def test_objective_and_both_estimators_agree():
    def objective(mean):
        return chapter.objective(mean, -0.3)

    q = stats.norm(0.4, np.exp(-0.3))
    assert objective(0.4) == pytest.approx(q.expect(lambda a: q.logpdf(a) - reference_q(a)), abs=1e-6)
    slope = (objective(0.4 + 1e-5) - objective(0.4 - 1e-5)) / 2e-5
    assert chapter.expectation(chapter.likelihood_ratio(0.4, -0.3)) == pytest.approx(slope, abs=1e-6)
    values = chapter.likelihood_ratio(0.4, -0.3)
    place = 5000
    action = 0.4 + np.exp(-0.3) * chapter.GRID[place]
    cost = q.logpdf(action) - reference_q(action) - objective(0.4)
    assert values[place] == pytest.approx(cost * (action - 0.4) / np.exp(-0.6))


def test_expectations_are_moments():
    np.testing.assert_allclose([chapter.expectation(chapter.GRID**k) for k in (1, 2, 4)], [0, 1, 3], atol=1e-9)


def test_training_follows_the_gradient():
    path = chapter.train_actor(0.8, np.random.default_rng(8), n_steps=3, rate=0.05)
    replay = np.random.default_rng(8)
    place = np.array([0.8, 0.0])
    for found in path:
        np.testing.assert_allclose(found, place)
        slopes = [grad(reference_cost)(place, e) for e in replay.normal(size=32)]
        place = place - 0.05 * np.mean(slopes, axis=0)


def test_tied_values_are_those_of_a_solved_chain():
    right, temperature = 0.3, 0.5
    entropy = temperature * stats.entropy([right, 1 - right])
    onward = np.array([[0, 1 - right], [0, 0]])
    expected = np.linalg.solve(np.eye(2) - onward, [0.6 * right + entropy, 2 * right + entropy])
    np.testing.assert_allclose(chapter.tied_value(right, temperature), expected)


def test_tied_iteration_minimises_the_mean_divergence():
    rights = chapter.tied_iteration(n_rounds=3)
    for before, after in pairwise(rights):
        second = chapter.tied_value(before)[1]
        q = np.array([[second, 0.6], [0.0, 2.0]])  # left and right in both states
        targets = special.softmax(q / 0.5, axis=1)
        found = optimize.minimize_scalar(
            lambda p, targets=targets: sum(stats.entropy([1 - p, p], target) for target in targets),
            bounds=(1e-6, 1 - 1e-6), method="bounded",
        ).x  # fmt: skip
        assert after == pytest.approx(found, abs=1e-4)


def test_good_mass_is_an_integral():
    density = stats.norm(0.3, np.exp(0.2))
    expected = integrate.quad(density.pdf, -2.3, -0.7)[0]
    assert chapter.good_mass(np.array([0.3, 0.2]), -1) == pytest.approx(expected)


@pytest.mark.parametrize(("n_actions", "n_critics"), [(1, 2), (10, 1), (5, 2)])
def test_seems_worth_is_a_mean_over_draws(n_actions, n_critics):
    errors = np.random.default_rng(9).normal(size=(100_000, n_actions, n_critics))
    draws = errors.min(axis=2).max(axis=1)
    assert chapter.seems_worth(n_actions, n_critics) == pytest.approx(draws.mean(), abs=5 * stats.sem(draws))
