"""Pagefind, so that the same pages give the same bytes.

Given a folder (``--site``) it numbers the pages as the disk lists them: in another order on another
machine. Here it is asked through ``--service``, the protocol of its own wrappers for Node and Python:
messages in base64 over its standard input and output. Its Python wrapper is not used: it hears one
answer each tenth of a second (37 pages: 6 s instead of 0.5), and waits for ever if Pagefind ends early.
Pages are added one by one, each as a folder with a pattern that is its name (``AddDir``): sent as text
(``AddFile``) they are copied a few times more, for up to a quarter more work. The index is
taken from its answer (``GetFiles``): told to write it (``WriteFiles``), it answers before all is on the disk.

And it writes filters, and their values, in another order at each run, so that they are sorted afterwards.

Seen in Pagefind 1.5.2.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import cbor2

_SIGNATURE = b"pagefind_dcd"
_ENTRY = "pagefind-entry.json"
#: What means something in the patterns by which Pagefind looks for files.
_PATTERN = re.compile(r"([?*$:<>()\[\]{},\\])")


class PagefindError(Exception):
    """Pagefind failed; the message says how."""


def pagefind_version() -> str:
    """Return the version that is installed; ImportError if there is none."""
    return version("pagefind-bin")


class Pagefind:
    """A run of Pagefind, which goes on while something else is done.

    Raises:
        ImportError, FileNotFoundError: it is not installed.
        OSError: it could not be run.
    """

    def __init__(self, folder: Path, names: Sequence[str], ignored: Iterable[str]) -> None:
        """Begin an index of pages in ``folder``, numbered as they are named here.

        Args:
            folder: the root of the addresses in the index.
            names: of HTML files, relative to the folder, with slashes.
            ignored: CSS selectors of what is not searched.
        """
        from pagefind_bin import get_executable

        self._names = names
        self._requests: list[dict[str, Any]] = [
            {"type": "NewIndex", "config": {"exclude_selectors": list(ignored)}},
            *(
                {"type": "AddDir", "index_id": 0, "path": str(folder), "glob": _PATTERN.sub(r"\\\1", name)}
                for name in names
            ),
            {"type": "GetFiles", "index_id": 0},
        ]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `stop`); a pipe would need a listener
        try:
            self._process = subprocess.Popen(
                [str(get_executable()), "--service"],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
            )
        except BaseException:
            self._said.close()
            raise
        # It hears all at once and answers when it likes: it reads in a thread of its own.
        with contextlib.suppress(OSError):  # it has ended already, which `finish` tells
            assert self._process.stdin
            self._process.stdin.write(b"".join(_message(*each) for each in enumerate(self._requests)))
            self._process.stdin.flush()

    def finish(self) -> dict[str, bytes]:
        """Wait for the index, and return its files, by their names with slashes.

        Raises:
            PagefindError: there is none, or it is not as it should be.
        """
        try:
            answers = self._answers()
            if len(answers) < len(self._requests):
                status = self._process.wait()
                self._said.seek(0)
                said = " ".join(self._said.read().decode(errors="replace").split())
                raise PagefindError(f"Pagefind failed (status {status}): {said or 'it said nothing'}")
        finally:
            self.stop()
        for answer in answers:
            if answer["type"] == "Error":
                raise PagefindError(f"Pagefind failed: {answer['message']}")
        for name, answer in zip(self._names, answers[1:], strict=False):
            if answer["page_count"] != 1:
                raise PagefindError(f"Pagefind found {answer['page_count']} pages where {name} should be")
        return sort_filters({file["path"]: base64.b64decode(file["content"]) for file in answers[-1]["files"]})

    def _answers(self) -> list[dict[str, Any]]:
        """Return its answers, one a request unless it ends before."""
        assert self._process.stdout
        heard, missing = bytearray(), len(self._requests)
        while missing and (more := self._process.stdout.read1()):  # type: ignore[attr-defined]
            heard += more
            missing -= more.count(b",")
        try:
            return [json.loads(base64.b64decode(one, validate=True))["payload"] for one in heard.split(b",")[:-1]]
        except ValueError as error:
            raise PagefindError(f"Pagefind said {bytes(heard[:200])!r}, which is no answer") from error

    def stop(self) -> None:
        """End it: it waits for more requests, or nobody waits for it."""
        self._process.kill()
        assert self._process.stdin and self._process.stdout
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._said.close()


def _message(number: int, request: dict[str, Any]) -> bytes:
    return base64.b64encode(json.dumps({"message_id": number, "payload": request}).encode()) + b","


def sort_filters(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of an index with its filters, and the values of each, in order.

    The files are gzip, a signature, and CBOR. A filter is [name, [[value, [page, ...]], ...]]; the
    fourth part of the metadata is [[name of a filter, its file], ...]. Files have their names from
    what they hold, so that what names them is to be written anew as well.

    Raises:
        PagefindError: a file is made in another way, as it may be in another version.
    """
    files, renamed = dict(files), dict[str, str]()
    for path in sorted(path for path in files if path.endswith(".pf_filter")):
        match _decode(path, files.pop(path)):
            case [str() as name, list() as values] if _are_named(values, list):
                files |= _encode(path, [name, sorted(values)], renamed)
            case _:
                raise _unknown(path)
    for path in sorted(path for path in files if path.endswith(".pf_meta")):
        match _decode(path, files.pop(path)):
            case [version, pages, chunks, list() as filters, *rest] if _are_named(filters, str):
                filters = sorted([name, renamed[file]] for name, file in filters)
                files |= _encode(path, [version, pages, chunks, filters, *rest], renamed)
            case _:
                raise _unknown(path)
    for old, new in renamed.items():
        files[_ENTRY] = files[_ENTRY].replace(old.encode(), new.encode())
    return files


def _are_named(items: list[Any], kind: type) -> bool:
    return all(isinstance(item, list) and list(map(type, item)) == [str, kind] for item in items)


def _unknown(path: str) -> PagefindError:
    return PagefindError(f"Pagefind {pagefind_version()} writes {path} in a way that is not known here")


def _decode(path: str, file: bytes) -> Any:
    data = gzip.decompress(file)
    content = cbor2.loads(data.removeprefix(_SIGNATURE))
    if _SIGNATURE + cbor2.dumps(content) != data:
        raise _unknown(path)
    return content


def _encode(path: str, content: Any, renamed: dict[str, str]) -> dict[str, bytes]:
    """Return a file of the index anew, under a name of the same length."""
    data = _SIGNATURE + cbor2.dumps(content)
    old = PurePosixPath(path).stem.rpartition(".")[2]  # 'en_49ee191', of 'filter/en_49ee191.pf_filter'
    language, _, digest = old.rpartition("_")
    new = f"{language}_{hashlib.sha256(data).hexdigest()[: len(digest)]}"
    renamed[old] = new
    return {path.replace(old, new): gzip.compress(data, mtime=0)}
