"""What is written clean is the record that was read, in the author's own layout, and once."""

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exegesis.catalogue.bibliography import read_bibliography
from exegesis.catalogue.fixing import fix_bibliography
from tests.catalogue.test_bibliography import ENTRIES, RECORD, read, written


def fixed(tmp_path, text):
    """Return what becomes of a file, and what is said of it."""
    path = tmp_path / "references.bib"
    path.write_bytes(text.encode())
    said = fix_bibliography(tmp_path)
    return path.read_bytes().decode(), said


def test_only_what_is_not_clean_is_written(tmp_path):
    text = "% Mine.\n\n" + RECORD.replace("{10.1/x}", "{https://doi.org/10.1/x}").replace("{CVPR}", '"cvpr  2016"')
    new, said = fixed(tmp_path, text)
    assert new == text.replace("{https://doi.org/10.1/x}", "{10.1/x}").replace('"cvpr  2016"', '"CVPR"')
    assert said == [
        'references.bib:7: venue = "CVPR", was "cvpr  2016"',
        "references.bib:9: doi = {10.1/x}, was {https://doi.org/10.1/x}",
    ]


def test_what_says_nothing_more_goes_and_what_it_said_stands_in_its_own_field(tmp_path):
    text = (
        "@article{kingma2014adam,\r\n    author       = {Kingma, Diederik},\r\n    title = {Adam},\r\n"
        "    journal={CoRR},\r\n    volume = {abs/1412.6980},\r\n    year = 2014,\r\n"
        "    url          = {http://arxiv.org/abs/1412.6980}\r\n}\r\n"
    )
    new, said = fixed(tmp_path, text)
    assert new == (
        "@article{kingma2014adam,\r\n    author       = {Kingma, Diederik},\r\n    title = {Adam},\r\n"
        "    journal={arXiv preprint},\r\n    eprint = {1412.6980},\r\n    archivePrefix = {arXiv},\r\n"
        "    year = 2014,\r\n}\r\n"
    )
    assert len(said) == 4


def test_a_clean_file_and_a_mark_at_its_beginning_stay(tmp_path):
    assert fixed(tmp_path, "\ufeff" + RECORD) == ("\ufeff" + RECORD, [])
    new, said = fixed(tmp_path, "\ufeff" + RECORD.replace("{CVPR}", "{cvpr}"))
    assert (new, len(said)) == ("\ufeff" + RECORD, 1)


def test_what_is_told_is_left_to_the_author(tmp_path):
    for old, new in (("{10.1/x}", "{CVPR 16}"), ("{CVPR}", "{CVRP}"), ("year = {2016},", "year = {2016}")):
        text = RECORD.replace(old, new)
        assert fixed(tmp_path, text) == (text, [])


@pytest.mark.parametrize(
    "field", ["volume = {arXiv:1412.6980}", "journal = {arXiv:1412.6980}", "url = {https://arxiv.org/abs/1412.6980}"]
)
def test_an_identifier_is_not_taken_from_elsewhere_where_eprint_has_a_wrong_one(tmp_path, field):
    text = RECORD.replace("doi =", f"{field},\n  eprint = {{x}},\n  doi =")
    new, said = fixed(tmp_path, text)
    assert field in new and "eprint = {x}" in new and said == []


def whats(found):
    """What is told, wherever it stands: a fix may move lines."""
    return sorted(re.sub(r"\bline \d+", "line", fault.what) for fault in found.faults)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.lists(ENTRIES, max_size=3))
@example([("article", "he2016deep", {"title": "", "volume": ""}), *[("article", "x", {})] * 2])
def test_fixing_changes_no_record_and_no_fault_and_nothing_the_second_time(tmp_path, entries):
    before = read(tmp_path, written(entries))
    fix_bibliography(tmp_path)
    after = read_bibliography(tmp_path)
    assert fix_bibliography(tmp_path) == []
    assert whats(after) == whats(before)
    assert after.papers.keys() == before.papers.keys()
    for key, paper in before.papers.items():
        assert (after.papers[key].links, after.papers[key].venue) == (paper.links, paper.venue)
