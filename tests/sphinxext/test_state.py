"""What is found out is found out once, and not kept longer than it is true."""

from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.citations import citations_of, graph_of
from exegesis.sphinxext.faults import faults_of
from exegesis.sphinxext.page.navigation import navigation_of
from exegesis.sphinxext.site.search import search_of
from exegesis.sphinxext.state import build_of, once_a_build, once_an_application
from tests.tiny import TinyBook, chapter, write_book


def test_a_function_is_asked_once_a_build_or_once_an_application(tmp_path):
    app = TinyBook(write_book(tmp_path, {"first": chapter("# First\n")})).app
    asked = []
    passing = once_a_build(lambda app: asked.append("build"))
    lasting = once_an_application(lambda app: asked.append("application"))
    for _ in range(2):
        passing(app), passing(app), lasting(app), lasting(app)
        app.emit("env-before-read-docs", app.env, [])
    assert asked == ["build", "application", "build"]


def test_what_pages_show_is_found_out_anew_in_each_build_and_the_book_stays(tmp_path):
    app = TinyBook(write_book(tmp_path, {"first": chapter("# First\n\n{cite:p}`second2002paper`\n")})).app
    before = {find: find(app) for find in (citations_of, graph_of, navigation_of, search_of, book_of, faults_of)}
    app.emit("env-before-read-docs", app.env, [])
    assert [find.__name__ for find in before if find(app) is before[find]] == ["book_of", "faults_of"]
    assert citations_of(app).by_document == before[citations_of].by_document
    assert [name for name in vars(app) if name.startswith("_exegesis")] == ["_exegesis"]
    assert build_of(app).lasting
