"""Oracle tests of the chapter on prediction gradients."""

import ast
import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, signal, special
from sklearn.metrics import log_loss, recall_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

from tests.chapters import PAPERS, definitions

chapter = definitions("prediction-gradients")
few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 10_000)


def random_network(seed):
    """Parameters with non-zero biases, some images, their units and a class for each."""
    rng = np.random.default_rng(seed)
    theta = chapter.new_network(rng)
    theta[1], theta[4] = 0.1 * rng.normal(size=8), rng.normal(size=10)
    x = rng.random((12, 64))
    return theta, x, chapter.features(theta, x), rng.integers(10, size=12)


@pytest.fixture(scope="module")
def trained():
    return chapter.trained_digits(0)


def test_features_agree_with_scipys_correlation_and_pooling_by_hand():
    theta, x, h, _ = random_network(0)
    for image, units in zip(x, h, strict=True):
        for f in range(8):
            kernel = theta[0][:, f].reshape(3, 3)
            map_ = np.maximum(signal.correlate2d(image.reshape(8, 8), kernel, "valid") + theta[1][f], 0)
            pooled = [[map_[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean() for j in range(3)] for i in range(3)]
            np.testing.assert_allclose(units.reshape(3, 3, 8)[..., f], pooled)


def test_log_softmax_agrees_with_scipy():
    y = np.random.default_rng(1).normal(size=(5, 10)) * 30
    np.testing.assert_allclose(chapter.log_softmax(y), special.log_softmax(y, axis=1))
    y[1] += 2000
    np.testing.assert_allclose(chapter.log_softmax(y), special.log_softmax(y, axis=1))


def test_loss_agrees_with_scikit_learns():
    theta, x, h, asked = random_network(2)
    p = special.softmax(chapter.head(theta, h), axis=1)
    oracle = log_loss(asked, p, labels=range(10))
    assert chapter.loss(theta, x, np.eye(10)[asked]) == pytest.approx(oracle)


@few
@given(seeds)
def test_prediction_gradients_agree_with_finite_differences(seed):
    theta, _, h, asked = random_network(seed)
    g = chapter.prediction_gradients(partial(chapter.head, theta), h, asked)
    numeric = optimize.approx_fprime(h[0], lambda u: chapter.head(theta, u[None])[0, asked[0]], 1e-8)
    assert np.median(np.abs(g[0] - numeric)) < 1e-5  # the median forgives a kink within the step


@few
@given(seeds)
def test_prediction_gradients_agree_with_the_closed_form(seed):
    theta, _, h, asked = random_network(seed)
    awake = (h @ theta[2] > 0)[:, None, :]
    jacobian = (theta[2] * awake) @ theta[3]
    g = chapter.prediction_gradients(partial(chapter.head, theta), h, asked)
    np.testing.assert_allclose(g, jacobian[np.arange(12), :, asked], atol=1e-12)


@few
@given(seeds)
def test_contributions_of_all_units_add_up_to_the_logit_less_its_bias(seed):
    theta, _, h, asked = random_network(seed)
    g = chapter.prediction_gradients(partial(chapter.head, theta), h, asked)
    logit = chapter.head(theta, h)[np.arange(12), asked]
    np.testing.assert_allclose((h * g).sum(axis=1), logit - theta[4][asked], atol=1e-10)


def test_loss_gradients_agree_with_finite_differences():
    theta, _, h, labels = random_network(3)
    numeric = optimize.approx_fprime(
        h[0], lambda u: -special.log_softmax(chapter.head(theta, u[None])[0])[labels[0]], 1e-7
    )
    np.testing.assert_allclose(chapter.loss_gradients(theta, h, labels)[0], numeric, atol=1e-5)


def test_loss_gradients_are_the_sum_of_prediction_gradients_with_probabilities_as_weights():
    theta, _, h, labels = random_network(4)
    weights = special.softmax(chapter.head(theta, h), axis=1) - np.eye(10)[labels]
    every = [chapter.prediction_gradients(partial(chapter.head, theta), h, np.full(12, k)) for k in range(10)]
    np.testing.assert_allclose(
        chapter.loss_gradients(theta, h, labels), np.einsum("nk,knm->nm", weights, every), atol=1e-12
    )


def test_doubts_are_one_minus_the_softmax_and_precise_when_small():
    theta, _, h, labels = random_network(5)
    p = special.softmax(chapter.head(theta, h), axis=1)[np.arange(12), labels]
    np.testing.assert_allclose(chapter.doubts(theta, h, labels), 1 - p)
    theta[4] = np.where(np.arange(10) == 0, 60.0, 0.0)
    theta[3] = 0 * theta[3]
    assert chapter.doubts(theta, h, np.zeros(12, int))[0] == pytest.approx(9 * np.exp(-60))


def test_weights_and_finite_differences_give_the_same_contributions():
    theta, _, h, asked = random_network(6)

    def answer(w):
        return (np.maximum(h[0] @ w.reshape(72, 48), 0) @ theta[3] + theta[4])[asked[0]]

    slope = optimize.approx_fprime(theta[2].ravel(), answer, 1e-7).reshape(72, 48)
    np.testing.assert_allclose(
        chapter.contributions_by_weights(theta, h[0], asked[0]), (theta[2] * slope).sum(axis=1), atol=1e-5
    )


def test_training_takes_the_steps_of_scikit_learns_adam():
    x, target = np.random.default_rng(7).random((20, 64)), np.eye(10)[np.arange(20) % 10]
    theta = chapter.new_network(np.random.default_rng(8))
    optimizer = AdamOptimizer(theta, learning_rate_init=0.01)
    for _ in range(4):
        optimizer.update_params(theta, chapter.grad(chapter.loss)(theta, x, target))
    ours = chapter.train(x, target.argmax(axis=1), np.random.default_rng(8), epochs=4, eta=0.01, batch=20)
    for a, b in zip(ours, theta, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-7)


def test_training_learns_the_digits(trained):
    theta, _, h, labels, _ = trained
    guess = chapter.head(theta, h[1200:]).argmax(axis=1)
    assert np.mean(guess == labels[1200:]) > 0.9


def test_silencing_leaves_the_original_alone():
    h = np.ones((2, 4))
    np.testing.assert_array_equal(chapter.silence(h, [1, 3]), [[1, 0, 1, 0]] * 2)
    np.testing.assert_array_equal(chapter.silence(h, [1, 3], share=0.25), [[1, 0.75, 1, 0.75]] * 2)
    np.testing.assert_array_equal(h, np.ones((2, 4)))


def test_drops_are_those_of_a_network_without_the_units_weights():
    theta, _, h, asked = random_network(9)
    dropped = chapter.drops(theta, h, asked)
    for j in (0, 17, 71):
        w = theta[2].copy()
        w[j] = 0
        cut = np.maximum(h @ w, 0) @ theta[3] + theta[4]
        expected = (chapter.head(theta, h) - cut)[np.arange(12), asked]
        np.testing.assert_allclose(dropped[:, j], expected, atol=1e-12)


def test_units_are_ranked_by_their_mean_over_the_class():
    rng = np.random.default_rng(10)
    labels = np.repeat(np.arange(10), 3)
    scores = rng.normal(size=(30, 6))
    order = chapter.rank_units(scores, labels)
    assert order.shape == (10, 6)
    for k in range(10):
        means = scores[3 * k : 3 * k + 3].mean(axis=0)
        assert sorted(range(6), key=lambda j: -means[j]) == list(order[k])


def test_rankings_are_permutations_and_lowest_is_highest_reversed():
    rng = np.random.default_rng(11)
    h, g, labels = rng.random((40, 9)), rng.normal(size=(40, 9)), np.arange(40) % 10
    orders = chapter.rankings(h, g, labels, rng)
    for order in orders.values():
        np.testing.assert_array_equal(np.sort(order, axis=1), np.tile(np.arange(9), (10, 1)))
    np.testing.assert_array_equal(orders["lowest gradient"], orders["highest gradient"][:, ::-1])


def test_each_ranking_sorts_the_score_that_it_names():
    rng = np.random.default_rng(15)
    h, g, labels = rng.random((40, 9)), rng.normal(size=(40, 9)), np.arange(40) % 10
    orders = chapter.rankings(h, g, labels, rng)
    scores = {"highest contribution": h * g, "highest gradient": g, "highest absolute gradient": abs(g)}
    for name, score in scores.items():
        for k in range(10):
            means = score[k::10].mean(axis=0)
            assert list(orders[name][k]) == sorted(range(9), key=lambda j: -means[j])
    assert (orders["random"] != orders["highest gradient"]).mean() > 0.6


def test_relu_is_the_positive_part():
    np.testing.assert_array_equal(chapter.relu(np.array([-2.0, 0.0, 3.0])), [0, 0, 3])


def test_shuffling_keeps_every_image_with_its_digit():
    x, labels = chapter.shuffled_digits(np.random.default_rng(16))
    assert x.max() == 1 and x.min() == 0
    together = np.column_stack([16 * x, labels])
    original = np.column_stack([chapter.DIGITS.data, chapter.DIGITS.target])
    assert not np.array_equal(together, original)
    assert sorted(map(tuple, together)) == sorted(map(tuple, original))


def test_the_trained_network_has_seen_the_first_images_alone_and_is_asked_about_the_true_digit(trained):
    theta, x, h, labels, g = trained
    rng = np.random.default_rng(0)
    again, digits = chapter.shuffled_digits(rng)
    np.testing.assert_array_equal(x, again)
    for ours, theirs in zip(theta, chapter.train(again[:1200], digits[:1200], rng), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    np.testing.assert_allclose(h, chapter.features(theta, x))
    awake = h[:50] @ theta[2] > 0
    closed = np.array([(theta[2] * on) @ theta[3][:, k] for on, k in zip(awake, labels[:50], strict=True)])
    np.testing.assert_allclose(g[:50], closed, atol=1e-12)


def test_the_knife_ranks_on_old_images_and_cuts_on_new_ones(trained):
    """The wiring: recall by scikit-learn, own class and others told apart, ranked on the training images."""
    theta, _, h, labels, g = trained
    results = chapter.knife(0, n_removed=5)
    scores = {"highest contribution": h * g, "highest gradient": g, "lowest gradient": -g}
    for name, score in scores.items():
        own, others = [], []
        for k in range(10):
            order = np.argsort(-score[:1200][labels[:1200] == k].mean(axis=0))
            guess = chapter.head(theta, chapter.silence(h[1200:], order[:5])).argmax(axis=1)
            recall = recall_score(labels[1200:], guess, average=None, zero_division=0)
            own.append(recall[k])
            others.append(np.delete(recall, k).mean())
        np.testing.assert_allclose(results[name], [np.mean(own), np.mean(others)])
    assert results["none"][0] == np.mean(chapter.head(theta, h[1200:]).argmax(axis=1) == labels[1200:])


def test_accuracy_a_class_is_scikit_learns_recall(trained):
    theta, _, h, labels, g = trained
    order = chapter.rank_units(g, labels)
    table = chapter.accuracy_without(theta, h[1200:], labels[1200:], order, 8)
    for k in (0, 7):
        kept = h[1200:].copy()
        kept[:, order[k, :8]] = 0
        recall = recall_score(labels[1200:], chapter.head(theta, kept).argmax(axis=1), average=None, zero_division=0)
        np.testing.assert_allclose(table[k], recall)


def test_cosines_agree_with_scikit_learn():
    rng = np.random.default_rng(12)
    patterns, labels = rng.normal(size=(9, 5)), np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    cosines = cosine_similarity(patterns)
    same = [cosines[i, j] for i in range(9) for j in range(9) if i != j and labels[i] == labels[j]]
    other = [cosines[i, j] for i in range(9) for j in range(9) if labels[i] != labels[j]]
    np.testing.assert_allclose(chapter.mean_cosines(patterns, labels), (np.mean(same), np.mean(other)))


def test_the_question_explains_everything_if_no_hidden_unit_ever_sleeps():
    theta, _, h, _ = random_network(13)
    theta[2] = np.abs(theta[2])
    assert chapter.share_of_question(theta, h) == pytest.approx(1)


def test_share_of_the_question_is_one_minus_the_variance_within_questions():
    theta, _, h, _ = random_network(14)
    awake = (h @ theta[2] > 0)[:, None, :]
    g = (theta[2] * awake) @ theta[3]  # image, unit, class
    within = np.var(g, axis=0).mean(axis=1).sum()
    total = np.var(g.transpose(0, 2, 1).reshape(-1, 72), axis=0).sum()
    assert chapter.share_of_question(theta, h) == pytest.approx(1 - within / total)


def test_solutions_say_what_comes_out(trained):
    theta, x, h, labels, g = trained
    text = (PAPERS / "prediction-gradients.md").read_text(encoding="utf-8").split("## Try it")[1]
    told = re.search(r"class still has (\d+) per cent .* zeros had left (\d+); with the new score it has (\d+)\.", text)
    mean = h[:1200].mean(axis=0)
    for score, filling, percent in [
        (g[:1200], mean, told[1]),
        (g[:1200], 0 * mean, told[2]),
        ((h[:1200] - mean) * g[:1200], mean, told[3]),
    ]:
        right = []
        for k, units in enumerate(chapter.rank_units(score, labels[:1200])):
            asked = h[1200:][labels[1200:] == k]
            kept = np.where(np.isin(np.arange(72), units[:8]), filling, asked)
            right.append(np.mean(chapter.head(theta, kept).argmax(axis=1) == k))
        assert 100 * np.mean(right) == pytest.approx(int(percent), abs=1)
    (block,) = re.findall(r"(?ms)^```python\n(.*?)^```", text)
    *body, last = ast.parse(block).body
    space = vars(chapter) | {"theta": theta, "x": x, "h": h, "labels": labels, "g": g}
    exec(compile(ast.Module(body, type_ignores=[]), "solution", "exec"), space)
    pixels, biases, rest = eval(compile(ast.Expression(last.value), "solution", "eval"), space)
    parts = re.search(r"pixels give ([\d.]+), the biases of the filters \$(-[\d.]+)\$", text)
    assert (pixels, biases) == (pytest.approx(float(parts[1]), abs=0.02), pytest.approx(float(parts[2]), abs=0.02))
    assert abs(rest) < 1e-9


def test_lowering_a_unit_a_little_costs_what_the_gradient_foretells():
    rng = np.random.default_rng(11)
    theta, h, asked = chapter.new_network(rng), rng.random((6, 72)), rng.integers(10, size=6)
    g = chapter.prediction_gradients(partial(chapter.head, theta), h, asked)
    np.testing.assert_allclose(chapter.drops(theta, h, asked, 1e-6) / 1e-6, h * g, atol=1e-4)
