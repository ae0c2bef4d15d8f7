import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exegesis.slicing.flow import slice_of, statements_of
from exegesis.slicing.pruning import pruned


def needed(*cells):
    """Return the code of the statements that the last cell depends on, itself left out."""
    import ast

    statements = statements_of(pruned(cells).trees)
    found = slice_of(statements, len(cells) - 1)
    return [ast.unparse(statements[i].node).partition("\n")[0] for i in sorted(found)][:-1]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("a = 1\nb = 2\nc = a", ["a = 1", "c = a"]),
        ("a = 1\nc = a\na = 2", ["a = 1", "c = a"]),
        ("c = 1\nc = 2", ["c = 2"]),
        ("c = []\nc.append(1)\nb = c[0]", ["c = []", "c.append(1)"]),
        ("c = [1]\nc[0] = 2\nb = c", ["c = [1]", "c[0] = 2"]),
        ("c = 1\nif c:\n    c = 2", ["c = 1", "if c:"]),
        ("k = 2\ndef f(x):\n    return k * x\nk = 3\nc = f(1)", ["def f(x):", "k = 3", "c = f(1)"]),
        ("def g():\n    return 1\ndef f():\n    return g()\nc = f()", ["def g():", "def f():", "c = f()"]),
        ("def f(x, y):\n    x[0] = y\nc = [0]\nd = [0]\nf(c, 1)\nf(d, c)", None),
        ("def f(ws):\n    for w in ws:\n        w -= 1\nc = [g]\nout = f(c)", ["def f(ws):", "c = [g]", "out = f(c)"]),
        ("def f(x):\n    return x\nc = [0]\nd = f(c)", ["c = [0]"]),
        ("def f(x, rng):\n    return rng.normal(x)\nb = f(1, rng)\nc = f(2, rng)", ["def f(x, rng):", "c = f(2, rng)"]),
    ],
)
def test_what_a_value_depends_on(code, wanted):
    if wanted is None:
        wanted = ["def f(x, y):", "c = [0]", "f(c, 1)"]
    assert needed(code, "c") == wanted


def test_across_cells():
    assert needed("a = 1", "b = a\nz = 3", "b + 1") == ["a = 1", "b = a"]


names = st.sampled_from("abcd")
statements = st.one_of(
    st.builds("{} = {} + {}".format, names, names, names),
    st.builds("{} = {} * 2".format, names, names),
    st.builds("{} += {}".format, names, names),
    st.builds("if {} > 3:\n    {} = {}".format, names, names, names),
    st.builds("for i in range(2):\n    {} = {} - i".format, names, names),
    st.builds("def f(x):\n    return x + {}\n{} = f({})".format, names, names, names),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(statements, max_size=8), names)
def test_the_slice_alone_gives_the_same_value(lines, name):
    """Whatever the program: what is not in the slice may as well not be there."""
    import ast

    cells = ["a, b, c, d = 1, 2, 3, 5", *lines, name]
    trees = pruned(cells).trees
    found = statements_of(trees)
    own = slice_of(found, len(cells) - 1)

    def value(numbers):
        known = {}
        with contextlib.suppress(NameError):
            for i in numbers[:-1]:
                exec(ast.unparse(found[i].node), known)
            return eval(name, known)

    assert value(sorted(own)) == value(range(len(found)))
