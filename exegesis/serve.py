"""A live preview: serve the site, rebuild what changes, reload the browser."""

from __future__ import annotations

import logging
import subprocess
import sys

from livereload import Server

from exegesis.project import Project, UsageError

WATCHED = ("_config.yml", "_toc.yml", "references.bib", "book/*.*", "book/**/*.md", "book/**/matplotlibrc")


def serve(project: Project, port: int) -> None:
    """Build the book, serve it on this machine, and build again after every change.

    Raises:
        UsageError: the port is taken.
    """

    def rebuild() -> None:
        # In a process of its own: the server's event loop is running in this one.
        subprocess.run([sys.executable, "-m", "exegesis.cli", "--book", str(project.root), "build"], check=False)

    logging.getLogger("livereload").setLevel(logging.WARNING)
    rebuild()
    server = Server()
    for pattern in WATCHED:
        server.watch(str(project.root / pattern), rebuild)
    print(f"serving http://127.0.0.1:{port}/ (Ctrl-C ends it)", flush=True)
    try:
        server.serve(root=str(project.build / "html"), host="127.0.0.1", port=port)
    except OSError as error:
        raise UsageError(f"port {port} can't be used ({error.strerror}); choose another with --port") from None
