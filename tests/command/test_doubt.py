import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from exegesis.command.cli import FAULTS, OK, USAGE, main
from tests.doubt.tiny import cell, claim, read
from tests.tiny import git

SOUND = cell("a = 2\nb = a * 3.0"), cell("b + 1.0", "seven"), claim("seven", "= 7.0")
BLIND = cell("a = 2\nb = a * 3.0"), cell("b + 1.0", "seven"), claim("seven", "> -1000")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "book/evidence/tiny.json"


def run(folder, *arguments):
    return main(["--book", str(folder), *arguments])


def test_it_writes_down_what_came_out_and_verifies_it(tmp_path, file, capsys):
    chapter = read(tmp_path, *SOUND)
    assert run(tmp_path, "doubt", "tiny") == OK
    assert "changes tried" in capsys.readouterr().out
    assert run(tmp_path, "seeds", "tiny", "--json") == OK
    (told,) = json.loads(capsys.readouterr().out)
    assert told["seeds"]["deterministic"] is True
    evidence = json.loads(file.read_text())
    assert evidence["code"] == chapter.digest
    assert evidence["claims"]["seven"]["changes"]["checks"] > 0
    assert evidence["claims"]["seven"]["seeds"]["tried"] == 0

    assert run(tmp_path, "doubt", "--verify") == OK
    assert "book/evidence/tiny.json is what comes out" in capsys.readouterr().out
    evidence["claims"]["seven"]["changes"]["checks"] += 1
    file.write_text(json.dumps(evidence))
    assert run(tmp_path, "doubt", "--verify", "tiny") == FAULTS
    assert "book/evidence/tiny.json: claims.seven.changes.checks: it says" in capsys.readouterr().err


DRAWS = (
    cell("import numpy as np\nx = np.random.default_rng(0).random(3).mean()"),
    cell("x", "share"),
    claim("share", "> 0"),
)


def test_some_seeds_are_tried_quickly_and_nothing_is_written(tmp_path, file, capsys):
    read(tmp_path, *DRAWS)
    assert run(tmp_path, "seeds", "tiny", "--quick") == OK
    told = capsys.readouterr().out
    assert "share  held on 3 of 3 seeds" in told
    assert "tried on" not in told
    assert not file.exists()


def test_what_a_file_would_have_is_printed(tmp_path, file, capsys):
    read(tmp_path, *SOUND)
    assert run(tmp_path, "doubt", "tiny", "--print") == OK
    printed = json.loads(capsys.readouterr().out)
    assert not file.exists()
    assert run(tmp_path, "doubt", "tiny") == OK
    assert run(tmp_path, "seeds", "tiny") == OK
    assert printed == {"tiny": json.loads(file.read_text())}


def test_a_log_is_told_how_far_it_has_come(tmp_path, capsys, monkeypatch):
    """Where a line can't be written anew, as in a workflow, there is a line now and then."""
    read(tmp_path, *SOUND)
    assert run(tmp_path, "doubt", "tiny") == OK
    assert capsys.readouterr().err == "", "it did not take long"
    monkeypatch.setattr("exegesis.command.doubt._PAUSE", 0)
    assert run(tmp_path, "doubt", "tiny") == OK
    told = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"  tiny, changes: \d+ of \d+", told[0])
    assert not any("\r" in line for line in told)


def test_it_is_a_fault_that_a_claim_notices_nothing(tmp_path, capsys):
    read(tmp_path, *BLIND)
    assert run(tmp_path, "doubt", "tiny") == FAULTS
    out = capsys.readouterr().out
    assert "no check of it notices any" in out
    line = next(
        i for i, line in enumerate((tmp_path / "book/papers/tiny.md").read_text().splitlines(), 1) if "a = 2" in line
    )
    assert f"book/papers/tiny.md:{line}: [seven] constant: 2 -> 3\n" in out
    assert f"book/papers/tiny.md:{line + 1}: [seven] operator: a * 3.0 -> a / 3.0\n" in out


def test_evidence_that_is_not_there_does_not_verify(tmp_path, capsys):
    read(tmp_path, *SOUND)
    assert run(tmp_path, "doubt", "--verify", "tiny") == FAULTS
    told = capsys.readouterr().err
    assert "it has nothing of 'exegesis doubt' on this code" in told
    assert "it has nothing of 'exegesis seeds' on this code" in told


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("%matplotlib inline\n1 + 1", "tiny can't be doubted: a cell is no plain Python"),
        ("1 / 0", "tiny can't be doubted: it does not run to its end: cell 1: ZeroDivisionError"),
        ("'text'", "tiny can't be doubted: claim 'two'"),
    ],
)
def test_what_cannot_be_doubted_is_told(tmp_path, capsys, code, told):
    read(tmp_path, cell(code, "two"), claim("two", "= 2"))
    assert run(tmp_path, "doubt", "tiny") == USAGE
    assert told in capsys.readouterr().err


def test_only_chapters_that_a_branch_has_changed_are_verified(tmp_path, file, capsys):
    read(tmp_path, *SOUND)
    for command in ("doubt", "seeds"):
        assert run(tmp_path, command, "tiny") == OK
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    git(tmp_path, "checkout", "-qb", "branch")
    capsys.readouterr()
    assert run(tmp_path, "doubt", "--verify", "--since", "main") == OK
    assert "no chapter with evidence is changed since main" in capsys.readouterr().out
    file.write_text(file.read_text().replace('"tried": 0', '"tried": 1'))
    git(tmp_path, "commit", "-qam", "a number typed in")
    assert run(tmp_path, "doubt", "--verify", "--since", "main") == FAULTS
    assert "book/evidence/tiny.json: claims.seven.seeds" in capsys.readouterr().err
    assert run(tmp_path, "doubt", "--verify", "--since", "nowhere") == USAGE
    assert "git can't compare with 'nowhere'" in capsys.readouterr().err


def test_a_claim_that_cannot_be_read_is_told(tmp_path, capsys):
    read_it = pytest.raises(ValueError, match="no check")
    with read_it:
        read(tmp_path, cell("1 + 1", "two"), claim("two", "about 2"))
    assert run(tmp_path, "seeds", "tiny") == USAGE
    assert "'exegesis build tiny' says where" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_leaves_no_process(tmp_path):
    code = "import time\na = 2\nturns = 1\nfor i in range(turns, 1):\n    time.sleep(60)\n    a += i"
    read(tmp_path, cell(code), cell("a + 1.0", "three"), claim("three", "= 3.0"))
    command = [sys.executable, "-m", "exegesis.command.cli", "--book", str(tmp_path), "doubt", "--all", "tiny"]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"}
    )
    try:
        until = time.monotonic() + 60
        family = []
        while len(family) < 4:  # the guard, the worker, and two changes that make it sleep
            assert time.monotonic() < until and process.poll() is None
            family = psutil.Process(process.pid).children(recursive=True)
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    lines = [line for line in told.splitlines() if not line.startswith("  tiny, changes: ")]
    assert lines == ["exegesis: stopped"]
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
