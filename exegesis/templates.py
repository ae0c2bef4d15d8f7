"""Templates of files that authors go on with: of Jinja, with << >> for its braces, which have a meaning in chapters."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jinja2

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#$|~])")


def templates_in(folder: Path) -> jinja2.Environment:
    """Return the templates of a folder; the filters make a text safe to stand in YAML and in Markdown."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
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
