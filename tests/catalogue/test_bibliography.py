import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pybtex.database import BibliographyData, parse_string
from pybtex.style.formatting import alpha, plain, unsrtalpha

from exegesis.catalogue.bibliography import read_bibliography
from exegesis.catalogue.fields import FIELDS, TYPES

RECORD = """\
@inproceedings{he2016deep,
  author = {He, Kaiming and Doll{\\'a}r, Piotr and van der Maaten, Laurens},
  title = {{Deep} Residual $L$ Learning},
  booktitle = {Conference on Vision},
  venue = {CVPR},
  year = {2016},
  doi = {10.1/x},
  eprint = {1512.03385},
  archivePrefix = {arXiv},
  dblp = {conf/cvpr/HeZRS16},
}
"""


def read(tmp_path, text):
    path = tmp_path / "references.bib"
    path.write_text(text, encoding="utf-8")
    return read_bibliography(tmp_path)


def messages(tmp_path, text):
    return [str(fault) for fault in read(tmp_path, text).faults]


def test_a_record_becomes_plain_text(tmp_path):
    paper = read(tmp_path, RECORD).papers["he2016deep"]
    assert paper.authors == ("Kaiming He", "Piotr Dollár", "Laurens van der Maaten")
    assert paper.surnames == ("He", "Dollár", "van der Maaten")
    assert paper.short_authors == "He et al."
    assert paper.title.startswith("Deep Residual")
    assert (paper.venue, paper.year) == ("CVPR", 2016)
    assert paper.links == {"DOI": "https://doi.org/10.1/x", "arXiv": "https://arxiv.org/abs/1512.03385"}


def test_the_bibtex_to_copy_is_bibtex_without_our_own_fields(tmp_path):
    bibtex = read(tmp_path, RECORD).papers["he2016deep"].bibtex
    fields = parse_string(bibtex, "bibtex").entries["he2016deep"].fields
    assert fields["booktitle"] == "Conference on Vision"
    assert "dblp" not in fields
    assert "venue" not in fields


@pytest.mark.parametrize("missing", ["author", "title", "venue", "year"])
def test_a_missing_field_is_named_with_its_line(tmp_path, missing):
    text = "\n" + "\n".join(line for line in RECORD.splitlines() if not line.startswith(f"  {missing} ="))
    (message,) = messages(tmp_path, text)
    assert message.startswith(f"references.bib:2: 'he2016deep' has no {missing}; add '{missing} = ")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("year = {2016}", "year = {16}", "has the year '16'"),
        ("doi =", "d0i =", "has a field 'd0i' that nobody reads"),
        ("{he2016deep", "{conf/cvpr/HeZRS16", "is not like 'he2016deep'"),
        ("title = {{Deep}", "title = {{Deep", "the value of 'title' does not end"),
    ],
)
def test_a_bad_record_is_told(tmp_path, old, new, told):
    text = RECORD.replace(old, new)
    assert text != RECORD
    assert any(told in message for message in messages(tmp_path, text))


def test_a_key_that_stands_twice_is_told_with_both_lines(tmp_path):
    (message,) = messages(tmp_path, RECORD + RECORD.replace("{he2016deep", "{He2016Deep"))
    assert message.startswith("references.bib:12: the key 'He2016Deep' stands at line 1 too")


def test_a_record_with_a_fault_still_counts_as_known(tmp_path):
    bibliography = read(tmp_path, RECORD.replace("  venue = {CVPR},\n", ""))
    assert not bibliography.papers
    assert bibliography.keys == {"he2016deep"}


def test_a_missing_file_is_a_fault(tmp_path):
    (fault,) = read_bibliography(tmp_path).faults
    assert "the file is missing" in str(fault)


def at_line(tmp_path, old, new):
    """Return the one fault of the record with a change in it, and the line of that change."""
    text = RECORD.replace(old, new)
    assert text != RECORD
    (fault,) = read(tmp_path, text).faults
    return fault, text[: text.index(new)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("doi = {10.1/x}", "doi = {CVPR 16}", "'CVPR 16' is no DOI; write it as it is after https://doi.org/"),
        ("eprint = {1512.03385}", "eprint = {v1}", "'v1' is no identifier of arXiv; write it without version"),
        (
            "dblp = {conf",
            "url = {javascript:alert(1)},\n  dblp = {conf",
            "'javascript:alert(1)' is no address of a page",
        ),
        (
            "dblp = {conf",
            "url = {https://arxiv.org/abs/1412.6980},\n dblp = {conf",
            "names arXiv:1412.6980, but 'eprint' 1512",
        ),
        ("venue = {CVPR}", "venue = {CVRP}", "there is no venue 'CVRP'; did you mean 'CVPR'?"),
        ("venue = {CVPR}", "venue = {Tests 2016}", "the venue 'Tests 2016' has a year"),
        ("year = {2016}", "year = {to appear}", "has the year 'to appear'"),
        ("author = {He, Kaiming and", "author = {and He, Kaiming and", "a name is empty"),
        ("author = {He, Kaiming and", "author = {A, B, C, D and", "'A, B, C, D' is no name"),
        ("title = {{Deep}", "title = {\\foo{Deep}", "'title': the TeX command '\\foo' has no form as text"),
        ("booktitle = {Conference on Vision}", "booktitle = ICLR", "put braces around it: booktitle = {ICLR}"),
        ("dblp =", "dbpl =", "a field 'dbpl' that nobody reads; did you mean 'dblp'? correct its name or take it out"),
        ("dblp =", "crossref =", "a field 'crossref' that nobody reads"),
        (
            "@inproceedings",
            "@inproceeding",
            "there is no kind of record '@inproceeding'; did you mean 'inproceedings'?",
        ),
        ("{he2016deep", "{resnet", "the key 'resnet' is not like 'he2016deep'"),
        ("dblp =", "crossref =", "crossref' that nobody reads; copy what it needs of that record"),
        ("year = {2016}", "year = {٢٠١٦}", "has the year '٢٠١٦'; write four digits"),
        ("year = {2016}", "year = {0000}", "has the year '0000'"),
        ("year = {2016}", "year = {2999}", "has the year 2999, which is still to come"),
        ("Learning}", "Learning &amp; <i>more</i>}", "'title' has markup, '&amp;', and is shown as it stands"),
        ("Conference on Vision", "Conference on `Vision`", "'booktitle' has markup, '`Vision`'"),
        ("Learning}", "Lear\u200bning}", "'title' has U+200B (ZERO WIDTH SPACE), which nobody sees"),
        ("He, Kaiming and", "He, Kaiming* and", "'*' is no part of a name"),
        ("He, Kaiming and", "He1, Kaiming and", "'1' is no part of a name"),
        ("He, Kaiming and", "He, Kaiming <he@x.org> and", "'<' is no part of a name"),
        ("{Deep} Residual $L$", r"$\href{a}{b}$", r"the formula '$\href{a}{b}$' has no form as text"),
        ("dblp = {conf", "shortscience = {https://x.org/y},\n dblp = {conf", "is no address of its page there"),
    ],
)
def test_a_fault_stands_at_the_line_of_its_field(tmp_path, old, new, told):
    fault, line = at_line(tmp_path, old, new)
    assert told in str(fault)
    assert fault.line == line


@pytest.mark.parametrize(
    ("kind", "field"), [("article", "journal"), ("phdthesis", "school"), ("techreport", "institution")]
)
def test_what_a_kind_of_record_needs_is_told(tmp_path, kind, field):
    (message,) = messages(tmp_path, RECORD.replace("@inproceedings", f"@{kind}"))
    assert message == f"references.bib:1: 'he2016deep' has no {field}; add '{field} = {{...}}'"


def test_one_records_fault_does_not_hide_anothers(tmp_path):
    other = RECORD.replace("he2016deep", "he2017deep").replace("10.1/x", "?").replace("1512.03385", "1512.03386")
    found = messages(tmp_path, RECORD.replace("2016},", "16},") + "@article{x2016y z}\n" + other)
    assert [message.split(":")[1] for message in found] == ["6", "19", "12"]


def test_a_paper_that_stands_twice_is_told(tmp_path):
    (message,) = messages(tmp_path, RECORD + RECORD.replace("he2016deep", "he2016residual"))
    assert message.startswith("references.bib:18: 'he2016deep' at line 1 has this doi too")


SECOND = RECORD.replace("he2016deep", "he2017more").replace("10.1/x", "10.1/y").replace("1512.03385", "1703.06870")


def test_a_name_in_short_is_told_unless_the_list_has_it(tmp_path):
    text = RECORD + SECOND.replace("He, Kaiming", "He, K.")
    (message,) = messages(tmp_path, text)
    assert message.startswith(
        "references.bib:13: 'K. He' may be 'Kaiming He' of line 2; write one name; or add 'K. He: []'"
    )
    (tmp_path / "book").mkdir()
    for own, name in (("{K. He: []}", "K. He"), ("{Kaiming He: [K. He]}", "Kaiming He")):
        (tmp_path / "book/names.yml").write_text(f"authors: {own}\n", encoding="utf-8")
        found = read(tmp_path, text)
        assert found.faults == []
        assert found.papers["he2017more"].authors[0] == name


def test_a_list_of_names_that_is_none_is_told(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book/names.yml").write_text("venues: [ICML]\n", encoding="utf-8")
    (message,) = messages(tmp_path, RECORD)
    assert message.startswith("book/names.yml:1: no list of names; write 'venues:' and 'authors:'")


def test_others_are_no_person(tmp_path):
    found = read(tmp_path, RECORD.replace("van der Maaten, Laurens", "others").replace(" and Doll{\\'a}r, Piotr", ""))
    paper = found.papers["he2016deep"]
    assert (paper.authors, paper.more_authors, paper.short_authors) == (("Kaiming He",), True, "He et al.")
    assert 'author = "He, Kaiming and others"' in paper.bibtex
    assert str(found.entries["he2016deep"].persons["author"][-1]) == "He et~al., Kaiming"


def test_a_link_to_a_doi_is_an_address(tmp_path):
    paper = read(tmp_path, RECORD.replace("10.1/x", "https://doi.org/10.1/x_y(1)<2>")).papers["he2016deep"]
    assert paper.doi == "10.1/x_y(1)<2>"
    assert paper.links["DOI"] == "https://doi.org/10.1/x_y(1)%3C2%3E"


@pytest.mark.parametrize("other", [RECORD, RECORD.replace("he2016deep", "He2016Deep")])
def test_two_records_of_one_key_are_told_on_one_line_too(tmp_path, other):
    (fault,) = read(tmp_path, RECORD.replace("\n", " ") + other.replace("\n", " ")).faults
    assert fault.what.endswith("stands at line 1 too")


def test_two_records_of_one_title_year_and_authors_are_told(tmp_path):
    other = RECORD.replace("he2016deep", "he2016other").replace("10.1/x", "10.1/y").replace("1512.03385", "1512.03386")
    (message,) = messages(tmp_path, RECORD + other)
    assert message.startswith("references.bib:14: 'he2016deep' at line 1 has this title too")


def test_a_letter_and_its_accent_are_one_letter(tmp_path):
    found = read(tmp_path, RECORD.replace("Doll{\\'a}r", "Dolla\u0301r"))
    assert found.faults == []
    assert found.papers["he2016deep"].authors[1] == "Piotr Doll\u00e1r"


@pytest.mark.parametrize("title", ["A* and D*", "Is 3 < 4 > 2?", "C# \\& A_b^c", "Going for \\$5 and \\$10"])
def test_signs_that_mark_nothing_up_pass(tmp_path, title):
    assert messages(tmp_path, RECORD.replace("{Deep} Residual $L$ Learning", title)) == []


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path):
    (tmp_path / "references.bib").write_bytes(RECORD.replace("Doll{\\'a}r", "Dollár").encode("latin-1"))
    (fault,) = read_bibliography(tmp_path).faults
    assert str(fault) == "references.bib:2: byte 59 (0xe1) is no UTF-8; save the file as UTF-8"


def test_a_mark_at_the_beginning_is_no_fault(tmp_path):
    (tmp_path / "references.bib").write_text("\ufeff" + RECORD, encoding="utf-8")
    assert read_bibliography(tmp_path).faults == []


VALUES = st.sampled_from(
    [
        *("", "x", "2016", "{A} b", "He, K. and others", "A, B, C, D", "$x$", "$5", "50%", "\\foo", "{\\'e}"),
        *("\\{", "arXiv:1412.6980v2", "NIPS", "ICRL 2015", "javascript:x", "https://doi.org/10.1/x", "a & b", "~"),
        *("x_y^2 # z", "https://example.org/?a=b%20c"),
    ]
)
ENTRIES = st.tuples(
    st.sampled_from([*TYPES, "online", "thesis", "foo"]),
    st.sampled_from(["he2016deep", "x", "DBLP:conf/x", "he2017b"]),
    st.dictionaries(st.sampled_from([*FIELDS, "abstract", "nobody"]), VALUES),
)


STYLES = [module.Style() for module in (plain, alpha, unsrtalpha)]


def written(entries):
    return "".join(
        f"@{kind}{{{key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items()) + "}\n\n"
        for kind, key, fields in entries
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.lists(ENTRIES, max_size=3))
def test_whatever_is_written_gives_records_or_faults_and_entries_that_styles_can_set(tmp_path, entries):
    found = read(tmp_path, written(entries))
    assert found.keys == found.entries.keys()
    assert len(found.papers) == len(found.keys) or found.faults
    data = BibliographyData(found.entries)
    for style in STYLES:
        assert len(list(style.format_bibliography(data))) == len(data.entries)
    once = {key: paper.bibtex for key, paper in found.papers.items()}
    again = read(tmp_path, "\n".join(once.values()))
    venueless = {key for key in once if key not in again.papers}  # the book's own field is not for readers
    assert {key: again.papers[key].bibtex for key in once.keys() - venueless} == {
        key: once[key] for key in once.keys() - venueless
    }
