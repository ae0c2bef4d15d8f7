"""Beginning a book: a small one that builds at once, from the files in ``skeleton/``.

They are templates of Jinja, with << >> for its braces: those have a meaning in chapters.
"""

from __future__ import annotations

import datetime
import json
import re
import uuid
from pathlib import Path

import jinja2

from exegesis.command.project import UsageError

_SKELETON = Path(__file__).with_name("skeleton")
_NAMES = {"gitignore": ".gitignore"}  # under its own name it would hold in this package too
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#$|~])")


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
    templates = _templates()
    files = {
        folder / _NAMES.get(name, name): templates.get_template(name).render(values)
        for name in templates.list_templates(filter_func=lambda name: "__pycache__" not in name)
    }
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


def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_SKELETON),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    templates.filters["yaml"] = lambda text: json.dumps(text, ensure_ascii=False)  # JSON is YAML
    templates.filters["markdown"] = lambda text: _MARKDOWN.sub(r"\\\1", text)
    return templates
