"""Of a store whose last write was cut short nothing is taken that is not whole, and it goes on."""

import os

import pytest

from exegesis.execution import Store
from exegesis.execution.notebook import read_notebook
from exegesis.kernel.environment import set_environment
from tests.tiny import chapter

BODY = "# T\n\n```{code-cell} python\n1 + 1\n```\n"


@pytest.fixture
def torn(tmp_path):
    """A chapter, its notebook and the folder of a store that has its result."""
    set_environment(tmp_path)
    path = tmp_path / "x.md"
    path.write_text(chapter(BODY), encoding="utf-8")
    notebook = read_notebook(path.read_text(encoding="utf-8"), path)
    with Store(tmp_path / "store", tmp_path) as store:
        result = store.put(notebook, path, 1.0)
        store.note_text("text", path, result)
        store.forget()
    return path, notebook, tmp_path / "store"


def test_a_result_that_ends_at_any_byte_is_none(torn):
    path, notebook, folder = torn
    (file,) = (folder / "results").iterdir()
    whole = file.read_bytes()
    with Store(folder, path.parent) as store:
        for end in range(len(whole)):
            file.write_bytes(whole[:end])
            assert store.find(notebook, path) is None, end
            assert store.find_text("text", path) is None, end
        file.write_bytes(whole)
        assert store.find(notebook, path) and store.find_text("text", path)


@pytest.mark.slow
def test_an_index_that_is_cut_off_is_begun_anew(torn):
    path, notebook, folder = torn
    file = folder / "index.db"
    whole = file.read_bytes()
    ends = {*range(110), *(page + near for page in range(0, len(whole), 4096) for near in (0, 1, 4095))}
    for end in sorted({*ends, *range(0, len(whole), 509)} - {len(whole)}):
        file.write_bytes(whole[:end])
        with Store(folder, path.parent) as store:
            found = store.find(notebook, path)
            assert found is None or found.is_whole, end
            store.find_text("text", path)
            store.put(notebook, path, 1.0)
            store.forget()
            assert store.find(notebook, path), end


@pytest.mark.parametrize("column", ["needs", "digest"])
def test_a_row_that_is_torn_is_no_result(torn, column):
    path, notebook, folder = torn
    (file,) = (folder / "results").iterdir()
    os.utime(file, (1, 1))  # else it is known by its time and size
    with Store(folder, path.parent) as store:
        assert store.find(notebook, path)
        (value,) = store._index.execute(f"SELECT {column} FROM result").fetchone()
        for end in range(len(value)):
            store._index.execute(f"UPDATE result SET {column} = ?", (value[:end],))
            assert store.find(notebook, path) is None, end
