"""Oracle tests of the chapter on rewinding and fine-tuning."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, special
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from tests.chapters import definitions

chapter = definitions("rewinding")
few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def dense():
    """A run of the chapter's kind: any path of twenty-one weight vectors will do."""
    rng = np.random.default_rng(0)
    x, y = chapter.shuffled_digits(rng)
    path = chapter.train(chapter.new_network(rng), chapter.SCHEDULE[:3], chapter.ONES, x[:1000], y[:1000], rng)
    return x, y, path


def small_problem(seed=0, n=50):
    rng = np.random.default_rng(seed)
    weights = chapter.new_network(rng) + 0.05 * rng.normal(size=17_610)
    return weights, rng.normal(size=(n, 64)), rng.integers(10, size=n)


def scikit_network(weights, x, y, **settings):
    """scikit-learn's network with the chapter's weights in it."""
    settings = {"learning_rate_init": 1e-9, **settings}
    net = MLPClassifier((100, 100), solver="sgd", batch_size=len(x), **settings)
    net.partial_fit(x, y, classes=np.arange(10))
    parts = chapter.unpack(weights)
    for into, part in zip(net.coefs_ + net.intercepts_, parts[::2] + parts[1::2], strict=True):
        into[...] = part
    return net


def test_digits_are_real_and_standardised_on_the_training_part():
    x, y = chapter.shuffled_digits(np.random.default_rng(0))
    order = np.random.default_rng(0).permutation(1797)
    raw = load_digits().data[order]
    centred = StandardScaler(with_std=False).fit(raw[:1000]).transform(raw)
    np.testing.assert_allclose(x * raw[:1000].std(), centred, atol=1e-5)
    np.testing.assert_array_equal(y, load_digits().target[order])


def test_network_has_as_many_weights_as_scikit_learn_makes():
    weights, x, y = small_problem()
    net = scikit_network(weights, x, y)
    assert sum(w.size for w in net.coefs_) == np.count_nonzero(chapter.IS_WEIGHT) == 17_400
    assert sum(b.size for b in net.intercepts_) == np.count_nonzero(~chapter.IS_WEIGHT) == 210


def test_new_weights_have_he_variance_and_biases_are_zero():
    parts = chapter.unpack(chapter.new_network(np.random.default_rng(1)))
    for w, b in zip(parts[::2], parts[1::2], strict=True):
        assert w.var() == pytest.approx(2 / len(w), rel=0.15)
        assert not b.any()


def test_forward_and_accuracy_agree_with_scikit_learn():
    weights, x, y = small_problem(2)
    net = scikit_network(weights, x, y)
    probs = special.softmax(chapter.forward(weights, x)[2], axis=1)
    np.testing.assert_allclose(probs, net.predict_proba(x), atol=1e-10)
    assert chapter.accuracy(weights, x, y) == net.score(x, y)


@pytest.mark.parametrize("part", range(6))
def test_gradient_agrees_with_finite_differences(part):
    weights, x, y = small_problem(3)

    def loss(w):
        probs = special.softmax(chapter.forward(w, x)[2], axis=1)
        return log_loss(y, probs, labels=np.arange(10))

    slopes = chapter.gradient(weights, x, np.eye(10)[y])
    rng, ends = np.random.default_rng(part), np.cumsum(chapter.SIZES)
    for index in rng.integers(ends[part] - chapter.SIZES[part], ends[part], size=8):
        step = np.zeros_like(weights)
        step[index] = 1e-5
        difference = (loss(weights + step) - loss(weights - step)) / 2e-5
        assert difference == pytest.approx(slopes[index], abs=1e-6)


def test_gradient_is_finite_where_logits_are_large():
    weights, x, y = small_problem(12)
    with np.errstate(over="raise", invalid="raise"):
        slopes = chapter.gradient(weights * 100, x, np.eye(10)[y])
    assert np.isfinite(slopes).all() and slopes.any()


def test_training_takes_scikit_learns_steps():
    weights, x, y = small_problem(4)
    path = chapter.train(weights, [0.05] * 6, np.ones(17_610), x, y, np.random.default_rng(0), batch=50)
    # scikit-learn halves the penalty, divides it by the batch, and differentiates it
    net = scikit_network(weights, x, y, alpha=1e-4 * 50, momentum=0.9, nesterovs_momentum=False)
    net._optimizer.velocities = [np.zeros_like(v) for v in net._optimizer.velocities]
    net._optimizer.learning_rate = net._optimizer.learning_rate_init = 0.05
    for _ in range(6):
        net.partial_fit(x, y)
    parts = chapter.unpack(path[-1])
    for ours, theirs in zip(parts[::2] + parts[1::2], net.coefs_ + net.intercepts_, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-6)
    assert np.abs(path[-1] - path[0]).max() > 0.01


def test_masked_training_is_scikit_learns_with_the_removed_set_back_to_zero():
    weights, x, y = small_problem(11)
    mask = np.random.default_rng(11).integers(2, size=17_610)
    path = chapter.train(weights, [0.05] * 4, mask, x, y, np.random.default_rng(0), batch=50)
    net = scikit_network(mask * weights, x, y, alpha=1e-4 * 50, momentum=0.9, nesterovs_momentum=False)
    net._optimizer.velocities = [np.zeros_like(v) for v in net._optimizer.velocities]
    net._optimizer.learning_rate = net._optimizer.learning_rate_init = 0.05
    keeps, ours = (part[::2] + part[1::2] for part in (chapter.unpack(mask), chapter.unpack(path[-1])))
    for _ in range(4):
        net.partial_fit(x, y)
        for w, v, keep in zip(net.coefs_ + net.intercepts_, net._optimizer.velocities, keeps, strict=True):
            w *= keep
            v *= keep
    for part, theirs in zip(ours, net.coefs_ + net.intercepts_, strict=True):
        np.testing.assert_allclose(part, theirs, atol=2e-6)
    assert not path[:, mask == 0].any()


def test_masked_training_is_training_of_the_smaller_network():
    """Removing all ways into and out of some units equals never having had them."""
    weights, x, y = small_problem(5)
    parts = [part.copy() for part in chapter.unpack(np.ones(17_610))]
    parts[0][:, 40:] = parts[1][40:] = parts[2][40:] = 0
    mask = np.concatenate([part.ravel() for part in parts])
    path = chapter.train(weights, [0.05] * 4, mask, x, y, np.random.default_rng(0))
    w1, b1, w2, b2, w3, b3 = chapter.unpack(weights)
    small = MLPClassifier((40, 100), solver="sgd", batch_size=50, learning_rate_init=1e-9, alpha=1e-4 * 50)
    small.set_params(nesterovs_momentum=False).partial_fit(x, y, classes=np.arange(10))
    small.coefs_ = [w1[:, :40].copy(), w2[:40].copy(), w3.copy()]
    small.intercepts_ = [b1[:40].copy(), b2.copy(), b3.copy()]
    small._optimizer.velocities = [np.zeros_like(w) for w in small.coefs_ + small.intercepts_]
    small._optimizer.learning_rate = small._optimizer.learning_rate_init = 0.05
    for _ in range(4):
        small.partial_fit(x, y)
    np.testing.assert_allclose(chapter.unpack(path[-1])[0][:, :40], small.coefs_[0], atol=2e-6)
    assert not path[:, mask == 0].any()


@few
@given(seeds, st.integers(4, 9), st.data())
def test_mask_keeps_more_of_the_weights_than_any_other(seed, n, data):
    weights = np.random.default_rng(seed).normal(size=n)
    n_kept = data.draw(st.integers(1, n))
    mask = chapter.magnitude_mask(weights, n_kept / n, prunable=np.ones(n, dtype=bool))
    assert mask.sum() == n_kept
    best = max(sum(abs(weights[i]) for i in chosen) for chosen in itertools.combinations(range(n), n_kept))
    assert np.abs(mask * weights).sum() == pytest.approx(best)


@pytest.mark.parametrize("kept", [1.0, 0.8, 0.05])
def test_mask_is_global_and_spares_biases(kept):
    weights = small_problem(6)[0]
    mask = chapter.magnitude_mask(weights, kept)
    sizes = np.abs(weights[chapter.IS_WEIGHT])
    survives = mask[chapter.IS_WEIGHT] == 1
    assert (mask[~chapter.IS_WEIGHT] == 1).all()
    assert survives.sum() == round(kept * 17_400)
    assert sizes[survives].min() >= np.quantile(sizes, 1 - kept)


def test_iterated_masks_are_nested():
    weights, rng = small_problem(7)[0], np.random.default_rng(0)
    before = np.ones(17_610)
    for i in range(1, 6):
        mask = chapter.magnitude_mask(before * weights, 0.8**i)
        assert (mask <= before).all()
        before, weights = mask, weights + 0.1 * rng.normal(size=17_610)


def test_shuffled_mask_keeps_the_counts_of_each_layer_only():
    mask = chapter.magnitude_mask(small_problem(8)[0], 0.1)
    moved = chapter.shuffled_mask(mask, np.random.default_rng(0))
    for old, new in zip(chapter.unpack(mask), chapter.unpack(moved), strict=True):
        assert old.sum() == new.sum()
    assert (moved != mask).any()


@pytest.mark.parametrize("t", [1, 5, 12, 19, 20])
def test_rules_are_those_of_the_equation(t):
    epochs = np.arange(21.0)  # stands for W_0, ..., W_20
    eta = [0.1] * 10 + [0.01] * 5 + [0.001] * 5
    rules = chapter.three_rules(epochs, t)
    starts = {name: start for name, (start, _) in rules.items()}
    assert starts == {"fine-tuning": 20, "weight rewinding": 20 - t, "learning rate rewinding": 20}
    np.testing.assert_allclose(rules["fine-tuning"][1], [0.001] * t, rtol=1e-6)
    for name in chapter.RULES[1:]:
        np.testing.assert_allclose(rules[name][1], eta[20 - t :], rtol=1e-6)


def test_sums_of_rates_are_as_the_chapter_says():
    rules = chapter.three_rules(np.arange(21), 19)
    assert rules["fine-tuning"][1].sum() == pytest.approx(0.019, rel=1e-4)
    assert rules["learning rate rewinding"][1].sum() == pytest.approx(0.955, rel=1e-4)


def test_retraining_starts_from_the_pruned_network(dense):
    x, y, path = dense
    mask = chapter.magnitude_mask(path[-1], 0.1)
    net = scikit_network((mask * path[-1]).astype(float), x[:50].astype(float), y[:50])
    first, last = chapter.retrain(dense, path[-1], chapter.SCHEDULE[:2], mask)
    assert first == pytest.approx(net.score(x[1000:].astype(float), y[1000:]), abs=2 / 797)
    assert last > first + 0.05


def test_dense_run_trains_on_the_first_thousand_by_the_whole_schedule(monkeypatch):
    given = {}

    def no_training(start, rates, mask, x, y, rng):
        given.update(start=start, rates=rates, mask=mask, x=x, y=y)
        return np.array([start, start + 1])

    monkeypatch.setitem(chapter.dense_run.__globals__, "train", no_training)
    x, y, path = chapter.dense_run(17)
    rng = np.random.default_rng(17)
    images, classes = chapter.shuffled_digits(rng)
    np.testing.assert_array_equal(x, images)
    np.testing.assert_array_equal(y, classes)
    np.testing.assert_array_equal(given["start"], chapter.new_network(rng))
    np.testing.assert_array_equal(given["x"], images[:1000])
    np.testing.assert_array_equal(given["y"], classes[:1000])
    np.testing.assert_allclose(given["rates"], [0.1] * 10 + [0.01] * 5 + [0.001] * 5)
    assert given["mask"].shape == given["start"].shape and (given["mask"] == 1).all()
    np.testing.assert_array_equal(path, [given["start"], given["start"] + 1])


def test_retraining_sees_the_first_thousand_and_is_judged_on_the_rest(dense, monkeypatch):
    x, y, path = dense
    mask, given = chapter.magnitude_mask(path[-1], 0.1), {}

    def no_training(start, rates, mask, x, y, rng):
        given.update(start=start, rates=rates, mask=mask, x=x, y=y)
        return np.array([path[0], path[2], path[1]])

    monkeypatch.setitem(chapter.retrain.__globals__, "train", no_training)
    got = chapter.retrain(dense, path[1], [0.3, 0.2], mask, watch=[1, 2])
    np.testing.assert_array_equal(given["start"], path[1])
    np.testing.assert_array_equal(given["mask"], mask)
    np.testing.assert_array_equal(given["x"], x[:1000])
    np.testing.assert_array_equal(given["y"], y[:1000])
    assert given["rates"] == [0.3, 0.2]
    scores = [
        scikit_network(path[j].astype(float), x[:50].astype(float), y[:50]).score(x[1000:], y[1000:]) for j in (2, 1)
    ]
    np.testing.assert_allclose(got, scores, atol=2 / 797)


def records(monkeypatch, function):
    """Let the chapter's experiment record what it would retrain, in place of doing it."""
    calls = []

    def retrain(dense, start, rates, mask, watch=(0, -1)):
        calls.append((dense, start, np.asarray(rates), mask, watch))
        return np.full(len(watch), len(calls), dtype=float)

    monkeypatch.setitem(function.__globals__, "retrain", retrain)
    return calls


def test_race_gives_each_rule_the_run_s_own_weights_and_mask(monkeypatch):
    calls = records(monkeypatch, chapter.race)
    results = chapter.race(0.1, 12, rules=chapter.RULES[::-1], watch=[0, 3, 12])
    assert list(results) == chapter.RULES[::-1]
    for k, (dense, start, rates, mask, watch) in enumerate(calls):
        run, name = divmod(k, 3)
        path = chapter.DENSE[run][2]
        assert dense is chapter.DENSE[run] and watch == [0, 3, 12]
        np.testing.assert_array_equal(mask, chapter.magnitude_mask(path[-1], 0.1))
        np.testing.assert_array_equal(start, path[8 if name == 1 else 20])
        hot = [0.1] * 2 + [0.01] * 5 + [0.001] * 5
        np.testing.assert_allclose(rates, [0.001] * 12 if name == 2 else hot)
        np.testing.assert_array_equal(results[chapter.RULES[::-1][name]][run], [k + 1] * 3)
    assert len(calls) == 9


def test_heat_crosses_starts_with_rates(monkeypatch):
    calls, dense = records(monkeypatch, chapter.heat), chapter.DENSE[1]
    cases = chapter.heat(dense, kept=0.2)
    trained, early, rng = dense[2][20], dense[2][1], np.random.default_rng(7)
    mask, fresh = chapter.magnitude_mask(trained, 0.2), chapter.new_network(rng)
    rates = {"hot": [0.1] * 9 + [0.01] * 5 + [0.001] * 5, "cold": [0.001] * 19, "constant": [0.1] * 19}
    starts = {"trained": trained, "moved": trained, "early": early, "fresh": fresh}
    for (start, rate), value in cases.items():
        given = calls[int(value) - 1]
        assert given[0] is dense
        np.testing.assert_array_equal(given[1], starts[start])
        np.testing.assert_allclose(given[2], rates[rate])
        same = np.array_equal(given[3], mask)
        assert same == (start != "moved") and given[3].sum() == mask.sum()
    assert set(cases) == {
        ("early", "cold"),
        ("fresh", "cold"),
        ("fresh", "hot"),
        ("trained", "constant"),
        ("moved", "hot"),
    }


def test_lost_units_are_those_no_path_runs_through():
    weights = chapter.magnitude_mask(small_problem(9)[0], 0.02)
    m1, _, m2, _, m3, _ = chapter.unpack(weights)
    layers = [(m1, m2), (m2, m3)]
    expected = sum(
        np.count_nonzero((np.diff(sparse.csc_array(into).indptr) == 0) | (np.diff(sparse.csr_array(out).indptr) == 0))
        for into, out in layers
    )
    assert chapter.lost_units(weights) == expected > 0


def test_sparse_storage_breaks_even_near_one_half():
    """What the solution on compression says, by scipy's format."""
    rng = np.random.default_rng(10)
    weights = chapter.new_network(rng)
    for kept, factor in [(0.5, 1.0), (0.2, 2.4), (0.05, 8.7)]:
        parts = chapter.unpack(weights * chapter.magnitude_mask(weights, kept))[::2]
        rows = [sparse.csr_array(part) for part in parts]
        small = sum(r.data.nbytes + r.indices.nbytes + r.indptr.nbytes for r in rows)
        assert round(sum(part.nbytes for part in parts) / small, 1) == factor


def test_short_learning_rate_rewinding_is_the_beginning_of_fine_tuning():
    short = chapter.race(0.05, 5, rules=chapter.RULES[::2], watch=range(6))
    long = chapter.race(0.05, 8, rules=["fine-tuning"], watch=range(6))
    for curves in (short["learning rate rewinding"], short["fine-tuning"]):
        np.testing.assert_array_equal(curves, long["fine-tuning"])


def test_heat_starts_new_weights_from_chance():
    fresh = chapter.heat(chapter.DENSE[0])
    assert fresh["fresh", "cold"] < 0.4 < fresh["fresh", "hot"]
    assert fresh["trained", "constant"] > fresh["early", "cold"]
