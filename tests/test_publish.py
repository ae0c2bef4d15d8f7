import os

import pytest

from exegesis.publish import publish, recover


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("new", encoding="utf-8")
    os.utime(folder / "index.html", (1, 1))
    return folder


def test_a_site_is_published_as_a_real_copy_with_its_times(site, tmp_path):
    target = tmp_path / "html"
    publish(site, target)
    published = target / "index.html"
    assert published.stat().st_mtime == 1
    assert published.stat().st_ino != (site / "index.html").stat().st_ino
    (site / "index.html").write_text("newer", encoding="utf-8")
    assert published.read_text(encoding="utf-8") == "new"


def test_what_the_last_site_had_and_the_new_one_lacks_goes(site, tmp_path):
    target = tmp_path / "html"
    target.mkdir()
    (target / "gone.html").write_text("old", encoding="utf-8")
    publish(site, target)
    assert sorted(path.name for path in target.iterdir()) == ["index.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["html", "site"]


def test_a_copy_that_fails_leaves_the_last_site(site, tmp_path, monkeypatch):
    target = tmp_path / "html"
    publish(site, target)
    (site / "index.html").write_text("newer", encoding="utf-8")

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr("shutil.copytree", fail)
    with pytest.raises(OSError, match="disk full"):
        publish(site, target)
    assert (target / "index.html").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("crash", ["before the first rename", "between the renames", "after the second rename"])
def test_a_crash_is_recovered_from_at_the_next_start(tmp_path, crash):
    target, new, old = (tmp_path / name for name in ("html", "html.new", "html.old"))
    left = {
        "before the first rename": {target: "last", new: "half"},
        "between the renames": {old: "last", new: "whole"},
        "after the second rename": {target: "whole", old: "last"},
    }[crash]
    for folder, text in left.items():
        folder.mkdir()
        (folder / "index.html").write_text(text, encoding="utf-8")
    recover(target)
    assert (target / "index.html").read_text(encoding="utf-8") in ("last", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["html"]
