"""The same pages give the same index, in whatever order the disk or Pagefind has them."""

import gzip
import json
import os

import cbor2
import pytest

from exegesis.sphinxext.patches import pagefind
from exegesis.sphinxext.patches.pagefind import Pagefind, PagefindError, sort_filters

NAMES = [f"{name}.html" for name in ("a", "b", "c/d", "c/e", "f", "g", "h", "i")]


def page(words, keywords=()):
    filters = "".join(f"<p data-pagefind-filter=keyword>{keyword}</p>" for keyword in keywords)
    return f"<html lang=en><body data-pagefind-body><p>{'word ' * words}</p>{filters}</body></html>"


#: Each with a length of its own, by which it is known.
PAGES = {name: page(number + 1, ("all", f"only-{number}")) for number, name in enumerate(NAMES)}


def write(folder, pages):
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def make(folder, pages, names=None, ignored=()):
    write(folder, pages)
    return Pagefind(folder, sorted(pages) if names is None else names, ignored).finish()


def contents(index, suffix):
    """Return what the files of this kind hold."""
    files = [data for name, data in index.items() if name.endswith(suffix)]
    return [cbor2.loads(gzip.decompress(data).removeprefix(b"pagefind_dcd")) for data in files]


def lengths(index):
    """Return the number of words on each page, in the order of the pages' numbers."""
    [[_, pages, *_]] = contents(index, ".pf_meta")
    return [words for _, words in pages]


def stand_in(folder, script):
    """Return a program to be run instead of Pagefind."""
    if os.name == "nt":
        pytest.skip("the stand-in for Pagefind is a shell script")
    program = folder / "pagefind.sh"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1]])
def test_pages_are_numbered_as_they_are_named(tmp_path, names):
    index = make(tmp_path, PAGES, names)
    assert lengths(index) == [NAMES.index(name) + 3 for name in names]  # with two keywords


def test_the_same_pages_give_the_same_bytes(tmp_path):
    first = make(tmp_path / "first", PAGES)
    for run in range(3):
        assert make(tmp_path / f"{run}", dict(reversed(PAGES.items()))) == first


def test_filters_and_their_values_are_in_order_and_their_pages_are_kept(tmp_path):
    places = page(3).replace("<p>", "<p data-pagefind-filter=place>")
    index = make(tmp_path, PAGES | {"z.html": places})
    keyword, place = sorted(contents(index, ".pf_filter"))
    everywhere = ["all", list(range(len(NAMES)))]
    assert keyword == ["keyword", [everywhere, *([f"only-{n}", [n]] for n in range(len(NAMES)))]]
    assert (place[0], place[1][0][1]) == ("place", [len(NAMES)])
    [[_, _, _, filters, *_]] = contents(index, ".pf_meta")
    assert [name for name, _ in filters] == ["keyword", "place"]
    assert {f"filter/{file}.pf_filter" for _, file in filters} == {name for name in index if "pf_filter" in name}
    language = json.loads(index["pagefind-entry.json"])["languages"]["en"]
    assert f"pagefind.{language['hash']}.pf_meta" in index


def test_pagefind_itself_sorts_no_filters(tmp_path, monkeypatch):
    monkeypatch.setattr(pagefind, "sort_filters", lambda files: files)
    [[_, values]] = contents(make(tmp_path, {"a.html": page(1, [f"{n:02}" for n in range(20)])}), ".pf_filter")
    assert len(values) == 20
    assert values != sorted(values)  # else it need not be done here


def test_pagefind_is_told_what_not_to_search(tmp_path):
    assert lengths(make(tmp_path, {"a.html": page(5, ["one", "two"])}, ignored=["[data-pagefind-filter]"])) == [5]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_is_no_pattern(tmp_path):
    names = ["a *.html", "a b.html", "[ab] {c,d}.html", "$(e):<f>?.html", "g,h!.html", "é.html"]
    index = make(tmp_path, {name: page(number + 1) for number, name in enumerate(names)}, names)
    assert lengths(index) == [1, 2, 3, 4, 5, 6]


def test_without_pages_there_is_an_empty_index(tmp_path):
    index = make(tmp_path, {})
    assert json.loads(index["pagefind-entry.json"])["languages"] == {}


def test_a_page_that_is_not_there_is_told(tmp_path):
    with pytest.raises(PagefindError, match=r"found 0 pages where gone\.html should be"):
        make(tmp_path, {"a.html": page(1)}, ["a.html", "gone.html"])


def test_an_index_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(PagefindError, match=r"Pagefind failed: .*DanglingCombinator"):
        make(tmp_path, {"a.html": page(1)}, ignored=["a >"])


@pytest.mark.parametrize("content", [{"keyword": [["b", [0]]]}, ["keyword", {"b": [0]}], ["keyword", [["b", 0]]]])
def test_a_filter_of_an_unknown_form_is_told_and_not_sorted(content):
    file = gzip.compress(b"pagefind_dcd" + cbor2.dumps(content))
    with pytest.raises(PagefindError, match=r"writes filter/en_0\.pf_filter in a way that is not known"):
        sort_filters({"filter/en_0.pf_filter": file})


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo no room >&2; exit 3", r"\(status 3\): no room"),
        ("exit 4", r"\(status 4\): it said nothing"),
        ("echo hello,", "said b'hello,.*', which is no answer"),
    ],
)
def test_a_pagefind_that_fails_is_told(tmp_path, monkeypatch, script, told):
    program = stand_in(tmp_path, script)
    monkeypatch.setattr("pagefind_bin.get_executable", lambda: program)
    with pytest.raises(PagefindError, match=told):
        make(tmp_path, PAGES)


def test_pagefind_can_be_stopped_at_any_time(tmp_path, monkeypatch):
    program = stand_in(tmp_path, "exec sleep 60")
    monkeypatch.setattr("pagefind_bin.get_executable", lambda: program)
    write(tmp_path, PAGES)
    run = Pagefind(tmp_path, NAMES, ())
    run.stop()
    assert run._process.returncode
    run.stop()  # as at the end of a build that was stopped before
