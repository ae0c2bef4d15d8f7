"""What a chapter's code may do: short cells of plain Python that give the same result on every machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .chapter import Cell, Chapter
from .rule import Book, Found, rule

LINES, WIDTH = 25, 79
#: The parts of Python's own library that a chapter may use: what is computed, and nothing of the machine.
STANDARD = frozenset(
    ("collections", "dataclasses", "fractions", "functools", "heapq", "itertools", "math", "operator", "string")
)
_NETWORK = {"aiohttp", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket", "ssl", "urllib"}
_CLOCK = {"datetime", "time", "timeit", "calendar", "zoneinfo"}
#: What numpy.random has that does not draw from the global generator.
_NEW_STYLE = {"default_rng", "Generator", "SeedSequence", "PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"}
_FETCHES = re.compile(r"fetch_\w+|urlopen|urlretrieve|load_dataset")
_ABSOLUTE = re.compile(r"(?:/(?:home|Users|tmp|var|usr|opt|mnt|data|content|root|etc)/|~/|[A-Za-z]:[\\/])\S*")
_MAGIC = re.compile(r"^[ \t]*([%!]\S+|\?\S*)", re.MULTILINE)


def in_cell(code: str, options: str = "") -> str:
    """Return the text of a cell."""
    return f"```{{code-cell}} python\n{options}{code}\n```\n"


def at(cell: Cell, node: ast.AST, *values: object) -> Found:
    """Return what was found at a part of a cell's code."""
    column = 0 if cell.is_numbered else getattr(node, "col_offset", -1) + 1
    return Found(cell.at(getattr(node, "lineno", 1)), column, values)


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` of a name with attributes; of anything else nothing."""
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _imports(cell: Cell) -> Iterator[tuple[ast.AST, str]]:
    for node in cell.imports:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."]
        yield from ((node, name.partition(".")[0] or ".") for name in names)


def _calls(chapter: Chapter) -> Iterator[tuple[Cell, ast.Call, str]]:
    for cell in chapter.cells:
        yield from ((cell, call, dotted(call.func)) for call in cell.calls)


@rule(
    "syntax",
    "the cell is no Python: {0}",
    "correct it",
    bad=in_cell("values = [1, 2"),
    good=in_cell("values = [1, 2]"),
)
def syntax(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Found before a kernel is started."""
    for cell in chapter.cells:
        if cell.tree is None and not _MAGIC.search(cell.source):
            try:
                compile(cell.source, "cell", "exec")
            except SyntaxError as error:
                yield Found(cell.at(error.lineno or 1), 0 if cell.is_numbered else error.offset or 0, (error.msg,))
            except ValueError as error:
                yield Found(cell.at(1), 0, (error,))


@rule(
    "cell-options",
    "the cell's options can't be read: {0}",
    "quote text that has a colon, and close what opens",
    bad=in_cell("sum(range(10))", ":claim: [total\n\n"),
    good=in_cell("sum(range(10))", ":claim: total\n\n"),
    is_told=True,
)
def cell_options(chapter: Chapter, book: Book) -> Iterator[Found]:
    """They say what the cell proves, and what its figure shows."""
    for cell in chapter.cells:
        if cell.wrong:
            yield Found(cell.options_line, 0, (cell.wrong,))


@rule(
    "magic",
    "'{0}' is no Python but IPython's own",
    "write it in plain Python; what is installed is the book's affair",
    bad=in_cell("%matplotlib inline"),
    good=in_cell("import matplotlib.pyplot as plt"),
)
def magic(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A cell runs in the browser, in tests and in scripts too, where there is no IPython."""
    for cell in chapter.cells:
        if cell.tree is None and (found := _MAGIC.search(cell.source)):
            yield Found(cell.at(cell.source.count("\n", 0, found.start(1)) + 1), 0, (found[1],))


@rule(
    "cell-length",
    "the cell has {0} lines of code",
    f"split it where a thought ends; {LINES} are the most, blank ones aside",
    bad=in_cell("\n".join(f"x{n} = {n}" for n in range(LINES + 1))),
    good=in_cell("\n".join(f"x{n} = {n}" for n in range(LINES))),
)
def cell_length(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A cell is read in one go, with the sentence before it in mind."""
    for cell in chapter.cells:
        if (lines := sum(bool(line.strip()) for line in cell.source.splitlines())) > LINES:
            yield Found(cell.line, 0, (lines,))


@rule(
    "cell-width",
    "the line has {0} columns",
    f"break it; {WIDTH} are the most",
    bad=in_cell(f'name = "{"x" * WIDTH}"'),
    good=in_cell('name = "short"'),
)
def cell_width(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Code that is wider is cut on a phone and on paper."""
    for cell in chapter.cells:
        for number, line in enumerate(cell.source.splitlines(), start=1):
            if len(line) > WIDTH:
                yield Found(cell.at(number), 0 if cell.is_numbered else WIDTH + 1, (len(line),))


@rule(
    "import",
    "'{0}' is nothing that a chapter imports",
    "use {1}, or of Python's own {2}",
    bad=in_cell("import torch"),
    good=in_cell("import numpy as np"),
)
def imports(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A chapter runs with a few libraries that last, and in the reader's browser; what it teaches, it spells out."""
    for cell in chapter.cells:
        for node, name in _imports(cell):
            if name not in book.libraries | STANDARD | _NETWORK | _CLOCK | {"random"}:
                yield at(cell, node, name, ", ".join(sorted(book.libraries)), ", ".join(sorted(STANDARD)))


@rule(
    "network",
    "'{0}' asks the network",
    "make or bundle the data; a chapter runs without a network",
    bad=in_cell("from urllib.request import urlopen"),
    good=in_cell("from sklearn.datasets import load_digits"),
    uses="network",
)
def network(chapter: Chapter, book: Book) -> Iterator[Found]:
    """What is fetched may change, or be gone: then the book is red, or worse, different."""
    for cell in chapter.cells:
        for node, name in _imports(cell):
            if name in _NETWORK:
                yield at(cell, node, name)
    for cell, call, name in _calls(chapter):
        texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if _FETCHES.fullmatch(name.rpartition(".")[2]) or any(re.match(r"(?:https?|ftp)://", text) for text in texts):
            yield at(cell, call, name or "the call")


@rule(
    "clock",
    "'{0}' reads the clock",
    "count steps or operations; the build tells how long cells take",
    bad=in_cell("import time"),
    good=in_cell("steps = 0"),
    uses="clock",
)
def clock(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A result that depends on the time is another one in each build."""
    for cell in chapter.cells:
        for node, name in _imports(cell):
            if name in _CLOCK:
                yield at(cell, node, name)
    for cell, call, name in _calls(chapter):
        texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        if name.endswith("datetime64") and {"now", "today"} & set(map(str, texts)):
            yield at(cell, call, name)


@rule(
    "unseeded",
    "'{0}' draws without a seed",
    "write np.random.default_rng(0), and pass the generator on",
    bad=in_cell("rng = np.random.default_rng()"),
    good=in_cell("rng = np.random.default_rng(0)"),
    uses="randomness",
)
def unseeded(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A number that is drawn anew in each build can't be checked."""
    for cell, call, name in _calls(chapter):
        given = [*call.args, *(word.value for word in call.keywords)]
        none = all(isinstance(value, ast.Constant) and value.value is None for value in given)
        last = name.rpartition(".")[2]
        makes = last in ("default_rng", "RandomState", "SeedSequence") and none
        draws = last == "rvs" and not any(word.arg == "random_state" for word in call.keywords)
        if makes or draws:
            yield at(cell, call, f"{name}()")


@rule(
    "global-seed",
    "'{0}' is the generator of the whole process",
    "make one rng = np.random.default_rng(0), and pass it to the functions that draw",
    bad=in_cell("np.random.seed(0)"),
    good=in_cell("rng = np.random.default_rng(0)\nrng.normal(size=3)"),
)
def global_seed(chapter: Chapter, book: Book) -> Iterator[Found]:
    """What another cell draws would change the result: cells could not be read, edited or run by themselves."""
    for cell in chapter.cells:
        for node, name in _imports(cell):
            if name == "random":
                yield at(cell, node, name)
        for node in cell.nodes:
            parts = dotted(node).split(".") if isinstance(node, ast.Attribute) else []
            if len(parts) == 3 and parts[:2] in (["np", "random"], ["numpy", "random"]) and parts[2] not in _NEW_STYLE:
                yield at(cell, node, ".".join(parts))


@rule(
    "absolute-path",
    "'{0}' is a place on one machine",
    "name it from the chapter's folder, or make the data in the cell",
    bad=in_cell('data = np.load("/home/me/data.npy")'),
    good=in_cell("data = np.arange(3)"),
)
def absolute_path(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Nobody else has that file."""
    for cell in chapter.cells:
        for node in cell.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ABSOLUTE.fullmatch(node.value):
                yield at(cell, node, node.value)


@rule(
    "figure-look",
    "'{0}' sets the look of a figure",
    "leave it to the book's matplotlibrc; colours are C0 to C6",
    bad=in_cell('plt.rcParams["font.size"] = 20\nplt.show()'),
    good=in_cell('ax.plot(x, y, color="C1")\nplt.show()'),
)
def figure_look(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Figures look alike, and are turned dark with the page; ink that is set in a cell vanishes there."""
    for cell in chapter.cells:
        for node in cell.nodes:
            name = dotted(node) if isinstance(node, ast.Attribute) else ""
            if name.endswith((".rcParams", ".rc_context", "plt.style", ".set_facecolor")):
                yield at(cell, node, name)
            elif isinstance(node, ast.keyword) and node.arg == "color":
                ink = node.value.value if isinstance(node.value, ast.Constant) else None
                if ink in ("black", "white", "k", "w"):
                    yield at(cell, node.value, f'color="{ink}"')
