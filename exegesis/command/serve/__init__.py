"""A live preview: serve the site, build what changed, and let the browser show it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from exegesis.command.project import Project, UsageError

from .builds import Builds, Built, pages_of
from .live import Live
from .watch import Watch


def serve(project: Project, port: int, slug: str | None = None) -> None:
    """Build the book, or one chapter of it alone, serve it on this machine, and build again after every change.

    Of a book the site is served that Sphinx writes to, so that an author sees a page with a fault
    too; ``_build/html`` follows when a build has none. Of a chapter it is the last good page, with the faults
    of what was saved since.

    Raises:
        UsageError: the port is taken, or there is no such chapter.
    """
    if slug and project.foreign:
        raise UsageError("this book does not use exegesis.sphinxext: it is served as a whole")
    chapter = project.chapters([slug])[slug] if slug else None
    asyncio.run(_serve(project, port, slug, chapter))


async def _serve(project: Project, port: int, slug: str | None, chapter: Path | None) -> None:
    page = chapter.relative_to(project.root).with_suffix(".html").as_posix() if chapter else ""
    live = Live(project.build / ("preview" if chapter else "site"), page)
    try:
        live.listen(port)
    except OSError as error:
        raise UsageError(f"port {port} can't be used ({error.strerror}); choose another with --port") from None
    print(f"serving http://127.0.0.1:{port}/{page} (Ctrl-C ends it)", flush=True)
    watch, builds = Watch(project.root), Builds(project, slug)
    try:
        changed: set[Path] = set()
        while True:
            watch.follow(pages_of(project))  # before the build: what is saved meanwhile is the next change
            built = await builds.build(changed, live.show)
            live.show(built.faults)
            _tell(built)
            changed = await watch.changed()
    finally:
        await builds.close()
        watch.close()
        live.close()


def _tell(built: Built) -> None:
    for fault in built.faults:
        print(fault, file=sys.stderr)
    state = f"{len(built.faults)} fault(s), told in the page too" if built.faults else "built"
    print(f"{state}, after {built.seconds:.1f} s", flush=True)
