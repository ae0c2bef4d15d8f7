"""A broken book stays red until it is mended.

Sphinx pickles its environment before it fails, and finds nothing to do the next time: the
second build of a broken book would be green. So the documents that warned are remembered
beside the doctrees and read again, and a build that did not end starts anew.
"""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import NAMESPACE, get_node_location, getLogger, is_suppressed_warning

from exegesis.fault import PACKAGE, Fault, Kind
from exegesis.settings import Settings
from exegesis.text import UnreadableError, read_text

from .state import once_an_application

EVERYTHING = "*"
#: How to mend what Sphinx and its extensions warn of, by their names for it.
HINTS = {
    "bibtex.key_not_found": "correct the key, or add its record to {bibliography}",
    "docutils": "correct it there; what may stand in it is in the documentation of MyST and of docutils",
    "image.not_readable": "correct its name, or put the file there",
    "myst.directive_unknown": "correct its name, or load the extension that has it",
    "myst.header": "put each heading one level below the one that it belongs to",
    "myst.role_unknown": "correct its name, or load the extension that has it",
    "myst.xref_missing": "correct the link's target, or add the label there",
    "myst.footnote": "keep one of the two, or give one another name",
    "myst.substitution": "a substitution is a text of 'myst_substitutions' or of the front matter, and its filters",
    "mystnb.unknown_mime_type": "let the cell show text, a picture or HTML too, or print what it is",
    "ref.footnote": "keep one of the two, or give one another name",
    "ref.ref": "correct the label, or put '(label)=' before its target",
    "ref.numref": "correct the label; figures are labelled by 'name'",
    "ref.eq": "correct the label, or write it in brackets behind the formula",
    "ref.doc": "correct the name of the page",
    "toc.not_included": "give the page its place in _toc.yml",
}
_logger = getLogger(__name__)
#: What MyST-NB adds to a line of an .ipynb for each cell.
MYST_NB_LINES = 10_000
PARTS = "exegesis_parts"  # of a record of the log: what is wrong, and how to mend it
_NAMED = re.compile(r" \[(myst\.\w+)\]$")  # MyST-Parser's name for a warning that it gives by way of docutils
_SETTING = re.compile(r"The config value `(\w+)['`] has")  # Sphinx's words for one of a wrong type, without its place
_LOCATION = re.compile(r"^(?P<path>.*?)(?::(?P<line>\d*))?$")


class Recorder(logging.Handler):
    """Notes what Sphinx warned of, and where; parallel readers' and writers' warnings too."""

    def __init__(self, app: Sphinx) -> None:
        super().__init__(logging.WARNING)
        self.app = app
        self.documents: set[str] = set()
        self.faults: list[Fault] = []

    def emit(self, record: logging.LogRecord) -> None:
        kind, subtype = getattr(record, "type", None) or "", getattr(record, "subtype", None) or ""
        if is_suppressed_warning(kind, subtype, self.app.config.suppress_warnings):
            return
        place = _LOCATION.match(self._place(getattr(record, "location", None)))
        path, line = (place["path"], place["line"]) if place else ("", "")
        project = getattr(self.app, "project", None)  # there is none yet while the configuration is read
        docname = project.path2doc(path) if project and path else None
        self.documents.add(docname if project and docname and docname in project.docnames else EVERYTHING)
        code = f"{kind}.{subtype}" if subtype else kind
        if parts := getattr(record, PARTS, None):
            what, mend = parts
        elif project and docname and str(record.msg).startswith("undecodable source"):  # at each line that has some
            line, what, mend = _first_undecodable(Path(project.doc2path(docname, True)))
        elif str(record.msg).startswith("Ignored unreadable document"):  # a link to nowhere, or rights
            path, what, mend = str(record.args[0]), "the file can't be read", "look at its rights, and where it leads"  # type: ignore[index]
        else:
            what = logging.LogRecord.getMessage(record).strip()  # Sphinx's own puts the place before it
            what = what.removesuffix(f" [{code}]")  # Sphinx's handler puts it there
            what = what.replace(f"{self.app.srcdir}{os.sep}", "")  # the book is known
            if found := _NAMED.search(what):
                what, code = what[: found.start()], found[1]
            mend = HINTS.get(code, "").format(bibliography=self.app.config.exegesis_bibliography)
        if code == "misc.highlighting_failure" and any(
            each.code == Kind.RUN.code and each.path == _relative(self.app, path) for each in self.faults
        ):
            return  # of a cell that does not run, and of its traceback
        fault = Fault(_relative(self.app, path), line_in(path, line), what, mend, code)
        if not path and (found := _SETTING.match(what)):
            fault = Settings(Path(self.app.srcdir), {}).fault(found[1], what, "give what it expects, or take it out")
        if (fault.path, fault.line, fault.message) not in {
            (each.path, each.line, each.message) for each in self.faults
        }:
            self.faults.append(fault)

    def _place(self, location: Any) -> str:
        """Return a location as text: it may be a node, a page's name, a pair of that and a line, or text already."""
        if isinstance(location, nodes.Node):
            return get_node_location(location) or ""
        name, line = location if isinstance(location, tuple) else (location or "", None)
        project = getattr(self.app, "project", None)  # there is none yet while the configuration is read
        return f"{project.doc2path(name, True)}:{line or ''}" if project and name in project.docnames else name or ""


def line_in(path: str, line: int | str | None) -> int:
    """Return the line of a fault; for an .ipynb, where MyST-NB counts a cell as 10,000 lines, the cell's number."""
    if path.endswith(".ipynb"):
        number = int(line or 0)
        return number // MYST_NB_LINES if number >= MYST_NB_LINES else number
    return int(line or 1)


def _first_undecodable(path: Path) -> tuple[int, str, str]:
    try:
        read_text(path)
    except UnreadableError as error:
        return 0 if path.suffix == ".ipynb" else error.line, error.what, error.mend
    return 1, "the file was no UTF-8 when it was read", "save it once more"


def _relative(app: Sphinx, path: str) -> str:
    try:
        return Path(path).relative_to(app.srcdir).as_posix() if path else ""
    except ValueError:
        return path


def tell(kind: Kind, what: str, mend: str, location: Any) -> None:
    """Warn of a fault of ours as Sphinx warns, so that each of its front ends tells it; the recorder gets the parts.

    Args:
        kind: the subtype of the warning.
        what: what is wrong.
        mend: how to mend it; empty where ``what`` says it.
        location: as Sphinx takes it: a node, a document with a line, or ``path:line``.
    """
    _warn(kind.subtype, what, mend, location)


def pass_on(app: Sphinx, fault: Fault) -> None:
    """Warn of a fault that was found without Sphinx: by the catalogue, the contract, a run, in the settings."""
    _warn(fault.name, fault.what, fault.mend, f"{app.srcdir / fault.path}:{fault.line}")


def _warn(subtype: str, what: str, mend: str, location: Any) -> None:
    message = f"{what}; {mend}" if mend else what
    _logger.warning("%s", message, location=location, type=PACKAGE, subtype=subtype, extra={PARTS: (what, mend)})


@once_an_application
def faults_of(app: Sphinx) -> Recorder:
    """Return what was warned of so far."""
    return Recorder(app)


def _memory(app: Sphinx) -> Path:
    return Path(app.doctreedir, "exegesis-faults.json")


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> set[str]:
    try:
        faulty = set(json.loads(_memory(app).read_text(encoding="utf-8")))
    except FileNotFoundError:
        faulty = set()
    except json.JSONDecodeError:
        faulty = {EVERYTHING}
    # Should this build be cut short, the next one must not trust what it finds.
    _memory(app).write_text(json.dumps([EVERYTHING]), encoding="utf-8")
    return set(env.found_docs) if EVERYTHING in faulty else faulty & env.found_docs


def _end(app: Sphinx, error: Exception | None) -> None:
    recorder = faults_of(app)
    logging.getLogger(NAMESPACE).removeHandler(recorder)
    if error is None:
        _memory(app).write_text(json.dumps(sorted(recorder.documents)), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Start recording, and register what gives faulty documents back to be read again."""
    logging.getLogger(NAMESPACE).addHandler(faults_of(app))
    app.connect("env-get-outdated", _outdated)
    app.connect("build-finished", _end, priority=999)
