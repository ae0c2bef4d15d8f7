"""Schematic pictures drawn for the book: SVG of a few elements, coloured by classes alone.

What is on the short lists below can run nothing, load nothing and name nothing, so that a picture may stand in the
page itself, where it has the page's colours. It follows the light and the dark theme and paper as the text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from xml.parsers import expat

NAMESPACE = "http://www.w3.org/2000/svg"
WIDEST = 340  # units: where a phone has 360 pixels, a figure has 310; the smallest words are then of 11 pixels
LARGER = 1.25  # pixels a unit, where there is room
_PLACE = {"x", "y", "dx", "dy", "transform"}
ELEMENTS = {
    "svg": {"viewBox", "xmlns"},
    "g": {"transform"},
    "path": {"d", "transform"},
    "line": {"x1", "y1", "x2", "y2", "transform"},
    "polyline": {"points", "transform"},
    "polygon": {"points", "transform"},
    "rect": {"x", "y", "width", "height", "rx", "transform"},
    "circle": {"cx", "cy", "r", "transform"},
    "ellipse": {"cx", "cy", "rx", "ry", "transform"},
    "text": _PLACE,
    "tspan": _PLACE,
}
DRAWN = {"path", "line", "polyline", "polygon", "rect", "circle", "ellipse"}
WORDS = {"text", "tspan"}
#: How a shape is drawn: each has one of these.
WAYS = {
    "line": "a line",
    "arrow": "a line with a head at its end",
    "box": "an outline on the colour of panels",
    "soft": "a faint surface, with an outline",
    "fill": "a full surface",
}
#: In which colour; an element takes it from the nearest around it, and is of the text's colour where none has one.
COLOURS = {
    "accent": "what the picture is about",
    "second": "what stands against it",
    "muted": "what is there, and does not matter now",
}
#: What else: of lines, and of words.
MANNERS = {
    "dashed": "a line in dashes: what is optional, or only thought of",
    "thick": "a line of twice the width",
    "small": "words of 12.5 units instead of 13",
    "start": "words that begin at their place, instead of having their middle there",
    "end": "words that end at their place",
    "strong": "bold words",
    "math": "a number of a formula: italic, in the text's letters",
    "vector": "a vector or a matrix of a formula: bold, in the text's letters",
}
CLASSES = {**WAYS, **COLOURS, **MANNERS}
_SIMPLE = re.compile(r"[\w\s.,()+-]*", re.ASCII)  # numbers, and commands of paths and transforms
_NUMBER = r"(\d+(?:\.\d+)?)"
_VIEW = re.compile(rf"0 0 {_NUMBER} {_NUMBER}")


class PictureError(ValueError):
    """A picture that a page may not have."""

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(f"line {line}: {what}; {mend}")
        self.line = line
        self.what = what
        self.mend = mend


@dataclass
class Element:
    """An element of a picture, with what stands in it."""

    name: str
    attributes: dict[str, str]
    classes: tuple[str, ...]
    children: list[Element | str] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """A picture that was read, and has nothing but what a page may have."""

    root: Element
    width: float
    height: float

    def svg(self, name: str, words: str = "", style: str = "") -> str:
        """Return it as it stands in a page, or as a file of its own.

        Arrows get their heads here, one for each colour: a browser gives a head the colour of the place where it is
        defined.

        Args:
            name: of its own on the page, for the heads.
            words: for those who cannot see it.
            style: the style sheet of pictures, where the page has not got it.
        """
        view = {"xmlns": NAMESPACE, "class": "picture", "viewBox": self.root.attributes["viewBox"]}
        size = {"width": f"{LARGER * self.width:g}", "height": f"{LARGER * self.height:g}"}
        parts = [_tag("svg", view | size | ({"role": "img", "aria-label": words} if words else {}))]
        parts += [f"<style>{escape(style, quote=False)}</style>"] if style else []
        for colour in sorted({colour for element, colour in _coloured(self.root) if "arrow" in element.classes}):
            parts.append(
                _HEAD.format(name=f"{name}-{colour or 'arrow'}", colour=f' class="{colour}"' if colour else "")
            )
        parts += [part for child in self.root.children for part in _write(child, name, "")]
        return "".join([*parts, "</svg>"])


_HEAD = (
    '<marker id="{name}"{colour} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
    ' markerUnits="userSpaceOnUse" orient="auto"><path class="fill" d="M0 0.5L8 4L0 7.5z"/></marker>'
)


def _coloured(element: Element, around: str = "") -> Iterator[tuple[Element, str]]:
    colour = next((each for each in element.classes if each in COLOURS), around)
    yield element, colour
    for child in element.children:
        if isinstance(child, Element):
            yield from _coloured(child, colour)


def _write(node: Element | str, name: str, around: str) -> Iterator[str]:
    if isinstance(node, str):
        yield escape(node, quote=False)
        return
    colour = next((each for each in node.classes if each in COLOURS), around)
    attributes = dict(node.attributes)
    if "arrow" in node.classes:
        attributes["marker-end"] = f"url(#{name}-{colour or 'arrow'})"
    if node.classes:
        attributes["class"] = " ".join(node.classes)
    if not node.children:
        yield _tag(node.name, attributes)[:-1] + "/>"
        return
    yield _tag(node.name, attributes)
    for child in node.children:
        yield from _write(child, name, colour)
    yield f"</{node.name}>"


def _tag(name: str, attributes: dict[str, str]) -> str:
    return "".join([f"<{name}", *(f' {each}="{escape(value)}"' for each, value in attributes.items()), ">"])


def read_picture(text: str) -> Picture:
    """Read a picture.

    Raises:
        PictureError: it has something that a page may not have, or is no SVG.
    """
    reading = _Reading()
    try:
        reading.parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        what = f"it is no SVG: {expat.errors.messages[error.code]}"
        raise PictureError(error.lineno, what, "mend it") from None
    root = reading.root
    assert root is not None  # else it would have been no XML
    found = _VIEW.fullmatch(root.attributes.get("viewBox", ""))
    if not found or float(found[1]) > WIDEST:
        what = f"its viewBox is '{root.attributes.get('viewBox', '')}'"
        raise PictureError(1, what, f"write '0 0 width height', with a width of at most {WIDEST}")
    return Picture(root, float(found[1]), float(found[2]))


class _Reading:
    """One walk through a file."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = lambda name: self._open.pop()
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = lambda *_: self._refuse("a DOCTYPE", "take it out")
        self.parser.ProcessingInstructionHandler = lambda *_: self._refuse("an instruction", "take out the <?...?>")

    def _refuse(self, what: str, mend: str) -> None:
        raise PictureError(self.parser.CurrentLineNumber, f"it has {what}", mend)

    def _begin(self, name: str, given: dict[str, str]) -> None:
        if name not in ELEMENTS or (name == "svg") != (self.root is None):
            self._refuse(f"<{name}>", f"a picture is made of {', '.join(sorted(ELEMENTS.keys() - {'svg'}))}")
        attributes = dict(given)
        classes = tuple(attributes.pop("class", "").split())
        for each, value in attributes.items():
            self._attribute(name, each, value)
        if unknown := [each for each in classes if each not in CLASSES]:
            self._refuse(f"the class '{unknown[0]}'", f"there are {', '.join(sorted(CLASSES))}")
        if name in DRAWN and not WAYS.keys() & set(classes):
            self._refuse(f"a <{name}> that does not say how it is drawn", f"give it a class: {', '.join(WAYS)}")
        element = Element(name, attributes, classes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _attribute(self, name: str, attribute: str, value: str) -> None:
        if attribute not in ELEMENTS[name]:
            mend = f"<{name}> may have class, {', '.join(sorted(ELEMENTS[name]))}; colours and widths are classes"
            self._refuse(f"'{attribute}' in <{name}>", mend)
        if attribute == "xmlns" and value != NAMESPACE:
            self._refuse(f"another namespace, {value}", f'write xmlns="{NAMESPACE}"')
        if attribute != "xmlns" and not _SIMPLE.fullmatch(value):
            self._refuse(
                f"'{value}' for {attribute}", "numbers, and commands of paths and transforms, are all it takes"
            )

    def _text(self, text: str) -> None:
        if self._open[-1].name in WORDS:
            self._open[-1].children.append(re.sub(r"\s+", " ", text))
        elif text.strip():
            self._refuse(f"'{text.strip()}' outside of <text>", "put it into one")
