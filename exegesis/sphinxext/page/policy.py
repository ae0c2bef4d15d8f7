"""What a page may do in a reader's browser: a Content-Security-Policy in each page, for hosts that set no headers.

Scripts are the site's files; of what stands in a page, those of its head, by their digests: nothing of a chapter gets
there. A policy in a page does not reach a worker that is loaded by its address, and reaches one that the page makes
up: so run.js starts Python, and no other worker is allowed. Formulas have style attributes.
"""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from exegesis.sphinxext.theme import FOLDER, has_shell

#: What stands in the head of each page: a script, for it must be done before anything is painted, and a style.
BEGIN, NO_SCRIPTS = ((FOLDER / name).read_text(encoding="utf-8") for name in ("begin.js", "no-scripts.css"))
#: What the script of the comments loads, once a reader asks for them.
_GISCUS = {
    "script-src": ["https://giscus.app/client.js"],
    "style-src-elem": ["https://giscus.app/default.css"],
    "frame-src": ["https://giscus.app/"],
}


def digest(text: str) -> str:
    """Return how a policy names a script or a style that stands in a page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def tag(directives: dict[str, list[str]]) -> str:
    """Return the element for a page's head."""
    text = "; ".join(" ".join([name, *sources]) for name, sources in directives.items())
    content = html.escape(text, quote=False).replace('"', "&quot;")  # with its own quotes as they are
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


def directives(app: Sphinx, scripts: list[Any]) -> dict[str, list[str]]:
    """Return the policy of a page that loads these scripts, which are Sphinx's."""
    config = app.config
    names = {str(script.filename).removeprefix("_static/") for script in scripts if script.filename}
    inline = [BEGIN, *(script.attributes["body"] for script in scripts if script.attributes.get("body"))]
    policy = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *map(digest, inline)],
        "style-src": ["'self'", "'unsafe-inline'"],  # for browsers that know no more of it
        "style-src-elem": ["'self'", digest(NO_SCRIPTS)],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "media-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }
    runs = "run.js" in names
    if runs:
        policy["worker-src"] = ["blob:"]
        policy["script-src"].append("blob:")
        if "://" in config.exegesis_pyodide:
            policy["connect-src"].append(config.exegesis_pyodide)
    if runs or config.exegesis_search:
        policy["script-src"].append("'wasm-unsafe-eval'")
    asked = [config.exegesis_policy_allows, {"script-src": _elsewhere(config.html_js_files)}]
    asked += [{"style-src-elem": _elsewhere(config.html_css_files)}]
    asked += [_GISCUS] if "comments.js" in names else []
    for sources in asked:
        for name, more in sources.items():
            policy[name] += more
    return policy


def _elsewhere(files: list[Any]) -> list[str]:
    """Return what of the files that a book's settings name is on other hosts, without what is asked of those."""
    names = [file if isinstance(file, str) else file[0] for file in files]
    return [name.partition("?")[0] for name in names if name and "://" in name]


def _add(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if not has_shell(app):
        return
    context |= {"exegesis_begin": BEGIN, "exegesis_no_scripts": NO_SCRIPTS}
    if app.config.exegesis_policy:  # first of all that a head has but its encoding
        context["metatags"] = tag(directives(app, context["script_files"])) + "\n" + context.get("metatags", "")


def setup(app: Sphinx) -> None:
    """Add the policy when it is known what a page loads."""
    app.connect("html-page-context", _add, priority=1000)
