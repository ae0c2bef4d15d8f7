"""BibTeX is read to its end whatever is wrong in it, and each fault stands at its own line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue.bibtex import parse

NEXT = "@article{he2016deep,\n  title = {T},\n}\n"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("@article{a,\n title = {x}\n year = {2}\n}\n", 2, "a comma is missing before 'year'; add it"),
        ("@article{a,\n title = {x\n year = {2},\n}\n\n", 2, "the value of 'title' runs on over 'year' at line 3"),
        ("@article{a,\n title = {{x},\n year = {2},\n}\n", 2, "the value of 'title' runs on over 'year' at line 3"),
        (
            "@article{a,\n title = {x}},\n year = {2},\n}\n",
            3,
            "'year' stands outside of all records; take out the brace",
        ),
        ("@article{a,\n title = {x},\n\n", 1, "'a' does not end; close its brace"),
        ('@article{a,\n title = "x,\n}\n', 2, "the value of 'title' does not end"),
        ("@article{a,\n title = \n}\n", 2, "'title' has no value that can be read"),
        ("@article{a,\n title {x}\n}\n", 2, "'title' has no value that can be read"),
        ("@article{a,\n booktitle = ICLR,\n}\n", 2, "put braces around it: booktitle = {ICLR}"),
        ("@article{a,\n year = 1,\n year = 2,\n}\n", 3, "'a' has the field 'year' at line 2 too; keep one"),
        ("@article{a,\n % why\n title = {x},\n}\n", 2, "a comment stands within 'a'"),
        ("@string{v = {A}}\n@string{V = {B}}\n", 2, "the @string 'V' is 'A' already; give one of the two another name"),
        ("@article{,\n title = {x},\n}\n", 1, "the record has no key"),
        ("@article{\n title = {x},\n}\n", 1, "the record has no key"),
        ("@article a,\n title = {x}\n}\n", 1, "'@' stands where no record begins"),
        ("write to me@example.org\n", 1, "'@' stands where no record begins"),
        ("@article{a,\r\n title = {x}\r\n year = {2}\r\n}\r\n", 2, "a comma is missing before 'year'"),
    ],
)
def test_one_fault_is_told_once_at_its_line_and_hides_no_other_record(text, line, told):
    parsed = parse(text + NEXT)
    (problem,) = parsed.problems
    assert problem.line == line
    assert told in f"{problem.what}; {problem.mend}"
    assert [record.key for record in parsed.records][-1] == "he2016deep"
    assert parsed.records[-1].fields["title"].value == "T"
    assert not parsed.records[-1].broken


@pytest.mark.parametrize(
    "text",
    [
        "@comment{\n@article{he2016deep,\n  title = {Old},\n}\n}\n",
        "@Comment{jabref-meta: databaseType:bibtex;}\n",
        "@comment a word\n",
        "% @article{he2016deep,\n%   title = {Old},\n% }\n",
        "% Encoding: UTF-8\n\n",
        "Anything else.\n",
    ],
)
def test_a_comment_is_none_of_our_business(text):
    parsed = parse(text + NEXT)
    assert parsed.problems == []
    assert [(record.key, record.line) for record in parsed.records] == [("he2016deep", text.count("\n") + 1)]


def test_macros_of_the_file_and_of_bibtex():
    text = '@string{nips = "Advances"}\n@article{a, booktitle = nips # {, } # 2016, month = dec}\n'
    parsed = parse(text)
    assert parsed.problems == []
    values = {name: there.value for name, there in parsed.records[0].fields.items()}
    assert values == {"booktitle": "Advances, 2016", "month": "December"}


def test_where_a_field_stands():
    text = "@article{a,\n  Title  =  {A\n  {B}} ,\n}\n"
    (record,) = parse(text).records
    there = record.fields["title"]
    assert (there.name, there.value, there.line) == ("Title", "A {B}", 2)
    assert text[there.value_begin : there.end] == "{A\n  {B}}"
    assert text[there.begin :].startswith("Title")


PIECES = [
    "@article{",
    "a,",
    "@comment{",
    "@string{",
    "title",
    " = ",
    "{",
    "}",
    '"',
    ",",
    "\n",
    "%",
    "x",
    "\\",
    "#",
    "(",
    ")",
    "@",
    "\r\n",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_no_text_makes_the_parser_fail(text):
    parsed = parse(text)
    for problem in parsed.problems:
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.what and problem.mend
    for record in parsed.records:
        for there in record.fields.values():
            assert text[there.begin :].startswith(there.name)
