"""Oracle tests of the chapter on BEAR."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats
from sklearn.metrics.pairwise import laplacian_kernel, rbf_kernel

from tests.chapters import PAPERS, definitions

chapter = definitions("bear")
few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 10_000)


def small_problem(seed, n_states=4, n_actions=3):
    return chapter.random_problem(n_states, n_actions, np.random.default_rng(seed))


def deterministic_policies(corners):
    """All ways to pick one corner a state; corners (S, M, A)."""
    for picks in product(range(corners.shape[1]), repeat=len(corners)):
        yield corners[np.arange(len(corners)), list(picks)]


@few
@given(seeds)
def test_values_of_a_policy_agree_with_summing_discounted_rewards(seed):
    rewards, transitions, behaviour, _ = small_problem(seed)
    values, states = np.zeros(4), np.eye(4)
    for t in range(400):
        values += 0.9**t * states @ (behaviour * rewards).sum(axis=1)
        states = states @ np.einsum("sa,sat->st", behaviour, transitions)
    np.testing.assert_allclose(chapter.evaluate(behaviour, rewards, transitions, 0.9), values, atol=1e-12)


@few
@given(seeds, st.sampled_from([0.0, 0.1, 0.2]))
def test_constrained_optimum_beats_every_policy_in_the_set(seed, epsilon):
    rewards, transitions, behaviour, _ = small_problem(seed)
    corners = chapter.support_corners(behaviour, epsilon)
    policy, q = chapter.optimum(rewards, transitions, corners, 0.9)
    best = chapter.evaluate(policy, rewards, transitions, 0.9)
    every = [chapter.evaluate(p, rewards, transitions, 0.9) for p in deterministic_policies(corners)]
    np.testing.assert_allclose(best, np.max(every, axis=0), atol=1e-12)
    np.testing.assert_allclose(q, rewards + 0.9 * transitions @ best, atol=1e-12)


@few
@given(seeds)
def test_unconstrained_optimum_solves_the_linear_program(seed):
    rewards, transitions, _, first = small_problem(seed)
    flow = (np.eye(4)[:, None] - 0.9 * transitions).reshape(12, 4)
    program = optimize.linprog(first, A_ub=-flow, b_ub=-rewards.ravel(), bounds=(None, None))
    policy, _ = chapter.optimum(rewards, transitions, np.eye(3), 0.9)
    np.testing.assert_allclose(chapter.evaluate(policy, rewards, transitions, 0.9), program.x, atol=1e-7)


def test_support_allows_exactly_the_actions_at_or_above_the_threshold():
    behaviour = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]])
    corners = chapter.support_corners(behaviour, 0.3)
    assert {tuple(c) for c in corners[0]} == {(1, 0, 0), (0, 1, 0)}
    assert {tuple(c) for c in corners[1]} == {(0, 1, 0)}


def test_values_over_corners_are_the_best_of_a_dense_grid_of_mixtures():
    q = np.array([[1.0, 4.0, -2.0], [0.0, -1.0, 3.0]])
    corners = np.array([[0.9, 0.1, 0.0], [0.2, 0.5, 0.3]])
    mixtures = np.array([w * corners[0] + (1 - w) * corners[1] for w in np.linspace(0, 1, 101)])
    np.testing.assert_allclose(chapter.values_of(q, corners), (q @ mixtures.T).max(axis=1))


def test_line_world_is_a_world_and_its_walk_agrees_with_simulation():
    rewards, transitions, _ = chapter.line_world()
    np.testing.assert_allclose(transitions.sum(axis=-1), 1)
    p_right, rng = 0.7, np.random.default_rng(0)
    policy = np.tile([1 - p_right, p_right, 0], (len(rewards), 1))
    cell, pay = np.zeros(4000, int), np.zeros(4000)
    for t in range(200):
        right = rng.random(4000) < p_right
        pay += (right & (cell == chapter.N_CELLS - 1)) * chapter.DISCOUNT**t
        step = np.where(right, cell + 1, np.maximum(cell - 1, 0))
        cell = np.where(cell >= chapter.N_CELLS, cell, step)
    value = chapter.evaluate(policy, rewards, transitions, chapter.DISCOUNT)[0]
    assert abs(pay.mean() - value) < 4 * stats.sem(pay)


@pytest.mark.parametrize("optimism", [0.0, 0.05, 0.1])
def test_belief_in_the_unseen_action_is_multiplied_at_each_cell(optimism):
    q = chapter.believed(np.eye(3), optimism, 100)[-1]
    distance = np.arange(chapter.N_CELLS, 0, -1)
    expected = (1 + optimism) ** distance * chapter.DISCOUNT ** (distance - 1)
    np.testing.assert_allclose(q.max(axis=1)[: chapter.N_CELLS], expected)


def test_supported_belief_is_the_truth_whatever_the_optimism():
    rewards, transitions, behaviour = chapter.line_world()
    corners = chapter.support_corners(behaviour, 0.05)
    policy, _ = chapter.optimum(rewards, transitions, corners, chapter.DISCOUNT)
    truth = chapter.evaluate(policy, rewards, transitions, chapter.DISCOUNT)
    np.testing.assert_allclose(chapter.values_of(chapter.believed(corners, 5.0, 40)[-1], corners), truth, atol=1e-12)


@pytest.mark.parametrize(("optimism", "grows"), [(0.10, False), (0.12, True)])
def test_belief_diverges_beyond_the_optimism_of_exercise_one(optimism, grows):
    assert grows == (optimism > 1 / chapter.DISCOUNT**2 - 1)
    history = chapter.believed(np.eye(3), optimism, 400)
    assert (history[400, 0].max() > 2 * history[200, 0].max()) == grows


@few
@given(st.floats(0, 1), st.floats(0.01, 0.99))
def test_kl_of_coins_agrees_with_scipy(p, q):
    assert chapter.kl_bernoulli(p, q) == pytest.approx(stats.entropy([p, 1 - p], [q, 1 - q]), abs=1e-12)


@pytest.mark.parametrize("budget", [0.05, 0.3, 1.0, 2.2])
def test_kl_corners_agree_with_a_root_finder(budget):
    corners = chapter.kl_corners(0.1, budget)
    high = optimize.brentq(lambda p: stats.entropy([p, 1 - p], [0.1, 0.9]) - budget, 0.1, 1 - 1e-12)
    assert corners[1, 1] == pytest.approx(high, abs=1e-9)
    if budget > -np.log(0.9):
        assert corners[0, 1] == 0
    np.testing.assert_allclose(corners.sum(axis=1), 1)


def test_a_sure_action_costs_minus_the_log_of_its_probability():
    assert chapter.kl_corners(0.1, np.log(10) + 1e-9)[1, 1] == 1
    assert chapter.kl_corners(0.1, np.log(10) - 1e-3)[1, 1] < 1


@pytest.mark.parametrize("p_right", [0.1, 0.4, 1.0])
def test_the_return_on_the_line_solves_the_recursion_of_a_walk(p_right):
    """Values by hand for a walk that steps right with probability p_right; the critic wants the most of it."""
    corners = np.array([[0.9, 0.1, 0.0], [1 - p_right, p_right, 0.0]])
    v = np.zeros(11)
    for _ in range(3000):
        v[:10] = 0.95 * (p_right * v[1:] + (1 - p_right) * v[np.maximum(np.arange(10) - 1, 0)])
        v[9] += p_right
    assert chapter.line_return(corners) == pytest.approx(v[0], abs=1e-9)


def test_a_free_critic_earns_nothing_on_the_line():
    assert chapter.line_return(np.eye(3)) == 0


@few
@given(seeds)
def test_data_states_agree_with_a_geometric_sum(seed):
    _, transitions, behaviour, first = small_problem(seed)
    mu, states = np.zeros(4), first
    for t in range(400):
        mu, states = mu + 0.1 * 0.9**t * states, states @ np.einsum("sa,sat->st", behaviour, transitions)
    np.testing.assert_allclose(chapter.data_states(first, transitions, behaviour, 0.9), mu, atol=1e-12)


@few
@given(seeds)
def test_drift_is_the_worst_over_all_pairs_of_policies(seed):
    _, transitions, behaviour, first = small_problem(seed, n_states=3, n_actions=2)
    corners = chapter.support_corners(behaviour, 0.2)
    mu = chapter.data_states(first, transitions, behaviour, 0.9)
    steps = [np.einsum("sa,sat->st", p, transitions) for p in deterministic_policies(corners)]
    one = max((first @ a / mu).max() for a in steps)
    two = max((first @ a @ b / mu).max() for a in steps for b in steps)
    np.testing.assert_allclose(chapter.drift(first, transitions, corners, mu, 2), [one, two])


def test_concentrability_of_a_constant_drift_is_that_constant():
    first, mu = np.array([1.0, 0.0]), np.array([0.25, 0.75])
    stay = np.eye(2)[:, None]
    assert chapter.concentrability(first, stay, np.ones((1, 1)), mu, 0.5) == pytest.approx(4)


@few
@given(seeds)
def test_shortfall_compares_two_backups_written_as_loops(seed):
    rewards, transitions, behaviour, _ = small_problem(seed)
    _, q = chapter.optimum(rewards, transitions, np.eye(3), 0.9)
    worst = 0
    for s, a in product(range(4), range(3)):
        free = sum(transitions[s, a, t] * max(q[t]) for t in range(4))
        kept = sum(transitions[s, a, t] * max(q[t, b] for b in range(3) if behaviour[t, b] >= 0.2) for t in range(4))
        worst = max(worst, 0.9 * abs(free - kept))
    corners = chapter.support_corners(behaviour, 0.2)
    assert chapter.shortfall(rewards, transitions, corners, 0.9) == pytest.approx(worst, abs=1e-12)


@few
@given(seeds, st.floats(0.05, 0.3))
def test_loss_in_q_never_exceeds_its_bound(seed, epsilon):
    rewards, transitions, behaviour, _ = small_problem(seed)
    corners = chapter.support_corners(behaviour, epsilon)
    assert chapter.cost_over_bound(rewards, transitions, corners, 0.9)[0] <= 1 + 1e-9


def test_first_decision_escapes_the_shortfall_as_in_exercise_two():
    rewards, transitions = np.array([[1.0, 0.0], [0.0, 0.0]]), np.zeros((2, 2, 2))
    transitions[:, :, 1] = 1
    corners = np.array([[[0.0, 1.0]], [[0.0, 1.0]]])
    assert chapter.shortfall(rewards, transitions, corners, 0.9) == 0
    np.testing.assert_allclose(chapter.cost_over_bound(rewards, transitions, corners, 0.9), [0, 1])


@few
@given(seeds)
def test_what_is_lost_at_once_compares_two_maxima(seed):
    rewards, transitions, behaviour, _ = small_problem(seed)
    _, q = chapter.optimum(rewards, transitions, np.eye(3), 0.9)
    expected = [max(q[s]) - max(q[s, a] for a in range(3) if behaviour[s, a] >= 0.2) for s in range(4)]
    corners = chapter.support_corners(behaviour, 0.2)
    np.testing.assert_allclose(chapter.lost_at_once(rewards, transitions, corners, 0.9), expected, atol=1e-12)


@few
@given(seeds, st.floats(0.05, 0.3))
def test_loss_in_v_never_exceeds_what_is_lost_at_once_for_ever(seed, epsilon):
    rewards, transitions, behaviour, _ = small_problem(seed, n_states=2, n_actions=2)
    corners = chapter.support_corners(behaviour, epsilon)
    alpha_v = chapter.lost_at_once(rewards, transitions, corners, 0.9).max()
    values = [
        chapter.evaluate(chapter.optimum(rewards, transitions, c, 0.9)[0], rewards, transitions, 0.9)
        for c in (np.eye(2), corners)
    ]
    assert np.max(values[0] - values[1]) <= alpha_v / (1 - 0.9) + 1e-9


def test_the_smallest_problem_breaks_the_bound_as_printed_and_attains_the_mended_one():
    rewards, transitions, behaviour, first = chapter.one_state()
    corners = chapter.support_corners(behaviour, 0.15)
    assert chapter.true_loss((rewards, transitions, behaviour, first), 0.15) == pytest.approx(1 / (1 - 0.9))
    assert chapter.shortfall(rewards, transitions, corners, 0.9) == pytest.approx(0.9)
    needed = chapter.needed_constants(chapter.one_state(), 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(needed, [100, 90])


@few
@given(seeds)
def test_true_loss_is_the_gap_between_the_best_of_all_policies_and_the_best_allowed(seed):
    problem = small_problem(seed)
    rewards, transitions, behaviour, first = problem
    best = [
        max(first @ chapter.evaluate(p, rewards, transitions, 0.9) for p in deterministic_policies(corners))
        for corners in (np.tile(np.eye(3), (4, 1, 1)), chapter.support_corners(behaviour, 0.2))
    ]
    assert chapter.true_loss(problem, 0.2) == pytest.approx(best[0] - best[1], abs=1e-9)


@few
@given(seeds)
def test_without_noise_the_needed_constant_is_the_loss_over_the_shortfall_term(seed):
    problem = small_problem(seed)
    rewards, transitions, behaviour, first = problem
    corners = chapter.support_corners(behaviour, 0.15)
    alpha = chapter.shortfall(rewards, transitions, corners, 0.9)
    alpha_v = chapter.lost_at_once(rewards, transitions, corners, 0.9).max()
    values = [
        chapter.evaluate(chapter.optimum(rewards, transitions, c, 0.9)[0], rewards, transitions, 0.9)
        for c in (np.eye(3), corners)
    ]
    loss = first @ (values[0] - values[1])
    expected = [loss / (a / 9) if loss > 1e-9 else 0 for a in (alpha, alpha_v)]
    needed = chapter.needed_constants(problem, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(needed, expected, atol=1e-6)


def test_noise_enters_the_bracket_times_the_spread_and_the_loss_by_the_greedy_policy():
    """One state, two actions, all allowed: the bad one is taken where the noise favours it, and earns 0 for ever."""
    problem = np.array([[1.0, 0.0]]), np.ones((1, 2, 1)), np.array([[0.5, 0.5]]), np.ones(1)
    rng = np.random.default_rng(0)
    calm = chapter.needed_constants(problem, 0.4, rng)  # the two differ by 1, the noise by at most 0.8
    wild = chapter.needed_constants(problem, 2.0, rng)  # fooled at least once in the last twenty backups
    np.testing.assert_allclose(calm, [0, 0])
    np.testing.assert_allclose(wild, 10 / 2.0, rtol=1e-4)  # the bracket is C times the noise, with C = 1


@few
@given(seeds)
def test_greedy_picks_the_corner_that_a_loop_over_all_corners_picks(seed):
    rng = np.random.default_rng(seed)
    q, corners = rng.normal(size=(3, 4)), rng.dirichlet(np.ones(4), size=(3, 5))
    picked = chapter.greedy(q, corners)
    for s in range(3):
        np.testing.assert_array_equal(picked[s], max(corners[s], key=lambda c: c @ q[s]))


def test_terms_of_the_bound_are_its_two_summands():
    problem = small_problem(3)
    spread, alpha, error_term, shortfall_term = chapter.bound_terms(0.1, problem)
    _, transitions, behaviour, first = problem
    mu = chapter.data_states(first, transitions, behaviour, 0.9)
    delta = np.where(behaviour >= 0.1, 0.002 / np.sqrt(behaviour), 0).max(axis=1)
    assert error_term == pytest.approx(90 * spread * (mu @ delta))
    assert shortfall_term == pytest.approx(10 * alpha)


@pytest.mark.parametrize("kernel", ["laplacian", "gaussian"])
@pytest.mark.parametrize(("gap", "sd"), [(0.0, 0.3), (1.0, 1.4), (-5.0, 1.0)])
def test_similarity_agrees_with_quadrature(kernel, gap, sd):
    value = {"laplacian": lambda x: np.exp(-abs(x) / 20), "gaussian": lambda x: np.exp(-(x**2) / 40)}[kernel]

    def integrand(x):
        return value(x) * stats.norm.pdf(x, gap, np.hypot(sd, 0.5))

    oracle = integrate.quad(integrand, -20, 20, points=[0, gap])[0]
    p, q = np.array([[1.0, gap, sd]]), np.array([[1.0, 0.0, 0.5]])
    assert chapter.similarity(p, q, kernel) == pytest.approx(oracle, abs=1e-9)


@pytest.mark.parametrize("kernel", ["laplacian", "gaussian"])
def test_sampled_mmd_agrees_with_the_kernels_of_sklearn(kernel):
    x, y = np.random.default_rng(1).normal(size=(2, 3, 6))
    gram = {"laplacian": laplacian_kernel, "gaussian": rbf_kernel}[kernel]
    gamma = {"laplacian": 1 / 20, "gaussian": 1 / 40}[kernel]
    for values, a, b in zip(chapter.sampled_mmd(x, y, kernel), x[..., None], y[..., None], strict=True):
        square = gram(a, a, gamma).mean() + gram(b, b, gamma).mean() - 2 * gram(a, b, gamma).mean()
        assert values == pytest.approx(np.sqrt(square), abs=1e-9)


@pytest.mark.parametrize("kernel", ["laplacian", "gaussian"])
def test_expected_mmd_is_the_mean_over_samples(kernel):
    rng = np.random.default_rng(2)
    modes = rng.choice([-2.0, 2.0], size=(20_000, 4))
    squares = chapter.sampled_mmd(rng.normal(1, 0.2, (20_000, 4)), rng.normal(modes, 0.2), kernel) ** 2
    expected = chapter.expected_mmd2(chapter.narrow(1.0), chapter.TWO_MODES, 4, kernel)
    assert abs(squares.mean() - expected) < 4 * stats.sem(squares)


def test_relative_mmd_of_a_policy_to_itself_is_one():
    assert chapter.relative_mmd(chapter.ONE_MODE, chapter.ONE_MODE, 5, "laplacian") == pytest.approx(1)


def test_kl_of_mixtures_agrees_with_the_closed_form_for_gaussians():
    p, q = np.array([[1.0, 1.0, 0.2]]), chapter.ONE_MODE
    closed = np.log(1 / 0.2) + (0.2**2 + 1) / 2 - 0.5
    assert chapter.kl_mixtures(p, q) == pytest.approx(closed, abs=1e-6)


def test_the_solutions_say_what_their_code_gives():
    text = (PAPERS / "bear.md").read_text(encoding="utf-8").split("## Try it")[1]
    widths = np.linspace(0.01, 1.5, 150)
    shares, narrowest = {}, {}
    for n in (2, 5, 100):
        values = [chapter.expected_mmd2(np.array([[1.0, 0.0, sd]]), chapter.ONE_MODE, n, "gaussian") for sd in widths]
        narrowest[n] = widths[np.argmin(values)]
        shares[n] = min(values) / chapter.expected_mmd2(chapter.ONE_MODE, chapter.ONE_MODE, n, "gaussian")
    assert narrowest[2] == narrowest[5] == widths[0]
    assert f"{shares[2]:.2f} and {shares[5]:.2f} times" in text
    assert f"the minimum is at {narrowest[100]:.2f}" in text
