"""Every ``exegesis_*`` option of a book: declared once, for the command and for the Sphinx adapter.

A book gives them in ``_config.yml`` under ``sphinx: config:``, or in ``conf.py``. Imports no Sphinx: the
command asks where things are before it is known whether Sphinx is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from exegesis.catalogue import Layout
from exegesis.fault import Fault, Kind, closest

PREFIX = "exegesis_"
#: What giscus asks for; giscus.app tells their values for a repository.
GISCUS = ("repo", "repo_id", "category", "category_id")

#: What of a page's policy a book may widen; the names are those of Content-Security-Policy.
ALLOWED = ("connect-src", "font-src", "frame-src", "img-src", "media-src", "script-src", "style-src-elem")

#: Elements that a page may have as raw HTML: they need nothing, load nothing, and have no other way to be written.
RAW_HTML = [
    "abbr",
    "b",
    "br",
    "del",
    "dfn",
    "i",
    "ins",
    "kbd",
    "mark",
    "q",
    "s",
    "small",
    "sub",
    "sup",
    "u",
    "var",
    "wbr",
]


@dataclass(frozen=True)
class Setting:
    """One option."""

    kind: type
    default: Callable[[], Any]  # asked for when it is needed: some stand in modules that take long to import
    rebuild: str  # what is made anew when it changes: "env", all pages are read; "html", they are written; "", nothing
    wants: str  # what to give, for the message where something else was given
    help: str  # Markdown
    check: Callable[[Any], bool] = lambda value: True  # of a value of this type

    def is_right(self, value: Any) -> bool:
        """Say whether a value may be given."""
        return isinstance(value, self.kind) and self.check(value)


def _is_place(value: str) -> bool:
    path = PurePosixPath(value)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _is_address(value: str) -> bool:
    return not value or re.match(r"https?://\S+$", value) is not None


def _is_mail(value: str) -> bool:
    return not value or re.fullmatch(r"[^\s@<>?&]+@[^\s@<>?&]+", value) is not None


def _is_macro(name: Any, body: Any) -> bool:
    return isinstance(body, str) and re.fullmatch("[A-Za-z]+", str(name)) is not None


def _are_sources(value: dict[str, Any]) -> bool:
    return set(value) <= set(ALLOWED) and all(
        isinstance(each, list) and all(re.fullmatch(r"https://[^\s;,'\"*]+", str(source)) for source in each)
        for each in value.values()
    )


def _are_limits(value: dict[str, Any]) -> bool:
    from exegesis.limits import Limits

    try:
        Limits.read(Limits.cell, value)
    except ValueError:
        return False
    return True


def _are_uses(value: list[Any]) -> bool:
    from exegesis.execution.uses import USES

    return set(map(str, value)) <= USES.keys()


def _limits() -> dict[str, Any]:
    from exegesis.limits import Limits

    return {"seconds": Limits.seconds, "memory": Limits.memory, "output": Limits.output}


def _pyodide() -> str:
    from exegesis.browser.pyodide import manifest

    address: str = manifest()["address"]
    return address


#: By name, without the prefix; the reference page is made from this.
SETTINGS = {
    "bibliography": Setting(
        str,
        lambda: Layout.bibliography,
        "env",
        "a BibTeX file below the book's root",
        "The one file with the records of all papers. `bibtex_bibfiles` follows from it, or it from that.",
        _is_place,
    ),
    "branch": Setting(
        str,
        str,
        "html",
        "the name of a branch",
        "The branch of the repository that chapters are written to: 'Edit this chapter' and 'Propose a summary' lead "
        "there. Without it, it is the one of `repository: branch`, or `main`.",
    ),
    "contract": Setting(
        bool,
        lambda: False,
        "env",
        "true or false",
        "Whether chapters are held to the contract: see [](checks.md). Rules that the book does without are named in "
        "Sphinx's `suppress_warnings`, such as `exegesis.cell-width`.",
    ),
    "description": Setting(
        str,
        str,
        "html",
        "a sentence",
        "What the book is: told to search engines of a page that says nothing of itself, and in llms.txt.",
    ),
    "environment": Setting(
        list,
        list,
        "",
        "a list of names of environment variables",
        "Variables of the shell that chapters get beside the few that they need to run; what they are is then what "
        "a result depends on.",
        lambda value: all(isinstance(name, str) for name in value),
    ),
    "feed": Setting(bool, lambda: True, "html", "true or false", "Whether there is a feed of new summaries."),
    "giscus": Setting(
        dict,
        dict,
        "html",
        f"{', '.join(GISCUS)}, as giscus.app tells them",
        f"Comments at a chapter's end, loaded when a reader asks for them: `{'`, `'.join(GISCUS)}`.",
        lambda value: not value or sorted(value) == sorted(GISCUS),
    ),
    "identity": Setting(
        str,
        str,
        "html",
        "a word or an address",
        "What the feed and its entries are known by. Readers' programs go by it, so it must not change when the site "
        "moves or is renamed; without it, it is made from the site's address, or from the title.",
    ),
    "keywords": Setting(
        str,
        lambda: Layout.keywords,
        "env",
        "a YAML file below the book's root",
        "The closed list of keywords, one `keyword: what it means` a line.",
        _is_place,
    ),
    "libraries": Setting(
        list,
        lambda: ["autograd", "matplotlib", "numpy", "scipy", "sklearn"],
        "env",
        "a list of names of modules",
        "What a chapter may import, by the contract, beside parts of Python's own library.",
        lambda value: all(isinstance(name, str) for name in value),
    ),
    "limits": Setting(
        dict,
        _limits,
        "",
        "numbers above 0 for 'seconds', 'memory', 'output', 'files' or 'tasks'",
        "What a chapter may use beside `execute: timeout` a cell: `seconds` once its kernel is ready, `memory` in MB "
        "of its processes, `output` in MB, `files` in MB that it writes, "
        "`tasks`, its processes and threads. Beyond it, it is stopped and named.",
        _are_limits,
    ),
    "macros": Setting(
        dict,
        dict,
        "env",
        "names of letters, without backslash, and the TeX that each stands for",
        r"Commands for the formulas of the whole book, such as `{argmin: '\operatorname*{argmin}', bm: "
        r"'\boldsymbol{#1}'}`; `#1` to `#9` are what follows the command. Those of `mathjax3_config`, under "
        "`tex: macros:`, are known too.",
        lambda value: all(map(_is_macro, value, value.values())),
    ),
    "mail": Setting(
        str,
        str,
        "html",
        "a mail address",
        "Where readers report an error if there is no repository: chapters then link to it.",
        _is_mail,
    ),
    "names": Setting(
        str,
        lambda: Layout.names,
        "env",
        "a YAML file below the book's root",
        "The book's own names, beside the package's list of venues: `venues:` and `authors:`, each with "
        "`Name: [another name, ...]` lines. There need not be one.",
        _is_place,
    ),
    "notebook_branch": Setting(
        str,
        str,
        "html",
        "the name of a branch, or '' for none",
        "The branch of the repository with the executed notebooks, which Colab and Binder open; "
        "empty for no links to them.",
    ),
    "papers": Setting(
        str,
        lambda: Layout.papers,
        "env",
        "a folder below the book's root",
        "The folder with the chapters.",
        _is_place,
    ),
    "policy": Setting(
        bool,
        lambda: False,
        "env",
        "true or false",
        "Whether nothing of a chapter can act in a reader's page: pages carry a Content-Security-Policy, HTML that "
        "cells give is sanitised or stands in a frame of its own, and links lead to the web or to a mail address: see "
        "[](trust.md).",
    ),
    "policy_allows": Setting(
        dict,
        dict,
        "html",
        f"lists of addresses that begin with https:, for any of {', '.join(ALLOWED)}",
        "What the policy allows beside the site itself, such as `{script-src: [https://stats.example.org/count.js], "
        "connect-src: [https://stats.example.org]}`; see [](trust.md).",
        _are_sources,
    ),
    "pyodide": Setting(
        str,
        _pyodide,
        "html",
        "an address that ends in '/', or a folder of the site such as 'pyodide/'",
        "Where readers who press Run get Pyodide from: see [](run.md).",
        lambda value: value.endswith("/"),
    ),
    "raw_html": Setting(
        list,
        lambda: RAW_HTML,
        "env",
        "a list of names of elements",
        "The elements that a page may have as raw HTML. `style`, `on...` and scripts are no attributes of theirs.",
        lambda value: all(isinstance(name, str) for name in value),
    ),
    "repository": Setting(
        str,
        str,
        "html",
        "an address such as https://github.com/owner/name",
        "Where the book's repository is: chapters then link to 'report an error', to their discussion, to its web "
        "editor, and to Colab and Binder.",
        _is_address,
    ),
    "search": Setting(
        bool, lambda: True, "html", "true or false", "Whether the book has a search page of its own, by Pagefind."
    ),
    "uses": Setting(
        list,
        list,
        "",
        "a list of 'clock', 'randomness', 'processes' and 'network'",
        "What every cell may use though its output then differs at each run, or depends on what is not seen: "
        "`clock`, `randomness`, `processes`, `network`. A single cell may by a tag, such as `uses-clock`: see "
        "[](write.md).",
        _are_uses,
    ),
    "words": Setting(
        str,
        lambda: "book/words.txt",
        "env",
        "a text file below the book's root",
        "The book's own words, one a line, which the speller does not know; `#` begins a comment. There need not be "
        "one.",
        _is_place,
    ),
}


class Settings:
    """What a book has set, the right values and the faults of the others."""

    def __init__(self, root: Path, given: Mapping[str, Any]) -> None:
        """Take what a book gives.

        Args:
            root: the book's folder.
            given: all options that it gives, ours by their full names, and others.
        """
        self.root = root
        self.given = given
        #: Where the book's settings stand. A conf.py beside _config.yml is made from it.
        self.file = "_config.yml" if (root / "_config.yml").is_file() else "conf.py"

    def __getitem__(self, name: str) -> Any:
        """Return what is given for an option, or its default where nothing is or what is given is not right."""
        setting, value = SETTINGS[name], self.given.get(PREFIX + name)
        if value is not None and setting.is_right(value):
            return value
        if name == "bibliography" and len(files := self._bibfiles) == 1 and _is_place(files[0]):
            return files[0]
        return setting.default()

    @property
    def macros(self) -> dict[str, str]:
        """The book's commands for formulas, MathJax's among them: a text, or a list of a text and a number."""
        theirs = {name: body[0] if isinstance(body, list) and body else body for name, body in self._mathjax.items()}
        own: dict[str, str] = self["macros"]
        return {name: body for name, body in theirs.items() if _is_macro(name, body)} | own

    @property
    def _mathjax(self) -> dict[str, Any]:
        found: Any = self.given.get("mathjax3_config")
        for name in ("tex", "macros"):
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def layout(self) -> Layout:
        """Where the book keeps its papers."""
        return Layout(self["papers"], self["bibliography"], self["keywords"], self["names"])

    @property
    def _bibfiles(self) -> list[str]:
        """What the book says to sphinxcontrib-bibtex; Jupyter Book takes one name without a list too."""
        files = self.given.get("bibtex_bibfiles") or []
        return [files] if isinstance(files, str) else [str(file) for file in files]

    @property
    def unknown(self) -> list[str]:
        """The full names of options that there are not, and that the book gives."""
        return sorted(name for name in self.given if name.startswith(PREFIX) and name[len(PREFIX) :] not in SETTINGS)

    def faults(self) -> list[Fault]:
        """Return what is wrong in what the book gives, in its order."""
        return sorted(self._faults())

    def fault(self, name: str, what: str, mend: str) -> Fault:
        """Return a fault of one option, at the line where the book gives it."""
        return Fault(self.file, self._line(name), what, mend, Kind.SETTING.code)

    def _faults(self) -> Iterator[Fault]:
        for name in self.unknown:
            near = closest(name, [PREFIX + each for each in SETTINGS])
            yield self.fault(name, f"there is no setting '{name}'", f"{near} correct it, or take it out")
        for name, setting in SETTINGS.items():
            full = PREFIX + name
            value = self.given.get(full)
            if value is not None and not setting.is_right(value):
                yield self.fault(full, f"{full} is {value!r}", f"give {setting.wants}")
        for macro, body in self._mathjax.items():
            if not _is_macro(macro, body[0] if isinstance(body, list) and len(body) in (1, 2) else body):
                what = f"the macro '{macro}' of mathjax3_config can't be read: {body!r}"
                mend = f"write it in {PREFIX}macros: a name of letters, and a text with #1 for what follows it"
                yield self.fault("mathjax3_config", what, mend)
        files, name = self._bibfiles, "bibtex_bibfiles"
        if files and [*map(PurePosixPath, files)] != [PurePosixPath(self["bibliography"])]:
            what = f"{name} is {', '.join(map(repr, files))}, but the papers' records are in '{self['bibliography']}'"
            yield self.fault(name, what, f"take it out, it follows from {PREFIX}bibliography; a book has one of them")

    def _line(self, name: str) -> int:
        try:
            text = (self.root / self.file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return 1
        found = re.search(rf"^[ \t{{]*['\"]?{name}\b", text, re.MULTILINE) or re.search(rf"\b{name}\b", text)
        return text.count("\n", 0, found.end()) + 1 if found else 1
