"""Spelling, British or American, by pyspellchecker's English, the words of the book's records and its own list."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from exegesis.catalogue import Paper
from exegesis.text import UnreadableError, read_text

from .chapter import GAP, Chapter
from .rule import Book, Found, rule

if TYPE_CHECKING:
    from spellchecker import SpellChecker

_LETTER = r"[^\W\d_]"
#: A word that is no part of a name of code, an address, a formula or a number.
_WORD = re.compile(rf"(?<![\w@.:/\\{GAP}]){_LETTER}+(?:['’]{_LETTER}+)?(?![\w@\\{GAP}]|[./:]\w)")
#: What is written otherwise in American English, which is the speller's.
_BRITISH = (
    (r"is(?=(?:e|es|ed|er|ers|ing|able|ations?)$)", "iz"),
    (r"ys(?=(?:e|es|ed|er|ers|ing)$)", "yz"),
    (r"our", "or"),
    (r"tre(?=s?$)", "ter"),
    (r"tred$", "tered"),
    (r"[ao]e", "e"),
    (r"ll(?=(?:ed|er|ers|ing)$)", "l"),
)
_ADDRESS = re.compile(r"\b(?:https?|ftp)://\S+|\bwww\.\S+|(?<=\])\{[^}]*\}")


@functools.lru_cache(maxsize=4)
def speller(words: tuple[str, ...], names: tuple[str, ...] = ()) -> SpellChecker:
    """Return the speller with a book's words, and those of its records."""
    from spellchecker import SpellChecker

    found = SpellChecker(language="en", distance=1)
    found.word_frequency.load_words([*words, *names])
    return found


def speller_of(path: Path, papers: Mapping[str, Paper]) -> SpellChecker:
    """Return the speller of a book, with its list of words and the words of its records."""
    return speller(own_words(path), words_of(papers))


def own_words(path: Path) -> tuple[str, ...]:
    """Return the words of a list, one a line; ``#`` begins a comment. Without a file there are none."""
    try:
        lines = read_text(path).splitlines()
    except (FileNotFoundError, UnreadableError):
        return ()
    return tuple(word for line in lines if (word := line.partition("#")[0].strip()))


def words_of(papers: Mapping[str, Paper]) -> tuple[str, ...]:
    """Return the words of the papers' titles, their authors' names and their venues."""
    texts = (text for paper in papers.values() for text in (paper.title, paper.venue, *paper.authors))
    return tuple(dict.fromkeys(word for text in texts for word in re.findall(rf"{_LETTER}+", text)))


@rule(
    "spelling",
    "'{0}' is no word that is known{1}",
    "correct it, or add it to {2}",
    bad="# A Paper\n\nThe eror falls.\n",
    good="# A Paper\n\nThe error falls.\n",
)
def spelling(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A slip in the text makes readers doubt the numbers; the words of the field are in the book's own list."""
    seen = set()  # a word is told once a chapter
    for line, text in _texts(chapter):
        for found in _WORD.finditer(_ADDRESS.sub(lambda each: GAP * len(each[0]), text)):
            word = re.sub(r"['’]s$", "", found[0])
            if len(word) < 3 or word[1:] != word[1:].lower() or word in seen:  # CamelCase and acronyms are names
                continue
            seen.add(word)
            if not _is_known(word.lower(), book):
                near = book.speller.correction(word.lower()) if len(word) > 4 else None  # any is near a short one
                hint = f"; did you mean '{near}'?" if near and near != word.lower() else ""
                at = line + text.count("\n", 0, found.start()) if not chapter.is_notebook else line
                yield Found(*chapter.place(at, word), (word, hint, book.words))


def _is_known(word: str, book: Book) -> bool:
    return word in book.speller or any(
        (other := re.sub(british, american, word)) != word and other in book.speller for british, american in _BRITISH
    )


def _texts(chapter: Chapter) -> Iterator[tuple[int, str]]:
    """Yield all that is prose, with its line: paragraphs, captions, words for figures, reasons, the TL;DR."""
    yield 0 if chapter.is_notebook else 1, str(chapter.front.get("tldr", ""))
    yield from ((each.line, each.text) for each in chapter.prose)
    for cell in chapter.cells:
        options = cell.options.get("mystnb")
        for part, name in (("figure", "caption"), ("image", "alt")):
            inner = options.get(part) if isinstance(options, dict) else None
            text = str(inner.get(name) or "") if isinstance(inner, dict) else ""
            yield cell.options_line, re.sub(r"\$[^$]*\$|`[^`]*`", GAP, text)
    for directive in chapter.directives:
        for name in ("alt", "why", "limits", "title", "hints"):
            lines = directive.options.get(name, "").splitlines()
            text = " ".join(line for line in lines if not line.startswith("not "))
            yield directive.line, re.sub(r"\$[^$]*\$|`[^`]*`", GAP, text)
        if directive.name == "exercise":
            yield directive.line, " ".join(re.findall(r"\((.*)\)", directive.options.get("check", "")))
