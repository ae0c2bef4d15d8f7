"""What a page may do stands in it, before anything that it does."""

import html
import re

import pytest

from exegesis.sphinxext.page.policy import digest
from tests.tiny import TinyBook, chapter, write_book

CODE = "# One\n\n```{code-cell} python\n6 * 7\n```\n\n```{note}\n:class: dropdown\nTwo.\n```\n"
META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def build(folder, **options):
    write_book(folder, {"one": chapter(CODE)})
    configuration = (folder / "conf.py").read_text("utf-8")
    more = '"sphinx_design", "sphinx_copybutton", "sphinx_togglebutton", "exegesis.sphinxext"'
    (folder / "conf.py").write_text(configuration.replace('"exegesis.sphinxext"', more), "utf-8")
    options = {"html_theme": "sphinx_book_theme", "exegesis_policy": True, "exegesis_search": True} | options
    book = TinyBook(folder, **options)
    assert book.messages == []
    return book


def policy(page):
    """The one policy of a page, by directive."""
    (found,) = META.findall(page)
    return {
        name: sources.split() for name, _, sources in (part.partition(" ") for part in html.unescape(found).split("; "))
    }


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return build(tmp_path_factory.mktemp("book"))


def test_no_page_is_fetched_before_it_is_asked_for(book):
    """Firefox does so with what a link element says is next, and the policy refuses it."""
    page = book.file("index.html")
    assert re.search(r'<a[^>]*rel="next"', page), "the link below the text stays"
    assert not re.search(r'<link[^>]*rel="(next|prefetch|prev)"', page)


def test_it_stands_before_all_that_it_is_about(book):
    for name in ("index.html", "search.html", "book/papers/one.html"):
        before = META.split(book.file(name))[0]
        assert re.findall(r"<(\w+)", before.partition("<head>")[2]) == ["meta", "meta"]  # encoding and viewport
        assert policy(book.file(name))["default-src"] == ["'none'"]


def test_scripts_and_styles_in_a_page_are_those_of_its_head_by_their_digests(book):
    head, _, body = book.page("one").partition("</head>")
    scripts = re.findall(r"<script>(.*?)</script>", head, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", head, re.DOTALL)
    assert len(scripts) > 1  # the shell's and an extension's
    assert len(styles) == 1
    found = policy(book.page("one"))
    assert {*map(digest, scripts)} == {each for each in found["script-src"] if "sha256" in each}
    assert found["style-src-elem"] == ["'self'", digest(styles[0])]
    assert "<script" not in body
    assert not re.search(r"<\w[^>]*\son\w+=", book.page("one"))


def test_nothing_is_let_that_a_page_does_not_need(book):
    plain, runs = policy(book.file("index.html")), policy(book.page("one"))
    for found in (plain, runs):
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"} & {*found["script-src"]}
        assert "'wasm-unsafe-eval'" in found["script-src"]  # the search
    assert plain["connect-src"] == ["'self'"]
    assert "worker-src" not in plain
    assert "blob:" not in plain["script-src"]
    assert runs["worker-src"] == ["blob:"]
    assert runs["connect-src"][1:] == [book.app.config.exegesis_pyodide]


def test_what_the_settings_name_is_let(tmp_path):
    book = build(
        tmp_path,
        exegesis_search=False,
        exegesis_pyodide="https://example.org/python/",
        exegesis_policy_allows={"connect-src": ["https://stats.example.org"], "img-src": ["https://example.org"]},
        html_js_files=["https://example.org/a.js?b", ("https://example.org/c.js", {"async": "async"})],
        html_css_files=["https://example.org/a.css"],
    )
    found = policy(book.file("index.html"))
    assert found["script-src"][-2:] == ["https://example.org/a.js", "https://example.org/c.js"]
    assert found["style-src-elem"][-1:] == ["https://example.org/a.css"]
    assert found["img-src"] == ["'self'", "data:", "https://example.org"]
    assert policy(book.page("one"))["connect-src"][1:] == ["https://example.org/python/", "https://stats.example.org"]
    assert "'wasm-unsafe-eval'" not in found["script-src"]


def test_comments_bring_their_host_where_they_are(tmp_path):
    giscus = {"repo": "o/r", "repo_id": "1", "category": "c", "category_id": "2"}
    book = build(tmp_path, exegesis_giscus=giscus)
    assert "https://giscus.app/" in policy(book.page("one"))["frame-src"]
    assert policy(book.file("index.html"))["frame-src"] == ["'self'"]


@pytest.mark.parametrize("options", [{"exegesis_policy": False}, {"html_theme": "basic"}])
def test_a_book_that_does_not_ask_and_one_with_another_look_have_none(tmp_path, options):
    assert not META.search(build(tmp_path, **options).page("one"))
