"""The fields of a record are told to authors as they are declared."""

from exegesis.catalogue.fields import FIELDS, IGNORED, TYPES, table
from tests.test_layout import ROOT


def test_the_table_for_authors_is_made_from_the_fields():
    page = (ROOT / "book/contribute/reference.md").read_text(encoding="utf-8")
    assert table() in page, "run 'make reference'"


def test_a_field_is_read_or_nobodys():
    assert not FIELDS.keys() & IGNORED


def test_what_a_kind_of_record_needs_is_a_field():
    assert {name for names in TYPES.values() for name in names} <= FIELDS.keys()
