"""Running cells as the page's worker does, here in this Python."""

from __future__ import annotations

import pytest

from exegesis.browser.cells import LIMIT, Session, judge


@pytest.fixture
def session():
    session = Session(lambda kind, text: session.shown.append((kind, text)))
    session.shown = []
    return session


def test_the_value_of_the_last_expression_is_shown(session):
    assert session.run("x = 2\nx + 1", "Cell 1") == {"ok": True}
    assert session.shown == [("value", "3")]


@pytest.mark.parametrize("source", ["3;", "3 ;  # no", "x = 3", "None", "", "# only a comment", "'é'; "])
def test_nothing_is_shown_after_a_semicolon_or_without_a_value(session, source):
    assert session.run(source, "Cell 1") == {"ok": True}
    assert session.shown == []


def test_a_semicolon_within_a_line_does_not_hide_the_value(session):
    session.run("x = 1; x", "Cell 1")
    session.run("'a;b'", "Cell 2")
    assert session.shown == [("value", "1"), ("value", "'a;b'")]


def test_names_live_from_cell_to_cell(session):
    session.run("def double(x):\n    return 2 * x", "Cell 1")
    session.run("double(4)", "Cell 2")
    assert session.shown == [("value", "8")]


def test_an_answer_to_an_exercise_leaves_nothing(session):
    session.run("kept = [1]", "Cell 1")
    told = session.run("kept.append(2)\nlen(kept)", "Your answer", "= 2", apart=True)
    assert [verdict["holds"] for verdict in told["verdicts"]] == [True]
    session.shown.clear()
    session.run("kept", "Cell 2")
    assert session.shown == [("value", "[1]")]


def test_an_answer_that_fails_leaves_nothing_either(session):
    session.run("kept = [1]", "Cell 1")
    assert session.run("kept.append(2)\n1 / 0", "Your answer", "= 2", apart=True) == {"ok": False}
    session.shown.clear()
    session.run("kept", "Cell 2")
    assert session.shown == [("value", "[1]")]


def test_three_dots_that_were_left_are_told(session):
    session.run("... + 1", "Your answer")
    assert session.shown[-1] == ("hint", "Put code of your own in the place of the three dots.")


def test_prints_come_as_they_are_written_and_before_the_value(session):
    session.run("import sys\nprint('a')\nprint('b', file=sys.stderr)\n1", "Cell 1")
    assert [kind for kind, _ in session.shown] == ["stdout", "stdout", "stderr", "stderr", "value"]
    assert "".join(text for kind, text in session.shown if kind == "stdout") == "a\n"


def test_what_is_printed_has_a_limit_for_each_cell(session):
    session.run(f"print('x' * {LIMIT + 10})\nprint('more')", "Cell 1")
    assert sum(len(text) for kind, text in session.shown if kind == "stdout") == LIMIT
    assert [kind for kind, _ in session.shown] == ["stdout", "hint"]
    session.run("print('again')", "Cell 2")
    assert ("stdout", "again") in session.shown


def test_a_traceback_has_the_lines_of_the_cells_alone(session):
    session.run("def f(x):\n    return x.real / 0", "Cell 1")
    assert session.run("f(1)", "Cell 2") == {"ok": False}
    assert session.shown == [
        (
            "error",
            "Cell 2, line 1\n    f(1)\nCell 1, line 2, in f\n    return x.real / 0\n"
            "ZeroDivisionError: division by zero",
        )
    ]


def test_what_happened_in_a_library_is_one_line(session):
    session.run("import json\njson.loads('{')", "Cell 1")
    (_, text) = session.shown[0]
    lines = text.splitlines()
    assert lines[:2] == ["Cell 1, line 2", "    json.loads('{')"]
    assert lines[2].endswith("in raw_decode") or "in parse" in lines[2]
    assert lines[3].startswith("json.decoder.JSONDecodeError:")
    assert len(lines) == 4


def test_code_that_does_not_parse_shows_the_place(session):
    assert session.run("x = (1\ny = 2", "Cell 3") == {"ok": False}
    (_, text) = session.shown[0]
    assert "Cell 3, line 1" in text
    assert text.splitlines()[-1].startswith("SyntaxError: '(' was never closed")


def test_a_missing_package_and_a_magic_are_explained(session):
    session.run("import no_such_package.part", "Cell 1")
    session.run("%timeit 1", "Cell 2")
    hints = [text for kind, text in session.shown if kind == "hint"]
    assert "packages of your own" in hints[0]
    assert "plain Python" in hints[1]
    assert "ModuleNotFoundError: No module named 'no_such_package'" in session.shown[0][1]


def test_leaving_python_is_an_error_of_the_cell(session):
    assert session.run("raise SystemExit(2)", "Cell 1") == {"ok": False}
    assert session.run("1", "Cell 2") == {"ok": True}


def test_a_claim_is_judged_by_the_language_of_checks(session):
    result = session.run("{'a': 0.3049, 'b': 2.0}", "Cell 1", "a = 0.30\na > b\nb = 2.0")
    assert [verdict["holds"] for verdict in result["verdicts"]] == [True, False, True]
    assert [verdict["shown"] for verdict in result["verdicts"]] == ["0.3049", "0.3049 against 2", "2"]


@pytest.mark.parametrize("value", ["", "'text'", "True", "{'b': 1.0}"])
def test_a_claim_without_its_numbers_has_a_fault_and_no_verdict(value):
    assert list(judge(value, "a = 1")) == ["fault"]


def test_a_hidden_value_is_judged_too(session):
    assert session.run("3.0;", "Cell 1", "= 3")["verdicts"][0]["holds"]
    assert session.shown == []


def test_figures_are_shown_as_the_inline_backend_does(session):
    matplotlib = pytest.importorskip("matplotlib")
    before = matplotlib.get_backend()
    try:
        session.run(
            "import matplotlib\nmatplotlib.use('module://exegesis.browser.figures')\nimport matplotlib.pyplot as plt\n"
            "plt.plot([1, 2]); plt.figure()\nplt.show()\nprint('between')\nplt.plot([3, 4]);",
            "Cell 1",
        )
        assert [kind for kind, _ in session.shown] == ["picture", "stdout", "stdout", "picture"]  # not the empty one
        assert session.shown[0][1].startswith("data:image/png;base64,iVBOR")
        session.run("plt.plot([1, 2])\n1 / 0", "Cell 2")
        session.run("1;", "Cell 3")
        assert [kind for kind, _ in session.shown[4:]] == ["error"]  # the figure of a failed cell is gone
    finally:
        matplotlib.use(before)
