"""The configuration of a Jupyter Book 1.x project: read, checked, and turned into Sphinx's.

Jupyter Book can't be installed beside Sphinx 8 or newer. What its settings are and mean is in
``schemas/config.schema.yml``, so that one `_config.yml` builds the same book with and without it.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from exegesis.fault import Fault, Kind, closest
from exegesis.text import UnreadableError, load_yaml, read_text

NAME = "_config.yml"
EXTENSION = "exegesis.sphinxext"
_KIND = Kind.SETTING.code
#: What Jupyter Book loads by itself, and the settings that are nothing without it.
_DEFAULT_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "sphinx_togglebutton": (),
    "sphinx_copybutton": (),
    "myst_nb": (),
    "jupyter_book": ("use_jupyterbook_latex",),
    "sphinx_thebe": (),
    "sphinx_comments": ("comments_config",),
    "sphinx_external_toc": ("external_toc_exclude_missing", "use_multitoc_numbering"),
    "sphinx.ext.intersphinx": (),
    "sphinx_design": (),
    "sphinx_book_theme": (),
}
#: What it loads where a setting is on.
_BY_SETTING = {
    "use_jupyterbook_latex": "sphinx_jupyterbook_latex",
    "use_multitoc_numbering": "sphinx_multitoc_numbering",
}
_NEVER_PAGES = ("_build", "Thumbs.db", ".DS_Store", "**.ipynb_checkpoints")
_WRITE = {
    "string": "write a text, in quotes",
    "boolean": "write true or false",
    "number": "write a number",
    "array": "write a list, such as [a, b]",
    "object": "write its settings below it, indented",
}


class ConfigurationError(Exception):
    """The configuration can't be used; ``faults`` say why, each with its line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def read_settings(path: Path) -> dict[str, Any]:
    """Return the settings of a `_config.yml`; those that are empty are left out.

    Raises:
        ConfigurationError: it can't be read, or a setting is unknown, has a wrong type, or can't work here.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise ConfigurationError([error.fault(NAME, Kind.SETTING)]) from None
    try:
        settings = load_yaml(text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)  # a key that stands twice is no fault of other books
    except UnreadableError as error:
        raise ConfigurationError(
            [Fault(NAME, error.line, f"{NAME} can't be read: {error.what}", error.mend, _KIND)]
        ) from None
    faults = [
        Fault(NAME, _line(tree, keys), what, mend, _KIND)
        for keys, what, mend in (*_wrong(settings), *_impossible(settings, path.parent))
    ]
    if faults:
        raise ConfigurationError(sorted(faults, key=lambda fault: fault.line))
    return _without_nulls(settings) if settings else {}


def sphinx_configuration(settings: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return what Jupyter Book would make of the settings for Sphinx.

    Extensions that Jupyter Book loads by itself are left out where they are not installed.
    """
    own = settings.get("sphinx", {})
    config: dict[str, Any] = {
        "extensions": list(_DEFAULT_EXTENSIONS),
        "pygments_style": "sphinx",
        "html_theme": "sphinx_book_theme",
        "html_theme_options": {"search_bar_text": "Search this book..."},
        "html_sourcelink_suffix": "",
        "numfig": True,
        "suppress_warnings": ["myst.domains"],
    }
    _update(config, _translated(_defaults(_schema()), _schema()))
    _update(config, _translated(settings, _schema()))
    config["extensions"] += [*_list(own.get("extra_extensions")), *own.get("local_extensions", {})]
    if "bibtex_bibfiles" in settings or "bibtex_reference_style" in settings:
        config["extensions"].append("sphinxcontrib.bibtex")

    chosen = deepcopy(own.get("config", {}))
    if "mathjax_config" in chosen:  # its name before Sphinx 4
        name = "mathjax2_config" if "@2" in chosen.get("mathjax_path", "") else "mathjax3_config"
        chosen[name] = chosen.pop("mathjax_config")
    _update(config, chosen) if own.get("recursive_update") else config.update(chosen)

    config["extensions"] += [extension for setting, extension in _BY_SETTING.items() if config.get(setting)]
    config["extensions"] = list(dict.fromkeys(config["extensions"]))
    asked = {*_list(own.get("extra_extensions")), *chosen.get("extensions", ())}
    for name in [*_DEFAULT_EXTENSIONS, *_BY_SETTING.values()]:
        if name in config["extensions"] and name not in asked and not _is_installed(name):
            config["extensions"].remove(name)
            for setting in _DEFAULT_EXTENSIONS.get(name, ()):
                config.pop(setting, None)
    _add_static_files(config, root)
    return config


def import_paths(settings: dict[str, Any], root: Path) -> list[str]:
    """Return where the book's own extensions are."""
    folders = settings.get("sphinx", {}).get("local_extensions", {}).values()
    return [(root / folder).resolve().as_posix() for folder in folders]


@functools.cache
def _schema() -> dict[str, Any]:
    text = files("exegesis").joinpath("schemas/config.schema.yml").read_text(encoding="utf-8")
    schema: dict[str, Any] = yaml.safe_load(text)
    return schema


def _defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a book that has none of its own."""
    found = {}
    for name, rule in schema["properties"].items():
        if "properties" in rule:
            found[name] = _defaults(rule)
        elif "default" in rule:
            found[name] = rule["default"]
    return found


def _translated(settings: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Give the settings their names in Sphinx."""
    config: dict[str, Any] = {}
    for name, rule in schema["properties"].items():
        value = settings.get(name)
        if value is None or (name in ("myst_enable_extensions", "bibtex_bibfiles") and not value):
            continue  # Jupyter Book leaves these two as they are if they are empty
        if "properties" in rule and "sphinx" not in rule:
            _update(config, _translated(value, rule))
        elif "sphinx" in rule:
            if name == "exclude_patterns" and schema is _schema():
                value = sorted({*_NEVER_PAGES, *value})
            elif name == "execute_notebooks":
                value = value or "off"  # in YAML, off is false
            elif name == "bibtex_bibfiles":
                value = _list(value)
            named: Any = deepcopy(value)
            for part in reversed(rule["sphinx"].split(".")):
                named = {part: named}
            _update(config, named)
    return config


def _update(config: dict[str, Any], changes: dict[str, Any]) -> None:
    """Change a configuration; tables within are changed and not replaced."""
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(config.get(name), dict):
            _update(config[name], value)
        else:
            config[name] = value


def _add_static_files(config: dict[str, Any], root: Path) -> None:
    """Let each page load the style sheets and scripts in the book's `_static`."""
    if not (root / "_static").is_dir():
        return
    folders = config["html_static_path"] = [*config.get("html_static_path", []), "_static"]
    for name, pattern in (("html_css_files", "*.css"), ("html_js_files", "*.js")):
        found = [
            path.relative_to(root / folder).as_posix()
            for folder in folders
            for path in sorted((root / folder).rglob(pattern))
        ]
        if found:
            config[name] = [*config.get(name, []), *found]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value] if value else []


def _without_nulls(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty; an empty text of the book's own, such as its author, is no text."""
    texts = [name for name, rule in _schema()["properties"].items() if rule["type"] == "string"]
    kept = {name: "" if value is None and name in texts else value for name, value in settings.items()}
    return {
        name: {key: each for key, each in value.items() if each is not None} if isinstance(value, dict) else value
        for name, value in kept.items()
        if value is not None
    }


def _is_installed(extension: str) -> bool:
    try:
        return importlib.util.find_spec(extension) is not None
    except (ImportError, ValueError):
        return False


_Wrong = tuple[list[str | int], str, str]  # where, what, how to mend it


def _wrong(settings: Any) -> Iterator[_Wrong]:
    """Compare the settings with the schema; nothing at all is right everywhere."""
    from exegesis.schema import Validator  # it takes a while to import

    for error in Validator(_schema()).iter_errors(settings):
        keys = list(error.absolute_path)
        if error.instance is None:
            continue
        value = f"'{'.'.join(map(str, keys))}' is {error.instance!r}" if keys else "the file"
        if error.validator == "type":
            kinds = _list(error.validator_value)
            yield (
                keys,
                f"{value}, not of type {' or '.join(kinds)}" if keys else "the file has no settings",
                _WRITE[kinds[0]],
            )
        elif error.validator == "enum":
            names = [str(name) for name in error.validator_value if name]
            yield keys, value, f"choose from {', '.join(names)}"
        else:
            yield keys, value, f"write a number from {error.validator_value} on"
    own = settings.get("sphinx") if isinstance(settings, dict) else None
    if isinstance(own, dict) and EXTENSION in _list(own.get("extra_extensions")):
        yield from _unknown(settings, _schema(), [])  # in other books they are left alone, as Jupyter Book does


def _unknown(settings: Any, schema: dict[str, Any], above: list[str | int]) -> Iterator[_Wrong]:
    known = schema.get("properties")
    if not known or not isinstance(settings, dict):
        return
    for name, value in settings.items():
        if name in known:
            yield from _unknown(value, known[name], [*above, name])
        else:
            full = ".".join(map(str, [*above, name]))
            yield [*above, name], f"there is no setting '{full}'", closest(str(name), list(known))


def _impossible(settings: Any, root: Path) -> Iterator[_Wrong]:
    """Find what has the right form and can't work."""
    sections = (
        {name: value for name, value in settings.items() if isinstance(value, dict)}
        if isinstance(settings, dict)
        else {}
    )
    html, own = sections.get("html", {}), sections.get("sphinx", {})
    for name in ("use_repository_button", "use_edit_page_button", "use_issues_button"):
        if html.get(name) and not sections.get("repository", {}).get("url"):
            yield ["html", name], f"'html.{name}' needs the address of the repository", "set 'repository.url' too"
    local = own.get("local_extensions")
    local = local if isinstance(local, dict) else {}
    for name, folder in local.items():
        if not (root / str(folder)).is_dir():
            yield ["sphinx", "local_extensions", name], f"there is no folder {folder}", f"name the one where {name} is"
    for number, name in enumerate(map(str, _list(own.get("extra_extensions")))):
        if name not in local and not _is_installed(name):
            keys: list[str | int] = ["sphinx", "extra_extensions", number]
            yield keys, f"the extension '{name}' is not installed", "install it, or take it out of the list"


def _line(tree: yaml.Node | None, keys: list[str | int]) -> int:
    """Return the line of a setting, or of the last that is there on the way to it."""
    line = 1
    for key in keys:
        if isinstance(tree, yaml.MappingNode):
            found = next(((name, value) for name, value in tree.value if name.value == str(key)), None)
        elif isinstance(tree, yaml.SequenceNode) and isinstance(key, int):
            found = (tree.value[key], tree.value[key])
        else:
            found = None
        if found is None:
            break
        name, tree = found
        line = name.start_mark.line + 1
    return line
