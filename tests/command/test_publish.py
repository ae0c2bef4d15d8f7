import os
import shutil
from pathlib import Path

import pytest

from exegesis.command.publish import publish, recover


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    (folder / "part").mkdir(parents=True)
    for name in ("index.html", "part/page.html"):
        (folder / name).write_text("new", encoding="utf-8")
        os.utime(folder / name, (1, 1))
    return folder


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_site_is_published_as_a_real_copy_with_its_times(site, tmp_path):
    target = tmp_path / "html"
    publish(site, target)
    published = target / "index.html"
    assert published.stat().st_mtime == 1
    assert published.stat().st_ino != (site / "index.html").stat().st_ino
    (site / "index.html").write_text("newer", encoding="utf-8")
    assert published.read_text(encoding="utf-8") == "new"


def test_each_publication_equals_the_site_whatever_was_there_before(site, tmp_path):
    target = tmp_path / "html"
    target.mkdir()
    (target / "gone.html").write_text("old", encoding="utf-8")

    def change(what):
        what()
        publish(site, target)
        assert contents(target) == contents(site)

    change(lambda: None)
    change(lambda: (site / "index.html").write_text("newer"))
    change(lambda: (site / "more.html").write_text("more"))
    change(lambda: (site / "more.html").unlink())
    change(lambda: shutil.rmtree(site / "part"))
    change(lambda: (site / "part").write_text("a file now"))
    change(lambda: (site / "part").unlink())
    change(lambda: (site / "part" / "of").mkdir(parents=True))


def test_only_what_changed_is_copied(site, tmp_path, monkeypatch):
    target = tmp_path / "html"
    for _ in range(2):
        publish(site, target)
    copied = []
    copy = shutil.copy2
    monkeypatch.setattr("shutil.copy2", lambda source, to: copied.append(Path(source).name) or copy(source, to))
    (site / "part/page.html").write_text("nev", encoding="utf-8")
    publish(site, target)
    publish(site, target)
    assert copied == ["page.html", "page.html"]  # into each of the two that take turns
    publish(site, target)
    assert copied == ["page.html", "page.html"]


def test_a_copy_that_fails_leaves_the_last_site(site, tmp_path, monkeypatch):
    target = tmp_path / "html"
    publish(site, target)
    publish(site, target)
    (site / "index.html").write_text("newer", encoding="utf-8")

    def fail(source, to):
        to.write_text("ne", encoding="utf-8")
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr("shutil.copy2", fail)
        with pytest.raises(OSError, match="disk full"):
            publish(site, target)
    assert contents(target) == {"index.html": "new", "part/page.html": "new"}
    publish(site, target)
    assert contents(target) == contents(site)


@pytest.mark.parametrize("crash", ["while copying", "after the first rename", "after the second", "after the third"])
def test_a_crash_is_recovered_from_at_the_next_start(site, tmp_path, crash):
    target, spare, old = (tmp_path / name for name in ("html", ".html-spare", ".html-old"))
    left = {
        "while copying": {target: "last", spare: "half"},
        "after the first rename": {old: "last", spare: "whole"},
        "after the second": {target: "whole", old: "last"},
        "after the third": {target: "whole", spare: "last"},
    }[crash]
    for folder, text in left.items():
        folder.mkdir()
        (folder / "index.html").write_text(text, encoding="utf-8")
    recover(target)
    assert (target / "index.html").read_text(encoding="utf-8") in ("last", "whole")
    assert not old.exists()
    publish(site, target)
    assert contents(target) == contents(site)
