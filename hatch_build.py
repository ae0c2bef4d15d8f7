"""Packs others' files into exegesis/sphinxext/vendor when the package is built: KaTeX, and the editor of cells.

No wheel has these files by themselves. Those that have them are pinned in requirements-packed.lock;
pip fetches them, by hash and without what they need, and they are opened and not installed. In
``[build-system] requires`` the two would bring Django CMS and a web server, and without hashes.

The files are put beside the code and not only into the wheel, so that an editable installation has
them too. A source distribution has them, and is built without a network.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCK = "requirements-packed.lock"
VENDOR = "exegesis/sphinxext/vendor"
KATEX = "djangocms_katex/static/djangocms_katex/vendor/katex/"
#: Script, style sheet, licence, and the fonts in the one format that all browsers read.
KATEX_FILES = re.compile(r"katex\.min\.(js|css)|LICENSE|fonts/[\w-]+\.woff2")
EDITOR = "shiny/www/shared/prism-code-editor/"
#: What the editor begins with; the rest follows from their imports.
EDITOR_FILES = ("index.js", "extensions/commands.js", "languages/python.js", "prism/languages/python.js", "layout.css")
_IMPORT = re.compile(r"""^import\b[^"']*["'](\.[^"']+)["']""", re.MULTILINE)
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*\n?", re.MULTILINE)  # not packed; developer tools would ask for it


class PackFiles(BuildHookInterface[BuilderConfig]):
    """Hatchling's way in; named in pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Pack the files, before any kind of distribution is made."""
        pack(Path(self.root))


def pack(root: Path) -> None:
    """Put the files into their folders, unless this hook has put the same there before.

    Raises:
        RuntimeError: a wheel can't be had, or has other files than the pinned one.
    """
    vendor, lock = root / VENDOR, root / LOCK
    licence = vendor / "prism-code-editor.LICENSE"  # Shiny's wheel leaves it out
    sources = (Path(__file__), lock, licence)
    made = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest() + "\n"
    stamp = vendor / "packed.sha256"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == made:
        return
    stamp.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wheels = fetch(lock, Path(folder))
        write(vendor / "katex", dict(katex(wheels["djangocms_katex"])))
        write(vendor / "prism-code-editor", dict(editor(wheels["shiny"])) | {"LICENSE": licence.read_bytes()})
    stamp.write_text(made, encoding="utf-8")


def fetch(lock: Path, folder: Path) -> dict[str, Path]:
    """Fetch the wheels of a lock, each checked by its hash; return them by the name that begins theirs."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--requirement", str(lock), "--dest", str(folder)]
    ran = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(
            f"the wheels of {lock.name}, whose files are packed, can't be fetched; a source distribution has the "
            f"files, and needs no network. {ran.stderr.strip()}"
        )
    return {wheel.name.partition("-")[0]: wheel for wheel in folder.glob("*.whl")}


def katex(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Yield KaTeX's files, by name."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            inside = name.removeprefix(KATEX)
            if name.startswith(KATEX) and KATEX_FILES.fullmatch(inside):
                yield inside, archive.read(name)


def editor(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the editor's files, with all that they import, by name."""
    queue, seen = list(EDITOR_FILES), set[str]()
    with zipfile.ZipFile(wheel) as archive:
        while queue:
            name = queue.pop()
            if name in seen:
                continue
            seen.add(name)
            try:
                text = archive.read(EDITOR + name).decode("utf-8")
            except KeyError:
                raise RuntimeError(f"{wheel.name} has no {EDITOR}{name}; change EDITOR_FILES in {__file__}") from None
            if name.endswith(".js"):
                here = posixpath.dirname(name)
                queue += [posixpath.normpath(posixpath.join(here, other)) for other in _IMPORT.findall(text)]
            yield name, _SOURCE_MAP.sub("", text).encode("utf-8")


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Put files into a folder, and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
