"""Oracle tests of the chapter on neural architecture search with reinforcement learning."""

from itertools import product

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats
from sklearn.neural_network import MLPClassifier

from tests.chapters import definitions

chapter = definitions("nas-rl")
few = settings(max_examples=10, deadline=None)


def controller(seed=0, sizes=chapter.SIZES, n_copies=1, scale=10):
    """A controller with weights far from zero, so that its choices depend on each other."""
    theta = chapter.new_controller(sizes, n_copies, np.random.default_rng(seed))
    return {name: scale * part for name, part in theta.items()}


def log_probability_by_hand(theta, sizes, description):
    """One controller, one description, one vector at a time."""
    w = {name: part[0] for name, part in theta.items()}
    h, d, first, total = np.zeros(len(w["w_hid"])), np.zeros(sum(sizes)), 0, 0.0
    for size, action in zip(sizes, description, strict=True):
        h = np.tanh(w["w_in"].T @ d + w["w_hid"].T @ h + w["b_hid"][0])
        logits = [w["w_out"][:, first + i] @ h + w["b_out"][0, first + i] for i in range(size)]
        total += special.log_softmax(logits)[action]
        d = np.zeros(sum(sizes))
        d[first + action] = 1
        first += size
    return total


@few
@given(st.lists(st.integers(2, 4), min_size=1, max_size=5), st.integers(0, 99), st.data())
def test_log_probability_agrees_with_a_loop_over_single_vectors(sizes, seed, data):
    theta = controller(seed, sizes)
    description = [data.draw(st.integers(0, size - 1)) for size in sizes]
    ours = chapter.log_probability(theta, sizes, np.array([[description]]))
    assert ours[0, 0] == pytest.approx(log_probability_by_hand(theta, sizes, description))


def test_copies_of_the_controller_do_not_mix():
    theta = controller(3, n_copies=3)
    actions = np.random.default_rng(0).integers(0, 3, size=(3, 5, 4))
    together = chapter.log_probability(theta, chapter.SIZES, actions)
    for i in range(3):
        alone = {name: part[i : i + 1] for name, part in theta.items()}
        np.testing.assert_allclose(
            together[i], chapter.log_probability(alone, chapter.SIZES, actions[i : i + 1])[0], atol=1e-12
        )


def test_probabilities_of_all_descriptions_sum_to_one():
    p, _ = chapter.enumerate_policy(controller())
    assert p.size == 3 * 4 * 3 * 3
    assert p.sum() == pytest.approx(1)
    assert p.max() > 2 * p.min()


def test_draws_follow_the_enumerated_probabilities():
    sizes = (2, 3, 2)
    theta = controller(1, sizes, scale=5)
    every = np.array(list(product(*map(range, sizes))))
    p = np.exp(chapter.log_probability(theta, sizes, every[None])[0])
    draws = chapter.sample(theta, sizes, 20_000, np.random.default_rng(2))[0]
    counts = np.bincount(np.ravel_multi_index(draws.T, sizes), minlength=len(p))
    assert stats.chisquare(counts, 20_000 * p).pvalue > 1e-3


def unflat(vector, like):
    parts, start = {}, 0
    for name, part in like.items():
        parts[name] = vector[start : start + part.size].reshape(part.shape)
        start += part.size
    return parts


def test_gradients_of_log_probabilities_agree_with_finite_differences():
    theta = controller(2, scale=5)
    vector = chapter.flat(theta)[0]
    _, g = chapter.enumerate_policy(theta)
    for index in (0, 41, 107):
        description = chapter.ALL[index]
        numeric = optimize.approx_fprime(
            vector, lambda u, a=description: log_probability_by_hand(unflat(u, theta), chapter.SIZES, a), 1e-7
        )
        np.testing.assert_allclose(g[index], numeric, atol=2e-6)


def test_policy_gradient_agrees_with_finite_differences_of_the_expected_reward():
    theta = controller(4, scale=5)
    reward = np.random.default_rng(5).random(108)
    p, g = chapter.enumerate_policy(theta)
    gradient = chapter.exact_gradient(p, g, reward)
    vector = chapter.flat(theta)[0]
    for direction in np.random.default_rng(6).normal(size=(3, vector.size)):
        up, down = (chapter.expected_reward(unflat(vector + h * direction, theta), reward) for h in (1e-5, -1e-5))
        assert gradient @ direction == pytest.approx((up - down) / 2e-5, abs=1e-7)


@few
@given(st.floats(-3, 3), st.integers(0, 99))
def test_no_constant_baseline_shifts_the_gradient(baseline, seed):
    p, g = chapter.enumerate_policy(controller(seed, scale=5))
    reward = np.random.default_rng(seed).random(108)
    np.testing.assert_allclose(
        chapter.exact_gradient(p, g, reward, baseline), chapter.exact_gradient(p, g, reward), atol=1e-10
    )


@pytest.mark.parametrize("baseline", [0.0, 0.4, 1.0])
def test_variance_is_that_of_many_weighted_draws(baseline):
    p, g = chapter.enumerate_policy(controller(7, scale=3))
    reward = np.random.default_rng(8).random(108)
    terms = (reward - baseline)[:, None] * g
    covariance = np.cov(terms.T, aweights=p, ddof=0)
    assert chapter.exact_variance(p, g, reward, baseline) == pytest.approx(np.trace(covariance))


def test_best_baseline_is_found_by_a_line_search():
    p, g = chapter.enumerate_policy(controller(9, scale=3))
    reward = np.random.default_rng(10).random(108)
    found = optimize.minimize_scalar(lambda b: chapter.exact_variance(p, g, reward, b)).x
    assert chapter.best_baseline(p, g, reward) == pytest.approx(found, abs=1e-6)


def test_batch_mean_as_baseline_shortens_the_gradient_by_one_over_m():
    """The first exercise, for m = 2, by enumerating all pairs of descriptions."""
    p, g = chapter.enumerate_policy(controller(11, scale=3))
    reward = np.random.default_rng(12).random(108)
    mean = np.zeros(g.shape[1])
    for i, j in product(range(108), repeat=2):
        b = (reward[i] + reward[j]) / 2
        mean += p[i] * p[j] * ((reward[i] - b) * g[i] + (reward[j] - b) * g[j]) / 2
    np.testing.assert_allclose(mean, chapter.exact_gradient(p, g, reward) / 2, atol=1e-12)


def test_one_step_of_search_is_reinforce_by_hand():
    table = np.random.default_rng(13).random((2, 3))
    theta, history = chapter.search(table, np.random.default_rng(14), n_steps=1, n_copies=2, n_samples=3, eta=0.5)
    rng = np.random.default_rng(14)
    start = chapter.new_controller(table.shape, 2, rng)
    actions = chapter.sample(start, table.shape, 3, rng)
    assert history.shape == (2, 1, 3)
    for copy in range(2):
        alone = {name: part[copy : copy + 1] for name, part in start.items()}
        rewards = [table[tuple(a)] for a in actions[copy]]
        np.testing.assert_array_equal(history[copy, 0], rewards)

        def objective(u, alone=alone, rewards=rewards, drawn=actions[copy]):
            scores = [log_probability_by_hand(unflat(u, alone), table.shape, a) for a in drawn]
            return np.dot(rewards, scores) / 3

        vector = chapter.flat(alone)[0]
        expected = vector + 0.5 * optimize.approx_fprime(vector, objective, 1e-7)
        np.testing.assert_allclose(chapter.flat(theta)[copy], expected, atol=1e-6)


def test_baseline_starts_at_zero_and_follows_the_rewards():
    """With one constant reward and keep = 0 the second step already has nothing left to learn."""
    table = np.full((3, 2), 0.8)
    after = [chapter.search(table, np.random.default_rng(15), n_steps=n, n_copies=2, keep=0.0)[0] for n in (1, 2)]
    np.testing.assert_allclose(chapter.flat(after[0]), chapter.flat(after[1]), atol=1e-12)


def test_search_finds_the_one_good_description():
    table = np.zeros((3, 3))
    table[2, 1] = 1
    _, history = chapter.search(table, np.random.default_rng(16), n_copies=4)
    assert history[:, -5:].mean() > 0.9


@few
@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.integers(1, 4))
def test_expected_best_agrees_with_enumeration_of_all_draws(rewards, n_draws):
    oracle = np.mean([max(draw) for draw in product(rewards, repeat=n_draws)])
    assert chapter.expected_best(np.array(rewards), n_draws) == pytest.approx(oracle, abs=1e-12)


def test_expected_best_of_a_table_ignores_its_shape():
    table = np.random.default_rng(17).random((3, 4))
    assert chapter.expected_best(table, 7) == pytest.approx(chapter.expected_best(table.ravel(), 7))


def test_chain_scores_agree_with_a_sum_over_each_description():
    rng = np.random.default_rng(18)
    single, paired = rng.normal(size=(4, 3)), rng.normal(size=(3, 3, 3))
    raw = {
        a: sum(single[t, a[t]] for t in range(4)) + sum(paired[t, a[t], a[t + 1]] for t in range(3))
        for a in product(range(3), repeat=4)
    }
    low, high = min(raw.values()), max(raw.values())
    table = chapter.chain_scores(single, paired)
    for a, score in raw.items():
        assert table[a] == pytest.approx((score - low) / (high - low))


@pytest.mark.parametrize("activation", ["tanh", "ReLU", "none"])
@pytest.mark.parametrize("layers", [1, 3])
def test_child_agrees_with_scikit_learn_and_finite_differences(activation, layers):
    rng = np.random.default_rng(19)
    x, y = rng.normal(size=(12, 5)), np.arange(12) % 10
    weights = [rng.normal(size=shape) for shape in zip([5] + [4] * layers, [4] * layers + [10], strict=True)]
    name = {"tanh": "tanh", "ReLU": "relu", "none": "identity"}[activation]
    model = MLPClassifier([4] * layers, activation=name, max_iter=1)
    with pytest.warns(match="."):
        model.fit(x, y)
    model.coefs_ = weights
    model.intercepts_ = [np.zeros(w.shape[1]) for w in weights]
    logits = chapter.forward(weights, activation, x)[-1]
    np.testing.assert_allclose(special.softmax(logits, axis=1), model.predict_proba(x), atol=1e-12)

    def loss(vector):
        parts = np.split(vector, np.cumsum([w.size for w in weights])[:-1])
        shaped = [part.reshape(w.shape) for part, w in zip(parts, weights, strict=True)]
        log_p = special.log_softmax(chapter.forward(shaped, activation, x)[-1], axis=1)
        return -log_p[np.arange(12), y].mean()

    vector = np.concatenate([w.ravel() for w in weights])
    numeric = optimize.approx_fprime(vector, loss, 1e-7)
    ours = np.concatenate([g.ravel() for g in chapter.child_gradients(weights, activation, x, y)])
    np.testing.assert_allclose(ours, numeric, atol=1e-5)


def test_digits_are_split_without_overlap_and_scaled_by_the_training_part():
    (x, y), (x_validation, y_validation) = chapter.digits(np.random.default_rng(20))
    assert (len(x), len(y), len(x_validation), len(y_validation)) == (600, 600, 500, 500)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    rows = {row.tobytes() for row in np.round(x, 9)}
    assert sum(row.tobytes() in rows for row in np.round(x_validation, 9)) == 0


def test_a_good_child_learns_and_an_idle_one_does_not():
    train, validation = chapter.digits(np.random.default_rng(21))
    good, idle = (
        chapter.train_child((1, 16, "tanh", rate), train, validation, np.random.default_rng(22), n_epochs=2)
        for rate in (0.3, 0.0)
    )
    assert good[-1] > 0.8
    assert idle[0] == idle[1] < 0.4


@pytest.mark.parametrize("base", [1, 2])
def test_cell_descriptions_agree_with_listing_them(base):
    nodes = list(range(2 * base - 1))
    label = list(product(["add", "multiply"], ["tanh", "ReLU"]))
    listed = product(*[label for _ in nodes], label, nodes, nodes)
    assert chapter.cell_descriptions(base, n_activations=2) == sum(1 for _ in listed)


def test_layer_cap_agrees_with_a_search_that_counts():
    cap, caps = 6, []
    for n in range(chapter.N_CHILDREN):
        if n and n % 1600 == 0:
            cap += 2
        caps.append(cap)
    np.testing.assert_array_equal(chapter.layer_cap(np.arange(chapter.N_CHILDREN)), caps)


def test_one_step_of_the_controller_is_tanh_and_softmax_by_hand():
    theta = controller(20, n_copies=2)
    rng = np.random.default_rng(21)
    hidden, previous = rng.normal(size=(2, 3, 16)), np.eye(13)[rng.integers(13, size=(2, 3))]
    after, log_p = chapter.step(theta, hidden, previous, slice(3, 7))
    for copy, sample in product(range(2), range(3)):
        w = {name: part[copy] for name, part in theta.items()}
        h = np.tanh(previous[copy, sample] @ w["w_in"] + hidden[copy, sample] @ w["w_hid"] + w["b_hid"][0])
        np.testing.assert_allclose(after[copy, sample], h)
        logits = (h @ w["w_out"] + w["b_out"][0])[3:7]
        np.testing.assert_allclose(log_p[copy, sample], special.log_softmax(logits), atol=1e-12)


def test_writing_asks_for_each_choice_and_scores_what_was_chosen():
    sizes, asked = (2, 4, 3), []

    def choose(t, log_p):
        asked.append((t, log_p.shape))
        np.testing.assert_allclose(np.exp(log_p).sum(axis=-1), 1)
        return log_p.argmin(axis=-1)  # the least probable

    theta = controller(22, sizes, n_copies=2)
    actions, total = chapter.write(theta, sizes, 3, choose)
    assert asked == [(0, (2, 3, 2)), (1, (2, 3, 4)), (2, (2, 3, 3))]
    assert actions.shape == (2, 3, 3)
    for copy in range(2):
        alone = {name: part[copy : copy + 1] for name, part in theta.items()}
        for sample in range(3):
            assert total[copy, sample] == pytest.approx(log_probability_by_hand(alone, sizes, actions[copy, sample]))


def test_policies_are_those_of_the_copies_in_order():
    theta = controller(23, n_copies=3, scale=5)
    pairs = chapter.policies(theta)
    assert len(pairs) == 3
    expected = np.exp(chapter.log_probability(theta, chapter.SIZES, np.repeat(chapter.ALL[None], 3, axis=0)))
    np.testing.assert_allclose([p for p, _ in pairs], expected)
    assert pairs[0][1].shape == (108, chapter.flat(theta).shape[1])


def test_the_cut_of_the_noise_is_that_of_weighted_covariances():
    p, g = chapter.enumerate_policy(controller(24, scale=3))
    reward = 2 + np.random.default_rng(25).random(108)
    with_mean, without = (
        np.trace(np.cov(((reward - b) * g.T), aweights=p, ddof=0)) for b in (np.average(reward, weights=p), 0)
    )
    assert chapter.noise_cut(p, g, reward) == pytest.approx(without / with_mean)
    assert chapter.noise_cut(p, g, reward) > 10


def test_the_spread_of_tanh_is_found_by_listing_the_beginnings():
    p = np.random.default_rng(26).dirichlet(np.ones(108))
    shares = []
    for layers, width in product(range(3), range(4)):
        beginning = [i for i, a in enumerate(chapter.ALL) if (a[0], a[1]) == (layers, width)]
        shares.append(sum(p[i] for i in beginning if chapter.ALL[i][2] == 0) / sum(p[i] for i in beginning))
    assert chapter.spread_of_tanh(p) == pytest.approx(max(shares) - min(shares))


def test_the_best_found_is_averaged_over_searches():
    history = np.random.default_rng(27).random((3, 4, 5))
    assert chapter.best_found(history) == pytest.approx(sum(max(one.ravel()) for one in history) / 3)


def test_a_search_of_no_steps_gives_new_controllers():
    theta, history = chapter.search(np.ones((3, 2)), np.random.default_rng(28), n_steps=0, n_copies=2)
    assert history.shape == (2, 0, 8)
    fresh = chapter.new_controller((3, 2), 2, np.random.default_rng(28))
    np.testing.assert_array_equal(chapter.flat(theta), chapter.flat(fresh))


def test_the_moving_average_is_subtracted_before_it_moves():
    """Two steps by hand; the rewards of the first are what the baseline of the second knows."""
    table = np.random.default_rng(29).random((2, 3))
    theta, history = chapter.search(table, np.random.default_rng(30), n_steps=2, n_copies=1, n_samples=4, keep=0.6)
    rng = np.random.default_rng(30)
    ours, baseline = chapter.new_controller(table.shape, 1, rng), 0.0
    for step in range(2):
        actions = chapter.sample(ours, table.shape, 4, rng)[0]
        rewards = np.array([table[tuple(a)] for a in actions])
        np.testing.assert_array_equal(history[0, step], rewards)

        def objective(u, ours=ours, actions=actions, weights=(rewards - baseline) / 4):
            scores = [log_probability_by_hand(unflat(u, ours), table.shape, a) for a in actions]
            return np.dot(weights, scores)

        vector = chapter.flat(ours)[0]
        ours = unflat(vector + optimize.approx_fprime(vector, objective, 1e-7), ours)
        ours = {name: part.reshape(1, *part.shape[-2:]) for name, part in ours.items()}
        baseline = 0.6 * baseline + 0.4 * rewards.mean()
    np.testing.assert_allclose(chapter.flat(theta), chapter.flat(ours), atol=1e-6)


def test_a_child_is_trained_by_steps_down_autograds_gradient():
    train, validation = chapter.digits(np.random.default_rng(31), n_train=60, n_validation=40)
    found = chapter.train_child((2, 5, "tanh", 0.3), train, validation, np.random.default_rng(32), n_epochs=3, batch=20)
    rng, (x, y) = np.random.default_rng(32), train
    weights = [rng.normal(size=shape) / np.sqrt(shape[0]) for shape in ((64, 5), (5, 5), (5, 10))]

    def scores(weights, x):
        for w in weights[:-1]:
            x = anp.tanh(x @ w)
        return x @ weights[-1]

    def loss(weights, x, y):
        logits = scores(weights, x)
        return anp.mean(anp.log(anp.sum(anp.exp(logits), axis=1)) - logits[np.arange(len(y)), y])

    accuracies = []
    for _ in range(3):
        order = rng.permutation(60)
        for start in (0, 20, 40):
            rows = order[start : start + 20]
            weights = [w - 0.3 * g for w, g in zip(weights, grad(loss)(weights, x[rows], y[rows]), strict=True)]
        accuracies.append(np.mean(scores(weights, validation[0]).argmax(axis=1) == validation[1]))
    np.testing.assert_allclose(found, accuracies)
    assert accuracies[0] < accuracies[-1]


@pytest.mark.parametrize("n_hidden", [4, 16])
def test_new_controllers_are_uniform_and_of_the_shapes_that_are_told(n_hidden):
    theta = chapter.new_controller((3, 2), 50, np.random.default_rng(33), n_hidden)
    q = n_hidden
    assert {name: part.shape[1:] for name, part in theta.items()} == {
        "w_in": (5, q), "w_hid": (q, q), "b_hid": (1, q), "w_out": (q, 5), "b_out": (1, 5)
    }  # fmt: skip
    assert stats.kstest(chapter.flat(theta).ravel(), stats.uniform(-0.08, 0.16).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("name", "by_hand"), [("tanh", np.tanh), ("ReLU", lambda z: z * (z > 0)), ("none", np.copy)])
def test_slopes_of_activations_agree_with_finite_differences(name, by_hand):
    z = np.array([-1.3, -0.2, 0.4, 2.0])
    np.testing.assert_allclose(chapter.activate(name, z), by_hand(z))
    numeric = (chapter.activate(name, z + 1e-6) - chapter.activate(name, z - 1e-6)) / 2e-6
    np.testing.assert_allclose(chapter.slope(name, chapter.activate(name, z)), numeric, atol=1e-8)
    assert chapter.slope("ReLU", np.zeros(1)) == 0
