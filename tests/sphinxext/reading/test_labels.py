"""A label names one place in the whole book, and the build says so whichever process reads which page."""

import inspect
import logging

import pytest
from sphinx.domains import math, std
from sphinx.util.logging import NAMESPACE

from exegesis.sphinxext.reading import labels
from tests.tiny import TinyBook, chapter, write_book

#: MyST-Parser's own words for two of a name, in 3 and in 5.
FOOTNOTES = (
    "Multiple footnote definitions found for label: 'a'; keep one",
    "Duplicate footnote definition found for label: 'a'; keep one",
)
TEXT = "# T\n\n(here)=\n## Here\n\n$$\nx\n$$ (loss)\n\nBy {eq}`loss` and {ref}`here`.\n"


def book(tmp_path, number=2):
    return write_book(tmp_path, {f"c{place}": chapter(TEXT) for place in range(number)})


@pytest.mark.parametrize("parallel", [0, 2, pytest.param(8, marks=pytest.mark.slow)])
def test_two_pages_with_one_label_are_told_in_the_same_words_every_time(tmp_path, parallel):
    folder = book(tmp_path, 8)
    for _ in range(2):
        messages = sorted(TinyBook(folder, parallel=parallel).messages)
        assert len(messages) == 14
        line = chapter(TEXT).splitlines().index("## Here") + 1
        assert [message.split(":")[0] for message in messages] == [
            f"book/papers/c{n}.md" for n in range(1, 8) for _ in "ab"
        ]
        assert f"book/papers/c1.md:{line}: the label 'here' is in book/papers/c0.md too" in messages[0] + messages[1]
        assert any("equation 'loss'" in message for message in messages)


def test_it_is_green_when_one_has_another_name(tmp_path):
    folder = book(tmp_path)
    assert TinyBook(folder).messages
    text = TEXT.replace("here", "there").replace("loss", "gain")
    write_book(folder, {"c0": chapter(TEXT), "c1": chapter(text)})
    assert TinyBook(folder).messages == []


def test_two_on_one_page_are_told_too(tmp_path):
    text = "# T\n\n$$\nx\n$$ (loss)\n\n$$\ny\n$$ (loss)\n"
    assert any("loss" in message for message in TinyBook(write_book(tmp_path, {"c": chapter(text)})).messages)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("$$\nx\n$$ (a)\n\n$$\ny\n$$ (a)\n\n{eq}`a`", 7, "the equation 'a' is at line 19 too; give one of the two"),
        ("```{math}\n:label: a\nx\n```\n\n$$\ny\n$$ (a)\n", 8, "the equation 'a' is at line 19 too"),
        ("(a)=\n## X\n\n(A)=\n## Y\n\n{ref}`a`", 6, "the label 'a' is at line 19 too"),
        ("Text[^a]\n\n[^a]: one\n\n[^a]: two", 7, FOOTNOTES),
    ],
)
def test_two_on_one_page_are_told_once_at_the_second(tmp_path, text, line, told):
    (fault,) = TinyBook(write_book(tmp_path, {"c": chapter(f"# T\n\n{text}\n")})).faults.faults
    assert fault.message.startswith(told)
    assert fault.line == chapter("").count("\n") + line


@pytest.mark.parametrize("module", [std, math])
def test_sphinx_warns_as_is_assumed(module):
    assert "'duplicate label " in inspect.getsource(module)
    assert module.logger.logger.name in [f"{NAMESPACE}.{name}" for name in labels.SOURCES]


def test_nothing_of_it_stays_after_a_build(tmp_path):
    TinyBook(book(tmp_path, 1))
    names = (*labels.SOURCES, labels.DOCUTILS)
    assert not any(logging.getLogger(f"{NAMESPACE}.{name}").filters for name in names)
