"""The parts of the extension stand by themselves: none needs another to be set up before it."""

import json

import pytest

from exegesis import sphinxext
from exegesis.manifest import NAME
from tests.sphinxext.test_incremental import files
from tests.tiny import TinyBook, chapter, write_book

CHAPTER = chapter("""\
# One

{cite:t}`second2002paper` has $x^2$.

```{code-cell} python
:claim: root

import math

math.sqrt(4)
```

```{claim} root
:evidence: recomputed
:source: p. 1
:check: = 2.0
The root of four is two.
```
""")
ORDERS = {
    "by name": lambda parts: sorted(parts, key=lambda part: part.__name__),
    "backwards": lambda parts: list(reversed(parts)),
}


def build(folder):
    book = TinyBook(write_book(folder, {"one": CHAPTER}), html_theme="sphinx_book_theme", exegesis_search=True)
    assert book.messages == []
    found = files(folder)
    listed = json.loads(found.pop(NAME))["files"].keys()  # of pages it has digests
    return {name: _in_any_order(data) if name.endswith(".html") else data for name, data in found.items()} | {
        NAME: listed
    }


def _in_any_order(page):
    """The lines of a page, sorted: the parts' own style sheets and scripts know nothing of each other."""
    return sorted(page.splitlines())


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_a_book_is_the_same_in_whatever_order_its_parts_are_set_up(tmp_path, monkeypatch, order):
    written = build(tmp_path / "one")
    monkeypatch.setattr(sphinxext, "PARTS", order(sphinxext.PARTS))
    again = build(tmp_path / "other")
    assert again.keys() == written.keys()
    assert [name for name in written if again[name] != written[name]] == []
