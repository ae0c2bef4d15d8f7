"""What of a cell's HTML may stand in a page, and what it would fetch or run."""

import pytest

from exegesis.sphinxext.reading.cell_html import CellHtml, cleaned, pieces

TABLE = (
    "<div>\n<style scoped>\n  .dataframe th { vertical-align: top; }\n</style>\n"
    '<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>x</th></tr></thead>'
    "<tbody><tr><th>0</th><td>1</td></tr></tbody></table>\n</div>"
)


def test_a_table_of_pandas_is_plain_and_keeps_all_that_it_shows():
    assert CellHtml(TABLE).is_plain
    kept = cleaned(TABLE)
    assert '<table border="1" class="dataframe">' in kept
    assert '<tr style="text-align:right">' in kept
    assert "<style" not in kept
    assert "vertical-align" not in kept


@pytest.mark.parametrize(
    "text",
    [
        "<p>a <b class='x'>b</b> <a href='https://example.org/'>c</a> <a href='#d'>d</a></p>",
        "<img alt='a' src='data:image/png;base64,iVBORw0KGgo='>",
        "<details open><summary>a</summary>b</details>",
        "<td id='T_1' data-row='3' aria-label='x'>1</td>",
    ],
)
def test_what_only_shows_is_plain(text):
    found = CellHtml(text)
    assert (found.is_plain, found.fetched, found.unfit) == (True, [], [])


@pytest.mark.parametrize(
    "text",
    [
        "<script>1</script>",
        "<style>p { color: red }</style>",
        "<p onclick='x()'>a</p>",
        "<p style='position: fixed; inset: 0'>a</p>",
        "<svg><circle r='1'/></svg>",
        "<iframe srcdoc='x'></iframe>",
        "<form action='https://example.org'></form>",
        "<button>a</button>",
        "<!DOCTYPE html><html><body>a</body></html>",
        "<img src='data:image/svg+xml,<svg/>'>",
    ],
)
def test_what_does_more_is_not(text):
    assert not CellHtml(text).is_plain


@pytest.mark.parametrize(
    ("text", "fetched"),
    [
        ("<img src=https://example.org/a.png>", "https://example.org/a.png"),
        ("<img src='//example.org/a.png'>", "//example.org/a.png"),
        ("<img src='a.png'>", "a.png"),
        ("<img srcset='https://example.org/a.png 2x'>", "https://example.org/a.png 2x"),
        ("<video poster='http://example.org/a.png'></video>", "http://example.org/a.png"),
        ("<script src='https://example.org/a.js'></script>", "https://example.org/a.js"),
        ("<link rel=stylesheet href='https://example.org/a.css'>", "https://example.org/a.css"),
        ("<p style='background: url( \"//example.org/a.png\")'>", "//example.org/a.png"),
        ("<style>@import 'https://example.org/a.css';</style>", "https://example.org/a.css"),
        ("<svg><image xlink:href='https://example.org/a.png'/></svg>", "https://example.org/a.png"),
        ("<object data='https://example.org/a'></object>", "https://example.org/a"),
    ],
)
def test_what_it_would_fetch_is_found(text, fetched):
    assert CellHtml(text).fetched == [fetched]


def test_addresses_in_a_script_and_in_text_are_none_that_it_fetches():
    assert CellHtml("<script>'<img src=https://example.org/>'</script> url(https://example.org/)").fetched == []


@pytest.mark.parametrize(
    "address", ["javascript:x()", " JaVa\tScript:x()", "data:text/html,x", "other.html", "ftp://x"]
)
def test_links_lead_to_the_web_or_nowhere(address):
    text = f"<a href='{address}'>a</a>"
    assert CellHtml(text).unfit == [address]
    assert "href" not in cleaned(text)


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=x()>",
        "<img src=https://example.org/a.png>",
        "<img src='data:image/svg+xml;base64,PHN2Zy8+'>",
        "<svg onload=x()><style>x</style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x()&gt;'>",
        "<noscript><p title='</noscript><img src=x onerror=x()>'>",
        "<div style='background-image: url(https://example.org/)' onclick=x()>a</div>",
        "<iframe srcdoc='<script>x()</script>'></iframe>",
        "<base href='https://example.org/'><meta http-equiv=refresh content='0; url=https://example.org'>",
        "<form action='https://example.org'><input name=x></form>",
        "<div class='slider' data-slider='{}' id='pst-search-dialog' name='x'>a</div>",
        "<script>x()</script>",
    ],
)
def test_nothing_that_acts_is_left(text):
    kept = cleaned(text)
    for acts in ("onerror=x", "onload", "onclick", "<script", "<style", "<svg", "<iframe", "<form", "<input", "<base"):
        assert acts not in kept.replace("&lt;", "").replace("&gt;", "")
    for acts in ("<meta", "src=", "srcdoc", "example.org", "data-", " id=", " name="):
        assert acts not in kept.replace('title="--&gt;&lt;img src=1', "").replace('title="</noscript><img src=x', "")


def test_pieces_of_html_in_markdown_are_those_that_text_may_have():
    assert list(pieces("<b>", ["b"])) == []
    assert list(pieces("<br />", ["br"])) == []
    assert list(pieces("</B>", ["b"])) == []
    assert list(pieces("<b onclick='x()'>", ["b"])) == ["b"]
    assert list(pieces("<img src=x>", ["b"])) == ["img"]
    assert list(pieces("<!-- a --> <b>", ["b"])) == []
    assert list(pieces("<!-- a", ["b"])) == ["--"]
