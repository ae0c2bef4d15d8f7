"""What every chapter keeps to, as book/contribute/write.md says it."""

import ast
import re

import pytest

from exegesis.catalogue.frontmatter import split_front_matter
from exegesis.execution.notebook import read_notebook
from tests.chapters import PAPERS

CHAPTERS = sorted(path.stem for path in PAPERS.glob("*.md"))
LIBRARIES = {"numpy", "matplotlib", "scipy", "sklearn", "autograd"}
STANDARD = {"collections", "dataclasses", "fractions", "functools", "heapq", "itertools", "math", "operator", "string"}


def read(slug):
    text = (PAPERS / f"{slug}.md").read_text(encoding="utf-8")
    return text, read_notebook(text)


def code_cells(slug):
    return [cell for cell in read(slug)[1].cells if cell.cell_type == "code"]


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_chapter_has_its_sections_in_order(slug):
    text, _ = read(slug)
    body = re.sub(r"(?ms)^(`{3,}).*?^\1", "", text)
    assert len(re.findall(r"^# ", body, re.MULTILINE)) == 1
    headings = re.findall(r"^## (.*)$", body, re.MULTILINE)
    assert len(headings) == 6
    assert headings[0] == "In short"
    assert headings[-1].startswith("Try it")
    assert "-- The Exegesis editors" in text or f"-- {author(text)}" in text, "the opinion is signed"


def author(text):
    return re.search(r"^author: (.*)$", split_front_matter(text)[0], re.MULTILINE)[1]


@pytest.mark.parametrize("slug", CHAPTERS)
def test_code_is_short_and_narrow(slug):
    for cell in code_cells(slug):
        lines = cell.source.splitlines()
        assert len(lines) <= 30, lines[0]
        assert all(len(line) <= 79 for line in lines), max(lines, key=len)


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_chapter_imports_what_its_reader_has(slug):
    for cell in code_cells(slug):
        assert not re.search(r"^\s*[%!]", cell.source, re.MULTILINE), "no IPython magic: it is plain Python"
        for node in ast.walk(ast.parse(cell.source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= LIBRARIES | STANDARD


@pytest.mark.parametrize("slug", CHAPTERS)
def test_two_figures_at_least_each_with_caption_name_and_words(slug):
    drawn = [cell for cell in code_cells(slug) if "plt.show()" in cell.source]
    assert len(drawn) >= 2
    for cell in drawn:
        options = cell.metadata["mystnb"]
        assert options["figure"]["caption"]
        assert options["figure"]["name"].startswith(f"fig-{slug}-")
        assert len(options["image"]["alt"]) > 40


@pytest.mark.parametrize("slug", CHAPTERS)
def test_three_claims_at_least_are_proved(slug):
    text, _ = read(slug)
    assert len(re.findall(r"^:evidence: (?:recomputed|demonstrated)$", text, re.MULTILINE)) >= 3
    assert len(re.findall(r"^:evidence: \w+$", text, re.MULTILINE)) == len(re.findall(r"^`+\{claim\} ", text, re.M))


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_looks_of_figures_are_left_to_the_book(slug):
    for cell in code_cells(slug):
        assert not re.search(r"rcParams|rc_context|plt\.style|set_facecolor\(|color=\"(black|white|k|w)\"", cell.source)


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_chapter_has_an_oracle_test_that_reads_its_cells(slug):
    test = PAPERS.parent.parent / "tests" / "papers" / f"test_{slug.replace('-', '_')}.py"
    assert f'definitions("{slug}")' in test.read_text(encoding="utf-8")
