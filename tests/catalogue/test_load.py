import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exegesis.catalogue import chapter_files, load_catalogue
from exegesis.catalogue.frontmatter import KEYS, read_summary, without_header
from tests.tiny import BIB, FRONT, chapter, write_book


def messages(tmp_path, front, slug="first", **other):
    write_book(tmp_path, {slug: chapter("# Title\n", front)}, **other)
    return [str(fault) for fault in load_catalogue(tmp_path).faults]


def test_a_sound_chapter_becomes_a_summary(tmp_path):
    write_book(tmp_path, {"first": chapter("# Title\n")})
    catalogue = load_catalogue(tmp_path)
    summary = catalogue.summaries["first"]
    assert not catalogue.faults
    assert (summary.paper, summary.author, summary.date) == ("first2001paper", "Somebody", "2026-01-31")
    assert catalogue.summaries_of("first2001paper") == [summary]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('date: "2026-01-31"', "date: 2026-01-31", "first.md:3: 'date' is not right; give a quoted ISO date"),
        ('date: "2026-01-31"', 'date: "31.1.2026"', "first.md:3: 'date' is not right"),
        ('date: "2026-01-31"', 'date: "2026-02-30"', "first.md:3: 'date' is not right"),
        ("author: Somebody\n", "", "first.md:1: 'author' is missing"),
        ("author: Somebody", "author: 7", "first.md:2: 'author' is not right"),
        ('date: "20', 'changes: {"2026-1-1": x}\ndate: "20', "first.md:3: 'changes' is not right; give lines such as"),
        ('date: "20', 'changes: {2026-02-01: x}\ndate: "20', "first.md:3: 'changes' is not right"),
        ('date: "20', 'changes: {"2026-02-01": ""}\ndate: "20', "first.md:3: 'changes' is not right"),
        ('date: "20', 'changes: {"2026-01-31": x}\ndate: "20', "first.md:3: the change of 2026-01-31 is not after"),
        (
            'date: "20',
            'changes:\n  "2026-02-01": x\n  "2026-02-01": y\ndate: "20',
            "first.md:5: the front matter is no YAML: the key '2026-02-01' stands twice",
        ),
        ("keywords: [testing]", "keywords: [tasting]", "first.md:12: 'tasting' is no keyword"),
        ("keywords: [testing]", "keywords: testing", "first.md:12: 'keywords' is not right"),
        ("keywords: [testing]", "keywords: []", "first.md:12: 'keywords' is not right"),
        ("paper: first2001paper", "paper: nobody1999", "first.md:13: there is no paper 'nobody1999'"),
        ("tldr:", "see_also: [none2000none]\ntldr:", "first.md:14: there is no paper 'none2000none'"),
        ("tldr: It is short.", "tldr: " + "x" * 281, "first.md:14: the TL;DR has 281 characters"),
        ("tldr: It is short.", "tldr: a: b", "first.md:14: the front matter is no YAML"),
        ("tldr: It is short.", "tldr: short\nunknown: 1", "first.md:15: unknown key 'unknown'"),
        ("tldr: It is short.", "tldr: short\nabout: 1", "first.md:15: 'about' is out of order"),
        ("tldr: It is short.", "tldr: short\ntldr: twice", "first.md:15: the front matter is no YAML: the key 'tldr'"),
        ("---\nauthor", "author", "first.md:1: there is no front matter"),
        ('date: "2026-01-31"', 'date: "2999-01-31"', "first.md:3: 'date' has 2999-01-31, which is still to come"),
        ('date: "20', 'changes: {"2999-01-01": x}\ndate: "20', "first.md:3: 'changes' has 2999-01-01, which is"),
        ("It is short.", "It is **short**.", "first.md:14: 'tldr' has markup, '**'"),
        ("It is short.", "A layer computes $x + f(x)$.", "first.md:14: 'tldr' has markup, '$x + f(x)$', and is shown"),
        ("author: Somebody", "author: Somebody <a@b.org>", "first.md:2: 'author' has markup, '<a@b.org>'"),
        ("author:", "aliases: [A, '{b}`c`']\nauthor:", "first.md:2: 'aliases' has markup, '`c`'"),
        ('date: "20', 'changes: {"2026-02-01": "<b>x</b>"}\ndate: "20', "first.md:3: 'changes' has markup, '<b>'"),
        ("It is short.", '"a\\u202eb"', "first.md:14: 'tldr' has U+202E (RIGHT-TO-LEFT OVERRIDE), which nobody sees"),
    ],
)
def test_a_bad_front_matter_is_told_with_its_line(tmp_path, old, new, told):
    assert old in FRONT
    found = messages(tmp_path, FRONT.replace(old, new))
    assert any(message.startswith(f"book/papers/{told}") for message in found), found
    assert all("; " in message for message in found), "each says how to mend it"


def test_the_last_change_is_the_date_of_the_summary_as_it_stands(tmp_path):
    changes = 'changes:\n  "2026-03-01": the second\n  "2026-02-01": the first\n'
    write_book(tmp_path, {"first": chapter("# Title\n", FRONT.replace('date: "20', changes + 'date: "20'))})
    catalogue = load_catalogue(tmp_path)
    summary = catalogue.summaries["first"]
    assert not catalogue.faults
    assert summary.changes == (("2026-02-01", "the first"), ("2026-03-01", "the second"))
    assert (summary.date, summary.updated) == ("2026-01-31", "2026-03-01")


@pytest.mark.parametrize("text", ["It costs $5, or $10.", "x < y > z & A* search", "R&D; AT&T"])
def test_signs_that_mark_nothing_up_pass(tmp_path, text):
    assert not messages(tmp_path, FRONT.replace("It is short.", repr(text)))


def test_the_longest_tldr_passes(tmp_path):
    assert not messages(tmp_path, FRONT.replace("It is short.", "x" * 280))


def test_the_faults_of_all_files_are_told_in_one_go(tmp_path):
    bad = chapter("# T\n", FRONT.replace("author: Somebody\n", ""))
    write_book(tmp_path, {"a": bad, "b": bad}, bib="@article{first2001paper,\n}", keywords="- no\n- mapping\n")
    files = {fault.path for fault in load_catalogue(tmp_path).faults}
    assert files == {"book/papers/a.md", "book/papers/b.md", "book/keywords.yml", "references.bib"}


def test_two_chapters_with_one_slug_are_told(tmp_path):
    write_book(tmp_path, {"first": chapter("# T\n"), "more/first": chapter("# T\n")})
    (fault,) = load_catalogue(tmp_path).faults
    assert "the slug 'first' is that of book/papers/first.md too" in str(fault)


def test_a_name_that_is_no_slug_is_told(tmp_path):
    assert "is no slug" in messages(tmp_path, FRONT, slug="First_Paper")[0]


@pytest.mark.parametrize("name", [".ipynb_checkpoints/first-checkpoint.md", "first.md~", "#first.md#", "first.md.orig",
                                  ".first.md", "first.txt", ".old/x.md"])  # fmt: skip
def test_what_editors_leave_is_no_chapter(tmp_path, name):
    path = write_book(tmp_path, {"first": chapter("# T\n")}) / "book/papers" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\xff")
    (tmp_path / "book/papers/folder.md").mkdir()
    assert [path.name for path in chapter_files(tmp_path)] == ["first.md"]
    assert not load_catalogue(tmp_path).faults


def test_a_copy_is_told_and_not_passed_over(tmp_path):
    assert "the name 'first (copy)' is no slug" in messages(tmp_path, FRONT, slug="first (copy)")[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [("book/papers/first.md", FRONT), ("book/keywords.yml", "testing: x\n")],
)
def test_bytes_that_are_no_utf_8_are_told_with_their_place_and_nothing_that_follows(tmp_path, name, text):
    write_book(tmp_path, {"first": chapter("# T\n")})
    (tmp_path / name).write_bytes(f"{text}# caf\n".encode()[:-1] + b"\xe9\n")
    (fault,) = load_catalogue(tmp_path).faults
    line, place = text.count("\n") + 1, len(text) + 6
    told = f"{name}:{line}: byte 6 of the line, 0xe9 (byte {place} of the file), is no UTF-8; save the file as UTF-8"
    assert str(fault) == told
    (tmp_path / name).write_bytes(text.encode("utf-16"))
    (fault,) = load_catalogue(tmp_path).faults
    assert str(fault) == f"{name}:1: the file is UTF-16; save it as UTF-8"


@pytest.mark.parametrize("name", ["book/papers/first.md", "book/keywords.yml"])
def test_a_byte_order_mark_is_taken_off(tmp_path, name):
    path = write_book(tmp_path, {"first": chapter("# T\n")}) / name
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    catalogue = load_catalogue(tmp_path)
    assert not catalogue.faults
    assert catalogue.papers
    assert catalogue.summaries


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ("testing: x\n\tmore: y\n", "book/keywords.yml:2: no YAML: the line is indented with a tab; YAML wants spaces"),
        ("testing: x\ntesting: y\n", "book/keywords.yml:2: no YAML: the key 'testing' stands twice; keep one"),
        ("testing: x\nother:\n", "book/keywords.yml:2: 'other' is no keyword with its meaning; write"),
        ("testing: x\n2001: y\n", "book/keywords.yml:2: '2001' is no keyword with its meaning"),
        ("- testing\n", "book/keywords.yml:1: no list of keywords"),
    ],
)
def test_a_fault_of_the_keywords_is_told_once_and_not_at_each_chapter(tmp_path, keywords, told):
    (message,) = messages(tmp_path, FRONT, keywords=keywords)
    assert message.startswith(told)


def test_no_records_are_told_once_and_not_at_each_chapter(tmp_path):
    (message,) = messages(tmp_path, FRONT, bib="")  # an empty file has no records
    assert "there is no paper" in message
    (tmp_path / "references.bib").unlink()
    (fault,) = load_catalogue(tmp_path).faults
    assert str(fault).startswith("references.bib:1: the file is missing")


def test_the_summary_of_a_faulty_record_is_left_out_with_it(tmp_path):
    write_book(tmp_path, {"first": chapter("# T\n")}, bib=BIB.replace("  venue = {JT},\n", "", 1))
    catalogue = load_catalogue(tmp_path)
    assert [fault.path for fault in catalogue.faults] == ["references.bib"]
    assert catalogue.summaries == {}


def test_the_catalogue_imports_neither_sphinx_nor_jupyter():
    import subprocess
    import sys

    code = "import sys, exegesis.catalogue; print([m for m in sys.modules if m.split('.')[0] in "
    code += "('sphinx', 'docutils', 'nbformat', 'nbclient', 'jupyter_client', 'myst_nb')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_book_without_papers_is_asked_for_no_records(tmp_path):
    assert load_catalogue(tmp_path).faults == []
    (tmp_path / "book/papers").mkdir(parents=True)
    assert {fault.path for fault in load_catalogue(tmp_path).faults} == {"references.bib", "book/keywords.yml"}


_KEYS = st.sampled_from([*KEYS, "jupytext", "<<", "1", "x y", "? ", "&a", "changes"])
_VALUES = st.sampled_from(
    ["x", "3", "", "[testing]", "[a, a]", "[[a]]", "{}", "{a: b}", "*a", "&a [*a]", "2026-01-31", '"2026-01-31"',
     "a: b", '{"2026-02-01": x}', "{2026-02-01: x}", "first2001paper", "[first2001paper]", "'", "!!set {a}",
     "!!binary aaaa", "~", "true", "[3, x]", "2026-13-41", "!!int x", "|\n  x\n  y", "{author: x, date: 3}", "\ty",
     "é", "x" * 300]
)  # fmt: skip


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.tuples(_KEYS, _VALUES), max_size=9), st.booleans())
@example([("aliases", "&a [*a]"), ("author", "2026-13-41")], False)
def test_any_front_matter_is_a_summary_or_is_told(tmp_path_factory, pairs, closed):
    path = tmp_path_factory.getbasetemp() / "first.md"
    lines = "".join(f"{key}: {value}\n" for key, value in pairs)
    path.write_text(f"---\n{lines}{'---' if closed else ''}\n# T\n", encoding="utf-8")
    summary, faults = read_summary(path, "first.md", {"first2001paper"}, {"testing"})
    assert (summary is None) <= bool(faults)
    last = lines.count("\n") + 3
    assert all(1 <= fault.line <= last and fault.what and fault.mend for fault in faults)


_NAMES = st.sampled_from(["cells", "metadata", "source", "cell_type", *KEYS])
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_NAMES, part, max_size=4),
)


@settings(deadline=None)  # the machine may be busy
@given(_JSON)
@example({"cells": [{"cell_type": "raw", "source": "---\nauthor: [\n---"}]})
@example({"cells": [{"cell_type": "raw", "source": ["---\n", "author: x\n", "---"]}], "metadata": {"date": 3}})
@example({"cells": [{"cell_type": "raw", "source": [3]}]})
@example({"cells": {"a": 1}})
def test_any_notebook_is_a_summary_or_is_told(tmp_path_factory, made):
    path = tmp_path_factory.getbasetemp() / "first.ipynb"
    path.write_text(json.dumps(made), encoding="utf-8")
    summary, faults = read_summary(path, "first.ipynb", {"first2001paper"}, {"testing"})
    assert (summary is None) == bool(faults)
    without_header(path.read_text(encoding="utf-8"))
