"""A book that sets nothing but the extension is built right; what it sets and cannot work is told."""

import re

import pytest

from tests.tiny import TinyBook, chapter, write_book

BARE = 'extensions = ["myst_nb", "exegesis.sphinxext"]\nexclude_patterns = ["_build"]\ntemplates_path = []\n'
BODY = """\
# First

It is {math}`x` by {cite:t}`second2002paper`, see {numref}`fig-line` and {eq}`eq-one`.

:::{figure} plot.png
:name: fig-line
:alt: A line.

A line.
:::

```{math}
:label: eq-one
x = 1
```
"""


def write(folder, conf=""):
    write_book(folder, {"first": chapter(BODY)})
    (folder / "book/papers/plot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "conf.py").write_text(BARE + 'myst_enable_extensions = ["colon_fence"]\n' + conf, encoding="utf-8")
    return folder


def test_a_book_that_sets_nothing_has_formulas_once_citations_and_numbers(tmp_path):
    book = TinyBook(write(tmp_path))
    assert book.messages == []
    page = book.page("first")
    assert page.count('class="katex-html"') == 2  # in the text and displayed
    assert "mathjax" not in page.lower()
    assert book.file("_static/katex/katex.min.css")
    assert 'href="#cite-second2002paper"' in page
    assert 'id="cite-second2002paper"' in page
    assert "Other and Third" in page
    assert "Fig. 1" in page
    assert 'class="eqno">(1)' in page
    assert 'href="#equation-eq-one">(1)' in page


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("html_math_renderer = 'mathjax'", "formulas are set while the book is built"),
        ("bibtex_cite_id = 'cite-{key}'", "by this address a citation finds its chapter's own list"),
        ("math_numfig = True", "formulas are numbered on each page from 1"),
        ("bibtex_bibfiles = ['references.bib', 'other.bib']", "but the papers' records are in 'references.bib'"),
        ("exegesis_serach = False", "did you mean 'exegesis_search'?"),
        ("exegesis_search = 'no'", "give true or false"),
    ],
)
def test_what_cannot_work_is_told_once_at_its_line_each_time(tmp_path, setting, why):
    folder = write(tmp_path, setting + "\n")
    (folder / "other.bib").write_text("", encoding="utf-8")
    for _ in range(2):
        book = TinyBook(folder)
        found = [fault for fault in book.faults.faults if fault.path == "conf.py"]
        (fault,) = found
        assert fault.code == "exegesis.setting"
        assert fault.line == 5
        assert why in str(fault)
        assert not [fault for fault in book.faults.faults if "override" in fault.what or "config value" in fault.what]


def test_what_is_given_beside_conf_py_is_told_once_too(tmp_path):
    (message,) = TinyBook(write(tmp_path), exegesis_serach=False).messages
    assert message == (
        "conf.py:1: there is no setting 'exegesis_serach'; did you mean 'exegesis_search'? correct it, or take it out"
    )


def test_a_choice_of_the_book_stays(tmp_path):
    book = TinyBook(write(tmp_path, "bibtex_reference_style = 'label'\n"))
    assert book.messages == []
    assert re.search(r"Third \[\d\]", re.sub(r"<[^>]*>", "", book.page("first")))


def test_the_bibliography_may_be_named_once(tmp_path):
    folder = write(tmp_path, "exegesis_bibliography = 'own.bib'\n")
    (folder / "references.bib").rename(folder / "own.bib")
    assert TinyBook(folder).messages == []


def test_a_message_names_the_file_that_the_setting_names(tmp_path):
    folder = write(tmp_path, "exegesis_bibliography = 'own.bib'\nexegesis_keywords = 'words.yml'\n")
    (folder / "references.bib").rename(folder / "own.bib")
    (folder / "words.yml").write_text("other: what others are about\n", encoding="utf-8")
    (folder / "index.md").write_text("# Tiny\n\nSee {cite:t}`nobody1999none`.\n", encoding="utf-8")
    told = "\n".join(TinyBook(folder).messages)
    assert "'testing' is no keyword; choose from words.yml, or add it there" in told
    assert "correct the key, or add its record to own.bib" in told
