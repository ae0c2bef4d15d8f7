"""Beginning a book: a small one that builds at once, from the files in ``skeleton/``."""

from __future__ import annotations

import datetime
import re
import uuid
from pathlib import Path

from exegesis.command.project import UsageError
from exegesis.contract import fixed, read_chapter
from exegesis.templates import templates_in

_SKELETON = Path(__file__).with_name("skeleton")
_NAMES = {"gitignore": ".gitignore"}  # under its own name it would hold in this package too


def init(folder: Path, title: str = "", author: str = "", repository: str = "") -> list[Path]:
    """Write a book into a folder, which may have other files, and return what was written.

    Raises:
        UsageError: a file is in the way, or can't be written; nothing is overwritten.
    """
    title = " ".join(title.split()) or _title_from(folder)
    values = {
        "title": title,
        "author": " ".join(author.split()) or "The authors",
        "repository": repository.rstrip("/"),
        "description": f"{title}: papers explained by programs that check them.",
        "identity": str(uuid.uuid4()),
        "today": datetime.date.today().isoformat(),
    }
    templates = templates_in(_SKELETON)
    files = {
        folder / _NAMES.get(name, name): templates.get_template(name).render(values)
        for name in templates.list_templates(filter_func=lambda name: "__pycache__" not in name)
    }
    for path in files:
        if path.suffix == ".md" and path.parent.name == "papers":
            files[path] = fixed(read_chapter(path, path.name, files[path]))
    if there := [path for path in files if path.exists() or path.is_symlink()]:
        raise UsageError(f"{there[0]} is in the way; nothing was written: move it, or choose another folder")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f"{error.filename} can't be written: {error.strerror}") from None
    return list(files)


def _title_from(folder: Path) -> str:
    words = re.sub(r"[-_\s]+", " ", folder.resolve().name).strip()
    return words[:1].upper() + words[1:] or "A book of papers"
