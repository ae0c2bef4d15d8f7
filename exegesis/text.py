"""Text as people's editors leave it: UTF-8 with or without a mark, YAML with the place of what can't be read."""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

from exegesis.fault import Fault, Kind

#: In C where PyYAML has it, as its wheels do.
_FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_StrictLoader = yaml.SafeLoader  # by a name of our own, for a build puts the fast one in its place
#: What PyYAML lets through of values such as a date with a 13th month.
_IMPOSSIBLE = (AttributeError, LookupError, TypeError, ValueError)
#: Control characters but for tab and ends of lines; what turns text round; spaces without width; U+FFFD for lost ones.
_UNSEEN = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f\u200b\u2060\ufeff\ufffd\u202a-\u202e\u2066-\u2069]")
#: What terminals act on: control characters but for tab and the end of a line.
_ACTED_ON = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableError(ValueError):
    """A file, or YAML in it, that can't be read: at which line (from 1), why, and how to mend it."""

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(f"{what}; {mend}")
        self.line = line
        self.what = what
        self.mend = mend

    def fault(self, path: str, kind: Kind) -> Fault:
        """Return what to tell of the file at this path, relative to the book's root."""
        return Fault(path, self.line, self.what, self.mend, kind.code)


def read_text(path: Path) -> str:
    """Return a file's text, without the mark that some editors put before it, and with ``\\n`` after each line.

    Raises:
        FileNotFoundError: there is none.
        UnreadableError: it is no UTF-8, or can't be opened.
    """
    try:
        # Not by an open file, which takes one that has the first bytes of a mark alone for empty.
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise
    except UnicodeDecodeError:
        raise _undecodable(path.read_bytes()) from None
    except OSError as error:
        raise UnreadableError(1, f"the file can't be read: {error.strerror}", "look at its rights") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _undecodable(data: bytes) -> UnreadableError:
    """Return what is wrong with bytes that are no UTF-8: the first that is not."""
    if data.startswith(_WIDE):
        return UnreadableError(1, "the file is UTF-16", "save it as UTF-8")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, at = data[: error.start].count(b"\n") + 1, error.start
        column = at - data.rfind(b"\n", 0, at)
        what = f"byte {column} of the line, {data[at]:#x} (byte {at + 1} of the file), is no UTF-8"
        return UnreadableError(line, what, "save the file as UTF-8")
    raise AssertionError


def unseen(text: str) -> tuple[str, str] | None:
    """Return what to tell of the first character that nobody sees, and how to mend it; None where there is none."""
    if found := _UNSEEN.search(text):
        name = unicodedata.name(found[0], "a control character")
        return f"has U+{ord(found[0]):04X} ({name}), which nobody sees, as character {found.start() + 1}", "take it out"
    return None


def printable(text: str) -> str:
    """Return text that a terminal or a log viewer shows and does not act on: a stranger may have written it."""
    return text.translate(_ACTED_ON)


def load_yaml(text: str, first: int = 1) -> Any:
    """Return what YAML says.

    Args:
        text: the YAML.
        first: the line of its file at which it begins.

    Raises:
        UnreadableError: it is no YAML, or a value in it is impossible.
    """
    return _read(lambda loader: loader.get_single_data(), text, first)


def compose_yaml(text: str, first: int = 1) -> yaml.Node | None:
    """Return the nodes of YAML, each with its place; None for an empty text.

    Raises:
        UnreadableError: it is no YAML, or a key stands twice.
    """
    root: yaml.Node | None = _read(lambda loader: loader.get_single_node(), text, first)
    _refuse_repeated_keys(root, first)
    return root


def _read(read: Any, text: str, first: int) -> Any:
    loader = None
    try:
        loader = _loader(text)
        return read(loader)
    except yaml.YAMLError as error:
        raise _no_yaml(error, text, first) from None
    except RecursionError:
        raise UnreadableError(first, "it is too deeply nested", "write it flatter") from None
    except _IMPOSSIBLE as error:
        raise UnreadableError(first + _impossible(text), f"a value is impossible: {error}", "quote it") from None
    finally:
        if loader:
            loader.dispose()


def _loader(text: str) -> Any:
    """Return what reads YAML; where there are tabs the stricter of the two, which MyST-Parser uses too."""
    return (_StrictLoader if "\t" in text else _FastLoader)(text)


def _no_yaml(error: yaml.YAMLError, text: str, first: int) -> UnreadableError:
    mark = getattr(error, "problem_mark", None)
    lines = text.splitlines()
    number = mark.line if mark else 0
    if number < len(lines) and "\t" in (line := lines[number])[: len(line) - len(line.lstrip())]:
        return UnreadableError(first + number, "the line is indented with a tab", "YAML wants spaces; write two for it")
    if number < len(lines) and mark and lines[number][mark.column : mark.column + 1] == "\t":
        return UnreadableError(first + number, "a tab stands where YAML wants a space", "write a space for it")
    if isinstance(error, yaml.reader.ReaderError):
        position = error.position if isinstance(error.position, int) else 0
        number = text.count("\n", 0, position)
        what = f"there is a character that no text has, {error.character!r}"
        return UnreadableError(first + number, what, "take it out")
    problem = " ".join(str(getattr(error, "problem", None) or error).split())
    return UnreadableError(first + number, problem, "quote text that has a colon, and close what opens")


def _impossible(text: str) -> int:
    """Return the line (from 0) of the first key whose value PyYAML can't make."""
    loader = _loader(text)
    root = loader.get_single_node()
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        try:
            loader.construct_object(value, deep=True)
        except _IMPOSSIBLE:
            return int(key.start_mark.line)
        except (yaml.YAMLError, RecursionError):
            continue  # a list in itself, say, which can be made, but not at once with all that is in it
    return 0


def _refuse_repeated_keys(root: yaml.Node | None, first: int) -> None:
    """YAML's own loader keeps the last of two and says nothing."""
    nodes, known = [root], {id(root)}  # a mapping may be in itself
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.MappingNode):
            _refuse_repeated(node, first)
        inside = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else []
        inside += node.value if isinstance(node, yaml.SequenceNode) else []
        nodes += [part for part in inside if id(part) not in known]
        known.update(map(id, inside))


def _refuse_repeated(node: yaml.MappingNode, first: int) -> None:
    seen = set()
    for key, _ in node.value:
        line = first + key.start_mark.line
        if not isinstance(key, yaml.ScalarNode):
            raise UnreadableError(line, "a key is a list or a mapping", "write a word before ':'")
        if key.value in seen:
            raise UnreadableError(line, f"the key '{key.value}' stands twice", "keep one of the two")
        seen.add(key.value)
