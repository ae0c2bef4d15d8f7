"""A published site, in a folder or at an address: its files, read as whatever they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urljoin, urlsplit

from exegesis.command.project import UsageError
from exegesis.manifest import digest_of

if TYPE_CHECKING:
    import requests

_SECONDS = 30
_AT_ONCE = 8
_MOST = 500_000_000  # bytes of one file
_GONE = (404, 410)


class Site(Protocol):
    """Where a site is published."""

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""

    def digests(self, names: Iterable[str]) -> dict[str, str]:
        """Return the digests of those of these files that there are."""

    def names(self) -> set[str]:
        """Return the files that there are, where that can be known; else none."""


def site_at(place: str) -> Site:
    """Return the site at a place.

    Raises:
        UsageError: it is neither a folder nor an address.
    """
    if urlsplit(place).scheme in ("http", "https"):
        return Address(place)
    if not Path(place).is_dir():
        raise UsageError(f"'{place}' is neither a folder nor an address that begins with https:// or http://")
    return Folder(Path(place))


class Folder:
    """A site in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def digests(self, names: Iterable[str]) -> dict[str, str]:
        return {name: digest_of(self.root / name) for name in names if (self.root / name).is_file()}

    def names(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}


class Address:
    """A site of a web server; which files it has beside those that are asked for nobody can say."""

    def __init__(self, address: str) -> None:
        """Take the address of its home page, or of the folder that this is in."""
        path = urlsplit(address)._replace(query="", fragment="").geturl()
        self.base = path if path.endswith("/") or "." in urlsplit(path).path.rpartition("/")[2] else f"{path}/"

    def read(self, name: str) -> bytes | None:
        import requests

        with requests.Session() as session:
            return self._get(session, name)[1]

    def digests(self, names: Iterable[str]) -> dict[str, str]:
        import requests

        names = list(names)
        with requests.Session() as session, ThreadPoolExecutor(_AT_ONCE) as threads:
            found = threads.map(lambda name: self._get(session, name, keep=False)[0], names)
            return {name: digest for name, digest in zip(names, found, strict=True) if digest}

    def names(self) -> set[str]:
        return set()

    def _get(self, session: requests.Session, name: str, *, keep: bool = True) -> tuple[str, bytes | None]:
        """Return a file's digest, empty where there is none, and its content if that is to be kept."""
        import requests

        address, told, size, kept = urljoin(self.base, quote(name)), hashlib.sha256(), 0, []
        try:
            with session.get(address, stream=True, timeout=_SECONDS, headers={"Cache-Control": "no-cache"}) as answer:
                if answer.status_code in _GONE:
                    return "", None
                if not answer.ok:
                    raise UsageError(f"{address} can't be had: the server answers with status {answer.status_code}")
                for piece in answer.iter_content(1 << 20):
                    told.update(piece)
                    kept += [piece] if keep else []
                    size += len(piece)
                    if size > _MOST:
                        raise UsageError(f"{address} has more than {_MOST / 1e6:g} MB")
        except (requests.RequestException, OSError) as error:
            raise UsageError(f"{address} can't be reached ({type(error).__name__})") from None
        return told.hexdigest(), b"".join(kept)
