"""Exercises that look at the answer: a question, a cell to begin with, checks, hints, and a solution.

Directives can't contain cells, and in JupyterLab each is to stay a cell of the notebook: they bear the exercise's name
(``:starter:``, ``:solution:``, ``:measure:``), and are put into it here. Where a book brings sphinx-exercise, whose
directives have the same names, those stay what they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from exegesis.catalogue import CheckError
from exegesis.catalogue.claims import split_options
from exegesis.catalogue.exercises import Exercise, read_exercise
from exegesis.execution.exercises import measure_of
from exegesis.execution.notebook import code_line
from exegesis.exercise import MEASURE, PARTS, SOLUTION, STARTER, answer
from exegesis.fault import Kind
from exegesis.slicing.answers import cells_needed
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import line_in, tell
from exegesis.sphinxext.patches.myst_nb import code_cells, has_option, is_output, values_in
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.state import application_of
from exegesis.sphinxext.theme import PART as STYLE

from .claims import inline_html
from .maths import macros_of
from .values import Cells, cells_in, directive_line, page_text, printed_numbers, read_page

_NO_PYTHON = ("SyntaxError", "IndentationError", "TabError")
_OTHERS = "sphinx_exercise"
_WORDS = "words"  # of a solution
_UNREAD = "exegesis_unread_exercises"  # of a page: the names of those that can't be read, whose parts are no strays


class exercise(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """An exercise; ``node["exercise"]`` is what was declared, the children are its question and its parts."""


class exercise_checks(nodes.General, nodes.Element):  # noqa: N801
    """Where the checks of an exercise stand."""


class exercise_fold(nodes.General, nodes.Element):  # noqa: N801
    """What a reader opens, a hint or the solution; ``node["summary"]`` says which."""


class ExerciseDirective(SphinxDirective):
    """``{exercise} name``: a question, in the body, that looks at the answer by checks as a claim's."""

    required_arguments = 1
    final_argument_whitespace = True  # so that what is wrong with a name is told
    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        env, path = self.env, Path(self.env.doc2path(self.env.docname))
        others = [node["exercise"].id for node in self.state.document.findall(exercise)]
        line = directive_line(page_text(path), "exercise", name, others.count(name))
        line = line or line_in(path.name, self.lineno)
        try:
            read = read_exercise(name, list(self.content), others)
        except CheckError as error:
            _tell(env.docname, line, name, str(error))
            env.temp_data.setdefault(_UNREAD, []).append(name)
            return []
        _, body, offset = split_options(list(self.content))
        title, _ = self.state.inline_text(read.title, self.lineno)
        node = exercise(exercise=read, line=line, ids=[read.anchor], names=[read.anchor])
        node["title"] = "".join(inline_html(each, macros_of(self.config)) for each in title)
        self.state.nested_parse(StringList(body, source=""), self.content_offset + offset, node)
        for number, hint in enumerate(read.hints, start=1):
            summary = "Hint" if len(read.hints) == 1 else f"Hint {number} of {len(read.hints)}"
            fold = exercise_fold(kind="hint", summary=summary)
            self.state.nested_parse(StringList(hint.splitlines(), source=""), self.content_offset, fold)
            node += fold
        self.state.document.note_explicit_target(node)
        return [node]


class SolutionDirective(SphinxDirective):
    """``{solution} name``: the words of the solution to the exercise of that name."""

    required_arguments = 1
    final_argument_whitespace = True  # so that what is wrong with a name is told
    has_content = True

    def run(self) -> list[nodes.Node]:
        node = exercise_fold(kind="solution", summary="Solution", of=self.arguments[0])
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class PutTogether(SphinxTransform):
    """Put the parts of each exercise into it, and hold its solution and its starter against its checks."""

    default_priority = 846  # after claims have looked at the cells, before the chapter's end is generated

    def apply(self, **kwargs: Any) -> None:
        posed = list(self.document.findall(exercise))
        notebook, text = read_page(self.env)
        if not posed and not any(part in text for part in PARTS):
            return
        parts = _Parts(self.document)
        for number, node in enumerate(posed, start=1):
            node["number"] = number
            name = node["exercise"].id
            found = parts.of(name)
            wrong = node["exercise"].unfit(*map(len, found.values()))
            if wrong:
                _tell(self.env.docname, node["line"], name, wrong)
            elif node["exercise"].wanted and notebook:
                judged = _Judged(self.env, node["exercise"], cells_in(notebook, self.env))
                answers = [
                    judged.judge(part, notebook, found[part][0]["cell_index"], text) for part in (STARTER, SOLUTION)
                ]
                node["needs"] = cells_needed([cell.source for cell in judged.cells.all], answers)
                records_of(self.env).exercises.setdefault(self.env.docname, []).append(node["exercise"].anchor)
            _assemble(node, found)
        known = [node["exercise"].id for node in posed] + self.env.temp_data.get(_UNREAD, [])
        for stray, name in parts.left_over(known):
            tell(Kind.EXERCISE, f"the exercise '{name}' is stated nowhere", f"add '{{exercise}} {name}'", stray)


class _Parts:
    """What bears the name of an exercise on a page."""

    def __init__(self, document: nodes.document) -> None:
        self._cells = list(code_cells(document))
        self._words = [node for node in document.findall(exercise_fold) if node["kind"] == "solution"]

    def of(self, name: str) -> dict[str, list[Any]]:
        """Return its cells by their part, and the words of its solution."""
        cells = {part: [each for each in self._cells if _name(each, part) == name] for part in PARTS}
        return {**cells, _WORDS: [each for each in self._words if each["of"] == name]}

    def left_over(self, known: list[str]) -> Iterator[tuple[nodes.Element, str]]:
        """Yield what bears another name than these."""
        named: list[tuple[nodes.Element, str]]
        named = [(each, name) for each in self._cells for part in PARTS if (name := _name(each, part))]
        named += [(each, each["of"]) for each in self._words]
        yield from ((node, name) for node, name in named if name not in known)


def _name(cell: nodes.container, option: str) -> str:
    return str((cell.get("cell_metadata") or {}).get(option) or "")


def _assemble(node: exercise, found: dict[str, list[Any]]) -> None:
    """Move the parts into the exercise: starter and checks after the question, what is folded after them."""
    hints = [each for each in node.children if isinstance(each, exercise_fold)]
    words = found[_WORDS]
    solution = words[0] if words else exercise_fold(kind="solution", summary="Solution")
    measure = exercise_fold(kind="measure", summary="What is run after it")
    for part in (*hints, *itertools.chain.from_iterable(found.values())):
        part.parent.remove(part)
    for cell in (*found[STARTER], *found[SOLUTION]):
        for output in [each for each in cell.children if is_output(each)]:
            for value in values_in(output):
                value.parent.remove(value)
            if has_option(cell, STARTER) or not output.children:
                cell.remove(output)
    measure += found[MEASURE]
    solution[0:0] = found[SOLUTION]
    node += [*found[STARTER], *([exercise_checks()] if node["exercise"].wanted else [])]
    node += [fold for fold in (measure, *hints, solution) if fold.children]


class _Judged:
    """Holds the two cells of an exercise against its checks, and tells what is wrong."""

    def __init__(self, env: BuildEnvironment, exercise: Exercise, cells: Cells) -> None:
        self.docname, self.exercise, self.cells = env.docname, exercise, cells
        is_chapter = book_of(application_of(env)).is_chapter(env.docname)
        self._tells_syntax = not (env.config.exegesis_contract and is_chapter)  # else a rule does

    def judge(self, part: str, notebook: NotebookNode, index: int, text: str) -> str:
        """Judge the starter or the solution, if it was run; return the program that it is."""
        cell = notebook.cells[index].copy()
        cell.source = answer(cell.source, measure_of(notebook, self.exercise.id))
        if not self.cells.ran:
            return str(cell.source)
        raised = next((output for output in cell.outputs if output.output_type == "error"), None)
        find = self._of_solution if part == SOLUTION else self._of_starter
        for wrong in find(cell, raised):
            _tell(self.docname, code_line(notebook, index, text), self.exercise.id, wrong)
        return str(cell.source)

    def _of_solution(self, cell: NotebookNode, raised: NotebookNode | None) -> Iterator[str]:
        if raised:
            yield f"its solution raises {raised.ename}: {raised.evalue}; mend it"
            return
        try:
            numbers = self.cells.numbers(cell)
            for verdict in self.exercise.judge(numbers or {}):
                if not verdict.holds:
                    computed = f"computed {verdict.computed:.12g}"
                    yield f"'{verdict.check}' does not hold of its solution, {computed}; mend the one or the other"
        except CheckError as error:
            yield f"its solution: {error}"

    def _of_starter(self, cell: NotebookNode, raised: NotebookNode | None) -> Iterator[str]:
        if raised:
            if raised.ename in _NO_PYTHON and self._tells_syntax:
                yield f"its starter is no Python ({raised.evalue}); a reader has to mend an idea, write '...' for code"
            return
        try:
            passes = all(verdict.holds for verdict in self.exercise.judge(printed_numbers(cell)))
        except CheckError:  # it gives no numbers yet
            return
        if passes:
            yield "its starter passes all checks; take out of it what the reader is to find, or check for that"


def _tell(docname: str, line: int, name: str, wrong: str) -> None:
    what, _, mend = wrong.partition("; ")
    tell(Kind.EXERCISE, f"exercise '{name}': {what}", mend, (docname, line))


def visit_exercise(self: HTML5Translator, node: exercise) -> None:
    """Open the card."""
    page = self.builder.current_docname
    self.body.append(book_of(application_of(self.builder)).render("exercise.html", node=node, page=page))


def visit_checks(self: HTML5Translator, node: exercise_checks) -> None:
    """Write what the answer is held against, before anything ran."""
    assert node.parent is not None
    declared = node.parent["exercise"]
    self.body.append(book_of(application_of(self.builder)).render("exercise-checks.html", exercise=declared))
    raise nodes.SkipNode


def visit_fold(self: HTML5Translator, node: exercise_fold) -> None:
    """Open a hint or the solution."""
    kind = node["kind"]
    self.body.append(f'<details class="exercise-fold exercise-{kind}"><summary>{node["summary"]}</summary>\n')


def _close(tag: str) -> Any:
    def depart(self: HTML5Translator, node: nodes.Element) -> None:
        self.body.append(f"</{tag}>\n")

    return depart


def _add_script(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    shows = doctree is not None and next(doctree.findall(exercise), None) is not None
    if shows or "exercises" in records_of(app.env).listings.get(pagename, ()):
        app.add_css_file("exercise.css", priority=STYLE)
        app.add_js_file("exercise.js", loading_method="defer", priority=STYLE + 1)  # after that of Run


def _add_directives(app: Sphinx, config: Config) -> None:
    if _OTHERS not in app.extensions:
        app.add_directive("exercise", ExerciseDirective)
        app.add_directive("solution", SolutionDirective)


def setup(app: Sphinx) -> None:
    """Register the nodes, the transform, and the directives when it is known which others there are."""
    app.add_transform(PutTogether)
    app.add_node(exercise, html=(visit_exercise, _close("div")))
    app.add_node(exercise_checks, html=(visit_checks, None))
    app.add_node(exercise_fold, html=(visit_fold, _close("details")))
    app.connect("config-inited", _add_directives)
    app.connect("html-page-context", _add_script)
