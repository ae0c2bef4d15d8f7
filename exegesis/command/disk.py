"""What a disk, or the system that keeps its files, did not do: it is full, or may not be written to."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator

_MENDS = {
    errno.ENOSPC: "make room, and go on where it stopped",
    errno.EDQUOT: "make room, and go on where it stopped",
    errno.EFBIG: "the limit for the size of one file ('ulimit -f') is too low",
    errno.EROFS: "copy the book to where you may write, or have it mounted so that you may",
    errno.EACCES: "look at who owns it ('ls -l'), and who you are ('id')",
    errno.EPERM: "look at who owns it ('ls -l'), and who you are ('id')",
    errno.EMFILE: "the limit for open files ('ulimit -n') is too low",
    errno.ENFILE: "the system has too many files open; end what opens them",
    errno.EIO: "the disk could not be read or written: look at the system's log",
}
_NAMED = (errno.EACCES, errno.EPERM)  # what processes and networks refuse too: a disk names the file
# SQLite has its own words for these: its primary codes are the low byte.
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
}


def refusal(error: BaseException) -> str:
    """Return what the disk refused and how to mend it, in one line, if that is why something went wrong; else nothing.

    Libraries wrap what they get: the causes, contexts and groups are looked through, and the words of those who
    pass on nothing else, such as Sphinx's parallel processes.
    """
    for found in _behind(error):
        if isinstance(found, OSError) and found.errno in _MENDS:
            path = found.filename2 or found.filename
            name = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
            if name or found.errno not in _NAMED:
                return _line(found.errno, name)
        if isinstance(found, sqlite3.Error):
            number = _OF_SQLITE.get(getattr(found, "sqlite_errorcode", 0) & 0xFF)
            if number:
                return _line(number, "")
        if isinstance(found, shutil.Error) and found.args and isinstance(found.args[0], list):
            for _, target, words in found.args[0]:
                if number := _told(str(words)):
                    return _line(number, str(target))
    number = _told(str(error))
    return _line(number, "") if number else ""


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    waiting, seen = [error], set()
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        inner = [each for each in found.args if isinstance(each, BaseException)]
        group = list(found.exceptions) if isinstance(found, BaseExceptionGroup) else []
        wrapped = getattr(found, "orig_exc", None), getattr(found, "orig", None)  # Sphinx's name, and SQLAlchemy's
        before = found.__cause__ if found.__suppress_context__ else found.__context__
        waiting += [*inner, *group, *wrapped, before]


def _told(words: str) -> int:
    for number in _MENDS:
        if f"[Errno {number}] {os.strerror(number)}{': ' if number in _NAMED else ''}" in words:
            return number
    return 0


def _line(number: int, path: str) -> str:
    where = f"'{path}': " if path else ""
    return f"{where}{os.strerror(number)}; {_MENDS[number]}"
