"""A finished site has no link within it that leads nowhere."""

import time

import pytest

from exegesis.sphinxext.site.links import dead_links, read_page
from tests.tiny import TinyBook, chapter, write_book


def dead(text, name="a/page.html", files=(), **others):
    pages = {name: read_page(name, text)} | {
        f"{key}.html": read_page(f"{key}.html", each) for key, each in others.items()
    }
    return [(found.link, found.why) for found in dead_links(pages, {*files, *pages})]


@pytest.mark.parametrize(
    "link",
    [
        *("page.html", "#here", "#old", "?q=1", "#", "#top", "../other.html#there", "../other.html?x=1#there"),
        *("../folder/", "../folder", "../pic%20ture.png", "../../beside.html", "/elsewhere", "//host/x", "mailto:a@b"),
        *("https://example.org/missing", "data:image/png;base64,x", "javascript:void(0)", "#here:~:text=x", "#a&amp;b"),
    ],
)
def test_a_link_that_leads_somewhere_or_off_the_site_is_left_alone(link):
    text = f'<p id="here"></p><a name="old"></a><p id="a&amp;b"></p><a class="x" href="{link}">'
    files = ("folder/index.html", "pic ture.png")
    assert dead(text, files=files, other="<h2 id='there'>") == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<a href="missing.html">', "there is no 'a/missing.html' in the site"),
        ("<a href='missing.html'>", "there is no 'a/missing.html' in the site"),
        ("<a href=missing.html>", "there is no 'a/missing.html' in the site"),
        ('<img alt="a" src="../no.png">', "there is no 'no.png' in the site"),
        ('<script src="no.js"></script>', "there is no 'a/no.js' in the site"),
        ('<a href="#gone">', "'a/page.html' has no place 'gone'"),
        ('<a href="../other.html#gone">', "'other.html' has no place 'gone'"),
        ('<input name="gone"><a href="#gone">', "'a/page.html' has no place 'gone'"),
        ('<script>x = \'<p id="gone">\'</script><a href="#gone">', "'a/page.html' has no place 'gone'"),
        ('<p>as in id="gone" here</p><a href="#gone">', "'a/page.html' has no place 'gone'"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(text, why):
    assert [found for _, found in dead(text, other="<p id=there>")] == [why]


@pytest.mark.parametrize("text", ['<pre>a href="no.html"</pre>', '<!-- <a href="no.html"> -->', '<form action="">'])
def test_what_only_looks_like_a_link_is_none(text):
    assert dead(text) == []


def build(folder, **config):
    """Build a book that allows links in raw HTML, which Sphinx does not look at."""
    return TinyBook(folder, exegesis_raw_html=["a", "p"], **config)


RAW = '# First\n\nText.\n\n<a href="second.html#here">Go</a>\n'


def test_a_dead_link_is_a_fault_with_its_line_until_its_target_is_there(tmp_path):
    second = chapter('# Second\n\n<p id="here">Here.</p>\n').replace("first2001paper", "second2002paper")
    folder = write_book(tmp_path, {"first": chapter(RAW), "second": second})
    assert build(folder).messages == []

    page = folder / "book/papers/second.md"
    page.write_text(second.replace("here", "there"), encoding="utf-8")
    line = chapter(RAW).splitlines().index('<a href="second.html#here">Go</a>') + 1
    told = (
        f"book/papers/first.md:{line}: the link to 'second.html#here' leads nowhere: "
        "'book/papers/second.html' has no place 'here'; correct it, or add what it leads to"
    )
    for _ in range(2):  # the page with the link is not written again, and red all the same
        assert build(folder).messages == [told]

    page.write_text(second, encoding="utf-8")
    assert build(folder).messages == []


def test_a_file_that_went_is_missed_by_the_pages_that_link_it(tmp_path):
    folder = write_book(tmp_path, {"first": chapter('# First\n\n<a href="../../extra.txt">Go</a>\n')})
    (folder / "more").mkdir()
    (folder / "more/extra.txt").write_text("x", encoding="utf-8")
    assert build(folder, html_extra_path=["more"]).messages == []
    (folder / "_build/test/html/extra.txt").unlink()
    (folder / "more/extra.txt").unlink()
    (told,) = build(folder, html_extra_path=["more"]).messages
    assert "there is no 'extra.txt' in the site" in told


def test_the_memory_of_a_build_that_was_cut_short_is_not_trusted(tmp_path):
    folder = write_book(tmp_path, {"first": chapter(RAW)})
    assert len(build(folder).messages) == 1
    (memory,) = folder.rglob("exegesis-links.json")
    memory.write_text(memory.read_text(encoding="utf-8")[:40], encoding="utf-8")
    assert len(build(folder).messages) == 1


@pytest.mark.parametrize(
    "text",
    [" id=3" * 200_000, "<!-- " * 100_000, "<script>" * 60_000, "<a href=x " * 60_000],
    ids=lambda text: text[:6],
)
def test_whatever_a_page_contains_is_looked_through_at_once(text):
    begin = time.process_time()
    read_page("page.html", f"<pre>{text}")
    assert time.process_time() - begin < 2


def test_a_link_that_sphinx_could_not_resolve_is_told_once(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n\nSee [there](#nowhere).\n")})
    (told,) = build(folder).messages
    assert "cross-reference target not found" in told
