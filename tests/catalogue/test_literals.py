"""What was typed in is found, in place and by way of variables; what was computed is left alone."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue.literals import typed_in


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = 1\n{'a': f(x), 'b': x}", ["'b'"]),
        ("{'a': 3, 'b': x}", ["'a'"]),
        ("{'a': 3 * 2 + 1}", ["'a'"]),
        ("155", ["the value"]),
        ("count(net)", []),
        ("x = 3", []),
        ("'a word'", []),  # is refused as no number
    ],
)
def test_a_result_typed_in_is_noticed(code, names):
    assert typed_in(code) == names


@pytest.mark.parametrize(
    ("before", "code", "names"),
    [
        ("x = 155", "x", ["the value"]),
        ("x = 155", "-x", ["the value"]),
        ("x = 154 + 1", "x", ["the value"]),
        ("x = y = 155", "{'a': y}", ["'a'"]),
        ("x: int = 155", "{'a': x}", ["'a'"]),
        ("(x, z) = 155, f()", "{'a': x, 'b': z}", ["'a'"]),
        ("x = 155\ny = x", "{'a': y}", ["'a'"]),
        ("x = 1\nx = 2", "{'a': x}", ["'a'"]),
        ("", "values = {'a': 155, 'b': f()}\nvalues", ["'a'"]),
        ("paper = {'top': 76.4}", "{'a': paper['top']}", ["'a'"]),
        ("paper = [76.4, 75]", "{'a': paper[0]}", ["'a'"]),
        ("", "{'a': float(155), 'b': round(0.5)}", ["'a'", "'b'"]),
        ("if True:\n    x = 3", "{'a': x}", ["'a'"]),
        # what stands beside a number and cannot change it
        ("x = f()", "0 * x + 99", ["the value"]),
        ("x = f()", "{'a': 99 - x * 0, 'b': x}", ["'a'"]),
        ("x = f()", "x - x + 3", ["the value"]),
        ("x = f()", "3 * (x / x)", ["the value"]),
        ("x = f()", "x**0 * 5 if True else x", ["the value"]),
        ("", "int('100')", ["the value"]),
        ("x = f()", "{'a': 1 * x + 0, 'b': x**1, 'c': 2 * x}", []),
        ("", "draw(rng) - draw(rng)", []),  # two draws
        # computed, or filled somewhere
        ("classes, side = 80, 28", "classes * side**2", []),
        ("x = f()", "{'a': x}", []),
        ("x = 0\nfor i in range(3):\n    x += i", "{'a': x}", []),
        ("for x in (1, 2):\n    pass", "{'a': x}", []),
        ("x = 1\nx = f(x)", "{'a': x}", []),
        ("def f():\n    global x\n    x = f()\nx = 1", "{'a': x}", []),
        ("counts = {'a': 0}\ncounts['a'] += 1", "{'a': counts['a']}", []),
        ("counts = {'a': 0}\ncounts.update(f())", "{'a': counts['a']}", []),
        ("counts = [0, 0]\nfill(counts)", "{'a': counts[0]}", []),
        ("from math import pi", "{'a': pi}", []),
        ("def f():\n    x = 3", "{'a': x}", []),
        ("layers = [3, 4, 6, 3]", "{'a': len(layers), 'b': sum(layers)}", []),
        ("x = 155", "{'a': f(x)}", []),
        ("x = (", "{'a': f()}", []),
        ("x = x", "x", []),
    ],
)
def test_variables_are_looked_through(before, code, names):
    assert typed_in(code, [before]) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("{'gain': 76.4 - 75.0}", []),
        ("a, b = 76.4, 75.0\n{'gain': a - b}", []),
        ("gain = 76.4 - 75.0\ngain", []),
        ("{'gain': 76.4 - 75.0, 'paper': 1.4}", ["'paper'"]),
        ("a = 1.4\n{'gain': a}", ["'gain'"]),
        ("{'gain': float(-1.4)}", ["'gain'"]),
    ],
)
def test_a_derived_claim_calculates_with_literals(code, names):
    assert typed_in(code, arithmetic=True) == names


@given(st.lists(st.text(alphabet="abx=+-*/()[]{}:,.'1 \n", max_size=30), max_size=3), st.booleans())
def test_no_code_makes_it_fail_otherwise_than_python_itself(sources, arithmetic):
    with contextlib.suppress(SyntaxError):
        typed_in("\n".join(sources[-1:]), sources[:-1], arithmetic)
