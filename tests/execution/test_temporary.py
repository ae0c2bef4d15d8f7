"""What is temporary is gone afterwards, whatever was made of it."""

import os
from pathlib import Path

from exegesis.execution.temporary import size_of, temporary


def test_folders_that_are_deep_closed_or_link_elsewhere_are_removed(tmp_path):
    (tmp_path / "kept").write_text("kept", encoding="utf-8")
    here = os.open(".", os.O_RDONLY)
    with temporary(str(tmp_path)) as folder:
        try:
            os.chdir(folder)
            for _ in range(1200):  # deeper than Python calls itself, longer than a path may be
                Path("folder").mkdir()
                os.chdir("folder")
        finally:
            os.fchdir(here)
            os.close(here)
        Path(folder, "link").symlink_to(tmp_path)
        Path(folder, "closed").mkdir()
        Path(folder, "closed", "file").write_bytes(bytes(100_000))
        assert size_of(folder) >= 100_000
        Path(folder, "closed").chmod(0)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_folder_that_is_gone_is_none(tmp_path):
    with temporary(str(tmp_path)) as folder:
        Path(folder).rmdir()
    assert size_of(folder) == 0
