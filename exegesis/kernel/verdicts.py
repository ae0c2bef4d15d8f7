"""An IPython extension for authors: when a claim's cell has run, a line says what became of the claim.

The claims are read from the chapter's file as it was saved last, and judged as the build judges them. A chapter has
no line for this: `exegesis lab` starts its kernels with it, and elsewhere one types
``%load_ext exegesis.kernel.verdicts``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from exegesis.catalogue import CheckError, Claim, Declared, Evidence, Verdict, read_values, typed_in
from exegesis.catalogue.claims import declared
from exegesis.catalogue.frontmatter import NOTEBOOK
from exegesis.contract.chapter import Cell
from exegesis.contract.reading import read_chapter
from exegesis.fault import closest
from exegesis.text import UnreadableError, read_text


def load_ipython_extension(shell: Any) -> None:
    """Listen to the cells of an IPython shell.

    And let its kernel call the language of its cells as chapters do: JupyterLab notes what the kernel calls it, and
    jupytext writes it at each cell that is saved.
    """
    shell.events.register("post_run_cell", _Listener(shell).tell)
    if kernel := getattr(shell, "kernel", None):
        kernel.language_info = {**kernel.language_info, "pygments_lexer": "python"}


class _Listener:
    """Tells of the claims of the cells that a shell runs."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def tell(self, result: Any) -> None:
        """Print what became of the claim of the cell that has run, if it ended in a value and has one."""
        if not result.success or result.result is None or not result.info:
            return
        value = self.shell.display_formatter.format(result.result)[0].get("text/plain", "")
        if told := verdict_on(result.info.raw_cell, value, self._claim(), self._files()):
            print(told)

    def _claim(self) -> str:
        """Return the claim that the front end tells of the cell: JupyterLab sends a cell's options with its code."""
        parent: dict[str, Any] = getattr(self.shell, "get_parent", dict)() or {}
        name = parent.get("metadata", {}).get("claim")
        return name if isinstance(name, str) else ""

    def _files(self) -> Iterator[Path]:
        """Yield the files that may be the notebook's: VS Code and JupyterLab name it, else any that is beside it."""
        named = self.shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
        for path in [Path(named)] if named else sorted(Path.cwd().iterdir()):
            for each in (path, path.with_suffix(".md")) if path.suffix == NOTEBOOK else (path,):
                if each.suffix in (".md", NOTEBOOK) and each.is_file():
                    yield each


def verdict_on(code: str, value: str, name: str, files: Iterator[Path]) -> str:
    """Return a line on the claim of a cell; empty where it has none.

    Args:
        code: of the cell.
        value: what it ended in, as it is printed.
        name: of the claim, if it is known; else the cell is sought in the files by its code.
        files: in which the claim may be stated.
    """
    for path in files:
        try:
            text = read_text(path)
        except (OSError, UnreadableError):
            continue
        if "{claim}" not in text:
            continue
        cells = read_chapter(path, path.name, text).cells
        mine = next((n for n, cell in enumerate(cells) if cell.source.strip() == code.strip()), len(cells))
        found = name or (str(cells[mine].options.get("claim", "")) if mine < len(cells) else "")
        if found:
            claims = declared(text, path.suffix == NOTEBOOK)
            return f"claim {found}: {_judged(found, claims, code, value, cells[:mine], path.name)}"
    return ""


def _judged(name: str, claims: list[Declared], code: str, value: str, before: list[Cell], file: str) -> str:
    claim = next((each for each in claims if each.id == name), None)
    if claim is None:
        return f"not stated in {file}; {closest(name, [each.id for each in claims])} save the chapter"
    if claim.wrong:
        return f"{file}:{claim.line}: {claim.wrong}"
    try:
        values = read_values(value)
        if typed := _typed_in(code, before, claim.evidence is Evidence.DERIVED):
            raise CheckError(f"{', '.join(typed)} is typed in, not computed; let the cell compute it")
        judged = Claim(
            name, "", "", "", claim.source, claim.evidence or Evidence.QUOTED, claim.line, limits=claim.limits
        )
        judged = replace(judged, verdicts=tuple(check.judge(values) for check in claim.checks))
        denied = claim.limits.checks if claim.limits else ()
        judged = replace(judged, limit_verdicts=tuple(check.judge(values) for check in denied))
        said = claim.said and claim.said.passes(values)
    except CheckError as error:
        return str(error)
    lines = [
        *map(_shown, judged.judged),
        *([f"what is said ({claim.said.text}) passes too"] if claim.said and said else []),
    ]
    return f"{judged.standing.value}; {'; '.join(lines)}"


def _shown(verdict: Verdict) -> str:
    relation = f"'{verdict.check.relation_text}' {verdict.words}"
    wrong = "" if verdict.holds or not verdict.check.denied else ", which ':limits:' denies"
    return f"{relation}{wrong}: computed {verdict.shown}"


def _typed_in(code: str, before: list[Cell], arithmetic: bool) -> list[str]:
    try:
        return typed_in(code, [cell.source for cell in before], arithmetic)
    except (SyntaxError, ValueError):  # no Python, or IPython's commands beside it
        return []
