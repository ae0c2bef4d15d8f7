"""What is kept of documents: forgotten with a document, gathered from parallel readers for theirs alone."""

from sphinx.testing.util import SphinxTestApp

from exegesis.sphinxext.records import KINDS, records_of
from tests.tiny import write_book


def test_documents_are_cleared_and_merged_in_every_kind(tmp_path):
    app = SphinxTestApp("html", write_book(tmp_path, {}))
    try:
        records = records_of(app.env)
        assert sorted(kind for kind in vars(records) if kind in KINDS) == sorted(KINDS)
        for kind in KINDS:
            getattr(records, kind).update(mine="kept", gone="old", theirs="old")
        records.clear_doc("gone")
        found = {kind: {"theirs": "new", "mine": "not read there"} for kind in KINDS}
        records.merge_domaindata({"theirs", "gone"}, found)
        for kind in KINDS:
            assert records.data[kind] == {"mine": "kept", "theirs": "new"}
    finally:
        app.cleanup()
