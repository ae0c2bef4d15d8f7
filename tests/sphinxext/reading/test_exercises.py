"""An exercise on its page: its parts are put into it; its solution must pass its checks and its starter must not."""

import json
import re

import nbformat
import pytest

from tests.tiny import TinyBook, chapter, write_book

SOUND = """\
# Title

```{code-cell} python
first = [1, 2, 3]
```

## Try it

```{exercise} adding
:title: Add *them* up
:check: |
  total = 6 (the sum of all three)
  total < last
:hints: |
  - Begin with $a < b$.
  - Go on.
What is their sum?
```

```{code-cell} python
:starter: adding

total = len(first)  # a guess
```

```{code-cell} python
:measure: adding

{"total": total, "last": 10 * len(first)}
```

```{code-cell} python
:solution: adding

total = sum(first)
print("I say", total)
```

```{solution} adding
One adds each to the next.
```

A paragraph between.

```{exercise} why
:title: Why
Why is that so?
```

```{solution} why
It just is.
```

```{code-cell} python
first
```
"""


def build(folder, body=SOUND, **options):
    return TinyBook(write_book(folder, {"first": chapter(body)}), **options)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    book = build(tmp_path_factory.mktemp("exercises"))
    assert book.messages == []
    return book.page("first")


def test_the_parts_stand_in_the_exercise_in_their_order(page):
    card = page[page.index('id="exercise-adding"') : page.index("A paragraph between")]
    order = ["Add <em>them</em> up", "What is their sum?", "a guess", "exercise-checks", "What is run after it"]
    order += ["Hint 1 of 2", "Hint 2 of 2", "Solution", "I say", "One adds each"]
    places = [card.index(each) for each in order]
    assert places == sorted(places)
    assert page.index('id="exercise-why"') < page.index("It just is")
    assert re.findall(r'<span class="exercise-number">(.*?)</span>', page) == ["Exercise 1", "Exercise 2"]


def test_what_is_folded_is_text_without_scripts(page):
    folds = re.findall(r"<details class=\"exercise-fold[^>]*>", page)
    assert len(folds) == 5
    assert "hidden" not in "".join(folds)


def test_a_check_with_words_is_not_told_beforehand(page):
    assert "the sum of all three</span> <code hidden>total = 6</code>" in page
    assert "<code>total &lt; last</code>" in page
    assert 'data-checks="total = 6\ntotal &lt; last"' in page


def test_the_starter_shows_no_output_and_the_solution_what_it_prints(page):
    assert page.count("I say") == 2  # code and output
    assert "&#39;total&#39;: 6" not in page and "'total': 6" not in page
    assert re.search(r"cell_output.*\[1, 2, 3\]", page, re.DOTALL)  # of a later cell, as if nothing had been added


def test_the_reader_runs_the_starter_and_no_other_part(tmp_path):
    page = build(tmp_path).page("first")
    runs = re.findall(r'id="cell-(\d+)"', page)
    notebook = nbformat.reads((tmp_path / "_build/test/html/_sources/book/papers/first.ipynb").read_text("utf-8"), 4)
    assert [notebook.cells[int(index)].source.split()[0] for index in runs] == ["first", "total", "first"]
    assert [notebook.cells[int(index)].metadata for index in runs] == [{}, {"starter": "adding"}, {}]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("sum(first)", "sum(first) + 1", "total = sum(first) + 1", "'total = 6' does not hold of its solution"),
        ("sum(first)", "sum(None)", "total = sum(None)", "its solution raises TypeError: 'NoneType' object"),
        ('"total":', '"sum":', "total = sum(first)", "its solution: the cell gives no number named"),
        ("len(first)", "sum(first)", "total = sum(first)  # a guess", "its starter passes all checks; take out"),
        (":starter: adding", ":starter: subtracting", "```{exercise} adding", "it has no starter; write"),
        ("{solution} why", "{solution} how", "```{exercise} why", "it has no solution; write one in"),
        (":title: Why", ":heading: Why", "```{exercise} why", "unknown option 'heading'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, old, new, line, told):
    body = SOUND.replace(old, new, 1) if old != "sum(first)" else SOUND.replace("total = sum(first)", f"total = {new}")
    book = build(tmp_path, body)
    where = chapter(body).splitlines().index(line) + 1
    assert any(fault.line == where and told in fault.message for fault in book.faults.faults), book.messages


def test_a_solution_whose_number_was_typed_in_is_refused(tmp_path):
    book = build(tmp_path, SOUND.replace("total = sum(first)", "total = 6"))
    assert any("'total' is typed in, not computed" in message for message in book.messages)


@pytest.mark.parametrize("starter", ["total = None", "total = first[9]", "total = ...", "raise RuntimeError"])
def test_a_starter_may_fail_in_any_way(tmp_path, starter):
    assert build(tmp_path, SOUND.replace("total = len(first)  # a guess", starter)).messages == []


def test_a_starter_that_is_no_python_is_told(tmp_path):
    book = build(tmp_path, SOUND.replace("total = len(first)", "total = len(first"))
    assert [fault.name for fault in book.faults.faults] == ["exercise"]
    assert "its starter is no Python" in book.messages[0]


def test_where_a_rule_tells_that_it_is_no_python_it_is_told_once(tmp_path):
    book = build(tmp_path, SOUND.replace("total = len(first)", "total = len(first"), exegesis_contract=True)
    assert [fault.name for fault in book.faults.faults if "never closed" in fault.message] == ["syntax"]


@pytest.mark.parametrize(
    "stray", ["```{code-cell} python\n:measure: other\n\n1\n```", "```{solution} other\nYes.\n```"]
)
def test_a_part_of_no_exercise_is_told(tmp_path, stray):
    messages = build(tmp_path, f"{SOUND}\n{stray}\n").messages
    assert any("the exercise 'other' is stated nowhere; add '{exercise} other'" in each for each in messages)


def test_exercises_can_be_linked(tmp_path):
    book = build(tmp_path, SOUND.replace("A paragraph between.", "See [the first](#exercise-adding)."))
    assert book.messages == []
    assert 'href="#exercise-adding"' in book.page("first")


def test_pages_that_count_them_follow(tmp_path):
    folder = write_book(tmp_path, {"first": chapter(SOUND)})
    index = folder / "index.md"
    index.write_text(index.read_text("utf-8") + "\n```{listing} exercises\n```\n", "utf-8")
    book = TinyBook(folder)
    known = ["book/papers/first#exercise-adding"]  # the other is one to think about
    for page in (book.file("index.html"), book.page("first")):
        assert [json.loads(each) for each in re.findall("data-exercises='(.*?)'", page)] == [known]
    assert 'href="book/papers/first.html#exercise-adding"' in book.file("index.html")
    renamed = chapter(SOUND.replace("} adding", "} summing").replace(": adding", ": summing"))
    (folder / "book/papers/first.md").write_text(renamed, "utf-8")
    assert "#exercise-summing" in TinyBook(folder).file("index.html")


def test_the_directives_of_a_book_with_sphinx_exercise_are_its_own(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# Title\n\n```{exercise} Any words\n:label: any\n\nWhy?\n```\n")})
    (folder / "sphinx_exercise.py").write_text(
        "from docutils.parsers.rst import Directive\nfrom docutils import nodes\n\n\n"
        "class Exercise(Directive):\n    has_content = True\n    optional_arguments = 9\n"
        "    option_spec = {'label': str}\n\n    def run(self):\n        return [nodes.paragraph('', 'Theirs.')]\n\n\n"
        "def setup(app):\n    app.add_directive('exercise', Exercise)\n    return {'parallel_read_safe': True}\n",
        "utf-8",
    )
    conf = folder / "conf.py"
    conf.write_text(
        "import sys\n\nsys.path.insert(0, __import__('os').path.dirname(__file__))\n"
        + conf.read_text("utf-8").replace('extensions = ["myst_nb"', 'extensions = ["sphinx_exercise", "myst_nb"'),
        "utf-8",
    )
    book = TinyBook(folder)
    assert book.messages == []
    assert "Theirs." in book.page("first")
