"""A live preview: serve the site, rebuild what changes, reload the browser."""

from __future__ import annotations

import logging
from collections.abc import Callable

from livereload import Server

from exegesis.build import build_book
from exegesis.project import Project, UsageError

WATCHED = ("_config.yml", "_toc.yml", "references.bib", "book/*.*", "book/**/*.md", "book/**/matplotlibrc")


def serve(project: Project, port: int) -> None:
    """Build the book, serve it on this machine, and build again after every change.

    Raises:
        UsageError: the port is taken.
    """
    logging.getLogger("livereload").setLevel(logging.WARNING)
    rebuild = _rebuilder(project)
    rebuild()
    server = Server()
    for pattern in WATCHED:
        server.watch(str(project.root / pattern), rebuild)
    print(f"serving http://127.0.0.1:{port}/ (Ctrl-C ends it)", flush=True)
    try:
        server.serve(root=str(project.build / "html"), host="127.0.0.1", port=port, debug=False)
    except OSError as error:
        raise UsageError(f"port {port} can't be used ({error.strerror}); choose another with --port") from None


def _rebuilder(project: Project) -> Callable[[], None]:
    def rebuild() -> None:
        try:
            outcome = build_book(project, lambda line: print(line, flush=True))
        except UsageError as error:
            print(f"exegesis: {error}", flush=True)
            return
        for fault in outcome.faults:
            print(fault, flush=True)
        print(f"built in {outcome.seconds:.1f} s" if not outcome.faults else "not published", flush=True)

    return rebuild
