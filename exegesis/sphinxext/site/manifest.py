"""The site's manifest: see `exegesis.manifest`. Written when every other file is there."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from exegesis import __version__
from exegesis.execution.sphinx import execution_of
from exegesis.execution.store.needs import PYTHON, required_versions
from exegesis.fault import PACKAGE
from exegesis.kernel.environment import baseline
from exegesis.manifest import LOCKS, NAME, Chapter, Manifest, digest_of, pdf_file
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.identity import title_of
from exegesis.sphinxext.page.downloads import source_files
from exegesis.sphinxext.provenance import inputs_of, needs_of, revision, versions_of
from exegesis.sphinxext.state import is_site

from .exports import write_changed
from .pdfs import offered


def manifest_of(app: Sphinx) -> Manifest:
    """Return what the site is built from, with the files that it has."""
    found, root = revision(app), Path(app.srcdir)
    pdfs = offered(app)
    files = _digests(app, {NAME, *map(pdf_file, pdfs)})
    chapters = {docname: _chapter(app, docname, files) for docname in sorted(_chapters(app))}
    versions = {name: version for docname in chapters for name, version in needs_of(app, docname).versions.items()}
    versions |= required_versions(PACKAGE) | {PACKAGE: __version__, PYTHON: platform.python_version()}
    return Manifest(
        title=title_of(app),
        address=app.config.html_baseurl,
        repository=app.config.exegesis_repository,
        commit=found.commit if found else None,
        date=found.date if found else None,
        clean=found is not None and found.clean,
        source_date_epoch=os.environ.get("SOURCE_DATE_EPOCH"),
        baseline=baseline(),
        system=" ".join(filter(None, [sys.platform, platform.machine(), *platform.libc_ver()])),
        versions={name: version for name, version in versions.items() if version},
        locks={name: digest_of(root / name) for name in LOCKS if (root / name).is_file()},
        chapters=chapters,
        files=files,
        pdfs=pdfs,
    )


def _chapters(app: Sphinx) -> set[str]:
    """Return the documents that have a summary of a paper, or cells that ran."""
    return {name for name in app.env.found_docs if book_of(app).is_chapter(name)} | execution_of(app).runs.keys()


def _chapter(app: Sphinx, docname: str, files: dict[str, str]) -> Chapter:
    root, builder = Path(app.srcdir), app.builder
    page = _in_site(app, builder.get_outfilename(docname))  # type: ignore[attr-defined]
    pictures = {f"{builder.imagedir}/{name}" for users, name in app.env.images.values() if docname in users}
    own = {page, f"{docname}.bib"} | pictures | set(source_files(app, docname).values())
    inputs = {name: digest_of(root / name) for name in sorted(inputs_of(app, docname))}
    return Chapter(page, sorted(own & files.keys()), inputs, versions_of(app, docname))


def _in_site(app: Sphinx, path: str) -> str:
    return Path(path).relative_to(app.outdir).as_posix()


def _digests(app: Sphinx, without: set[str]) -> dict[str, str]:
    """Return the digest of each file of the site; of those that are as they were the one that is remembered."""
    site, memory = Path(app.outdir), Path(app.doctreedir, "exegesis-digests.json")
    known, found = _remembered(memory), dict[str, list[Any]]()
    for folder, _, names in os.walk(site):
        for path in (Path(folder, name) for name in names):
            name, status = path.relative_to(site).as_posix(), path.stat()
            version = [status.st_mtime_ns, status.st_size]
            if name not in without:
                old = known.get(name)
                found[name] = old if old and old[:2] == version else [*version, digest_of(path)]
    if found != known:
        memory.write_text(json.dumps(found), encoding="utf-8")
    return {name: found[name][2] for name in sorted(found)}


def _remembered(memory: Path) -> dict[str, list[Any]]:
    try:
        kept: dict[str, list[Any]] = json.loads(memory.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return kept


def has_manifest(app: Sphinx) -> bool:
    """Whether what is built is a whole site."""
    return is_site(app) and not book_of(app).preview


def _write(app: Sphinx, error: Exception | None) -> None:
    if not error and has_manifest(app):
        write_changed(Path(app.outdir, NAME), manifest_of(app).text())


def setup(app: Sphinx) -> None:
    """Write the manifest when all other files are there, and before links are checked."""
    app.connect("build-finished", _write, priority=940)
