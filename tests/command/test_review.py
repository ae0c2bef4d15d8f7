"""'exegesis review' and 'exegesis diff' on a tiny repository: what is told, as what, and with which status."""

import json
from importlib.resources import files

import jsonschema
import pytest

from exegesis.command.cli import FAULTS, OK, USAGE, main
from exegesis.command.init import init
from tests.review.tiny import CODE, NAME, chapter, claim, commit, git, proof, repository

PLAIN = chapter(CODE, proof(), claim())
LOOSE = chapter(CODE, proof(), claim("y = 3"))
SUBJECT = "sum: check y = 3.0 -> y = 3"


@pytest.fixture
def book(tmp_path):
    """A book in a repository, on a branch of its own."""
    return repository(tmp_path / "book", PLAIN)


def run(book, *arguments):
    return main(["--book", str(book), *arguments])


def schema(name):
    return json.loads(files("exegesis").joinpath("schemas", f"{name}.schema.json").read_text("utf-8"))


def test_a_chapter_that_is_as_it_was_passes(book, capsys):
    assert run(book, "review", "tiny") == OK
    out = capsys.readouterr().out
    assert f"{NAME}: holds\n  ran alone in a fresh kernel" in out
    assert "sum    recomputed  holds    -      -        y = 3.0  3" in out
    assert "since main (" in out


def test_a_weakening_fails_until_it_is_acknowledged(book, capsys):
    (book / NAME).write_text(LOOSE)
    assert run(book, "review", "tiny") == FAULTS
    told = capsys.readouterr()
    line = LOOSE.splitlines().index("```{claim} sum") + 1
    comment = f"% exegesis: weakened `{SUBJECT}` WHY"
    assert f"weakened: {NAME}:{line}: {SUBJECT} (NOT ACKNOWLEDGED)" in told.out
    assert f"{NAME}:{line}: weakened claim 'sum' is weakened: check y = 3.0 -> y = 3; take it back" in told.err
    assert comment in told.err
    why = comment.replace("WHY", "one digit is all that a toy has")
    (book / NAME).write_text(LOOSE.replace("```{claim}", f"{why}\n\n```{{claim}}"))
    assert run(book, "review", "tiny") == OK
    assert "(acknowledged, one digit is all that a toy has)" in capsys.readouterr().out


def test_a_page_has_both_sides(book, tmp_path, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    text = PLAIN.replace("x + 1.0", "x + 1.04").replace("# Tiny", "# Tiny <script>alert(1)</script>")
    (book / NAME).write_text(text)
    assert run(book, "review", "tiny", "--open") == OK
    page = (book / "_build/review/tiny.html").read_text()
    assert opened == [(book / "_build/review/tiny.html").as_uri()]
    assert "sum.y: 3 -&gt; 3.04" in page
    assert "<mark>04</mark>" in page
    assert "<script" not in page
    assert "http:" not in page


def test_data_is_as_its_schema_says(book, capsys):
    (book / NAME).write_text(LOOSE)
    assert run(book, "review", "tiny", "--json") == FAULTS
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("review"))
    assert found["verdict"] == "holds"
    assert found["claims"][0]["checks"] == [{"check": "y = 3", "computed": 3.0, "shown": "3", "holds": True}]
    assert [each["subject"] for each in found["weakenings"]] == [SUBJECT]
    assert found["run"]["cells"][0]["seconds"] > 0
    (book / "book/papers/other.md").write_text(PLAIN)
    assert run(book, "diff", "main", "--json") == FAULTS
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("diff"))
    assert [(each["chapter"], each["status"]) for each in found["chapters"]] == [("other", "new"), ("tiny", "changed")]


def test_what_does_not_hold_or_run_is_told(book, capsys):
    (book / NAME).write_text(PLAIN.replace("y = f(2)", "y = f(3)"))
    assert run(book, "review", "tiny") == FAULTS
    told = capsys.readouterr()
    assert f"{NAME}: does not hold" in told.out
    assert "claim claim 'sum': 'y = 3.0' does not hold: 4" in told.err
    (book / NAME).write_text(PLAIN.replace("y = f(2)", "y = g(2)"))
    assert run(book, "review", "tiny", "--json") == FAULTS
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("review"))
    assert found["verdict"] == "does not run"
    assert "NameError" in found["faults"][0]["what"]


def test_a_chapter_that_is_new(book, capsys):
    (book / "book/papers/fresh.md").write_text(PLAIN)
    (book / "_toc.yml").write_text(
        (book / "_toc.yml").read_text().replace("tiny\n", "tiny\n  - file: book/papers/fresh\n")
    )
    assert run(book, "review", "fresh", "--html", str(book / "_build/fresh.html")) == OK
    assert "since main" in capsys.readouterr().out
    assert "The chapter is new" in (book / "_build/fresh.html").read_text()


def test_seeds_and_changes_are_computed_on_request(book, capsys):
    assert run(book, "doubt", "tiny", "-j", "1") == OK
    assert run(book, "seeds", "tiny", "-j", "1") == OK
    commit(book)
    capsys.readouterr()
    assert run(book, "review", "tiny", "--doubt", "--json") == OK
    found = json.loads(capsys.readouterr().out)
    assert found["evidence"] == "computed"
    file = book / "book/evidence/tiny.json"
    told = json.loads(file.read_text())
    assert found["claims"][0]["changes"]["tried"] == told["claims"]["sum"]["changes"]["tried"] > 0
    told["claims"]["sum"]["changes"]["checks"] += 1
    file.write_text(json.dumps(told))
    assert run(book, "review", "tiny", "--doubt") == FAULTS
    assert "book/evidence/tiny.json:1: evidence the evidence file is not what comes out" in capsys.readouterr().err


def test_the_whole_book(book, capsys):
    assert run(book, "diff", "main") == OK
    assert "0 of 1 chapters differ, nothing is weakened" in capsys.readouterr().out
    (book / NAME).write_text(LOOSE)
    assert run(book, "diff", "main") == FAULTS
    told = capsys.readouterr()
    assert "1 of 1 chapters differ, 1 weakening, 1 not acknowledged" in told.out
    assert "texts were compared, and no numbers" in told.out


def test_a_branch_that_is_not_checked_out(book, capsys):
    """As main's command looks at a pull request: nothing of the branch is in the folder."""
    (book / NAME).write_text(LOOSE)
    commit(book)
    git(book, "switch", "--quiet", "main")
    assert run(book, "diff", "main") == OK
    assert run(book, "diff", "main", "--of", "branch") == FAULTS
    assert SUBJECT in capsys.readouterr().out
    assert run(book, "diff", "main", "--of", "branch", "--run") == USAGE
    assert "--run needs the branch in its folder" in capsys.readouterr().err
    assert run(book, "diff", "main", "--of", "brnach") == USAGE
    assert "did you mean 'branch'?" in capsys.readouterr().err


def test_what_the_comment_on_a_pull_request_takes(book, capsys):
    (book / NAME).write_text(LOOSE)
    assert run(book, "diff", "main", "--json") == FAULTS
    found = json.loads(capsys.readouterr().out)
    whole = schema("pull-request")
    jsonschema.validate(found, {"$defs": whole["$defs"], "$ref": "#/$defs/diff"})


def test_numbers_by_running_or_from_two_builds(book, tmp_path, capsys):
    (book / NAME).write_text(PLAIN.replace("x + 1.0", "x + 1.04"))
    assert run(book, "diff", "main", "--run") == OK
    assert "sum.y: 3 -> 3.04" in capsys.readouterr().out
    names = [tmp_path / "old.json", tmp_path / "new.json"]
    for name, value in zip(names, (3.0, 3.01), strict=True):
        check = {"name": "y", "computed": value}
        name.write_text(json.dumps({"claims": [{"id": "sum", "summary": "tiny", "checks": [check]}]}))
    assert run(book, "diff", "main", "--claims", *map(str, names)) == OK
    assert "sum.y: 3 -> 3.01" in capsys.readouterr().out
    assert run(book, "diff", "main", "--claims", str(names[0]), str(book / NAME)) == USAGE
    assert "is no claims.json of a build" in capsys.readouterr().err


def test_annotations_of_a_pull_request(book, capsys):
    (book / NAME).write_text(LOOSE)
    (book / "_config.yml").write_text((book / "_config.yml").read_text() + "# ::error::not of the tool\n")
    assert run(book, "diff", "main", "--format", "github") == FAULTS
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("::stop-commands::")
    begun = lines.index(f"::{lines[0].removeprefix('::stop-commands::')}::")
    line = LOOSE.splitlines().index("```{claim} sum") + 1
    assert lines[begun + 1].startswith(f"::error file={NAME},title=weakened,line={line}::claim 'sum' is weakened")
    why = f"% exegesis: weakened `{SUBJECT}` one digit is all that a toy has\n\n"
    (book / NAME).write_text(LOOSE.replace("```{claim}", f"{why}```{{claim}}"))
    assert run(book, "diff", "main", "--format", "github") == OK
    assert "::notice file=" in capsys.readouterr().out


def test_a_branch_is_read_and_not_run(book, capsys):
    """What a stranger may put into a branch, so that whoever looks at it runs it."""
    ran = book / "ran"
    for name in (
        "conf.py",
        "sitecustomize.py",
        "tests/conftest.py",
        "tests/papers/test_tiny.py",
        "exegesis/__init__.py",
    ):
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text(f"open({str(ran)!r}, 'w')\n")
    (book / "_config.yml").rename(book / "old.yml")
    (book / NAME).write_text(
        chapter(f"```{{code-cell}} python\nopen({str(ran)!r}, 'w')\n```\n", CODE, proof(), claim())
    )
    assert run(book, "diff", "main") == FAULTS
    assert "setting _config.yml -> gone" in capsys.readouterr().out
    assert not ran.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["review", "tiyn"], "there is no chapter 'tiyn' in _toc.yml; did you mean 'tiny'?"),
        (["review", "tiny", "--against", "mian"], "git knows no commit 'mian'; did you mean 'main'?"),
        (["diff", "mian"], "git knows no commit 'mian'; did you mean 'main'?"),
    ],
)
def test_what_there_is_not_is_told(book, capsys, arguments, told):
    assert run(book, *arguments) == USAGE
    assert capsys.readouterr().err == f"exegesis: {told}\n"


def test_a_book_without_git_is_told(tmp_path, capsys):
    init(tmp_path / "book", "A book")
    for arguments in (["review", "updating-variance"], ["diff", "main"]):
        assert run(tmp_path / "book", *arguments) == USAGE
        assert "is in no git repository" in capsys.readouterr().err
    assert run(tmp_path, "diff", "main") == USAGE
    assert "there is no _config.yml in" in capsys.readouterr().err


def test_a_chapter_that_cannot_be_read_is_told(book, capsys):
    (book / NAME).write_text(PLAIN.replace("y = 3.0", "y == 3.0"))
    assert run(book, "diff", "main") == FAULTS
    told = capsys.readouterr()
    assert "claim 'sum': 'y == 3.0' is no check" in told.err
    assert "weakened" not in told.err
    commit(book)
    git(book, "branch", "--force", "main")
    (book / NAME).write_text(PLAIN)
    assert run(book, "diff", "main") == OK
    assert "note: of what it was: " in capsys.readouterr().out
    (book / "_config.yml").write_text("a: [")
    assert run(book, "diff", "main") == USAGE
    assert "exegesis: _config.yml:2: " in capsys.readouterr().err
