"""Whether a day is still to come is a matter of the commit, and of the clock only while a file is written."""

import datetime
import os
import subprocess

import pytest

from exegesis.dates import Days, commit_date

DAY = datetime.timedelta(days=1)
COMMITTED = datetime.date(2020, 5, 17)


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "a.md").write_text("one")
    made = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    made |= dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{COMMITTED}T12:00:00Z")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run(["git", *command], cwd=tmp_path, env=os.environ | made, check=True)
    return tmp_path


def test_of_a_committed_file_it_is_the_commits(repository):
    days, path = Days(repository), repository / "a.md"
    assert commit_date(repository) == 1589716800
    assert not days.to_come(COMMITTED + DAY, path), "it may be tomorrow already where somebody writes"
    assert days.to_come(COMMITTED + 2 * DAY, path)


def test_of_one_that_is_being_written_it_is_the_clocks(repository, tmp_path):
    (repository / "a.md").write_text("two")
    (repository / "new.md").write_text("new")
    today = datetime.datetime.now(datetime.UTC).date()
    for name in ("a.md", "new.md"):
        assert not Days(repository).to_come(today, repository / name)
        assert Days(repository).to_come(today + 2 * DAY, repository / name)


def test_outside_of_a_repository_it_is_the_clocks(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    today = datetime.datetime.now(datetime.UTC).date()
    assert commit_date(tmp_path) is None
    assert not Days(tmp_path).to_come(today, tmp_path / "a.md")
    assert Days(tmp_path).to_come(today + 2 * DAY, tmp_path / "a.md")
