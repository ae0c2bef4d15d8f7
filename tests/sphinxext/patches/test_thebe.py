"""sphinx-thebe is loaded by Jupyter Book, and adds nothing."""

import pytest

from exegesis.sphinxext.patches.thebe import MODULE, SHEET
from tests.tiny import CONF, TinyBook, chapter, write_book

sphinx_thebe = pytest.importorskip("sphinx_thebe", reason="Jupyter Book brings it along")


class Registered:
    """An application that notes what an extension registers."""

    def __init__(self):
        self.handlers, self.sheets = [], []

    def connect(self, event, handler, **_):
        self.handlers.append(handler)

    def add_css_file(self, name, **_):
        self.sheets.append(name)

    def __getattr__(self, name):
        return lambda *args, **options: None


def test_the_extension_still_registers_what_is_taken_away():
    app = Registered()
    sphinx_thebe.setup(app)
    assert {handler.__module__ for handler in app.handlers} == {MODULE}
    assert app.sheets == [SHEET]


def test_no_page_names_its_host_script_or_sheet(tmp_path):
    folder = write_book(tmp_path, {"one": chapter("# One\n\n```{code-cell} python\n6 * 7\n```\n")})
    (folder / "conf.py").write_text(CONF.replace('["myst_nb"', '["sphinx_thebe", "myst_nb"'), "utf-8")
    book = TinyBook(folder)
    assert book.messages == []
    assert MODULE in book.app.extensions
    assert "thebe" not in book.page("one")
    assert not list((book.app.outdir / "_static").glob("*thebe*"))
