"""What the preview works out in advance is not worked out again, and is used only as long as it is true."""

from exegesis.catalogue import bibliography, doubted
from exegesis.command.build import build_book
from exegesis.command.project import Project
from exegesis.command.serve.ahead import work_ahead
from exegesis.contract.spelling import speller
from exegesis.sphinxext.reading.maths import set_formula
from tests.command.test_cli import book, edit

__all__ = ["book"]
KEPT = (bibliography._read, doubted._told, speller, set_formula)


def misses():
    return [function.cache_info().misses for function in KEPT]


def built_after(book, change):
    """Build the book, work ahead, change it, and build again; return how often each function had no answer."""
    second, told = book / "book/papers/second.md", []
    edit(second, "# Second\n", "# Second\n\nOf $x^2$ and\n\n$$y^2$$\n")
    evidence = book / "book/evidence/second.json"
    evidence.parent.mkdir()
    evidence.write_text('{"code": "", "claims": {}}', encoding="utf-8")
    edit(book / "_config.yml", "    html_math_renderer", "    exegesis_contract: true\n    html_math_renderer")
    project = Project.open(book)
    build_book(project, told.append)
    for function in KEPT:
        function.cache_clear()
    before = []

    def ready(app):
        work_ahead(app, {second})
        before.extend(misses())
        change()

    build_book(project, told.append, begin=ready)
    return before, misses()


def test_the_build_finds_each_answer(book):
    second = book / "book/papers/second.md"
    ahead, after = built_after(book, lambda: edit(second, "Of $x^2$", "Of the square $x^2$"))
    assert "Of the square" in (book / "_build/site/book/papers/second.html").read_text("utf-8")
    assert ahead == after
    assert all(ahead)


def test_what_has_changed_since_is_read_anew(book):
    ahead, after = built_after(book, lambda: edit(book / "references.bib", "The First Paper", "The Other Paper"))
    assert "The Other Paper" in (book / "_build/site/book/papers/second.html").read_text("utf-8")
    assert after[0] == ahead[0] + 1


def test_a_book_that_was_never_built_has_nothing_to_go_by(book):
    project = Project.open(book)
    ready = lambda app: work_ahead(app, {book / "book/papers/second.md"})  # noqa: E731
    assert build_book(project, print, begin=ready).faults == []
