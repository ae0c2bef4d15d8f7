"""The comment on a pull request says what its branch changes, and cannot be made to say anything else."""

import json

import pytest

from exegesis.command.cli import OK, main
from exegesis.command.project import Project, UsageError
from exegesis.command.pull_request import DIFF, MARK, REPORT, comment, report
from tests.command.test_cli import book, edit
from tests.tiny import git

__all__ = ["book"]
RUN = "https://github.com/o/r/actions/runs/1"
CHAPTER = {
    "slug": "concrete",
    "status": "changed",
    "seconds": 2.14,
    "claims": {"in part": 1, "holds": 11},
    "seeds": {"tried": 240, "well": 239},
    "changes": {"tried": 40, "well": 35},
}
TOLD = {"chapters": [CHAPTER], "site": {"files": 210, "bytes": 9_300_000}, "seconds": 39.6}
WEAKER = {"kind": "tolerance", "claim": "speed", "was": "= 3 ± 0.1", "now": "= 3 ± 10", "acknowledged": None}


@pytest.fixture
def said(tmp_path):
    """Return what makes a comment of a report and a diff."""

    def make(told, diff=None):
        (tmp_path / REPORT).write_text(json.dumps(told), encoding="utf-8")
        if diff is not None:
            (tmp_path / DIFF).write_text(json.dumps(diff), encoding="utf-8")
        return comment(tmp_path, RUN, f"{RUN}/artifacts/2")

    return make


def test_it_has_the_chapters_the_pages_the_time_and_the_size(said):
    assert (
        said(TOLD)
        == f"""\
{MARK}
### The book with this branch

[The pages]({RUN}/artifacts/2) (a download: open `index.html` in it), made by [this run]({RUN}).

| chapter | | runs | claims | held on other seeds | changes noticed |
|---|---|---:|---|---:|---:|
| `concrete` | changed | 2.1 s | 11 holds, 1 in part | 239 of 240 | 35 of 40 |

9.3 MB in 210 files, built in 40 s.
"""
    )


def test_a_book_that_was_not_built_has_no_pages(said):
    text = said(TOLD | {"chapters": [], "site": None})
    assert "was not built" in text and "No chapter is changed." in text
    assert "MB" not in text and "artifacts" not in text


def test_claims_that_are_gained_lost_and_weaker_are_told(said):
    chapter = {"chapter": "concrete", "gained": ["a", "b"], "lost": ["c"], "weakenings": [WEAKER]}
    fewer = {"kind": "oracle test", "claim": None, "was": None, "now": None, "acknowledged": "scipy has it now"}
    text = said(TOLD, {"chapters": [chapter], "weakenings": [fewer], "same": 18, "more": "than is read"})
    assert "- `concrete`: gained the claims `a`, `b`\n- `concrete`: lost the claims `c`\n" in text
    assert (
        "- `concrete`: **weaker**, `tolerance` of `speed`: `= 3 ± 0.1` became `= 3 ± 10`, **not acknowledged**\n"
        in text
    )
    assert "- the book: **weaker**, `oracle test`, acknowledged: `scipy has it now`\n" in text


def test_where_nothing_is_weaker_it_says_so(said):
    assert "No claim is gained, lost or weaker.\n" in said(TOLD, {"chapters": [], "weakenings": []})


@pytest.mark.parametrize(
    "told",
    [
        [],
        TOLD | {"more": 1},
        TOLD | {"seconds": "<img src=x>"},
        TOLD | {"chapters": [CHAPTER | {"slug": "a`[b](http://c)"}]},
        TOLD | {"chapters": [CHAPTER | {"slug": "a\n"}]},
        TOLD | {"chapters": [CHAPTER | {"status": "@everyone"}]},
        TOLD | {"chapters": [CHAPTER | {"claims": {"@everyone": 1}}]},
        TOLD | {"chapters": [CHAPTER] * 201},
    ],
)
def test_what_has_not_the_form_of_a_report_is_refused(said, told):
    with pytest.raises(UsageError, match="not the form of a report"):
        said(told)


def test_no_json_and_no_file_are_refused(tmp_path):
    with pytest.raises(UsageError, match="missing"):
        comment(tmp_path, RUN)
    (tmp_path / REPORT).write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(UsageError, match="no JSON"):
        comment(tmp_path, RUN)
    (tmp_path / REPORT).write_bytes(b" " * 3_000_000)
    with pytest.raises(UsageError, match="too large"):
        comment(tmp_path, RUN)
    (tmp_path / REPORT).unlink()
    (tmp_path / "elsewhere").write_text(json.dumps(TOLD), encoding="utf-8")
    (tmp_path / REPORT).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="missing"):
        comment(tmp_path, RUN)


def test_the_branchs_own_words_stay_code(said):
    evil = "x` @everyone ![a](http://b) | <script>\n\n# Merged\u202e" + "y" * 500
    diff = {"chapters": [], "weakenings": [WEAKER | dict.fromkeys(("kind", "was", "now", "acknowledged"), evil)]}
    (line,) = [line for line in said(TOLD, diff).splitlines() if "everyone" in line]
    assert line.count("`") == 10, "four pieces of code, and the claim"
    assert "@everyone" not in "".join(line.split("`")[::2])
    assert len(line) < 1_000 and "\u202e" not in line


def test_a_report_is_made_of_the_branch_and_has_its_form(book, tmp_path):
    git(book, "init", "--quiet", "--initial-branch", "main")
    (book / ".gitignore").write_text("_build\n", encoding="utf-8")
    git(book, "add", ".")
    git(book, "commit", "--quiet", "-m", "before")
    git(book, "switch", "--quiet", "-c", "branch")
    edit(book / "book/papers/first.md", "There are two.", "There are two of them.")
    (book / "tests").mkdir()
    (book / "tests/test_second.py").write_text("", encoding="utf-8")
    (book / "tests/test_nothing.py").write_text("", encoding="utf-8")
    git(book, "add", ".")
    git(book, "commit", "--quiet", "-m", "after")
    assert main(["build"]) == OK
    told = report(Project.open(book), "main", book / "_build/html", 1.0)
    assert [(each["slug"], each["status"], each["claims"]) for each in told["chapters"]] == [
        ("first", "changed", {"holds": 1}),
        ("second", "changed", {}),
    ]
    assert told["chapters"][0]["seconds"] > 0 and told["site"]["bytes"] > 10_000
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / REPORT).write_text(json.dumps(told), encoding="utf-8")
    assert "| `first` | changed |" in comment(tmp_path / "left", RUN)
    with pytest.raises(UsageError, match="git can't compare with 'nowhere'"):
        report(Project.open(book), "nowhere", book / "_build/html", 1.0)
