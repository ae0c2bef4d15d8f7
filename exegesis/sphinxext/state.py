"""The state of a build: one object an application, with what the adapter's parts found out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment

_ATTRIBUTE = "_exegesis"
_APPLICATION = "_exegesis_application"
T = TypeVar("T")
Find = Callable[[Sphinx], T]


class Build:
    """What was found out, by the function that finds it: for the application, and for one build by it."""

    def __init__(self) -> None:
        self.lasting: dict[Find[Any], Any] = {}
        self.passing: dict[Find[Any], Any] = {}

    def forget(self, *args: Any) -> None:
        """Forget what another build of the same application may find otherwise."""
        self.passing.clear()


def application_of(source: BuildEnvironment | Builder) -> Sphinx:
    """Return the application of an environment or a builder, whose own `app` is deprecated from Sphinx 9 on."""
    app = getattr(source.events, _APPLICATION)  # what an application shares with both, and never pickles
    assert isinstance(app, Sphinx)
    return app


def is_site(app: Sphinx) -> bool:
    """Whether each document is a page for a browser, as it is not in an EPUB or on a single page."""
    return app.builder.format == "html" and app.builder.name not in ("epub", "singlehtml")


def build_of(app: Sphinx) -> Build:
    """Return the state of what the application builds."""
    build = getattr(app, _ATTRIBUTE)
    assert isinstance(build, Build)
    return build


def once_an_application(find: Find[T]) -> Find[T]:
    """Let a function be asked once, when its answer is needed first, and remembered."""
    return _remembering(find, lambda build: build.lasting)


def once_a_build(find: Find[T]) -> Find[T]:
    """Let a function be asked once a build: its answer is forgotten before the pages are read."""
    return _remembering(find, lambda build: build.passing)


def _remembering(find: Find[T], place: Callable[[Build], dict[Find[Any], Any]]) -> Find[T]:
    @functools.wraps(find)
    def remembered(app: Sphinx) -> T:
        known = place(build_of(app))
        if find not in known:
            known[find] = find(app)
        found: T = known[find]
        return found

    return remembered


def setup(app: Sphinx) -> None:
    """Begin with nothing known."""
    build = Build()
    setattr(app, _ATTRIBUTE, build)
    setattr(app.events, _APPLICATION, app)
    app.connect("env-before-read-docs", build.forget, priority=0)
