"""What is bent of MyST-NB, so that results enter a page that were not computed while it is read.

Seen in MyST-NB 1.4.0. While it reads a page it makes a client of its own, which executes the notebook or asks
jupyter-cache; there it is known by its code alone, so that two notebooks with the same code in different
folders would share one result. There is no other way in: a render plugin comes after the client, and there
is one a book.

Seen in Sphinx 9.0.4: it ends with a traceback at a page that is no UTF-8, where those before it tell of the byte, put
a question mark in its place and go on. Assumed: ``read_doc`` reads the page in the encoding that the environment's
``input_encoding`` names. An encoding of this module's own does what Sphinx did.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from datetime import date
from encodings import utf_8_sig
from typing import Any

import myst_nb.sphinx_
from myst_nb.core.execute import ExecutionError, create_client
from myst_nb.core.execute.base import NotebookClientBase
from nbformat import NotebookNode
from sphinx.builders import Builder
from sphinx.util import logging

from .run import Run
from .store import with_outputs

#: Returns a page's client from its notebook, its path and what else MyST-NB gives.
MakeClient = Callable[..., NotebookClientBase]
#: UTF-8 whose faults are told, and what tells them.
LENIENT = "exegesis_utf_8"
logger = logging.getLogger(__name__)


class RunBefore(NotebookClientBase):  # type: ignore[misc]  # it has no types
    """Gives a notebook the outputs of a run that ended before pages were read."""

    def start_client(self) -> None:
        run: Run = self._kwargs["run"]
        assert run.result
        failure = run.failure
        if failure and self.nb_config.execution_raise_on_error:
            raise ExecutionError(f"{self.path}:{failure.line}: {failure.what}")
        self._notebook = with_outputs(self.notebook, run.result.file)
        self.exec_metadata = {
            "mtime": run.result.file.stat().st_mtime,
            "runtime": run.seconds,
            "method": self.nb_config.execution_mode,
            "succeeded": failure is None,
            "error": failure and failure.what,
            "traceback": self._kwargs["traceback"],
        }


class NotRun(NotebookClientBase):  # type: ignore[misc]  # it has no types
    """Leaves a notebook as it is."""


def install(make: MakeClient) -> None:
    """Let MyST-NB's parser ask here for the client of each page."""
    myst_nb.sphinx_.create_client = make


def uninstall() -> None:
    """Give MyST-NB its own clients back."""
    myst_nb.sphinx_.create_client = create_client


def stock_client(*arguments: Any) -> NotebookClientBase:
    """Return MyST-NB's own client."""
    return create_client(*arguments)


def plain(value: Any) -> Any:
    """Return metadata with dates as text: YAML knows them, and MyST-NB ends with an error where it writes JSON."""
    if isinstance(value, dict):
        for name, part in value.items():
            value[name] = plain(part)
    elif isinstance(value, list):
        value[:] = map(plain, value)
    return value.isoformat() if isinstance(value, date) else value


def executed(client: NotebookClientBase | None) -> NotebookNode | None:
    """Return the notebook of a client, if it was run to its end."""
    ran = client is not None and client.exec_metadata is not None and client.exec_metadata["succeeded"]
    return client.notebook if client is not None and ran else None


class _Lenient(utf_8_sig.IncrementalDecoder):
    def __init__(self, errors: str = "strict") -> None:
        super().__init__(LENIENT)


def _encoding(name: str) -> codecs.CodecInfo | None:
    if name != LENIENT:
        return None
    return codecs.CodecInfo(utf_8_sig.encode, utf_8_sig.decode, incrementaldecoder=_Lenient, name=LENIENT)


codecs.register(_encoding)


def read_undecodable(builder: Builder) -> None:
    """Have pages that are no UTF-8 told and read."""
    read = builder.read_doc

    def read_doc(docname: str, **options: Any) -> None:
        try:
            read(docname, **options)
        except UnicodeDecodeError:  # not in older Sphinx, which has told of it
            settings = builder.env.settings
            encoding = settings["input_encoding"]
            codecs.register_error(LENIENT, lambda error: _tell(docname, error))
            settings["input_encoding"] = LENIENT
            try:
                read(docname, **options)
            finally:
                settings["input_encoding"] = encoding

    setattr(builder, "read_doc", read_doc)  # noqa: B010  # final, says Sphinx


def _tell(docname: str, error: UnicodeError) -> tuple[str, int]:
    """Tell of a byte in the words of older Sphinx."""
    assert isinstance(error, UnicodeDecodeError)
    before, what, after = error.object[: error.start], error.object[error.start : error.end], error.object[error.end :]
    line = before.rpartition(b"\n")[2] + b">>>" + what + b"<<<" + after.partition(b"\n")[0]
    message = 'undecodable source characters, replacing with "?": %r'
    logger.warning(message, line, location=(docname, before.count(b"\n") + 1))
    return "?", error.end
