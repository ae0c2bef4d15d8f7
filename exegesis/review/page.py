"""A review as a page: one file with all that it shows, which needs no script and asks nobody for anything."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import jinja2

from exegesis.catalogue.checks import shown
from exegesis.picture import PictureError, read_picture

from .report import Review, lines_of, size_of
from .settling import comment_for
from .sides import rows
from .state import Picture

_TEMPLATE = "page.html"
_STYLE = Path(__file__).parents[1] / "sphinxext/theme/static/pictures.css"  # of drawn pictures, in a page and out of it


@dataclass(frozen=True)
class Pair:
    """A picture as it was, and as it is."""

    name: str
    old: Picture | None
    new: Picture | None

    @property
    def same(self) -> bool:
        """Whether nothing of it changed."""
        return bool(self.old and self.new) and self.old.data == self.new.data  # type: ignore[union-attr]


def page(review: Review) -> str:
    """Return the page's HTML; with pictures of both sides if the chapter was run as it was."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    compared = review.compared
    old = compared.before.text if compared.before else ""
    return templates.get_template(_TEMPLATE).render(
        review=review,
        compared=compared,
        lines=lines_of(compared),
        size=size_of(review.state),
        places=rows(old, review.state.text),
        pairs=_pairs(review),
        address=_address,
        values={number.claim + "." + number.name: shown_or_none(number.was) for number in review.numbers},
        comment=lambda each: comment_for(each, review.state.name),
        slowest=sorted(review.ran.costs, key=lambda each: -each.seconds)[:5],
        memory=max((each.memory for each in review.ran.costs), default=0.0),
    )


def shown_or_none(value: float | None) -> str:
    """Return a number for readers."""
    return "none" if value is None else shown(value)


def _address(picture: Picture) -> str:
    """Return an address that holds a picture; one that is drawn brings its style along."""
    if picture.kind.endswith("svg+xml"):
        with suppress(PictureError):  # it is a cell's
            drawn = read_picture(picture.data.decode("utf-8", "replace"))
            style = _STYLE.read_text(encoding="utf-8")
            return replace(picture, data=drawn.svg("picture", style=style).encode()).address
    return picture.address


def _pairs(review: Review) -> list[Pair]:
    was = review.compared.before
    before = [*was.pictures, *review.before.pictures] if was and review.before else []
    old = {each.name: each for each in before}
    new = {each.name: each for each in [*review.state.pictures, *review.ran.pictures]}
    pairs = [Pair(name, old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old])]
    return sorted(pairs, key=lambda pair: pair.same)
