"""A chapter's files go along to another machine, and what does not go along is noticed."""

import pytest

from exegesis.execution.cluster import parcel as module
from exegesis.execution.cluster.parcel import Packer, ParcelError, unpacked
from exegesis.execution.notebook import read_notebook
from tests.execution.test_run import write


@pytest.fixture
def book(tmp_path):
    papers = tmp_path / "book" / "papers"
    for name in ("data/a.csv", ".hidden/b", "_build/c", "other.md", "../far.csv", "../near.csv", "matplotlibrc"):
        (papers / name).parent.mkdir(parents=True, exist_ok=True)
        (papers / name).write_text(name, encoding="utf-8")
    return papers


def pack(path):
    return Packer().pack(path, read_notebook(path.read_text(encoding="utf-8")))


def test_what_is_beside_a_chapter_and_what_its_code_names_go_along(book):
    path = write(book, "one", "open('../near.csv')")
    parcel = pack(path)
    assert parcel.chapter == "papers/one.md"
    assert sorted(parcel.files) == ["near.csv", "papers/data/a.csv", "papers/matplotlibrc", "papers/one.md"]
    assert parcel.files["papers/one.md"] == path.read_bytes()


def test_more_than_the_limit_is_refused(book, monkeypatch):
    path = write(book, "one", "1")
    monkeypatch.setattr(module, "LIMIT", 30)
    assert pack(path).files
    (book / "large").write_text("x" * 30, encoding="utf-8")
    with pytest.raises(ParcelError, match="the files beside it in papers/ are more than"):
        pack(path)


def test_a_copy_has_the_same_place_each_time_and_is_emptied(book, tmp_path):
    parcel = pack(write(book, "one", "open('../near.csv')"))
    places = []
    for _ in range(2):
        with unpacked(parcel, tmp_path / "worker") as path:
            places.append(path)
            assert (path.parent / "data" / "a.csv").read_text(encoding="utf-8") == "data/a.csv"
            assert (path.parent / "../near.csv").is_file()
            (path.parent / "made").mkdir()
            (path.parent / "made" / "file").touch()
        assert list(path.parent.iterdir()) == []
        assert list(path.parent.parent.iterdir()) == [path.parent]
    assert len(set(places)) == 1


def test_another_matplotlibrc_has_another_place(book):
    path = write(book, "one", "1")
    first = pack(path).place
    (book / "matplotlibrc").write_text("font.size: 23", encoding="utf-8")
    assert pack(path).place != first


def test_what_was_read_elsewhere_on_the_worker_is_left_out(book):
    parcel = pack(write(book, "one", "open('../near.csv')"))
    names = ["a", "../near.csv", "../../etc/hosts"]
    assert list(filter(parcel.is_inside, names)) == ["a", "../near.csv"]


@pytest.mark.parametrize(
    ("read", "missed"),
    [
        (["../near.csv", "data", "none"], []),
        (["../far.csv"], ["../far.csv"]),
        (["."], [".hidden", "_build", "other.md"]),
    ],
)
def test_what_was_read_and_did_not_go_along_is_noticed(book, read, missed):
    path = write(book, "one", "open('../near.csv')")
    assert pack(path).missed(path, read) == missed
