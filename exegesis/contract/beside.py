"""What is told beside the rules, of what a chapter stands on: an example of each, from the book that 'init' makes."""

from __future__ import annotations

from dataclasses import dataclass

from exegesis.fault import Kind


@dataclass(frozen=True)
class Example:
    """A line of a book's file, and what would be told instead of it."""

    file: str
    language: str
    bad: str
    good: str


EXAMPLES = {
    Kind.CHAPTER: Example(
        "book/papers/updating-variance.md", "yaml", "keywords: [rouding, streaming]", "keywords: [rounding, streaming]"
    ),
    Kind.KEYWORDS: Example(
        "book/keywords.yml",
        "yaml",
        "streaming: 3",
        "streaming: seeing each value once, and keeping little of what was seen",
    ),
    Kind.RECORD: Example("references.bib", "bibtex", "  year = {62},", "  year = {1962},"),
    Kind.SETTING: Example("_config.yml", "yaml", "    exegesis_contract: maybe", "    exegesis_contract: true"),
    Kind.TOC: Example("_toc.yml", "yaml", "  - file: book/bibliografy", "  - file: book/bibliography"),
}
