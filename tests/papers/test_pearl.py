"""Oracle tests of the chapter on PEARL."""

import numpy as np
import pytest
from autograd import value_and_grad
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats
from sklearn.linear_model import Ridge

from tests.chapters import definitions

chapter = definitions("pearl")
few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 10_000)


def factors(seed, n=4, d=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.uniform(0.2, 3, size=(n, d))


@few
@given(seeds)
def test_product_has_the_shape_of_the_product_of_scipys_densities(seed):
    means, variances = factors(seed, d=1)
    z = np.linspace(-3, 3, 7)
    product = sum(stats.norm.logpdf(z, m, np.sqrt(v)) for m, v in zip(means, variances, strict=True))
    mean, variance = chapter.product_of_gaussians(means, variances)
    difference = product - stats.norm.logpdf(z, mean, np.sqrt(variance))
    np.testing.assert_allclose(difference, difference[0], atol=1e-8)


@few
@given(seeds)
def test_product_is_the_conditioning_of_a_gaussian_process_on_repeated_noisy_measurements(seed):
    means, variances = factors(seed, n=5, d=1)
    prior = 1.7
    with_prior = chapter.product_of_gaussians(np.vstack([means, [[0]]]), np.vstack([variances, [[prior]]]))
    gram = prior * np.ones((5, 5)) + np.diag(variances[:, 0])
    weights = np.linalg.solve(gram, prior * np.ones(5))
    assert with_prior[0][0] == pytest.approx(weights @ means[:, 0])
    assert with_prior[1][0] == pytest.approx(prior - prior * weights.sum())


@few
@given(seeds)
def test_each_transition_narrows_the_belief(seed):
    means, variances = factors(seed, n=6)
    widths = [chapter.product_of_gaussians(means[:n], variances[:n])[1] for n in range(1, 7)]
    assert (np.diff(widths, axis=0) < 0).all()


def test_density_agrees_with_scipy():
    z = np.linspace(-4, 4, 9)
    np.testing.assert_allclose(chapter.density(z, 0.3, 1.8), stats.norm.pdf(z, 0.3, np.sqrt(1.8)))


@few
@given(st.floats(-3, 3), st.floats(0.1, 5))
def test_kl_agrees_with_quadrature(mean, variance):
    q, p = stats.norm(mean, np.sqrt(variance)), stats.norm()
    width = 10 * np.sqrt(variance)
    oracle = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), mean - width, mean + width)[0]
    assert chapter.kl_to_prior(np.array([mean]), np.array([variance])) == pytest.approx(oracle, abs=1e-7)


def test_kl_adds_up_over_latents_as_the_general_formula_says():
    mean, variance = np.array([[0.5, -1.0, 2.0], [0.0, 0.0, 0.0]]), np.array([[0.3, 2.0, 1.0], [1.0, 1.0, 1.0]])
    general = [
        (np.trace(np.diag(v)) + m @ m - 3 - np.linalg.slogdet(np.diag(v))[1]) / 2
        for m, v in zip(mean, variance, strict=True)
    ]
    np.testing.assert_allclose(chapter.kl_to_prior(mean, variance), general, atol=1e-12)


def test_each_task_of_the_bandit_comes_twice_with_opposite_noise():
    worth, paid, noise = chapter.bandit_world(4000, np.random.default_rng(14))
    assert worth.shape == noise.shape == (8000, 1) and paid.shape == (2, 8000, 1)
    assert abs(noise[:, 0] @ worth[:, 0]) < 1e-9 and abs(noise[:, 0] @ paid[1, :, 0]) < 1e-9
    assert stats.kstest((paid - worth)[:, :4000].ravel(), "norm").pvalue > 1e-3
    assert stats.kstest(worth[:4000, 0], "norm").pvalue > 1e-3


def test_bandit_gradient_agrees_with_finite_differences():
    world, params = chapter.bandit_world(50, np.random.default_rng(0)), np.array([0.4, -0.2, 0.7])
    _, gradient = value_and_grad(chapter.bandit_loss)(params, 0.3, world)
    numeric = optimize.approx_fprime(params, chapter.bandit_loss, 1e-7, 0.3, world)
    np.testing.assert_allclose(gradient, numeric, atol=1e-5)


def expected_bandit_loss(params, price):
    """Moments written out: no sample, no product of Gaussians."""
    gain, log_variance, weight = params
    n, variance = chapter.N_PAID, np.exp(log_variance)
    spread = gain**2 * (1 + 1 / n)
    critic = weight**2 * (spread + variance) - 2 * weight * gain + 1
    return critic + price * (spread + variance - 1 - log_variance) / 2


@pytest.mark.parametrize("price", [0.02, 0.3, 1.0, 1.2, 2.0])
def test_optimum_of_the_bandit_agrees_with_minimising_the_expected_loss(price):
    result = optimize.minimize(expected_bandit_loss, [0.5, 0.0, 0.5], (price,), method="Nelder-Mead",
                               options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 5000})  # fmt: skip
    gain, log_variance, weight = result.x
    variance = np.exp(log_variance)
    kl = (gain**2 * (1 + 1 / chapter.N_PAID) + variance - 1 - log_variance) / 2
    np.testing.assert_allclose(chapter.optimum(price), [variance, kl, weight**2 * variance], atol=1e-4)


@pytest.mark.parametrize("price", [0.1, 0.6])
def test_training_arrives_at_the_optimum(price):
    world = chapter.bandit_world(20_000, np.random.default_rng(1))
    np.testing.assert_allclose(chapter.trained_belief(price, world), chapter.optimum(price), atol=0.03)


def test_at_the_optimum_the_information_is_that_of_a_gaussian_channel():
    variance, kl, _ = chapter.optimum(0.2)
    assert kl == pytest.approx(np.log((1 - variance + variance) / variance) / 2)  # mean has variance 1 - variance


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 2, 2.5, np.pi])
def test_walk_agrees_with_stepping_under_the_speed_limit(angle):
    state, states, target = np.zeros(2), [], chapter.on_circle(angle)
    for _ in range(20):
        gap = target - state
        state = state + gap * min(1, 0.1 / max(np.abs(gap).max(), 1e-12))
        states.append(state)
    np.testing.assert_allclose(chapter.walk(angle), states, atol=1e-12)


def reward_by_hand(state, angle):
    distance = np.hypot(state[0] - np.cos(angle), state[1] - np.sin(angle))
    return 1 - distance if distance <= 0.2 + 1e-9 else 0.0


def test_rewards_agree_with_the_definition_in_a_loop():
    states = np.random.default_rng(2).uniform(-1, 1, (200, 2))
    rewards = chapter.sparse_reward(states, chapter.ANGLES)
    for i in range(0, 200, 7):
        for k, angle in enumerate(chapter.ANGLES):
            assert rewards[i, k] == pytest.approx(reward_by_hand(states[i], angle), abs=1e-7)


def test_posterior_samples_are_uniform_over_what_is_possible():
    possible = np.zeros((4000, 100))
    possible[:, [3, 40, 41, 90]] = 1
    angles, counts = np.unique(chapter.sample_belief(possible, np.random.default_rng(3)), return_counts=True)
    np.testing.assert_allclose(angles, chapter.ANGLES[[3, 40, 41, 90]])
    assert stats.chisquare(counts).pvalue > 1e-3


def test_moments_agree_with_numpy_on_the_angles_that_are_left():
    possible = (np.random.default_rng(4).random((5, 100)) < 0.3) * 1.0
    mean, variance = chapter.moments(possible)
    left = [chapter.ANGLES[row > 0] for row in possible]
    np.testing.assert_allclose(mean, [a.mean() for a in left])
    np.testing.assert_allclose(variance, [a.var() for a in left])
    np.testing.assert_allclose(chapter.belief_mean(possible, None), mean)


def test_gaussian_belief_has_the_moments_of_the_belief():
    possible = np.ones((4000, 100))
    draws = chapter.gaussian_belief(possible, np.random.default_rng(5))
    mean, variance = chapter.moments(possible[:1])
    assert stats.kstest(draws, "norm", (mean[0], np.sqrt(variance[0]))).pvalue > 1e-3


def test_prior_only_ignores_the_belief():
    possible = np.zeros((4000, 100))
    draws = chapter.prior_only(possible, np.random.default_rng(6))
    assert stats.chisquare(np.histogram(draws, 10)[0]).pvalue > 1e-3


@settings(max_examples=8, deadline=None)
@example(0, 3)
@example(99, 3)
@given(st.integers(0, 99), seeds)
def test_exploring_agrees_with_a_filter_written_as_loops(goal, seed):
    beliefs = []

    def spy(possible, rng):
        beliefs.append(possible[0].copy())
        return chapter.sample_belief(possible, rng)

    angles, returns = chapter.explore(spy, np.random.default_rng(seed), [goal], 4)
    kept = set(range(100))
    for angle, total, belief in zip(angles[:, 0], returns[:, 0], beliefs, strict=True):
        assert kept == set(np.flatnonzero(belief))
        path = chapter.walk(angle)
        paid = {k: [reward_by_hand(state, chapter.ANGLES[k]) for state in path] for k in kept}
        kept = {k for k in kept if np.allclose(paid[k], paid[goal], atol=1e-6)}
        assert goal in kept
        assert total == pytest.approx(sum(paid[goal]), abs=1e-6)


def test_the_mean_finds_the_goals_of_one_arc_and_never_another():
    _, returns = chapter.explore(chapter.belief_mean, None, np.arange(100), 5)
    reached = np.abs(chapter.ANGLES - np.pi / 2) <= 2 * np.arcsin(0.1)
    np.testing.assert_array_equal(returns > 0, np.tile(reached, (5, 1)))


def test_found_counts_goals_once():
    np.testing.assert_allclose(chapter.found(np.array([[0, 1, 0, 0], [0, 2, 0, 3], [0, 0, 0, 0]])), [0.25, 0.5, 0.5])


def test_random_actions_spread_like_a_random_walk():
    states = chapter.wander(np.random.default_rng(7), 5000, redraw=False)
    squares = np.sum(states[:, -1] ** 2, axis=-1)
    assert abs(squares.mean() - 20 * 2 * 0.1**2 / 3) < 4 * stats.sem(squares)


@pytest.mark.parametrize("redraw", [True, False])
def test_wandering_obeys_the_speed_limit(redraw):
    states = chapter.wander(np.random.default_rng(8), 50, redraw)
    steps = np.diff(states, axis=1, prepend=np.zeros((50, 1, 2)))
    assert np.abs(steps).max() <= 0.1 + 1e-12


def test_returns_of_wandering_agree_with_the_reward_table():
    goals = np.array([5, 50, 95])
    returns = chapter.wander_returns(np.random.default_rng(9), goals, True, 4)
    states = chapter.wander(np.random.default_rng(9), 12, True)
    table = chapter.sparse_reward(states, chapter.ANGLES).sum(axis=1)
    np.testing.assert_allclose(returns, [[table[3 * e + b, g] for b, g in enumerate(goals)] for e in range(4)])


@pytest.mark.parametrize("kind", ["recent", "stale"])
def test_an_older_policy_walks_a_share_of_the_way_and_is_paid_for_where_it_is(kind):
    stride = {"recent": 0.95, "stale": 0.8}[kind]
    states, rewards, goals = chapter.contexts(kind, 300, np.random.default_rng(15))
    now, _, same_goals = chapter.contexts("fresh", 300, np.random.default_rng(15))
    np.testing.assert_array_equal(goals, same_goals)
    np.testing.assert_allclose(states, stride * now)
    np.testing.assert_allclose(rewards[7, 90], -np.hypot(*(states[7, 90] - goals[7])))


def test_exploring_starts_from_the_goals_that_the_prior_marks():
    seen = []

    def spy(possible, rng):
        seen.append(possible.copy())
        return chapter.sample_belief(possible, rng)

    places = np.array([3, 40, 41, 77])
    prior = np.isin(np.arange(100), places) * 1.0
    angles, returns = chapter.explore(spy, np.random.default_rng(16), places, 4, prior)
    assert all((belief <= prior).all() and belief.any(axis=1).all() for belief in seen)
    np.testing.assert_array_equal(seen[0], np.tile(prior, (4, 1)))
    assert np.isin(angles, chapter.ANGLES[places]).all()
    assert (returns[-1] > 0).all(), "of four places each is found in four episodes"


def test_the_belief_of_the_bandit_is_the_scaled_average_with_half_the_variance():
    paid = np.random.default_rng(17).normal(size=(2, 6, 1))
    mean, variance = chapter.bandit_belief(np.array([0.6, np.log(0.8), 5.0]), paid)
    np.testing.assert_allclose(mean, 0.6 * (paid[0] + paid[1]) / 2)
    np.testing.assert_allclose(variance, 0.4)


def test_training_the_bandit_solves_the_equations_of_its_sample():
    """For given gain and variance the best weight is a regression's; the other two are where slopes vanish."""
    world = chapter.bandit_world(400, np.random.default_rng(18))
    params = chapter.train(0.4, world)
    mean, variance = chapter.bandit_belief(params, world[1])
    z = (mean + np.sqrt(variance) * world[2])[:, 0]
    assert params[2] == pytest.approx(np.linalg.lstsq(z[:, None], world[0][:, 0])[0][0], abs=1e-5)
    slopes = optimize.approx_fprime(params, chapter.bandit_loss, 1e-7, 0.4, world)
    np.testing.assert_allclose(slopes, 0, atol=1e-5)


def test_pay_is_one_less_the_distance_within_the_radius():
    np.testing.assert_allclose(chapter.pay(np.array([0, 0.01, 0.04, 0.0441, 1])), [1, 0.9, 0.8, 0, 0])


def test_reach_is_the_farthest_point_of_each_path():
    states = np.random.default_rng(19).normal(size=(5, 7, 2))
    farthest = [max(np.hypot(*point) for point in path) for path in states]
    assert chapter.reach(states) == pytest.approx(np.mean(farthest))


def test_sampling_needs_twelve_episodes_or_more_to_find_every_goal():
    every = np.repeat(np.arange(100), 3)
    _, returns = chapter.explore(chapter.sample_belief, np.random.default_rng(20), every, 20)
    share = chapter.found(returns)
    assert share[10] < 1 and share[-1] == 1


@pytest.mark.parametrize(("kind", "near"), [("old", 1.0), ("fresh", 0.06), ("whole buffer", 0.9)])
def test_contexts_hold_the_share_of_old_episodes_that_they_say(kind, near):
    states, rewards, goals = chapter.contexts(kind, 2000, np.random.default_rng(10))
    last = states.reshape(2000, 5, 20, 2)[:, :, -1]
    close = (np.linalg.norm(last - goals[:, None], axis=-1) < 0.5).all(axis=1)
    assert close.mean() == pytest.approx(near, abs=0.06)
    np.testing.assert_allclose(rewards[3, 7], -np.hypot(*(states[3, 7] - goals[3])))


def test_features_do_not_depend_on_the_order_of_transitions():
    states, rewards, _ = chapter.contexts("fresh", 5, np.random.default_rng(11))
    order = np.random.default_rng(12).permutation(100)
    once = chapter.average_features(states, rewards)
    np.testing.assert_allclose(chapter.average_features(states[:, order], rewards[:, order]), once, atol=1e-12)


def test_encoder_is_the_ridge_regression_of_sklearn():
    rng, again = np.random.default_rng(13), np.random.default_rng(13)
    error = chapter.encoder_error("old", "fresh", rng, n_tasks=300)
    states, rewards, goals = chapter.contexts("old", 300, again)
    model = Ridge(alpha=300 * 1e-3, fit_intercept=False).fit(chapter.average_features(states, rewards), goals)
    states, rewards, goals = chapter.contexts("fresh", 300, again)
    misses = model.predict(chapter.average_features(states, rewards)) - goals
    assert error == pytest.approx(np.sqrt((np.linalg.norm(misses, axis=1) ** 2).mean()), rel=1e-6)


def test_heading_for_the_most_possible_goals_finds_every_goal_in_eight_episodes():
    near = np.abs(chapter.ANGLES[:, None] - chapter.ANGLES) <= 2 * np.arcsin(chapter.RADIUS / 2)
    found = chapter.found(
        chapter.explore(lambda possible, rng: chapter.ANGLES[(possible @ near).argmax(1)], None, np.arange(100), 8)[1]
    )
    np.testing.assert_allclose(found[:8], [0.13, 0.26, 0.39, 0.52, 0.65, 0.78, 0.91, 1])


def test_a_prior_among_the_factors_makes_a_vague_transition_cheap():
    alone = chapter.kl_to_prior(*chapter.product_of_gaussians(np.zeros((1, 1)), np.array([[4.0]])))
    helped = chapter.kl_to_prior(*chapter.product_of_gaussians(np.zeros((2, 1)), np.array([[4.0], [1.0]])))
    assert (alone, helped) == (pytest.approx(0.8069, abs=1e-4), pytest.approx(0.0116, abs=1e-4))
