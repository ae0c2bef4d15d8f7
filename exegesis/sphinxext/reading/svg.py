"""What an SVG file may not have: it is a page of its own when it is opened, and could run and load what it likes."""

from __future__ import annotations

import re
from pathlib import Path
from xml.parsers import expat

#: Elements that run code, or hold a page.
_ACTIVE = {"script", "handler", "listener", "foreignObject", "iframe", "object", "embed", "audio", "video"}
_ELSEWHERE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_LOADED = re.compile(r"(?:@import|url\()\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)
_CODE = re.compile(r"\s*(?:javascript|vbscript|data:(?!image/(?!svg)|font/))", re.IGNORECASE)
#: An animation may put an address into a link: any of its values, which are parted by semicolons.
_ANIMATED = re.compile(r"(?:^|;)\s*(?:javascript|vbscript):", re.IGNORECASE)
_PAGE = "http://www.w3.org/1999/xhtml"  # its elements run, load and lead elsewhere in many ways


def unfit(path: Path) -> tuple[int, str] | None:
    """Return what of an SVG file a book may not publish, and its line; None where all of it draws."""
    found: list[tuple[int, str]] = []

    def tell(what: str) -> None:
        found.append((parser.CurrentLineNumber, what))

    def begin(name: str, attributes: dict[str, str]) -> None:
        space, _, element = name.rpartition(" ")
        if element in _ACTIVE or space == _PAGE:
            tell(f"has <{element}>{', which is HTML' if space == _PAGE else ''}")
        for attribute, value in attributes.items():
            own = attribute.rpartition(" ")[2].lower()
            if own.startswith("on"):
                tell(f"has '{own}', which runs code")
            elif (own in ("href", "src") and _CODE.match(value)) or _ANIMATED.search(value):
                tell(f"leads to '{value.strip()[:30]}', which runs code")
            elif (own in ("href", "src") and element != "a" and _ELSEWHERE.match(value)) or _LOADED.search(value):
                tell(f"loads {value.strip()[:60]}, which is elsewhere")

    def text(data: str) -> None:
        if _LOADED.search(data):
            tell("loads something from elsewhere")

    def instruction(target: str, data: str) -> None:
        if "href" in data:
            tell(f"loads a style sheet, <?{target}?>")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = begin
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = lambda name, *rest: tell(f"defines the entity '{name}'")
    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        tell(f"is no SVG that browsers can read ({expat.errors.messages[error.code]})")
    except OSError:
        return None  # that is told by Sphinx
    return found[0] if found else None
