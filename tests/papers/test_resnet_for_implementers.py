"""ResNet for implementers: layers and whole networks against ONNX Runtime and scipy, counts against published ones."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from scipy.signal import correlate2d
from sklearn.preprocessing import StandardScaler

from tests.chapters import definitions

chapter = definitions("resnet-for-implementers")

# As torchvision publishes them: num_params, and billions of multiply-adds with the stride in the 3 x 3 convolution.
TORCHVISION = {
    18: (11_689_512, 1.81),
    34: (21_797_672, 3.66),
    50: (25_557_032, 4.09),
    101: (44_549_160, 7.80),
    152: (60_192_808, 11.51),
}


def infer(nodes, inputs, outputs=("y",)):
    """Run an ONNX graph on arrays by name."""
    described = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in inputs.items()
    ]
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "graph", described, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(list(outputs), inputs)


def channels_first(x):
    return np.moveaxis(x, -1, 1).astype(np.float32)


def onnx_kernel(kernel):
    return kernel.transpose(3, 2, 0, 1).astype(np.float32)


def random_norm(c, rng):
    return np.array([rng.uniform(0.5, 1.5, c), rng.normal(size=c), rng.normal(size=c), rng.uniform(0.5, 2, c)])


def random_layer(rng, k=3, c=4, c_out=6, stride=1):
    kernel, _, stride = chapter.draw_layer(k, c, c_out, stride, rng)
    return kernel, random_norm(c_out, rng), stride


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([1, 3, 5, 7]), st.integers(1, 3), st.integers(7, 12), st.integers(0, 99))
def test_conv_is_onnxruntimes(k, stride, side, seed):
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(size=(2, side, side + 1, 3)), rng.normal(size=(k, k, 3, 4))
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides=[stride] * 2, pads=[k // 2] * 4)
    (expected,) = infer([node], {"x": channels_first(x), "w": onnx_kernel(kernel)})
    np.testing.assert_allclose(channels_first(chapter.conv(x, kernel, stride)), expected, atol=1e-4)


def test_windows_are_cut_out_of_the_padded_map():
    x = np.random.default_rng(14).normal(size=(2, 6, 7, 3))
    got = chapter.windows(x, 3, 2, (1, 2), fill=-5.0)
    padded = np.full((2, 9, 10, 3), -5.0)
    padded[:, 1:7, 1:8] = x
    assert got.shape == (2, 4, 4, 3, 3, 3)
    for i, j in np.ndindex(4, 4):
        cut = padded[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        np.testing.assert_array_equal(got[:, i, j], np.moveaxis(cut, -1, 1))


def test_conv_is_scipys_correlation_summed_over_channels():
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(1, 9, 9, 3)), rng.normal(size=(3, 3, 3, 1))
    expected = sum(correlate2d(x[0, ..., i], kernel[..., i, 0], mode="same") for i in range(3))
    np.testing.assert_allclose(chapter.conv(x, kernel, 2)[0, ..., 0], expected[::2, ::2], atol=1e-12)


@pytest.mark.parametrize("padding", [(1, 1), (0, 1)])
def test_max_pool_is_onnxruntimes_also_for_negative_maps(padding):
    x = -1 - np.random.default_rng(1).random(size=(2, 8, 8, 3))
    before, after = padding
    node = helper.make_node(
        "MaxPool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[before, before, after, after]
    )
    (expected,) = infer([node], {"x": channels_first(x)})
    np.testing.assert_allclose(channels_first(chapter.max_pool(x, padding=padding)), expected, rtol=1e-6)


def test_padding_after_only_is_the_rounding_up_of_the_released_models_pooling():
    x = np.random.default_rng(2).normal(size=(1, 112, 112, 1))
    node = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    (expected,) = infer([node], {"x": channels_first(x)})
    got = channels_first(chapter.max_pool(x, padding=(0, 1)))
    assert got.shape[2:] == (56, 56)
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_both_modes_of_batch_norm_and_its_update_are_onnxruntimes():
    rng = np.random.default_rng(3)
    z, norm = rng.normal(2, 3, size=(4, 5, 6, 3)), random_norm(3, rng)
    inputs = {"z": channels_first(z)} | dict(zip("ubmv", norm.astype(np.float32), strict=True))
    frozen = helper.make_node("BatchNormalization", list(inputs), ["y"], epsilon=1e-5)
    np.testing.assert_allclose(
        channels_first(chapter.batch_norm(z, norm, training=False)), infer([frozen], inputs)[0], atol=1e-4
    )
    outputs = ["y", "mean", "variance"]
    train = helper.make_node("BatchNormalization", list(inputs), outputs, epsilon=1e-5, momentum=0.9, training_mode=1)
    y, mean, variance = infer([train], inputs, outputs)
    np.testing.assert_allclose(channels_first(chapter.batch_norm(z, norm, training=True)), y, atol=1e-4)
    got = chapter.updated(norm, z, rho=0.1)  # ONNX's momentum is 1 - rho
    np.testing.assert_allclose(got, [*norm[:2], mean, variance], rtol=1e-4)


def test_training_mode_is_scikit_learns_scaler_over_images_and_positions():
    z = np.random.default_rng(4).normal(1, 2, size=(3, 4, 5, 2))
    norm = np.array([np.ones(2), np.zeros(2), np.zeros(2), np.ones(2)])
    expected = StandardScaler().fit_transform(z.reshape(-1, 2)).reshape(z.shape)
    np.testing.assert_allclose(chapter.batch_norm(z, norm, True), expected, atol=1e-4)


@pytest.mark.parametrize("rho", [0.1, 0.9])
def test_stored_mean_has_the_variance_of_the_first_exercise(rho):
    rng, norm = np.random.default_rng(5), np.zeros((4, 20_000))
    for _ in range(80):
        norm = chapter.updated(norm, rng.normal(size=(1, 1, 1, 20_000)), rho)
    assert norm[2].var() == pytest.approx(rho / (2 - rho), rel=0.05)


@pytest.mark.parametrize(("fan", "variance"), [("in", 2 / (9 * 20)), ("out", 2 / (9 * 80))])
def test_weights_start_with_hes_variance(fan, variance):
    kernel, norm, _ = chapter.draw_layer(3, 20, 80, 1, np.random.default_rng(6), fan)
    assert kernel.shape == (3, 3, 20, 80)
    assert kernel.var() == pytest.approx(variance, rel=0.05)
    np.testing.assert_array_equal(norm[:, 0], [1, 0, 0, 1])


def onnx_net(net, x):
    """Logits by ONNX Runtime, from a graph that is built of its own operators."""
    stem, blocks, (dense, bias) = net
    nodes, inputs = [], {"x": channels_first(x), "dense": dense.astype(np.float32), "bias": bias.astype(np.float32)}

    def add(operator, sources, **attributes):
        nodes.append(helper.make_node(operator, sources, [f"t{len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    def conv_norm(source, parts):
        kernel, norm, stride = parts
        names = [f"{name}{len(nodes)}" for name in ("w", "u", "b", "m", "v")]
        inputs.update(zip(names, [onnx_kernel(kernel), *norm.astype(np.float32)], strict=True))
        z = add("Conv", [source, names[0]], strides=[stride] * 2, pads=[len(kernel) // 2] * 4)
        return add("BatchNormalization", [z, *names[1:]], epsilon=1e-5)

    h = add("Relu", [conv_norm("x", stem)])
    h = add("MaxPool", [h], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for branch, shortcut in blocks:
        z = h
        for i, parts in enumerate(branch):
            z = conv_norm(z, parts)
            z = add("Relu", [z]) if i < len(branch) - 1 else z
        h = add("Relu", [add("Add", [z, conv_norm(h, shortcut[0]) if shortcut else h])])
    pooled = add("Flatten", [add("GlobalAveragePool", [h])])
    logits = add("Gemm", [pooled, "dense", "bias"])
    return infer(nodes, inputs, [logits])[0]


@pytest.mark.parametrize(("depth", "early"), [(18, True), (34, True), (50, True), (50, False)])
def test_whole_networks_and_their_folded_twins_are_onnxruntimes(depth, early):
    rng = np.random.default_rng(7)
    net = chapter.draw_net(depth, 4, 5, rng, early)
    net = chapter.each_layer(lambda parts: chapter.with_statistics(parts, rng), net)
    x = rng.normal(size=(2, 64, 64, 3))
    expected = onnx_net(net, x)
    tolerance = 1e-4 * np.abs(expected).max()
    np.testing.assert_allclose(chapter.run_net(x, net)[0], expected, atol=tolerance)
    folded = chapter.each_layer(chapter.fold, net)
    np.testing.assert_allclose(chapter.run_net(x, folded)[0], expected, atol=tolerance)


def test_a_folded_layer_is_one_convolution_with_a_bias_for_onnxruntime():
    rng = np.random.default_rng(8)
    parts, x = random_layer(rng, stride=2), rng.normal(size=(2, 9, 9, 4))
    kernel, bias, _ = chapter.fold(parts)
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"], strides=[2, 2], pads=[1] * 4)
    inputs = {"x": channels_first(x), "w": onnx_kernel(kernel), "b": bias.astype(np.float32)}
    np.testing.assert_allclose(channels_first(chapter.layer(x, parts)), infer([node], inputs)[0], atol=1e-4)


def test_option_a_is_a_pooling_of_one_pixel_and_a_pad():
    x = np.random.default_rng(9).normal(size=(2, 8, 8, 3))
    nodes = [
        helper.make_node("AveragePool", ["x"], ["small"], kernel_shape=[1, 1], strides=[2, 2]),
        helper.make_node("Pad", ["small", "pads"], ["y"]),
    ]
    inputs = {"x": channels_first(x), "pads": np.array([0, 0, 0, 0, 0, 5, 0, 0], np.int64)}
    np.testing.assert_array_equal(channels_first(chapter.pad_shortcut(x, 8)), infer(nodes, inputs)[0])


@pytest.mark.parametrize("name", ["symmetric", "released", "same"])
def test_grids_are_where_onnxruntimes_averages_of_a_ramp_lie(name):
    x = np.tile(np.arange(224, dtype=np.float32), (224, 1))[None, None]
    for k, stride, before in chapter.HALVINGS[name]:
        side = x.shape[-1]
        total = k - 1 if name == "symmetric" else max((side // 2 - 1) * stride + k - side, 0)
        pads = (
            {"auto_pad": "SAME_UPPER"}
            if name == "same"
            else {"pads": [before, before, max(total - before, 0), max(total - before, 0)]}
        )
        mean = np.full((1, 1, k, k), 1 / k**2, np.float32)
        x = infer([helper.make_node("Conv", ["x", "w"], ["y"], strides=[stride] * 2, **pads)], {"x": x, "w": mean})[0]
    assert x.shape[-1] == 7
    step, first = chapter.grid(chapter.HALVINGS[name])
    np.testing.assert_allclose(x[0, 0, 3, 2:5], first + step * np.arange(2, 5), rtol=1e-4)


@pytest.mark.parametrize(("early", "share"), [(True, 0.25), (False, 1.0)])
def test_influence_is_zero_only_where_no_kernel_looks(early, share):
    rng = np.random.default_rng(10)
    planned = chapter.plan_block(16, 8, 32, 2, early)
    change = chapter.influence(chapter.draw_block(*planned, rng), 8, rng)
    assert (change[::2, ::2] > 1e-3).all()
    assert chapter.share_read(change) == share


@pytest.mark.parametrize("depth", TORCHVISION)
def test_parameters_and_multiply_adds_are_torchvisions(depth):
    t, dense = chapter.totals(chapter.conv_table(depth, early=False)), (512 if depth < 50 else 2048) * 1000
    parameters, billions = TORCHVISION[depth]
    assert t["weights"] + t["norm"] + dense + 1000 == parameters
    assert (t["madds"] + dense) / 1e9 == pytest.approx(billions, abs=0.0051)


@pytest.mark.parametrize(("depth", "early"), [(18, True), (34, True), (50, True), (50, False), (152, False)])
def test_the_plan_halves_once_a_stage_and_hands_on_its_channels(depth, early):
    """Against the paper's Table 1, written out: (channels inside, blocks) of each stage."""
    blocks = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 152: [3, 8, 36, 3]}[depth]
    expected, c = [], 64
    for stage, (inner, n) in enumerate(zip([64, 128, 256, 512], blocks, strict=True), 2):
        for j in range(n):
            s = 2 if (stage, j) in [(3, 0), (4, 0), (5, 0)] else 1
            if depth < 50:
                out, branch = inner, [(3, c, inner, s), (3, inner, inner, 1)]
            else:
                out, strides = 4 * inner, [s, 1] if early else [1, s]
                branch = [(1, c, inner, strides[0]), (3, inner, inner, strides[1]), (1, inner, out, 1)]
            first_of_bottlenecks = depth >= 50 and (stage, j) == (2, 0)
            expected.append((stage, branch, [(1, c, out, s)] if s == 2 or first_of_bottlenecks else []))
            c = out
    assert chapter.plan(depth, early=early) == expected


@pytest.mark.parametrize("early", [True, False])
def test_the_table_counts_the_arrays_of_a_drawn_network(early):
    net = chapter.draw_net(50, 64 // 16, 1, np.random.default_rng(11), early)
    stem, blocks, _ = net
    drawn = [stem, *(parts for block in blocks for path in block for parts in path)]
    rows = chapter.conv_table(50, early)
    assert [(len(kernel), norm.shape[1] * 16) for kernel, norm, _ in drawn] == [(k, c) for _, k, _, c, _ in rows]


def test_table_agrees_with_the_first_summary():
    first = definitions("resnet")
    for depth in (18, 50, 152):
        expected = first.count(first.imagenet_net(depth))
        t, dense = chapter.totals(chapter.conv_table(depth)), (512 if depth < 50 else 2048) * 1000
        assert (t["madds"] + dense, t["norm"]) == (expected["madds"], expected["bn"])


def test_signal_without_norm_grows_by_the_formula_before_the_border_and_the_relu_take_their_share():
    growth = [chapter.residual_signal(4, np.random.default_rng(s), normed=False) for s in range(5)]
    assert 1.5 < np.mean([g[-1] / g[0] for g in growth]) ** (1 / 4) < 3
    still = chapter.residual_signal(4, np.random.default_rng(0), last_scale=0.0)
    np.testing.assert_array_equal(still, still[0])


def expected_squares(side, n_blocks, before):
    """Mean squares without norm and outer ReLU, by position: a 3 x 3 window hands on 2 / 9 of the sum it sees,
    the ReLU in the branch half of it, and what a branch adds is uncorrelated with what it is added to."""
    window, now, squares = np.full((3, 3), 2 / 9), np.full((side, side), before), [before]
    for _ in range(n_blocks):
        inside = correlate2d(now, window, mode="same") / 2
        now = now + correlate2d(inside, window, mode="same")
        squares.append(now.mean())
    return np.array(squares)


def test_signal_without_norm_and_relu_has_the_expected_mean_squares():
    runs = [
        chapter.residual_signal(1, np.random.default_rng(seed), normed=False, outer=lambda h: h) for seed in range(80)
    ]
    np.testing.assert_allclose(np.mean(runs, axis=0), expected_squares(16, 1, 0.5), rtol=0.07)


def test_signal_with_norm_gains_the_square_of_the_last_scale_in_each_block():
    for scale in (1.0, 0.5):
        runs = [
            chapter.residual_signal(3, np.random.default_rng(seed), last_scale=scale, outer=lambda h: h)
            for seed in range(8)
        ]
        np.testing.assert_allclose(np.mean(runs, axis=0), 0.5 + scale**2 * np.arange(4), rtol=0.05)


def test_growth_is_the_sixteenth_root_of_the_whole():
    squares = chapter.residual_signal(16, np.random.default_rng(1), normed=False)
    assert chapter.growth(chapter.relu) ** 16 == pytest.approx(squares[-1] / squares[0])


@pytest.mark.parametrize("gain", [0.5, 1.0])
def test_halving_the_variance_halves_what_each_plain_layer_passes_on(gain):
    he, other = (chapter.plain_signal(4, np.random.default_rng(3), gain=g) for g in (2.0, gain))
    assert other == pytest.approx(he * gain / 2)  # ReLU hands on factors
    normed = chapter.plain_signal(4, np.random.default_rng(3), gain=gain, normed=True)
    assert normed**4 == pytest.approx(1, abs=0.1)


def test_border_takes_its_exact_share_of_the_expected_signal():
    side, shares = 32, []
    for seed in range(10):
        shares.append(chapter.plain_signal(1, np.random.default_rng(seed)))
    assert np.mean(shares) == pytest.approx(((3 * side - 2) / (3 * side)) ** 2, rel=0.1)


def test_waste_of_the_second_exercise_is_what_a_pruned_last_block_saves():
    rows, saved = chapter.conv_table(50), 0
    for stage in (2, 3, 4):  # the last two convolutions of each stage, on a map of half the side
        last = rows[rows[:, 0] == stage][-2:].copy()
        before = chapter.totals(last)["madds"]
        last[:, 4] //= 2
        saved += before - chapter.totals(last)["madds"]
    assert saved == 375_717_888
    assert saved / (chapter.totals(rows)["madds"] + 2_048_000) == pytest.approx(0.097, abs=5e-4)


def test_skipping_what_nobody_reads_changes_nothing():
    rng = np.random.default_rng(12)
    last = chapter.draw_block(*chapter.plan_block(16, 4, 16, 1), rng)
    entry = chapter.draw_block(*chapter.plan_block(16, 8, 32, 2), rng)
    x = chapter.relu(rng.normal(size=(1, 8, 8, 16)))
    expected = chapter.run_block(chapter.run_block(x, last), entry)
    (first, (kernel, norm, _), third), _ = last  # now with a stride of two in the middle, and a shortcut that skips
    z = chapter.relu(chapter.layer(chapter.relu(chapter.layer(x, first)), (kernel, norm, 2)))
    thin = chapter.relu(chapter.layer(z, third) + x[:, ::2, ::2])
    branch, shortcut = ([(w, n, 1) for w, n, _ in path] for path in entry)
    np.testing.assert_allclose(chapter.run_block(thin, (branch, shortcut)), expected, atol=1e-12)


def test_folding_forward_through_padding_fails_only_at_the_border():
    rng = np.random.default_rng(13)
    x, kernel, norm = rng.normal(size=(1, 6, 6, 4)), rng.normal(size=(3, 3, 4, 4)), random_norm(4, rng)
    u, b, mean, variance = norm
    gain = u / np.sqrt(variance + 1e-5)
    folded = chapter.conv(x, kernel * gain[:, None]) + (b - gain * mean) @ kernel.sum(axis=(0, 1))
    gap = np.abs(folded - chapter.conv(chapter.batch_norm(x, norm, False), kernel)).max(axis=(0, 3))
    inside = np.zeros((6, 6), bool)
    inside[1:-1, 1:-1] = True
    assert gap[inside].max() < 1e-12 and gap[~inside].min() > 1e-3
