"""Oracle tests of the chapter on tumor phylogeny."""

from itertools import combinations, permutations, product
from math import factorial, log

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import stats
from scipy.cluster.hierarchy import DisjointSet
from scipy.special import stirling2
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.chapters import definitions

chapter = definitions("tumor-phylogeny")
few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 10_000)
tables = arrays(int, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=st.integers(0, 1))


def supports(a):
    return [frozenset(np.flatnonzero(column)) for column in a.T]


def nested_or_disjoint(s, t):
    return s <= t or t <= s or not s & t


def has_three_gametes(a, p, q):
    return {(1, 0), (0, 1), (1, 1)} <= {(row[p], row[q]) for row in a.tolist()}


@pytest.mark.parametrize(("n", "m", "conflict_free"), [(3, 3, 398), (4, 3, 2116), (3, 4, 2638)])
def test_every_small_table_is_judged_as_python_sets_and_the_tree_judge_it(n, m, conflict_free):
    every = chapter.all_tables(n, m)
    assert len({a.tobytes() for a in every}) == 2 ** (n * m)
    by_sets = [all(nested_or_disjoint(s, t) for s, t in combinations(supports(a), 2)) for a in every]
    assert sum(by_sets) == conflict_free
    np.testing.assert_array_equal(chapter.is_conflict_free(every), by_sets)
    np.testing.assert_array_equal(chapter.is_laminar(every), by_sets)
    np.testing.assert_array_equal([chapter.mutation_tree(a) is not None for a in every], by_sets)


def test_all_four_by_four_tables_are_judged_alike_by_gametes_and_by_bits():
    every = chapter.all_tables(4, 4)
    free = chapter.is_conflict_free(every)
    assert free.sum() == 21196
    np.testing.assert_array_equal(free, chapter.is_laminar(every))


@few
@given(tables)
def test_conflicts_are_the_pairs_with_all_three_gametes(a):
    m = a.shape[1]
    oracle = [[has_three_gametes(a, p, q) for q in range(m)] for p in range(m)]
    np.testing.assert_array_equal(chapter.conflicts(a), oracle)


@few
@given(tables)
def test_pair_counts_agree_with_counting_rows(a):
    for count, pattern in zip(chapter.pair_counts(a), ((1, 0), (0, 1), (1, 1)), strict=True):
        for p, q in product(range(a.shape[1]), repeat=2):
            assert count[p, q] == sum((row[p], row[q]) == pattern for row in a.tolist())


@few
@given(tables, seeds)
def test_verdicts_ignore_the_order_of_rows_and_columns(a, seed):
    b = chapter.shuffle(a[None], np.random.default_rng(seed))[0]
    for verdict in (chapter.is_conflict_free, chapter.is_linear, chapter.disorder):
        assert verdict(a) == verdict(b)
    assert (chapter.mutation_tree(a) is None) == (chapter.mutation_tree(b) is None)


@pytest.mark.parametrize(("n", "m"), [(2, 5), (3, 3), (3, 4), (4, 3)])
def test_linear_tables_are_counted_by_stirling_numbers_and_found_by_search(n, m):
    every = chapter.all_tables(n, m)
    linear = chapter.is_linear(every)
    formula = sum(
        factorial(k) ** 2 * stirling2(n + 1, k + 1, exact=True) * stirling2(m + 1, k + 1, exact=True)
        for k in range(min(n, m) + 1)
    )
    assert linear.sum() == formula
    np.testing.assert_array_equal(linear, chapter.has_staircase(every))
    np.testing.assert_array_equal(
        linear, [all(s <= t or t <= s for s, t in combinations(supports(a), 2)) for a in every]
    )


def test_tables_up_to_order_are_the_orbits():
    representatives, counts = chapter.kinds_up_to_order(3, 3)
    every = chapter.all_tables(3, 3)
    orbits = DisjointSet(a.tobytes() for a in every)
    for a in every:
        for order in permutations(range(3)):
            orbits.merge(a.tobytes(), a[list(order)].tobytes())
            orbits.merge(a.tobytes(), np.ascontiguousarray(a[:, order]).tobytes())
    assert sorted(counts) == sorted(len(orbit) for orbit in orbits.subsets())
    for a, count in zip(representatives, counts, strict=True):
        assert orbits.subset_size(np.ascontiguousarray(a).tobytes()) == count


def genotype(parent, j):
    """Mutations from j up to the root."""
    carried = set()
    while j != len(parent):
        carried.add(j)
        j = parent[j]
    return frozenset(carried)


@few
@given(seeds)
def test_the_tree_gives_back_the_table(seed):
    a = chapter.coalescent(1, 7, 6, np.random.default_rng(seed))[0]
    parent = chapter.mutation_tree(a)
    nodes = {frozenset()} | {genotype(parent, j) for j in range(6)}
    assert {frozenset(np.flatnonzero(row)) for row in a} <= nodes


def test_layout_puts_children_below_and_parents_above_the_middle():
    parent = [5, 0, 0, 2, 5]
    place = chapter.tree_layout(parent)
    assert place[5, 1] == 0
    assert all(place[j, 1] == place[above, 1] + 1 for j, above in enumerate(parent))
    assert place[0, 0] == (place[1, 0] + place[2, 0]) / 2
    assert len({tuple(p) for p in place}) == 6


def test_tumour_without_deaths_and_with_certain_mutation_doubles_each_generation():
    cells = chapter.grow_tumour(8, np.random.default_rng(0), death=0.0, mutation=1.0)
    assert len(cells) == 8
    assert all(len(cell) == 3 for cell in cells)
    assert set().union(*cells) == set(range(2 + 4 + 8))
    assert set(chapter.grow_tumour(30, np.random.default_rng(1), mutation=0.0)) == {()}


@few
@given(seeds)
def test_sequencing_reads_cells_that_exist(seed):
    rng = np.random.default_rng(seed)
    cells = chapter.grow_tumour(15, rng)
    a = chapter.sequence(cells, 6, rng)
    assert a.shape[0] == 6
    assert a.any(axis=0).all()
    sizes = sorted(map(len, cells))
    assert set(a.sum(axis=1)) <= set(sizes)
    assert chapter.is_conflict_free(a)


def test_errors_come_at_their_rates():
    a = np.repeat([0, 1], 40_000)
    noisy = chapter.misread(a, 0.03, 0.2, np.random.default_rng(2))
    assert stats.binomtest(int(noisy[a == 0].sum()), 40_000, 0.03).pvalue > 1e-3
    assert stats.binomtest(int((noisy[a == 1] == 0).sum()), 40_000, 0.2).pvalue > 1e-3


def test_coalescent_of_three_cells_shares_mutations_as_the_integral_says():
    """E[u / (1 + u)] for a uniform u, the share of the upper branch: 1 - log 2."""
    a = chapter.coalescent(40_000, 3, 1, np.random.default_rng(3))
    shared = a.sum(axis=(1, 2)) == 2
    assert set(a.sum(axis=(1, 2))) == {1, 2}
    assert stats.binomtest(int(shared.sum()), 40_000, 1 - log(2)).pvalue > 1e-3


def test_coalescent_treats_cells_alike_and_never_conflicts():
    a = chapter.coalescent(3000, 5, 4, np.random.default_rng(4))
    assert chapter.is_laminar(a).all()
    assert stats.chisquare(a.sum(axis=(0, 2))).pvalue > 1e-3


@few
@given(seeds, st.integers(0, 30))
def test_random_paths_are_nested_and_have_their_number_of_ones(seed, n_ones):
    a = chapter.random_path(6, 5, n_ones, np.random.default_rng(seed))
    assert a.shape == (6, 5)
    assert a.sum() == n_ones
    assert all(s >= t for s, t in combinations(supports(a), 2))


def test_branching_data_are_half_branching_and_have_equally_many_ones():
    a, y = chapter.branching_data(50, 7, 6, np.random.default_rng(5))
    staircase = [all(s <= t or t <= s for s, t in combinations(supports(table), 2)) for table in a]
    np.testing.assert_array_equal(y, staircase)
    np.testing.assert_array_equal(a[:50].sum(axis=(1, 2)), a[50:].sum(axis=(1, 2)))


@few
@given(tables, seeds)
def test_network_input_has_sorted_sums_and_the_same_tree(a, seed):
    x = chapter.network_input(a[None])[0].reshape(a.shape) + 0.5
    for axis in (0, 1):
        np.testing.assert_array_equal(x.sum(axis=axis), np.sort(a.sum(axis=axis))[::-1])
    assert chapter.is_conflict_free(x) == chapter.is_conflict_free(a)


def test_forward_agrees_with_scikit_learn():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(20, 5)), np.repeat([0, 1], 10)
    theta = chapter.new_network([5, 4, 3, 1], rng)
    theta = [part + 0.1 * rng.normal(size=part.shape) for part in theta]
    model = MLPClassifier([4, 3], activation="tanh", max_iter=1)
    with pytest.warns(match="."):
        model.fit(x, y)
    model.coefs_, model.intercepts_ = theta[::2], theta[1::2]
    logits = chapter.forward(theta, x)[-1][:, 0]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), model.predict_proba(x)[:, 1], atol=1e-12)
    np.testing.assert_array_equal(chapter.answers(theta, x), model.predict(x))


def test_gradients_agree_with_autograd_and_the_loss_with_scikit_learn():
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(9, 4)), np.arange(9) % 2
    theta = chapter.new_network([4, 6, 5, 1], rng)

    def loss(theta):
        h = anp.tanh(anp.dot(anp.tanh(anp.dot(x, theta[0]) + theta[1]), theta[2]) + theta[3])
        z = anp.dot(h, theta[4])[:, 0] + theta[5]
        return anp.mean(anp.log1p(anp.exp(z)) - y * z)

    p = 1 / (1 + np.exp(-chapter.forward(theta, x)[-1][:, 0]))
    assert loss(theta) == pytest.approx(log_loss(y, p))
    for ours, theirs in zip(chapter.gradients(theta, x, y), grad(loss)(theta), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_first_step_of_adam_moves_each_weight_by_the_learning_rate():
    x, y = np.random.default_rng(8).normal(size=(30, 3)), np.arange(30) % 2
    start = chapter.new_network([3, 4, 1], np.random.default_rng(9))
    after = chapter.train(x, y, (4,), 1, np.random.default_rng(9), eta=0.01, batch=30)
    for before, now, g in zip(start, after, chapter.gradients(start, x, y), strict=True):
        np.testing.assert_allclose(now - before, -0.01 * np.sign(g), atol=1e-5)


def test_training_learns_what_a_line_cannot():
    x = np.random.default_rng(10).uniform(-1, 1, size=(600, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    theta = chapter.train(x, y, (30,), 60, np.random.default_rng(11), eta=0.02)
    assert np.mean(chapter.answers(theta, x) == y) > 0.95


@few
@given(tables)
def test_disorder_adds_what_keeps_each_pair_from_being_nested(a):
    assert chapter.disorder(a) == sum(min(len(s - t), len(t - s)) for s, t in combinations(supports(a), 2))
    assert (chapter.disorder(a) == 0) == chapter.is_linear(a)


def test_best_threshold_is_that_of_a_decision_stump():
    rng = np.random.default_rng(12)
    y = np.repeat([0, 1], 100)
    scores = rng.integers(0, 20, size=200) - 8 * y
    c = chapter.best_threshold(scores, y)
    stump = DecisionTreeClassifier(max_leaf_nodes=2).fit(scores[:, None], y)
    assert np.mean((scores <= c) == y) >= stump.score(scores[:, None], y)
    assert np.mean((scores <= c) == y) == max(np.mean((scores <= b) == y) for b in range(-10, 22))


def test_under_errors_the_network_beats_the_exact_rule_and_the_graded_rule_keeps_up():
    theta, c, (a, y) = chapter.branching_experiment(np.random.default_rng(13), n_train=1000, n_test=500)
    rng = np.random.default_rng(14)
    clean = chapter.branching_accuracy(theta, c, (a, y), 0, 0, rng)
    network, exact, graded = chapter.branching_accuracy(theta, c, (a, y), 0.002, 0.1, rng)
    assert clean[1] == 1
    assert network > exact + 0.2
    assert graded > network - 0.03


def test_noise_inference_labels_are_the_three_gametes_rule():
    a, y, harmless = chapter.noise_inference_data(200, 6, 5, np.random.default_rng(15))
    oracle = [any(has_three_gametes(table, p, q) for p, q in combinations(range(5), 2)) for table in a]
    np.testing.assert_array_equal(y, oracle)
    assert chapter.is_laminar(harmless).all()


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_trees_are_as_many_as_cayley_says_and_all_differ(m):
    trees = chapter.all_trees(m)
    assert len(trees) == (m + 1) ** (m - 1)
    assert len({tree.tobytes() for tree in trees}) == len(trees)
    assert chapter.is_laminar(trees).all()
    assert (np.diagonal(trees[:, :m], axis1=1, axis2=2) == 1).all()
    assert not trees[:, m].any()


@few
@given(seeds)
def test_likelihood_agrees_with_scipy(seed):
    rng = np.random.default_rng(seed)
    a, noisy = rng.integers(2, size=(2, 3, 4))
    oracle = stats.bernoulli.logpmf(noisy, np.where(a == 1, 1 - 0.2, 0.05)).sum(axis=1)
    np.testing.assert_allclose(chapter.log_likelihood(noisy, a, 0.05, 0.2), oracle)


@pytest.mark.parametrize("seed", range(4))
def test_likeliest_tree_agrees_with_all_conflict_free_tables(seed):
    rng = np.random.default_rng(seed)
    noisy = rng.integers(2, size=(4, 4))
    every = chapter.all_tables(4, 4)
    every = every[chapter.is_laminar(every)]
    best = chapter.log_likelihood(noisy, every, 0.05, 0.2).sum(axis=1).max()
    mended, fit = chapter.likeliest(noisy, chapter.all_trees(4), 0.05, 0.2)
    assert fit == pytest.approx(best, abs=1e-12)
    assert chapter.log_likelihood(noisy, mended, 0.05, 0.2).sum() == pytest.approx(best, abs=1e-12)
    assert chapter.is_laminar(mended)


def test_flip_cost_counts_triples_of_cells_and_errors_one_by_one():
    rng = np.random.default_rng(16)
    proposal, noisy = rng.integers(2, size=(2, 5, 4))
    triples = sum(
        (proposal[i, p], proposal[i, q], proposal[j, p], proposal[j, q], proposal[k, p], proposal[k, q])
        == (1, 0, 0, 1, 1, 1)
        for p, q in permutations(range(4), 2)
        for i, j, k in product(range(5), repeat=3)
    )
    rate = {(0, 0): 0.9, (0, 1): 0.1, (1, 0): 0.3, (1, 1): 0.7}
    fit = sum(log(rate[pair]) for pair in zip(proposal.ravel().tolist(), noisy.ravel().tolist(), strict=True))
    assert chapter.flip_cost(proposal, noisy, 0.04, 0.1, 0.3) == pytest.approx(triples - 0.04 * fit)


def test_the_tumour_that_is_drawn_branches_and_its_copy_has_one_conflict():
    for seed in range(5):
        a, noisy = chapter.tumour(np.random.default_rng(seed))
        sets = supports(a)
        assert a.shape == noisy.shape == (8, 7) and len(set(sets)) == 7
        assert all(nested_or_disjoint(s, t) for s, t in combinations(sets, 2))
        assert any(not s & t for s, t in combinations(sets, 2))
        assert sum(has_three_gametes(noisy, p, q) for p, q in combinations(range(7), 2)) == 1
        assert [len(s) for s in sets] == sorted(map(len, sets), reverse=True)
        assert 0 < (a != noisy).sum() < 20  # the copy is of the same cells, in the same order


def test_a_table_is_drawn_as_squares_at_its_ones_and_hollow_where_one_was_missed():
    shown, truth = np.array([[1, 0, 1], [0, 0, 1]]), np.array([[1, 1, 0], [0, 0, 1]])
    _, ax = chapter.plt.subplots()
    chapter.draw_table(ax, shown, truth)
    drawn = [collection.get_offsets().tolist() for collection in ax.collections]
    assert drawn == [[[0, 0], [2, 1]], [[2, 0]], [[1, 0]]]  # right, invented, missed; (mutation, cell)
    assert [len(collection.get_facecolors()) for collection in ax.collections] == [1, 1, 0]
    chapter.plt.close()


def test_the_network_is_trained_on_clean_tables_and_the_threshold_on_misread_ones(monkeypatch):
    seen, space = {}, chapter.branching_experiment.__globals__

    def train(x, y, hidden, n_epochs, rng):
        seen["x"], seen["y"] = x, y

    def best_threshold(scores, y):
        seen["scores"], seen["labels"] = scores, y
        return 7

    monkeypatch.setitem(space, "train", train)
    monkeypatch.setitem(space, "best_threshold", best_threshold)
    _, c, (test, y) = chapter.branching_experiment(np.random.default_rng(20), 6, 5, n_train=60, n_test=40)
    tables = seen["x"].reshape(-1, 6, 5) + 0.5
    np.testing.assert_array_equal(chapter.is_linear(tables), seen["y"] == 1)
    assert c == 7 and len(tables) == 120 and test.shape == (80, 6, 5) and y.sum() == 40
    assert 0 < seen["scores"][seen["y"] == 1].mean() < seen["scores"][seen["y"] == 0].mean()
    np.testing.assert_array_equal(seen["labels"], seen["y"])
    known = {table.tobytes() for table in tables}
    new = chapter.network_input(test).reshape(-1, 6, 5) + 0.5
    assert sum(table.tobytes() in known for table in new) < 0.5 * len(new)


def test_accuracy_is_counted_for_each_of_the_three_rules(monkeypatch):
    """Without errors; the network is replaced by one that says 'linear' always."""
    a, y = chapter.branching_data(30, 6, 5, np.random.default_rng(21))
    a, y = a[:45], y[:45]  # 30 branch, 15 do not
    monkeypatch.setitem(chapter.branching_accuracy.__globals__, "answers", lambda theta, x: np.ones(len(x), int))
    network, exact, graded = chapter.branching_accuracy(None, 1, (a, y), 0, 0, np.random.default_rng(22))
    by_hand = [sum(min(len(s - t), len(t - s)) for s, t in combinations(supports(b), 2)) <= 1 for b in a]
    assert network == pytest.approx(1 / 3) and exact == 1
    assert graded == pytest.approx(np.mean(by_hand == (y == 1)))


def test_share_in_conflict_is_the_sum_over_all_ways_to_misread_a_table():
    a, alpha, beta = np.array([[1, 0], [1, 1], [0, 1]]), 0.1, 0.3
    probability = 0.0
    for read in chapter.all_tables(3, 2):
        wrong = np.where(read == a, np.where(a == 1, 1 - beta, 1 - alpha), np.where(a == 1, beta, alpha))
        probability += wrong.prod() * has_three_gametes(read, 0, 1)
    share = chapter.share_in_conflict(np.repeat(a[None], 20_000, axis=0), alpha, beta, np.random.default_rng(23))
    assert 0.1 < probability < 0.9
    assert stats.binomtest(round(20_000 * share), 20_000, probability).pvalue > 1e-3


def test_noise_inference_asks_the_network_about_new_tables_and_counts_its_answers(monkeypatch):
    """The network is replaced by the rule, which is right about all, and lets clean and harmless tables pass."""
    seen, space = [], chapter.noise_inference.__globals__

    def train(x, y, hidden, n_epochs, rng):
        seen.append(x)
        np.testing.assert_array_equal(by_rule(None, x), y)
        assert hidden == (100, 100)

    def by_rule(theta, x):
        return [
            int(any(has_three_gametes(table, p, q) for p, q in combinations(range(5), 2)))
            for table in (x.reshape(-1, 6, 5) + 0.5).astype(int)
        ]

    def answers(theta, x):
        seen.append(x)
        return np.array(by_rule(theta, x))

    monkeypatch.setitem(space, "train", train)
    monkeypatch.setitem(space, "answers", answers)
    assert chapter.noise_inference(40, np.random.default_rng(24)) == (1, 1, 1)
    trained, tested, _ = seen
    assert len(trained) <= 80 < 1000 < len(tested)
    monkeypatch.setitem(space, "answers", lambda theta, x: np.ones(len(x), int))
    assert chapter.noise_inference(40, np.random.default_rng(24)) == (0.5, 0, 0)


def test_harmless_tables_have_errors_that_leave_no_conflict():
    a = chapter.coalescent(300, 6, 5, np.random.default_rng(25))
    clean, labels, harmless = chapter.noise_inference_data(300, 6, 5, np.random.default_rng(25))
    known = {table.tobytes() for table in a}
    kept = {table.tobytes() for table in clean[labels == 0]}
    assert kept <= known and len(harmless) > 20
    assert not all(table.tobytes() in known for table in harmless)


@pytest.mark.parametrize("weight", [0.04, 1.0])
def test_cheapest_proposals_are_found_by_a_loop_over_all_tables_and_proposals(weight):
    every, alpha, beta = chapter.all_tables(3, 3), 0.01, 0.1
    free = every[chapter.is_laminar(every)]
    conflicting, worst = 0, 0.0
    for noisy in every:
        best = every[chapter.flip_cost(every, noisy, weight, alpha, beta).argmin()]
        conflicting += any(has_three_gametes(best, p, q) for p, q in combinations(range(3), 2))
        fits = chapter.log_likelihood(noisy, free, alpha, beta).sum(axis=1)
        worst = max(worst, abs(fits.max() - chapter.log_likelihood(noisy, best, alpha, beta).sum()))
    found, loss = chapter.cost_against_tree(weight, alpha, beta, n=3, m=3)
    assert found == conflicting and loss == pytest.approx(worst, abs=1e-9)
    assert (conflicting == 0) == (weight * log((1 - beta) / alpha) < 1)


def test_elimination_counts_what_the_likeliest_table_mends_and_cannot_see_two_cells_errors():
    """Two cells are never in conflict, so that the likeliest table is the one that was read."""
    errors = chapter.elimination(2, np.random.default_rng(26), n_tumours=50)
    np.testing.assert_array_equal(errors[:, 0], errors[:, 1])
    assert 0 < errors.mean() < 0.2
    rng, expected = np.random.default_rng(27), []
    tables = np.random.default_rng(27)
    every = chapter.all_tables(3, 5)
    every = every[chapter.is_laminar(every)]
    for a in chapter.coalescent(40, 3, 5, tables):
        noisy = chapter.misread(a, 0.02, 0.3, tables)
        fits = chapter.log_likelihood(noisy, every, 0.02, 0.3).sum(axis=1)
        best = every[fits > fits.max() - 1e-9]
        expected.append((np.mean(noisy != a), {round(float(np.mean(each != a)), 9) for each in best}))
    found = chapter.elimination(3, rng, n_tumours=40, alpha=0.02, beta=0.3)
    for (before, after), (as_read, possible) in zip(found, expected, strict=True):
        assert before == pytest.approx(as_read) and round(float(after), 9) in possible
