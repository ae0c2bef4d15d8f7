"""The HTML builder of Sphinx, with no more work than there is, spread evenly over processes.

Seen in Sphinx 7.4, 8.2 and 9.0; no issue is known upstream. From 8.2 on `write_documents` is Sphinx's own hook;
what else is bent here is `_read_parallel`, and `write`, which is told what has changed.

Sphinx reads in as many batches as the root of the number of pages: each process gives back all
that is known of the book so far, which is more at each batch. And it resolves references in
one process while the others wait to write. Here each process takes page after page from a
common list, does all that is to do for it, and reports once.

It also writes the home page at every build, and with a page those that list it. What they show
of it is in their digest (see the module ``incremental``), so here they are written when that changed.
"""

from __future__ import annotations

import gc
import multiprocessing
import pickle
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pygments.lexers import get_lexer_by_name
from sphinx import version_info
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.build_phase import BuildPhase
from sphinx.util.display import status_iterator
from sphinx.util.parallel import ParallelTasks

from exegesis.sphinxext.book import compiled_templates
from exegesis.sphinxext.state import application_of

FEW = 0.05  # of the book's pages: reading them here costs less than what the processes would send back
CELLS = "ipython3"  # the language of code cells
SOON = 6  # pages that are sooner written here


class _HtmlBuilder(StandaloneHTMLBuilder):
    """Sphinx's builder, with the hook `write_documents` in Sphinx 7 too."""

    if version_info < (8, 2):

        def write_documents(self, docnames: Iterable[str]) -> None:
            if self.parallel_ok:
                super()._write_parallel(sorted(docnames), self.app.parallel - 1)
            else:
                super()._write_serial(sorted(docnames))

        def _write_serial(self, docnames: Sequence[str]) -> None:
            self.write_documents(docnames)

        def _write_parallel(self, docnames: Sequence[str], nproc: int) -> None:
            self.write_documents(docnames)


class BookBuilder(_HtmlBuilder):
    """Reads and writes pages in parallel, those that were edited first; what it writes is what Sphinx writes."""

    _edited: set[str]
    _changed: set[str]

    def create_build_info(self) -> Any:
        """Leave out where themes keep their templates: elsewhere on another machine, and once more for each build.

        They add to a list that all applications of a process share.
        """
        templates = self.config.templates_path
        self.config.templates_path = [path for path in templates if not Path(path).is_absolute()]
        try:
            return super().create_build_info()
        finally:
            self.config.templates_path = templates

    def load_indexer(self, docnames: Iterable[str]) -> None:
        """Drop the words that no page has any more, of builds that failed too: Sphinx keeps them for ever."""
        super().load_indexer(docnames)
        for words in (self.indexer._mapping, self.indexer._title_mapping):  # type: ignore[union-attr]
            for word in [word for word, found in words.items() if not found]:
                del words[word]

    def init_templates(self) -> None:
        super().init_templates()
        self.templates.environment.bytecode_cache = compiled_templates(application_of(self))

    def init_highlighter(self) -> None:
        """Keep Pygments' formatters, and the lexer of code cells: it would make and look for them at each block."""
        super().init_highlighter()
        make, kept = self.highlighter.get_formatter, dict[str, Any]()

        def get_formatter(**options: Any) -> Any:
            key = repr(sorted(options.items()))
            if key not in kept:
                kept[key] = make(**options)
            return kept[key]

        self.highlighter.get_formatter = get_formatter  # type: ignore[method-assign]
        application_of(self).add_lexer(CELLS, type(get_lexer_by_name(CELLS)))

    def write(
        self,
        build_docnames: Iterable[str] | None,
        updated_docnames: Sequence[str],
        method: Literal["all", "specific", "update"] = "update",
    ) -> None:
        everything = build_docnames is None or build_docnames == ["__all__"]
        self._edited = set(self.env.found_docs if everything else build_docnames or ())
        self._changed = self._edited if method == "specific" else self._edited.union(updated_docnames)
        super().write(build_docnames, updated_docnames, method)

    def _in_order(self, docnames: Iterable[str]) -> list[str]:
        chosen = sorted(self._changed.intersection(docnames))
        return sorted(chosen, key=lambda docname: docname not in self._edited)

    def _read_parallel(self, docnames: list[str], nproc: int) -> None:
        if len(docnames) < FEW * len(self.env.found_docs):
            self._read_serial(docnames)
            return
        for docname in docnames:
            self.events.emit("env-purge-doc", self.env, docname)
            self.env.clear_doc(docname)
        pages = _Shared(docnames)

        def read(number: int) -> bytes:
            done = []
            for docname in pages:
                self.read_doc(docname, _cache=False)
                done.append(docname)
            return pickle.dumps((done, self.env), pickle.HIGHEST_PROTOCOL)

        def merge(number: int, result: bytes) -> None:
            done, env = pickle.loads(result)
            self.env.merge_info_from(done, env, application_of(self))

        _run(nproc, read, merge)

    def write_documents(self, docnames: Iterable[str]) -> None:
        chosen = self._in_order(docnames)
        if not self.parallel_ok or len(chosen) < SOON:
            for docname in status_iterator(chosen, "writing output... ", "darkgreen", len(chosen)):
                self._resolve_and_write(docname)
        elif self.search:  # Sphinx's own index is filled by the main process
            super().write_documents(set(chosen))
        else:
            self._write_side_by_side(chosen)

    def _write_side_by_side(self, docnames: list[str]) -> None:
        first = max(docnames, key=lambda docname: Path(self.env.doc2path(docname)).stat().st_size)
        self._resolve_and_write(first)  # a page with all there is, so that templates and the like are loaded once
        pages = _Shared([docname for docname in docnames if docname != first])

        def write(number: int) -> Any:
            for docname in pages:
                self._resolve_and_write(docname)
            return self.images

        def collect(number: int, images: dict[str, str]) -> None:
            self.images.update(images)  # they are copied at the end

        _run(application_of(self).parallel, write, collect)

    def _resolve_and_write(self, docname: str) -> None:
        # In Sphinx 9 the phase became the builder's, and the tags an argument.
        phases: Any = self if version_info >= (9,) else application_of(self)
        tags: Any = {"tags": self.tags} if version_info >= (9,) else {}
        phases.phase = BuildPhase.RESOLVING
        doctree = self.env.get_and_resolve_doctree(docname, self, **tags)
        phases.phase = BuildPhase.WRITING
        self.write_doc_serialized(docname, doctree)
        self.write_doc(docname, doctree)


class _Shared:
    """A list from which several processes take, each item once."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = items
        self.taken = multiprocessing.get_context("fork").Value("l", 0)

    def __iter__(self) -> Iterator[str]:
        while True:
            with self.taken.get_lock():
                place = self.taken.value
                self.taken.value += 1
            if place >= len(self.items):
                return
            yield self.items[place]


def _run(nproc: int, task: Any, report: Any) -> None:
    tasks = ParallelTasks(nproc)
    gc.collect()
    gc.freeze()  # what is there is shared by all processes as long as nobody touches it
    try:
        for number in range(nproc):
            tasks.add_task(task, number, report)
        tasks.join()
    finally:
        gc.unfreeze()


def setup(app: Sphinx) -> None:
    """Take the place of the builder that ``jupyter-book build`` and ``exegesis build`` ask for."""
    app.add_builder(BookBuilder, override=True)
