"""BCQ: the chapter's values against policies tried one by one, its mixtures against quadrature and draws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import integrate, stats

from tests.chapters import definitions

chapter = definitions("bcq")


def roll_out(policy, p, rewards, s, a, steps=400):
    """Discounted sum of rewards of a deterministic problem, one step at a time."""
    total = 0.0
    for k in range(steps):
        total += 0.9**k * rewards[s, a]
        if not p[s, a].any():
            break
        s = p[s, a].argmax()
        a = policy[s]
    return total


def problem(seed, n_states=4, n_actions=2):
    return chapter.deterministic(n_states, n_actions, np.random.default_rng(seed))


def test_deterministic_leads_to_one_state_each():
    p, rewards = problem(0, 5, 3)
    assert p.shape == (5, 3, 5) and rewards.shape == (5, 3)
    np.testing.assert_array_equal(np.sort(p, axis=2), np.broadcast_to([0, 0, 0, 0, 1], p.shape))
    assert len(np.unique(rewards)) == 15


def test_batch_mdp_counts_by_hand():
    counts = np.array([[[3, 1], [0, 0]], [[0, 2], [0, 0]]])
    p, rewards = chapter.batch_mdp(counts, np.array([[1.0, 2], [3, 4]]), np.full((2, 2), 9.0))
    np.testing.assert_array_equal(p, [[[0.75, 0.25], [0, 0]], [[0, 1], [0, 0]]])
    np.testing.assert_array_equal(rewards, [[1, 9], [3, 9]])


def test_values_of_are_those_of_roll_outs():
    p, rewards = problem(1)
    policy = np.array([1, 0, 0, 1])
    expected = [[roll_out(policy, p, rewards, s, a) for a in range(2)] for s in range(4)]
    np.testing.assert_allclose(chapter.values_of(policy, p, rewards), expected)


def test_best_values_are_those_of_the_best_of_all_allowed_policies():
    p, rewards = problem(2)
    allowed = np.array([[1, 1], [1, 0], [0, 1], [1, 1]], bool)
    tried = [policy for policy in product(range(2), repeat=4) if allowed[range(4), policy].all()]
    expected = np.max([[[roll_out(t, p, rewards, s, a) for a in (0, 1)] for s in range(4)] for t in tried], axis=0)
    np.testing.assert_allclose(chapter.best_values(p, rewards, allowed), expected)


def test_a_state_without_allowed_actions_is_worth_nothing():
    p = np.zeros((2, 1, 2))
    p[0, 0, 1] = p[1, 0, 1] = 1
    got = chapter.best_values(p, np.array([[-3.0], [-5.0]]), np.array([[True], [False]]))
    assert got[0, 0] == -3


def test_grid_moves_by_one_stops_at_walls_and_pays_at_the_goal():
    p, rewards = chapter.grid()
    for s, a in product(range(24), range(4)):
        row, column = divmod(s, 5)
        row, column = [(max(row - 1, 0), column), (min(row + 1, 4), column),
                       (row, max(column - 1, 0)), (row, min(column + 1, 4))][a]  # fmt: skip
        assert p[s, a].tolist() == np.eye(25)[5 * row + column].tolist()
        assert rewards[s, a] == (row == column == 4)
    assert not p[24].any() and not rewards[24].any()


def test_drives_are_chains_to_the_goal_by_the_driver_s_habits():
    p, _ = chapter.grid()
    counts = chapter.drive(p, 200, np.random.default_rng(0))
    arrived, left = counts.sum(axis=(0, 1)), counts.sum(axis=(1, 2))
    arrived[0] += 200
    arrived[24] -= 200
    np.testing.assert_array_equal(arrived, left)
    assert not counts[p == 0].any()
    np.testing.assert_allclose(counts.sum(axis=(0, 2)) / counts.sum(), [0.1, 0.4, 0.1, 0.4], atol=0.03)


def test_believed_and_earned_on_a_straight_log():
    p, rewards = chapter.grid()
    counts, s = np.zeros(p.shape), 0
    for a in [3, 3, 3, 3, 1, 1, 1, 1]:
        counts[s, a] += p[s, a]
        s = p[s, a].argmax()
    for initial, constrained in [(5.0, True), (0.0, False), (0.2, False)]:
        assert chapter.believed_and_earned(counts, p, rewards, initial, constrained) == pytest.approx([0.9**7] * 2)
    assert chapter.believed_and_earned(counts, p, rewards, 1.0, False) == pytest.approx([1.0, 0.0])


@pytest.mark.parametrize("weight", [0.5, 0.75, 1.0])
def test_mixtures_are_those_of_draws_and_of_closed_forms(weight):
    pair = np.random.default_rng(1).normal(size=(200_000, 2))
    mixture = weight * pair.min(axis=1) + (1 - weight) * pair.max(axis=1)
    x = np.array([-1.0, 0.0, 0.7])
    np.testing.assert_allclose(chapter.below(x, weight), [np.mean(mixture < v) for v in x], atol=0.005)
    assert chapter.overestimate(weight, 1) == pytest.approx(-(2 * weight - 1) / np.sqrt(np.pi), abs=2e-4)
    assert chapter.overestimate(weight, 5) == pytest.approx(mixture.reshape(-1, 5).max(axis=1).mean(), abs=0.02)
    alone = np.arctan2(1, 2 * weight - 1) / np.pi
    assert chapter.trusted(weight, 1) == pytest.approx(alone, abs=1e-4)
    assert chapter.trusted(weight, 3) == pytest.approx(1 - (1 - alone) ** 3, abs=3e-4)


def test_worth_is_the_action_up_to_the_edge_and_falls_beyond():
    np.testing.assert_allclose(chapter.worth(np.array([-1.0, 0.3, 0.6, 0.7, 1.0])), [-1, 0.3, 0.6, 0.2, -1])


@pytest.mark.parametrize(("n", "reach"), [(1, 0.0), (7, 0.1), (60, 0.05)])
def test_chosen_and_earned_are_those_of_order_statistics(n, reach):
    density = stats.norm(0, 0.3)

    def mean(value):
        return integrate.quad(
            lambda a: value(np.clip(a + reach, -1, 1)) * n * density.pdf(a) * density.cdf(a) ** (n - 1),
            -2, 2, points=[0.6 - reach], limit=200,
        )[0]  # fmt: skip

    a, chance = chapter.chosen(n, reach)
    assert chance.sum() == pytest.approx(1)
    assert chance @ a == pytest.approx(mean(float), abs=1e-4)
    assert chapter.earned(n, reach) == pytest.approx(mean(lambda a: a if a < 0.6 else 0.6 - 4 * (a - 0.6)), abs=1e-3)


def test_at_the_end_is_the_chance_that_some_draw_is_moved_there():
    expected = 1 - stats.norm.cdf(0.8 / 0.3) ** 10
    assert chapter.at_the_end(10, 0.2) == pytest.approx(expected, rel=0.02)


def test_replay_of_a_chain_learns_its_discounted_reward_and_keeps_what_it_never_sees():
    log, rewards, initial = [(0, 0, 1), (1, 1, 2)], np.array([[0.0, 0], [0, 1], [0, 0]]), np.full((3, 2), 7.0)
    q = chapter.replay(log, rewards, initial, True, np.random.default_rng(0), steps=4000)
    np.testing.assert_allclose(q, [[0.9, 7], [7, 1], [7, 7]], atol=1e-6)
    q = chapter.replay(log, rewards, initial, False, np.random.default_rng(0), steps=4000)
    np.testing.assert_allclose(q, [[0.9 * 7.3, 7], [7, 7.3], [7, 7]], atol=1e-6)
    assert (initial == 7).all()


def test_random_logs_have_each_pair_n_times_with_the_right_chances():
    p = np.array([[[0.2, 0.8], [1.0, 0.0]], [[0.5, 0.5], [0.0, 1.0]]])
    logged = np.array([[1, 1], [0, 1]], bool)
    log = chapter.random_log(p, logged, 2000, np.random.default_rng(2))
    counts = np.zeros((2, 2, 2))
    for transition in log:
        counts[transition] += 1
    np.testing.assert_array_equal(counts.sum(axis=2), 2000 * logged)
    np.testing.assert_allclose(counts[logged] / 2000, p[logged], atol=0.03)


RING = np.eye(3)[np.array([[1, 0], [2, 0], [2, 0]])]  # 0 -> 1 -> 2 -> 2, or back to 0


def test_met_and_constrained_follow_the_policy_from_the_first_state():
    assert chapter.met(np.array([1, 0, 0]), RING).tolist() == [True, False, False]
    assert chapter.met(np.array([0, 1, 0]), RING).tolist() == [True, True, False]
    logged = np.array([[1, 0], [0, 1], [0, 0]], bool)
    assert chapter.constrained_by(np.array([0, 1, 0]), RING, logged)
    assert not chapter.constrained_by(np.array([0, 0, 0]), RING, logged)


def test_error_is_that_of_roll_outs_where_the_policy_comes():
    p, rewards = RING, np.array([[1.0, 2], [3, 4], [5, 6]])
    logged = np.array([[1, 1], [0, 1], [0, 0]], bool)
    model = chapter.batch_mdp(p * logged[..., None], rewards, np.full((3, 2), 0.5))
    assert chapter.error_of(np.array([1, 0, 0]), p, rewards, model) == pytest.approx(0, abs=1e-12)
    policy = np.array([0, 0, 1])
    expected = max(roll_out(policy, p, rewards, s, policy[s])
                   - roll_out(policy, *model, s, policy[s]) for s in range(3))  # fmt: skip
    assert chapter.error_of(policy, p, rewards, model) == pytest.approx(expected)


def test_best_and_found_by_hand():
    rewards = np.array([[0.0, 1], [0, 0], [3, 0]])
    assert chapter.best_and_found(RING, rewards, np.ones((3, 2), bool)) == pytest.approx([0.81 * 30] * 2)
    logged = np.array([[1, 0], [1, 0], [0, 0]], bool)
    assert chapter.best_and_found(RING, rewards, logged) is None
    logged = np.array([[1, 1], [0, 0], [0, 0]], bool)  # left, it stays; right is a dead end that seems to pay 20
    rewards[0, 0] = 20.0
    best, found = chapter.best_and_found(RING, rewards, logged)
    assert best == pytest.approx(10) and found == pytest.approx(20 + 0.81 * 30)


def test_over_counts_are_sums_over_all_outcomes():
    expected = sum(
        0.3 ** sum(tries) * 0.7 ** (4 - sum(tries)) * (sum(tries) / 4) ** 2 for tries in product((0, 1), repeat=4)
    )
    assert chapter.over_counts(np.square, 4, 0.3) == pytest.approx(expected)
