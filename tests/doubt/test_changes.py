import pytest

from exegesis.doubt.changes import changes_of
from exegesis.doubt.kinds import Kinds
from exegesis.doubt.worker import Notebook, kinds_of
from exegesis.slicing.pruning import pruned


def changes(*cells, kinds=None):
    told = {"": {}} if kinds is None else kinds
    return changes_of(cells, pruned(cells).trees, Kinds(told))


def shown(*cells, kinds=None):
    return [(c.kind, c.old, c.new) for c in changes(*cells, kinds=kinds)]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("a = 2", [("constant", "2", "3"), ("constant", "2", "1")]),
        ("a = 1000", [("constant", "1000", "500")]),
        ("a = 0.5", [("constant", "0.5", "1.0"), ("constant", "0.5", "0.25")]),
        ("a = True", [("constant", "True", "False")]),
        ("a = b - c", [("operator", "b - c", "b + c")]),
        ("a = not b", [("operator", "not b", "b")]),
        ("a = b < c", [("comparison", "b < c", "b <= c"), ("comparison", "b < c", "b > c")]),
        ("a = b.mean()", [("reduction", "b.mean()", "b.sum()")]),
        ("a = max(b)", [("reduction", "max(b)", "min(b)")]),
        ("a = g(b, c)", [("arguments", "g(b, c)", "g(c, b)")]),
        ("a = g(x=b, y=c)", [("arguments", "g(x=b, y=c)", "g(x=c, y=b)")]),
        ("g(b)", [("statement", "g(b)", "left out")]),
        ("a += b", [("statement", "a += b", "left out"), ("operator", "a += b", "a -= b")]),
        ("rng = default_rng(3)", []),
        ("a = fit(random_state=3)", []),
        ("a = 'text'", []),
        ("a = f'{b:2}'", []),
    ],
)
def test_kinds(code, wanted):
    assert shown(code) == wanted


def test_an_axis_is_another_or_none():
    assert shown("a = g(b, axis=0)") == [
        ("axis", "g(b, axis=0)", "g(b)"),
        ("axis", "g(b, axis=0)", "g(b, axis=1)"),
    ]


def test_a_change_is_where_it_is_told_and_nowhere_else():
    code = "x = 'é'; a = (b\n     * c) - d  # b * c\n"
    (first, second) = changes(code)
    assert [first.source, second.source] == [
        "x = 'é'; a = ((b * c + d))  # b * c\n".replace("((b * c + d))", "(b * c + d)"),
        "x = 'é'; a = ((b / c)) - d  # b * c\n",
    ]


def test_two_alike_on_one_line_are_two():
    assert len(set(changes("a = 2 + b * 2"))) == 6


def test_another_operator_keeps_its_place():
    (product, total) = changes("a = b * (c + d)")
    assert [product.source, total.source] == ["a = (b / (c + d))", "a = b * ((c - d))"]


def test_what_gives_the_same_code_is_no_change():
    assert 4 % 3 == 4 // 3
    assert [kind for kind, _, _ in shown("a = 4 % 3")] == ["constant"] * 4


def names(*cells):
    notebook = Notebook([(cell, "") for cell in cells])
    for i in range(len(cells)):
        notebook.run(i)
    found = shown(*cells, kinds={"": kinds_of(notebook.names)})
    return [(old, new) for kind, old, new in found if kind == "name"]


def test_a_name_becomes_one_of_its_kind_that_is_bound_before():
    assert names("train, test = [1], [2]\nother = {}\nresult = len(train)\nlater = [3]") == [("train", "test")]


def test_arrays_of_another_shape_are_of_another_kind():
    code = "import numpy as np\na, b, c = np.ones((5, 2)), np.ones((7, 2)), np.ones((5, 3))\nd = a.sum()"
    assert names(code) == [("a", "b")]


def test_functions_with_the_same_parameters_are_of_one_kind():
    code = "def plain(x): return x\ndef residual(x): return x\ndef other(y): return y\nd = plain([])"
    assert names(code) == [("plain", "residual")]


def test_wiring_is_outside_of_functions_or_in_a_call_of_the_chapters_own():
    cells = ["def f(x, y):\n    return x - y", "def g(x, y):\n    return f(x, y) + h(x, y)", "f(a, b)"]
    kinds = {"": {"f": "function of x, y"}}
    assert [(c.old, c.wiring, c.function) for c in changes(*cells, kinds=kinds) if c.kind == "arguments"] == [
        ("f(x, y)", True, "g"),
        ("h(x, y)", False, "g"),
        ("f(a, b)", True, ""),
    ]
