"""The ways to break the book of `good.py`, a row each, and what has to be said of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

CONFIG, TOC, BIB, KEYWORDS = "_config.yml", "_toc.yml", "references.bib", "book/keywords.yml"
NAMES, INDEX = "book/names.yml", "index.md"
FIRST, SECOND, THIRD = "book/papers/first.md", "book/papers/second.md", "book/papers/third.ipynb"
PICTURE = "book/papers/block.svg"

Change = Callable[[Path], None]


@dataclass(frozen=True)
class Way:
    """One way to break the book."""

    name: str
    file: str  # that is broken
    change: Change
    at: (
        str | int
    )  # where it is told: the number of the line, or a piece of it once it is broken; 'cell 1' of a notebook
    mend: str  # a piece of what is said behind the ';'
    told: str = ""  # the file that is named, if it is another one
    command: str = "build"
    usage: bool = False  # nothing can be done with such a book: one line, and the status is 2
    faults: int = 1  # how many are told: more than one only where each has to be mended
    runs: bool = False  # whether a kernel is started for it

    @property
    def place(self) -> str:
        return self.told or self.file


def put(old: str, new: str) -> Change:
    """Put a text in the place of another, which stands there once."""

    def change(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (old, text.count(old))
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def add(more: str) -> Change:
    """Add a text at the end."""
    return lambda path: path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")


def whole(text: str) -> Change:
    """Replace the whole text."""
    return lambda path: path.write_text(text, encoding="utf-8")


def data(old: bytes, new: bytes) -> Change:
    """Replace bytes; all of them, if there are none to replace."""
    return lambda path: path.write_bytes(path.read_bytes().replace(old, new, 1) if old else new)


def remove(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def copy(name: str) -> Change:
    return lambda path: shutil.copy(path, path.with_name(name)) and None  # type: ignore[func-returns-value]


def record(line: str) -> Change:
    """Add a line to the record of the second paper."""
    return put("  doi = {10.1/second},\n", f"  doi = {{10.1/second}},\n{line}\n")


def setting(line: str) -> Change:
    return put("    exegesis_search: false\n", f"    exegesis_search: false\n    {line}\n")


def says(more: str) -> Change:
    """Add to the second chapter."""
    return add(f"\n{more}\n")


def cell(code: str, tags: str = "") -> Change:
    return add(f"\n```{{code-cell}} python\n{tags}{code}\n```\n")


def limited(change: Change, limit: Change) -> Change:
    """Change a chapter, and a limit in `_config.yml`."""

    def both(path: Path) -> None:
        change(path)
        limit(path.parents[2] / CONFIG)

    return both


_TOC = [
    Way("toc: no YAML", TOC, whole("root: [\n"), 2, "close what opens", usage=True),
    Way("toc: empty", TOC, whole(""), 1, "forms of a Jupyter Book", usage=True),
    Way("toc: another format", TOC, put("jb-book", "nothing"), 1, "forms of a Jupyter Book", usage=True),
    Way("toc: no root", TOC, put("root: index\n", ""), 1, "forms of a Jupyter Book", usage=True),
    Way("toc: a list", TOC, whole("- a\n- b\n"), 1, "forms of a Jupyter Book", usage=True),
    Way("toc: a key twice", TOC, put("root: index\n", "root: index\nroot: index\n"), 3, "keep one", usage=True),
    Way(
        "toc: an unknown key", TOC, put("- file: bibliography", "- fiel: bibliography"), "fiel", "forms of", usage=True
    ),
    Way("toc: a tab", TOC, put("- file: bibliography", "-\tfile: bibliography"), 7, "space", usage=True),
    Way("toc: latin-1", TOC, data(b"- file: bib", b"- file: b\xefb"), 7, "UTF-8", usage=True),
    Way("toc: UTF-16", TOC, data(b"", "root: index\n".encode("utf-16")), 1, "UTF-8", usage=True),
    Way("toc: a control character", TOC, data(b"index", b"in\x01ex"), 2, "take it out", usage=True),
    Way(
        "toc: a page that is not there",
        TOC,
        put("- file: biblio", "- file: biblo"),
        "biblo",
        "correct the name",
        faults=2,
    ),
    Way("toc: a page twice", TOC, add("- file: book/papers/first.md\n"), "first.md", "keep one"),
    Way("toc: a page from outside", TOC, add("- file: ../other\n"), "../other", "copy the page into the book"),
    Way("toc: a way around", TOC, put("- file: bib", "- file: ./bib"), "./bib", "write 'bibliography'", faults=2),
    Way("toc: a pattern for nothing", TOC, add("- glob: nothing/*\n"), "nothing", "take the entry out"),
    Way("toc: an unknown option", TOC, add("options: {numberd: true}\n"), "numberd", "did you mean"),
    Way(
        "toc: a chapter is left out",
        TOC,
        put("- file: book/papers/second\n", ""),
        1,
        "add the line",
        told=SECOND,
        faults=3,
    ),
]

_CONFIG = [
    Way("config: no YAML", CONFIG, whole("a: [b"), 2, "close what opens", usage=True),
    Way("config: a list", CONFIG, whole("- a\n"), 1, "write its settings", usage=True),
    Way("config: latin-1", CONFIG, data(b"Somebody", b"Bj\xf6rn"), 2, "UTF-8", usage=True),
    Way("config: UTF-16", CONFIG, data(b"", "title: a\n".encode("utf-16")), 1, "UTF-8", usage=True),
    Way("config: a tab", CONFIG, put("  recursive", "\trecursive"), "recursive", "spaces", usage=True),
    Way("config: an unknown setting", CONFIG, put("title:", "titel:"), 1, "did you mean 'title'", usage=True),
    Way("config: a wrong type", CONFIG, put("title: Small", "title: [a]"), 1, "write a text", usage=True),
    Way("config: an unknown mode", CONFIG, put(": cache,", ": chache,"), "chache", "choose from", usage=True),
    Way("config: no time", CONFIG, put("timeout: 20", "timeout: soon"), "soon", "write a number", usage=True),
    Way(
        "config: an extension that is not there",
        CONFIG,
        put("[sphinxcontrib.bibtex,", "[sphinxcontrib.bibtex, nope,"),
        "nope",
        "install it",
        usage=True,
    ),
    Way(
        "config: a button without a repository",
        CONFIG,
        add("html: {use_issues_button: true}\n"),
        "use_issues",
        "set 'repository.url'",
        usage=True,
    ),
    Way(
        "config: a folder of extensions",
        CONFIG,
        put("  recursive", "  local_extensions: {mine: nope}\n  recursive"),
        "nope",
        "name the one",
        usage=True,
    ),
]

_SETTINGS = [
    Way("settings: unknown", CONFIG, setting("exegesis_serach: true"), "serach", "did you mean"),
    Way(
        "settings: a place outside", CONFIG, setting("exegesis_papers: ../papers"), "../papers", "below the book's root"
    ),
    Way("settings: no list", CONFIG, setting("exegesis_words: [a]"), "words", "a text file"),
    Way("settings: limits", CONFIG, setting("exegesis_limits: {memory: 0}"), "limits", "above 0"),
    Way("settings: giscus", CONFIG, setting("exegesis_giscus: {repo: a/b}"), "giscus", "category"),
    Way("settings: an address", CONFIG, setting("exegesis_repository: owner/name"), "repository", "an address such as"),
    Way("settings: a mail address", CONFIG, setting("exegesis_mail: nobody"), "mail", "a mail address"),
    Way("settings: macros", CONFIG, setting('exegesis_macros: {"a1": b}'), "macros", "names of letters"),
    Way("settings: sources", CONFIG, setting("exegesis_policy_allows: {script-src: ['*']}"), "policy_allows", "https:"),
    Way("settings: uses", CONFIG, setting("exegesis_uses: [time]"), "uses", "a list of"),
    Way(
        "settings: two bibliographies",
        CONFIG,
        setting("exegesis_bibliography: other.bib"),
        "bibtex_bibfiles",
        "take it out",
        faults=2,
    ),
]

_RECORDS = [
    Way("records: missing", BIB, remove, 1, "restore it"),
    Way("records: latin-1", BIB, data(b"Last, First", b"L\xe4st, First"), 2, "UTF-8"),
    Way("records: no comma", BIB, put("{JT},\n  year = {2001}", "{JT}\n  year = {2001}"), 5, "add it"),
    Way("records: a brace is open", BIB, put("{The First Paper}", "{The First Paper"), 3, "close its braces"),
    Way("records: a field twice", BIB, record("  year = {2003},"), "2003", "keep one"),
    Way("records: a key twice", BIB, put("second2002paper", "first2001paper"), 9, "keep one of the two", faults=3),
    Way("records: an unknown field", BIB, record("  foo = {bar},"), "foo", "take it out"),
    Way("records: an empty field", BIB, put("{The Second Paper}", "{}"), "title = {}", "fill it in"),
    Way("records: no title", BIB, put("  title = {The Second Paper},\n", ""), 9, "add 'title"),
    Way("records: no venue", BIB, put("{JT},\n  year = {2002}", "{},\n  year = {2002}"), "venue = {}", "fill it in"),
    Way("records: a year in words", BIB, put("{2002}", "{two}"), "two", "write four digits"),
    Way("records: a year to come", BIB, put("{2002}", "{2899}"), "2899", "the year in which"),
    Way("records: an unknown kind", BIB, put("@article{second", "@artcle{second"), 9, "did you mean"),
    Way("records: an undefined macro", BIB, put("{The Second Paper}", "icml"), "icml", "braces"),
    Way("records: no DOI", BIB, put("{10.1/second}", "{second}"), "{second}", "after https://doi.org/"),
    Way(
        "records: no identifier", BIB, record("  eprint = {abc},\n  archivePrefix = {arXiv},"), "abc", "without version"
    ),
    Way("records: a script as address", BIB, record("  url = {javascript:alert(1)},"), "javascript", "http"),
    Way(
        "records: authors parted by commas",
        BIB,
        put("{Other, Ann and Third, Bob}", "{Ann Other, Bob Third, C D}"),
        "Ann Other",
        "and",
    ),
    Way("records: a key of another form", BIB, put("first2001paper", "First-2001"), 1, "use first author", faults=2),
    Way("records: TeX that nobody reads", BIB, put("{The Second Paper}", "{The \\foo Paper}"), "foo", "the character"),
    Way("records: names are no YAML", NAMES, whole("venues: [\n"), 2, "write 'venues:'"),
    Way("records: names of another form", NAMES, whole("venues: 3\n"), 1, "write"),
    Way("keywords: missing", KEYWORDS, remove, 1, "restore it"),
    Way("keywords: no YAML", KEYWORDS, add("a: [\n"), 4, "close"),
    Way("keywords: a tab", KEYWORDS, add("\ta: b\n"), 3, "spaces"),
    Way("keywords: one twice", KEYWORDS, add("testing: again\n"), 3, "keep one"),
    Way("keywords: no meaning", KEYWORDS, add("other:\n"), 3, "write 'keyword"),
    Way("keywords: a list", KEYWORDS, whole("- testing\n"), 1, "one 'keyword"),
    Way("keywords: a folder", KEYWORDS, folder, 1, "look at its rights"),
]

_FRONT = [
    Way("front matter: none", FIRST, lambda path: whole("# First\n")(path), 1, "begin the file"),
    Way("front matter: not closed", FIRST, whole("---\nauthor: x\n"), 1, "begin the file"),
    Way("front matter: a tab", FIRST, put("tldr: It", "tldr:\tIt"), 14, "space"),
    Way("front matter: a colon", FIRST, put("It is short.", "It is: short."), "is: short", "quote"),
    Way("front matter: a key twice", FIRST, put("tldr: It", "author: x\ntldr: It"), 14, "keep one"),
    Way("front matter: a key that is not", FIRST, put("tldr: It", "tags: [x]\ntldr: It"), "tags", "known are"),
    Way("front matter: no author", FIRST, put("author: Somebody\n", ""), 1, "add"),
    Way("front matter: a date to come", FIRST, put("2026-01-31", "2899-01-01"), "2899", "the day"),
    Way("front matter: no date", FIRST, put("2026-01-31", "2026-02-31"), "02-31", "ISO date"),
    Way("front matter: no keyword", FIRST, put("[testing]", "[tasting]"), "tasting", "choose from"),
    Way(
        "front matter: no record",
        FIRST,
        put("paper: first2001paper", "paper: frist2001paper"),
        "frist",
        "add its record",
    ),
    Way("front matter: too long", FIRST, put("It is short.", "It is long. " * 40), "It is long", "280"),
    Way(
        "front matter: needs nothing known",
        FIRST,
        put("paper: first", "needs: [nope]\npaper: first"),
        "needs",
        "there are",
    ),
    Way("front matter: a level", FIRST, put("paper: first", "level: hard\npaper: first"), "level", "one of"),
    Way(
        "front matter: see also nothing",
        FIRST,
        put("tldr: It", "see_also: [nope]\ntldr: It"),
        "see_also",
        "add its record",
    ),
    Way("front matter: markup", FIRST, put("It is short.", "It is *short*."), "*short*", "plain words"),
    Way("front matter: a list", FIRST, whole("---\n- a\n---\n# First\n"), 1, "write"),
    Way("front matter: an impossible date", FIRST, put('"2026-01-31"', "2026-13-31"), "date", "quote it"),
    Way(
        "files: a name that is no slug",
        SECOND,
        copy("Second Paper.md"),
        1,
        "use a-z",
        told="book/papers/Second Paper.md",
        faults=2,
    ),
    Way("files: empty", FIRST, whole(""), 1, "begin the file"),
    Way(
        "files: a name with two dots",
        SECOND,
        copy("first.txt.md"),
        1,
        "use a-z",
        told="book/papers/first.txt.md",
        faults=2,
    ),
]

_FILES = [
    Way(
        "settings: no answer in words",
        CONFIG,
        put("exegesis_policy: true", "exegesis_policy: perhaps"),
        "perhaps",
        "true or false",
    ),
    Way("settings: Sphinx's own", CONFIG, setting("nitpick_ignore: 3"), "nitpick_ignore", "give what"),
    Way("files: latin-1", FIRST, data(b"The sum", b"The s\xfcm"), "The s", "UTF-8"),
    Way("files: UTF-16", FIRST, data(b"", "# First\n".encode("utf-16")), 1, "UTF-8", faults=3),
    Way("files: a chapter is gone", SECOND, remove, "second", "take the entry out", told=TOC, faults=3),
    Way("files: a folder for a page", INDEX, folder, "index", "correct the name", told=TOC, faults=2),
    Way("files: a link to nowhere", SECOND, nowhere, 1, "where it leads", faults=4),
    Way("files: records that are a folder", BIB, folder, 1, "look at its rights", faults=2),
    Way("files: records that link to nowhere", BIB, nowhere, 1, "restore it", faults=2),
    Way("files: a table of contents that is a folder", TOC, folder, 0, "run this in a book's folder", usage=True),
    Way("files: a configuration that links to nowhere", CONFIG, nowhere, 0, "run this in a book's folder", usage=True),
    Way("files: no mark is seen", SECOND, put("A note.", "A\u200b note."), "note.[", "take it out"),
]

_CLAIMS = [
    Way(
        "claims: does not hold",
        FIRST,
        put(":check: = 45\nThey", ":check: = 46\nThey"),
        "{claim} total",
        "mend the chapter",
    ),
    Way("claims: no check", FIRST, put(":check: = 45\nThey", "They"), "{claim} total", "write one relation"),
    Way("claims: a check that is none", FIRST, put("= 45\nThey", "about 45\nThey"), "{claim} total", "write '[name]"),
    Way("claims: an unknown evidence", FIRST, put("recomputed", "guessed"), "{claim} total", "choose"),
    Way("claims: no source", FIRST, put(":source: p. 1\n", ""), "{claim} total", "add ':source:'"),
    Way(
        "claims: an unknown option",
        FIRST,
        put(":source: p. 1", ":source: p. 1\n:form: x"),
        "{claim} total",
        "there are",
    ),
    Way("claims: no slug", SECOND, put("{claim} said", "{claim} It Said"), "{claim} It", "use a-z"),
    Way(
        "claims: one twice",
        SECOND,
        says("```{claim} said\n:evidence: quoted\n:source: p\n:why: x\nIt.\n```"),
        31,
        "give each claim its own",
    ),
    Way(
        "claims: no cell",
        FIRST,
        put("{claim} total", "{claim} totals"),
        "{claim} totals",
        "write ':claim: totals'",
        faults=2,
    ),
    Way(
        "claims: a cell without one", SECOND, cell("len('ab')", ":claim: other\n\n"), "len(", "add a 'claim'", runs=True
    ),
    Way("claims: quoted and checked", SECOND, put(":why:", ":check: = 1\n:why:"), "{claim} said", "compute the number"),
    Way("claims: a wide tolerance", FIRST, put("= 45\nThey", "= 45 ± 9\nThey"), "{claim} total", "say why"),
    Way(
        "claims: what is said is right",
        FIRST,
        put(":check: = 45\nThey", ":check: = 45\n:said: 45 (p. 3)\nThey"),
        "{claim} total",
        "take ':said:' out",
    ),
    Way("claims: another name", FIRST, put("= 45\nThey", "sum = 45\nThey"), "{claim} total", "leave the name out"),
    Way(
        "claims: limits that come out",
        FIRST,
        put("= 45\nThey", "= 45\n:limits: |\n  not > 3\n  It is small.\nThey"),
        "{claim} total",
        "take the line out",
    ),
    Way("values: out of step", FIRST, put("`45 <total>`", "`44 <total>`"), "`44", "write 45"),
    Way("values: no cell", FIRST, put("<total>", "<totl>"), "<totl>", "did you mean"),
    Way("values: no number", FIRST, put("`45 <total>`", "`many <total>`"), "`many", "write one"),
    Way("exercises: no title", FIRST, put(":title: Add them up\n", ""), "{exercise}", "add ':title:'"),
    Way("exercises: no starter", FIRST, put(":starter: adding\n", ""), "{exercise}", "':starter: adding'"),
    Way(
        "exercises: the solution is wrong",
        FIRST,
        put("total = sum(numbers)", "total = sum(numbers) + 1"),
        "numbers) + 1",
        "mend the one or the other",
        runs=True,
    ),
    Way(
        "exercises: the starter is right",
        FIRST,
        put("total = len(numbers)", "total = 45"),
        59,
        "take out of it",
        runs=True,
    ),
    Way(
        "exercises: stated nowhere", SECOND, says("```{solution} adding\nIt is.\n```"), "{solution}", "add '{exercise}"
    ),
]

_TEXT = [
    Way("pictures: gone", PICTURE, remove, "{picture}", "correct its name", told=FIRST, faults=2),
    Way("pictures: a script", PICTURE, put("<path", "<script/><path"), "{picture}", "is made of", told=FIRST, faults=2),
    Way(
        "pictures: no words",
        FIRST,
        put(":alt: A box from which an arrow leads on.\n", ""),
        "{picture}",
        "say what it shows",
    ),
    Way("pictures: an image that is not there", SECOND, says("![A box](nope.png)"), "nope.png", "put the file there"),
    Way("pictures: an image without words", SECOND, says("![](block.svg)"), "block.svg", "say what it shows"),
    Way("pictures: from elsewhere", SECOND, says("![A box](https://example.org/a.png)"), "example.org", "keep a copy"),
    Way("text: no such label", SECOND, says("See {ref}`nope`."), "nope", "correct the label"),
    Way("text: no such figure", SECOND, says("See {numref}`fig-nope`."), "nope", "correct the label"),
    Way("text: no such page", SECOND, says("See {doc}`nope`."), "nope", "correct the name"),
    Way("text: a link to nowhere", SECOND, says("See [it](nope.md)."), "nope", "correct the link"),
    Way("text: no such record", SECOND, says("See {cite:t}`nope2001none`."), "nope2001", "correct the key"),
    Way("text: a citation of nothing", SECOND, says("See {cite:t}` `."), "cite:t", "write {cite:p}"),
    Way("text: a citation of another dialect", SECOND, says("See [@first2001paper]."), "[@first", "cite by"),
    Way("text: a script as a link", SECOND, says("See [it](javascript:alert(1))."), "javascript", "or mailto:"),
    Way("text: HTML", SECOND, says("<script>alert(1)</script>"), "<script>", "html_js_files"),
    Way("text: a comment that does not end", SECOND, says("<!-- it"), "<!-- it", "close it"),
    Way("text: a formula", SECOND, says("It is $\\frac{1$."), "frac", "KaTeX's documentation"),
    Way("text: a command that is not there", SECOND, says("It is $\\nope$."), "nope", "exegesis_macros"),
    Way("text: a footnote that is not there", SECOND, says("It is.[^nope]"), "nope", "write '[^name]: text'"),
    Way("text: a directive that is not there", SECOND, says("```{nope}\n```"), "{nope}", "correct its name"),
    Way("text: a fence that does not end", SECOND, says(":::{note}\nIt is."), "{note}", "close it"),
    Way(
        "text: a substitution that runs code",
        SECOND,
        put("{{ name }}", "{{ cycler.__init__.__globals__.os }}"),
        "cycler",
        "a substitution is",
    ),
    Way(
        "text: a file from outside",
        SECOND,
        says(f"```{{literalinclude}} {'../' * 20}etc/passwd\n```"),
        "passwd",
        "copy what is meant",
    ),
    Way("text: a file that is not there", SECOND, says("```{include} nope.txt\n```"), "nope.txt", "correct it there"),
    Way(
        "text: conflict markers",
        SECOND,
        says("<<<<<<< HEAD\n\nOne.\n\n=======\n\nTwo.\n\n>>>>>>> other"),
        "<<<<<<<",
        "choose",
        faults=2,
    ),
    Way("text: a second title", SECOND, says("# Another\n\nText."), "# Another", "begin it with '##'"),
    Way("text: no title", SECOND, put("# Second\n", "Second\n"), 1, "begin it with '# Name", faults=2),
    Way("text: a label twice", SECOND, says("(second)=\n## Again\n\nText."), 31, "give one of the two", faults=2),
    Way("text: a label of another chapter", SECOND, says("$$\na\n$$ (eq-first)"), 31, "give one of the two"),
    Way("text: a listing of nothing", INDEX, add("\n```{listing} papres\n```\n"), "papres", "there are"),
    Way("text: a leap in the headings", SECOND, says("#### Deep\n\nText."), "#### Deep", "one level below"),
]

_NOTEBOOKS = [
    Way("notebooks: no JSON", THIRD, whole("{"), "metadata", "open and save it in Jupyter"),
    Way("notebooks: no cells", THIRD, whole("{}"), "metadata", "open and save it in Jupyter"),
    Way("notebooks: cells of another kind", THIRD, put('"cell_type": "code"', '"cell_type": "cod"'), "cell 2", "open"),
    Way("notebooks: no author", THIRD, put('"author": "Somebody",', ""), "metadata", "add"),
    Way("notebooks: latin-1", THIRD, data(b"Somebody", b"Bj\xf6rn"), "metadata", "UTF-8"),
    Way(
        "notebooks: a link to nowhere",
        THIRD,
        put("# Third\\n", "# Third\\n\\nSee [it](nope.md)."),
        "cell 1",
        "correct the link",
    ),
    Way("notebooks: a cell raises", THIRD, put("6 * 7", "6 / 0"), "cell 2", "mend the cell", runs=True),
]

_CELLS = [
    Way("cells: raises", SECOND, cell("x = 1\n1 / 0"), "1 / 0", "mend the cell", runs=True),
    Way(
        "cells: takes too long",
        SECOND,
        limited(cell("while True: pass"), put("timeout: 20", "timeout: 1")),
        "while True",
        "mend the cell",
        runs=True,
    ),
    Way(
        "cells: floods",
        SECOND,
        limited(cell("print('x' * 3_000_000)"), setting("exegesis_limits: {output: 1}")),
        "print",
        "mend the cell",
        runs=True,
    ),
    Way("cells: dies", SECOND, cell("import os\nos._exit(1)"), "import os", "mend the cell", runs=True),
    Way("cells: asks", SECOND, cell("input()"), "input()", "mend the cell", runs=True),
    Way("cells: shows an address", SECOND, cell("object()"), "object()", "show a property", runs=True),
    Way(
        "cells: looks at the clock", SECOND, cell("import time\nt = time.time()"), "time.time", "uses-clock", runs=True
    ),
    Way(
        "cells: draws by chance",
        SECOND,
        cell("import random\nprint(random.random())"),
        32,
        "uses-randomness",
        runs=True,
    ),
    Way(
        "cells: options that are no YAML",
        SECOND,
        cell("1", ":tags: [a\n\n"),
        "{code-cell}",
        "write them as YAML",
        faults=2,
    ),
    Way(
        "cells: a tag that means nothing",
        SECOND,
        cell("x = 1", ":tags: [hide-inptu]\n\n"),
        33,
        "write 'hide-input'",
        runs=True,
    ),
    Way("cells: loads nothing", SECOND, cell("", ":load: nope.py\n\n"), ":load:", "name a file", faults=2),
]

#: What is told without building, in the words of a build.
_CHECKED = [replace(way, command="check") for way in (*_SETTINGS, *_RECORDS, *_FRONT)]
WAYS = [*_TOC, *_CONFIG, *_CHECKED, *_FILES, *_CLAIMS, *_TEXT, *_NOTEBOOKS, *_CELLS]
