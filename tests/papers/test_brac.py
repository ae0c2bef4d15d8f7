"""BRAC: exact values against loops, grids of policies, scipy's distributions, quadrature and closed forms."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq, minimize
from scipy.special import softmax
from scipy.stats import entropy, norm, skewnorm

from tests.chapters import PAPERS, definitions

chapter = definitions("brac")
GAMMA = chapter.GAMMA


@pytest.fixture(scope="module")
def world():
    return chapter.random_mdp(6, 3, np.random.default_rng(0))


@pytest.fixture(scope="module")
def small_world():
    return chapter.random_mdp(2, 2, np.random.default_rng(1))


def values_by_loop(pi, reward, transition, cost, n_steps=900):
    """Backward induction over a long horizon, one state and action at a time."""
    n_states, n_actions = reward.shape
    values = np.zeros(n_states)
    for _ in range(n_steps):
        values = np.array(
            [
                sum(pi[s, a] * (reward[s, a] + GAMMA * transition[s, a] @ values) for a in range(n_actions)) - cost[s]
                for s in range(n_states)
            ]
        )
    return values


def policies_on_a_grid(n=23):
    """All policies with two states and two actions whose probabilities lie on a grid."""
    grid = np.linspace(0.001, 0.999, n)
    for u, v in itertools.product(grid, grid):
        yield np.array([[u, 1 - u], [v, 1 - v]])


def test_values_are_those_of_backward_induction(world):
    reward, transition, pi = world
    cost = np.linspace(0, 1, 6)
    np.testing.assert_allclose(
        chapter.evaluate(pi, reward, transition, cost), values_by_loop(pi, reward, transition, cost), atol=1e-9
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 6))
def test_kl_is_scipys_relative_entropy(seed, n_actions):
    pi, pi_b = np.random.default_rng(seed).dirichlet(np.ones(n_actions), size=(2, 5))
    np.testing.assert_allclose(chapter.kl(pi, pi_b), entropy(pi, pi_b, axis=1), atol=1e-12)


def test_kl_of_a_certain_action_is_minus_its_log_probability():
    assert chapter.kl(np.array([[0.0, 1.0]]), np.array([[0.9, 0.1]]))[0] == pytest.approx(np.log(10))


def test_tilt_is_what_a_general_optimiser_finds():
    rng = np.random.default_rng(2)
    pi_b, q, weight = rng.dirichlet(np.ones(3)), rng.normal(size=3), 0.7
    found = minimize(lambda u: weight * entropy(softmax(u), pi_b) - softmax(u) @ q, np.zeros(3), options={"gtol": 1e-9})
    np.testing.assert_allclose(chapter.tilt(pi_b[None], q[None], weight)[0], softmax(found.x), atol=1e-5)


def test_no_policy_on_a_grid_beats_the_value_penalty_and_one_comes_close(small_world):
    reward, transition, pi_b = small_world

    def objective(pi):
        return chapter.evaluate(pi, reward, transition, 0.3 * entropy(pi, pi_b, axis=1)).mean()

    best = objective(chapter.solve(reward, transition, pi_b, 0.3, True))
    grid = max(map(objective, policies_on_a_grid()))
    assert best - 0.02 < grid <= best + 1e-10


def test_policy_regularisation_answers_its_own_unpenalised_values(world):
    reward, transition, pi_b = world
    pi = chapter.solve(reward, transition, pi_b, 0.3, False)
    q = reward + GAMMA * transition @ values_by_loop(pi, reward, transition, np.zeros(6))
    expected = pi_b * softmax(q / 0.3, axis=1)
    np.testing.assert_allclose(pi, expected / expected.sum(axis=1, keepdims=True), atol=1e-8)


@pytest.mark.parametrize("penalise_value", [True, False])
def test_a_heavy_penalty_gives_the_behaviour_policy_back(world, penalise_value):
    pi = chapter.solve(*world, 1e7, penalise_value)
    np.testing.assert_allclose(pi, world[2], atol=1e-5)


def test_random_processes_are_made_of_distributions(world):
    reward, transition, pi_b = world
    assert reward.shape == (6, 3) and transition.shape == (6, 3, 6)
    assert reward.min() >= 0 and reward.max() <= 1
    np.testing.assert_allclose(transition.sum(axis=2), 1)
    np.testing.assert_allclose(pi_b.sum(axis=1), 1)


def test_sweeps_with_the_penalty_at_the_next_state_end_at_the_loops_values(world):
    reward, transition, pi = world
    penalty = np.linspace(0.1, 0.6, 6)
    exact = reward + GAMMA * transition @ values_by_loop(pi, reward, transition, penalty)
    assert np.abs(chapter.sweep(pi, reward, transition, penalty, True)[-1] - exact).max() < 1e-9


def test_sweeps_with_the_penalty_at_the_state_itself_solve_their_own_linear_system(world):
    reward, transition, pi = world
    penalty = np.linspace(0.1, 0.6, 6)
    step = np.einsum("sat,tb->satb", transition, pi).reshape(18, 18)
    target = (reward - GAMMA * penalty[:, None]).ravel()
    fixed_point = np.linalg.solve(np.eye(18) - GAMMA * step, target).reshape(6, 3)
    np.testing.assert_allclose(chapter.sweep(pi, reward, transition, penalty, False)[-1], fixed_point, atol=1e-9)


def test_return_and_price_are_weighted_sums_over_time(world):
    reward, transition, pi_b = world
    pi = np.roll(pi_b, 1, axis=1)
    step = np.array([sum(pi[s, a] * transition[s, a] for a in range(3)) for s in range(6)])
    state, earned, paid = np.full(6, 1 / 6), 0.0, 0.0
    for t in range(900):
        earned += (1 - GAMMA) * GAMMA**t * (state @ (pi * reward).sum(axis=1))
        paid += (1 - GAMMA) * GAMMA**t * (state @ entropy(pi, pi_b, axis=1))
        state = state @ step
    np.testing.assert_allclose(chapter.return_and_price(pi, reward, transition, pi_b), [earned, paid], atol=1e-9)


def test_a_grid_of_policies_stays_below_the_frontier(small_world):
    curve = chapter.frontiers(np.geomspace(0.01, 10, 60), *small_world)[0]
    points = np.array([chapter.return_and_price(pi, *small_world) for pi in policies_on_a_grid()])
    inside = (points[:, 1] > curve[:, 1].min()) & (points[:, 1] < curve[:, 1].max())
    roof = np.interp(points[inside, 1], curve[::-1, 1], curve[::-1, 0])
    assert inside.sum() > 50
    assert np.all(points[inside, 0] < roof + 1e-3)


def test_the_fork_leads_into_two_rooms_that_one_never_leaves():
    reward, transition = chapter.fork(0.7)
    np.testing.assert_array_equal(reward, [[0, 0], [0.4, 0.4], [0.2, 0.7]])
    left, right = np.eye(3)[1], np.eye(3)[2]
    np.testing.assert_array_equal(transition, [[left, right], [left, left], [right, right]])


@pytest.mark.parametrize("weight", [0.05, 0.2, 0.6])
@pytest.mark.parametrize("rare_reward", [0.0, 0.5, 1.0])
def test_returns_at_the_fork_have_a_closed_form(weight, rare_reward):
    odds = 0.02 / 0.98 * np.exp(0.8 / weight)
    rare = odds / (1 + odds)
    lived_in = 0.2 * (1 - rare) + rare_reward * rare
    foreseen = 0.2 + weight * np.log(0.98 + 0.02 * np.exp(0.8 / weight))
    for believed, found in zip(
        [foreseen, 0.2 + 0.8 * rare], chapter.fork_returns([weight], rare_reward)[:, 0], strict=True
    ):
        go = 1 / (1 + np.exp(-(believed - 0.4) * GAMMA / (1 - GAMMA) / weight))
        assert found == pytest.approx(GAMMA * (go * lived_in + (1 - go) * 0.4), abs=1e-9)


def test_an_estimate_from_many_data_is_the_process_itself(world):
    reward, transition, pi_b = world
    model = chapter.estimate(*world, 200_000, np.random.default_rng(3))
    np.testing.assert_array_equal(model[0], reward)
    np.testing.assert_allclose(model[1], transition, atol=0.03)
    np.testing.assert_allclose(model[2], pi_b, atol=0.01)


def test_an_action_never_seen_ends_in_a_guess(world):
    reward, transition, _ = world
    never = np.tile([0.5, 0.5, 0.0], (6, 1))
    guess, model, cloned = chapter.estimate(reward, transition, never, 500, np.random.default_rng(4))
    humble = chapter.estimate(reward, transition, never, 500, np.random.default_rng(4), flattery=0.01)[0]
    assert not model[:, 2].any()
    assert np.all(guess[:, 2] <= 1 / (1 - GAMMA)) and guess[:, 2].max() > 1
    np.testing.assert_allclose(humble[:, 2], guess[:, 2] / 100)
    np.testing.assert_array_equal(guess[:, :2], reward[:, :2])
    assert np.all(cloned > 0)


def test_offline_returns_lie_between_zero_and_the_optimum():
    returns, behaviour = chapter.offline_returns(np.array([0.1]), seed=11)
    truth = chapter.random_mdp(30, 6, np.random.default_rng(11))
    pi = chapter.solve(*truth, 1e-3, True)
    optimum = (1 - GAMMA) * chapter.evaluate(pi, *truth[:2]).mean()
    assert 0 < behaviour < returns.min() <= returns.max() < optimum


@pytest.mark.parametrize("flattery", [1.0, 0.01])
def test_offline_returns_plan_in_the_estimate_and_are_paid_by_the_truth(flattery):
    """The wiring, step by step with the estimate, the planner and the truth told apart."""
    rng = np.random.default_rng(12)
    reward, transition, pi_b = chapter.random_mdp(30, 6, rng)
    guessed, counted, cloned = chapter.estimate(reward, transition, pi_b, 400, rng, flattery)
    returns, behaviour = chapter.offline_returns(np.array([0.05]), seed=12, n=400, flattery=flattery)
    plans = [chapter.solve(guessed, counted, cloned, 0.05, penalise_value) for penalise_value in (True, False)]
    for pi, found in zip([*plans, pi_b], [*returns[:, 0], behaviour], strict=True):
        step = sum(pi[:, [a]] * transition[:, a] for a in range(6))
        values = np.linalg.solve(np.eye(30) - GAMMA * step, (pi * reward).sum(axis=1))
        assert found == pytest.approx(values.mean() / 20, abs=1e-9)


@pytest.mark.parametrize("n_critics", [1, 2, 4])
def test_overestimation_of_the_minimum_is_scipys_integral(n_critics):
    def above(m):
        return 1 - (1 - norm.sf(m) ** n_critics) ** 10

    expected = quad(above, 0, 10)[0] - quad(lambda m: 1 - above(m), -10, 0)[0]
    assert chapter.overestimation(n_critics, 1) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("nu", [0.0, 0.3, 0.5, 0.75, 1.0])
def test_with_one_critic_every_mixture_is_that_critic(nu):
    expected = quad(lambda m: 10 * m * norm.pdf(m) * norm.cdf(m) ** 9, -10, 10)[0]
    assert chapter.overestimation(1, nu) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("nu", [0.0, 0.3, 0.5, 0.75])
def test_overestimation_of_two_critics_is_that_of_scipys_skew_normal(nu):
    """Of two Gaussians the smaller and the larger are their mean less and plus half their gap."""
    lean = 1 - 2 * nu
    law = skewnorm(lean, scale=np.sqrt((1 + lean**2) / 2))
    expected = quad(lambda m: 1 - law.cdf(m) ** 10, 0, 10)[0] - quad(lambda m: law.cdf(m) ** 10, -10, 0)[0]
    assert chapter.overestimation(2, nu) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("n_critics", [1, 2, 4])
def test_the_worth_of_a_choice_by_the_mean_of_critics_is_a_closed_form(n_critics):
    """The mean of K critics is worth plus noise of variance 1 / K: regress worth on the largest of ten sums."""
    found = chapter.worth_of_choice(lambda q: q.mean(axis=2), n_critics, np.random.default_rng(9))
    largest = quad(lambda m: 10 * m * norm.pdf(m) * norm.cdf(m) ** 9, -10, 10)[0]
    assert found == pytest.approx(largest / np.sqrt(1 + 1 / n_critics), abs=0.02)


def test_the_choice_of_two_critics_agrees_with_loops():
    rng, again = np.random.default_rng(10), np.random.default_rng(10)
    found = chapter.worth_of_choice(chapter.mixed, 2, rng, n=30, n_actions=4)
    worth, noise = again.standard_normal((30, 4)), again.standard_normal((30, 4, 2))
    total = 0
    for values, row in zip(worth, noise, strict=True):
        seen = [0.75 * min(v + row[a]) + 0.25 * max(v + row[a]) for a, v in enumerate(values)]
        total += values[seen.index(max(seen))]
    assert found == pytest.approx(total / 30)


def test_the_smallest_of_critics_is_the_mixture_without_the_largest():
    critics = np.random.default_rng(11).normal(size=(5, 3, 4))
    np.testing.assert_array_equal(chapter.smallest(critics), [[min(row) for row in x] for x in critics])
    np.testing.assert_allclose(chapter.mixed(critics, nu=1.0), chapter.smallest(critics))


@pytest.mark.parametrize(("n_critics", "nu"), [(3, 0.5), (4, 0.75), (8, 0.75)])
def test_overestimation_of_a_mixture_is_that_of_simulated_critics(n_critics, nu):
    noise = np.random.default_rng(5).standard_normal((40_000, 10, n_critics))
    best = (nu * noise.min(axis=2) + (1 - nu) * noise.max(axis=2)).max(axis=1)
    assert chapter.overestimation(n_critics, nu) == pytest.approx(best.mean(), abs=5 * best.std() / 200)


def test_soft_value_iteration_beats_every_policy_on_a_grid(small_world):
    reward, transition, _ = small_world
    values, pi = chapter.soft_value_iteration(reward, transition, 0.3)
    grid = np.max(
        [chapter.evaluate(other, reward, transition, -0.3 * entropy(other, axis=1)) for other in policies_on_a_grid()],
        axis=0,
    )
    assert np.all(grid <= values + 1e-9) and np.all(grid > values - 0.02)
    np.testing.assert_allclose(pi.sum(axis=1), 1)


@pytest.mark.parametrize(("gap", "variance"), [(0.0, 2.0), (3.0, 1.3), (-2.0, 0.08)])
def test_the_laplacian_kernels_mean_is_scipys_integral(gap, variance):
    sd = np.sqrt(variance)
    integral = quad(
        lambda d: np.exp(-abs(d) / chapter.ELL) * norm.pdf(d, gap, sd), gap - 10 * sd, gap + 10 * sd, points=[0, gap]
    )[0]
    assert chapter.kernel_mean(gap, variance) == pytest.approx(integral, rel=1e-7)


def test_mmd_of_samples_is_the_double_loop():
    x, y = np.random.default_rng(6).normal(size=(2, 7))

    def mean_kernel(p, q):
        return np.mean([np.exp(-abs(a - b) / 20) for a in p for b in q])

    expected = mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y)
    assert chapter.mmd2_samples(x, y) == pytest.approx(expected, abs=1e-14)


def test_mmd_of_many_samples_is_the_closed_form():
    rng = np.random.default_rng(7)
    x, y = 2 + 0.5 * rng.normal(size=(40, 200)), rng.normal(size=(40, 200))
    drawn = chapter.mmd2_samples(x, y)
    assert drawn.mean() == pytest.approx(chapter.mmd2_normal(2.0, 0.5), abs=0.008)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.2), (1.5, 1.0), (-1.0, 2.0)])
def test_kl_of_gaussians_is_scipys_integral(mean, sd):
    integral = quad(
        lambda a: norm.pdf(a, mean, sd) * (norm.logpdf(a, mean, sd) - norm.logpdf(a)), mean - 12 * sd, mean + 12 * sd
    )[0]
    assert chapter.kl_normal(mean, sd) == pytest.approx(integral, abs=1e-7)


def test_kl_of_samples_averages_scipys_log_densities():
    x = np.random.default_rng(8).normal(1.0, 0.5, size=(3, 4))
    expected = (norm.logpdf(x, 1.0, 0.5) - norm.logpdf(x)).mean(axis=1)
    np.testing.assert_allclose(chapter.kl_samples(x, 1.0, 0.5), expected, atol=1e-12)


def test_the_solutions_say_what_their_code_gives():
    text = (PAPERS / "brac.md").read_text(encoding="utf-8")
    (circle,) = re.findall(r"(?ms)^```python\n(.*?)^```", text)
    root = brentq(lambda w: w * np.log(0.98 + 0.02 * np.exp(0.8 / w)) - 0.2, 0.05, 1)
    assert f"{root:.4f}" in text and f"{0.8 / np.log(49 / 3):.4f}" in text
    names = dict(vars(chapter))
    exec(circle, names)
    assert names["moved"][0] == pytest.approx(float(re.search(r"# ([\d.]+), 0", circle)[1]), abs=0.005)
    assert names["moved"][1] < 1e-6


def test_policy_regularisation_settles_where_full_steps_walk_in_a_circle():
    rng = np.random.default_rng(5)
    reward, transition, cloned = chapter.estimate(*chapter.random_mdp(30, 6, rng), 1000, rng)
    pi = chapter.solve(reward, transition, cloned, 0.3, False)
    q = reward + GAMMA * transition @ chapter.evaluate(pi, reward, transition)
    np.testing.assert_allclose(chapter.tilt(cloned, q, 0.3), pi, atol=1e-9)
