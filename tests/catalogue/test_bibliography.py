import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pybtex.database import parse_string
from pybtex.richtext import Text

from exegesis.catalogue.bibliography import plain, read_bibliography

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
    return read_bibliography(path, "references.bib")


def messages(tmp_path, text):
    return [str(fault) for fault in read(tmp_path, text).faults]


@given(st.text("ab\u00e9- ,.:;()/+?!'`\"~_$%0\t"))
def test_what_has_no_tex_in_it_stays_as_tex_would_have_it(text):
    try:
        resolved = str(Text.from_latex(text))
    except ValueError:  # an empty formula or the like
        assume(False)
    assert plain(text) == resolved


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
        ("title = {{Deep}", "title = {{Deep", "no BibTeX"),
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
    (fault,) = read_bibliography(tmp_path / "none.bib", "none.bib").faults
    assert "the file is missing" in str(fault)
