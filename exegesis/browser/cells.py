"""Running cells one by one as a notebook does, in the reader's browser.

The page's worker makes one `Session` and runs cells in it. What a cell prints, shows and
ends in goes to the page as it comes, by a function from a kind of output and its text.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import sys
import traceback
from collections.abc import Callable
from typing import Any, ClassVar

from exegesis.catalogue.checks import CheckError, parse_checks, read_values
from exegesis.kernel.aside import aside

#: Called with the kind of an output (stdout, stderr, value, picture, error, hint) and its text.
Show = Callable[[str, str], object]
#: How much a cell may print, in characters: an endless loop must not fill the page.
LIMIT = 100_000


class _Printed(io.TextIOBase):
    """What is written goes to the page at once, up to a limit for each cell."""

    def __init__(self, name: str, show: Show) -> None:
        self._name, self._show, self._left = name, show, LIMIT

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._left > 0:
            self._show(self._name, text[: self._left])
            self._left -= len(text)
            if self._left <= 0:
                self._show("hint", f"The cell prints more than {LIMIT:,} characters; the rest is not shown.")
        return len(text)


class Session:
    """The state of a notebook."""

    #: There is one; matplotlib's backend finds it here.
    current: ClassVar[Session]

    def __init__(self, show: Show) -> None:
        Session.current = self
        self.show = show
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self._sources: set[str] = set()

    def run(self, source: str, name: str, checks: str = "", apart: bool = False) -> dict[str, Any]:
        """Run a cell.

        Args:
            source: its code; the value of a last expression is shown unless it ends in a semicolon.
            name: what tracebacks call it, such as 'Cell 3'.
            checks: the lines of the claim that the cell proves, if it proves one; or of its exercise.
            apart: whether nothing of what it does is to stay, as of an exercise.

        Returns:
            ``ok``, whether it ran to its end; and with ``checks`` the ``verdicts``, or the
            ``fault`` for which there are none.
        """
        self._remember(source, name)
        value = None
        with (
            aside(self.names) if apart else contextlib.nullcontext(),
            contextlib.redirect_stdout(_Printed("stdout", self.show)),
            contextlib.redirect_stderr(_Printed("stderr", self.show)),
        ):
            try:
                value = self._run(source, name)
                text = None if value is None else repr(value)
                if text is not None and not _ends_in_semicolon(source):
                    self.show("value", text)
                self._show_figures()
            except BaseException as error:  # the reader's code may raise anything, SystemExit too
                self._drop_figures()
                self.show("error", self._traceback(error))
                if hint := _hint(error):
                    self.show("hint", hint)
                return {"ok": False}
        return {"ok": True} | (judge(text or "", checks) if checks else {})

    def _run(self, source: str, name: str) -> Any:
        tree = ast.parse(source, name)
        last = tree.body[-1] if tree.body else None
        if not isinstance(last, ast.Expr):
            exec(compile(tree, name, "exec"), self.names)
            return None
        exec(compile(ast.Module(tree.body[:-1], tree.type_ignores), name, "exec"), self.names)
        return eval(compile(ast.Expression(last.value), name, "eval"), self.names)

    def _remember(self, source: str, name: str) -> None:
        """Keep the lines for tracebacks; without a time they are not looked for on disk."""
        self._sources.add(name)
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)

    def _show_figures(self) -> None:
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.show()

    def _drop_figures(self) -> None:
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close("all")

    def _traceback(self, error: BaseException) -> str:
        """Return a traceback of the cells alone: what happened inside of libraries is one line."""
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename in self._sources]
        lines = [
            f"{frame.filename}, line {frame.lineno}"
            + (f", in {frame.name}" if frame.name != "<module>" else "")
            + (f"\n    {frame.line}" if frame.line else "")
            for frame in own
        ]
        if own and frames[-1] is not own[-1]:
            path = frames[-1].filename.replace("\\", "/").rpartition("site-packages/")[2]
            lines.append(f"{path}, line {frames[-1].lineno}, in {frames[-1].name}")
        said = "".join(traceback.format_exception_only(error)).replace('File "', "").replace('", line', ", line")
        return "\n".join([*lines, said.strip() if isinstance(error, SyntaxError) else _plain(error)])


def _plain(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"ModuleNotFoundError: No module named '{error.name}'"
    return "".join(traceback.format_exception_only(error)).strip()


def _hint(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return (
            "This package is not among those that the page can fetch. "
            "Download the chapter's notebook to run it with packages of your own."
        )
    if "ellipsis" in str(error):
        return "Put code of your own in the place of the three dots."
    if isinstance(error, SyntaxError) and (error.text or "").lstrip().startswith(("%", "!")):
        return "Commands of IPython (% and !) are not known here; write plain Python."
    return ""


def _ends_in_semicolon(source: str) -> bool:
    """Whether the last line asks, as in IPython, for its value not to be shown."""
    last = ast.parse(source).body[-1]
    rest = source.splitlines()[(last.end_lineno or 1) - 1].encode()[last.end_col_offset :]
    return rest.decode().lstrip().startswith(";")


def judge(value: str, checks: str) -> dict[str, Any]:
    """Hold a claim's check lines, and those that say what does not reproduce, against a cell's printed value.

    Returns:
        ``verdicts``, one for each line, in words for readers; or the ``fault``.
    """
    try:
        values = read_values(value)
        verdicts = [check.judge(values) for check in parse_checks(checks)]
    except CheckError as error:
        return {"fault": str(error)}
    return {
        "verdicts": [
            {
                "check": verdict.check.relation_text,
                "computed": verdict.computed,
                "shown": verdict.shown,
                "holds": verdict.comes_out,
                "words": verdict.words,
                "denied": verdict.check.denied,
            }
            for verdict in verdicts
        ]
    }
