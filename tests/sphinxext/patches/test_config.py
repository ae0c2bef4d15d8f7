"""Sphinx keeps what a book's conf.py says where it is looked for."""

from sphinx.config import Config
from sphinx.util.tags import Tags

from exegesis.sphinxext.patches.config import given


def test_what_the_book_sets_is_told_from_what_is_so_by_default(tmp_path):
    (tmp_path / "conf.py").write_text("math_numfig = True\nnumfig = False\n", encoding="utf-8")
    found = given(Config.read(tmp_path, overrides={"numfig": True}, tags=Tags()))
    assert found["math_numfig"] is True
    assert found["numfig"] is True
    assert "language" not in found
