"""A pull request's code has no secret, and nothing that it computes becomes main's; what is fetched has a digest."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[1] / ".github/workflows"
ALL = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yml"))}
READ = {"contents": "read"}


def events(workflow):
    return workflow[True]  # YAML 1.1 takes "on" for a yes


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def of_strangers():
    """Those that run the code of a pull request."""
    return [name for name, workflow in ALL.items() if "pull_request" in events(workflow)]


@pytest.mark.parametrize("name", ALL)
def test_actions_are_pinned_and_keep_no_credentials(name):
    for step in steps(ALL[name]):
        if used := step.get("uses"):
            assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", used), used
            if used.startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", of_strangers())
def test_the_code_of_a_pull_request_may_read_and_has_no_secret(name):
    workflow = ALL[name]
    assert workflow["permissions"] == READ
    assert all(job.get("permissions", READ) == READ for job in workflow["jobs"].values())
    text = (FOLDER / name).read_text("utf-8")
    assert "secrets." not in text and "github.token" not in text


def test_nothing_runs_a_branchs_code_with_mains_rights():
    assert [name for name, workflow in ALL.items() if "pull_request_target" in events(workflow)] == []
    for name, workflow in ALL.items():
        if "workflow_run" in events(workflow):
            (checkout,) = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
            assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}", name
            # What comes from outside is given to the shell by variables, and never stands in its text.
            assert all("${{" not in step.get("run", "") for step in steps(workflow)), name


@pytest.mark.parametrize("name", ALL)
def test_results_are_saved_by_main_alone(name):
    used = [step.get("uses", "").partition("@")[0] for step in steps(ALL[name])]
    assert "actions/cache" not in used, "it saves what it has not found; restore and save say which"
    if "actions/cache/save" in used:
        assert "pull_request" not in events(ALL[name])
        assert events(ALL[name])["push"] == {"branches": ["main"]}
        (job,) = [job for job in ALL[name]["jobs"].values() if "cache/save" in str(job)]
        assert "github.ref == 'refs/heads/main'" in job["if"]
        assert "actions/cache/restore" not in used, "it is computed from nothing"


def test_what_main_saves_is_what_pull_requests_restore():
    found = {
        step["uses"].partition("@")[0]: step["with"]
        for workflow in ALL.values()
        for step in steps(workflow)
        if "actions/cache/" in step.get("uses", "")
    }
    saved, restored = found["actions/cache/save"], found["actions/cache/restore"]
    assert saved["path"] == restored["path"] == "_build/.jupyter_cache"
    assert saved["key"].startswith(restored["restore-keys"])
    assert not re.fullmatch(r".*github\.sha.*", restored["key"])


def test_what_is_fetched_is_known_by_its_digest():
    """By the locks, that is by make; but for a wheel of ours, which is tried as whoever installs it would have it."""
    for name, workflow in ALL.items():
        for step in steps(workflow):
            fetching = re.findall(r"\b(?:pipx|npx|curl|wget|uvx|pip3?|npm)\b.*", step.get("run", ""))
            allowed = ['pip" install --quiet dist/*.whl', 'pip" check'] if name == "release.yml" else []
            assert [line for line in fetching if line not in allowed] == [], name
    rules = (FOLDER.parents[1] / "Makefile").read_text("utf-8").replace("\\\n", " ")
    installs = [line for line in rules.splitlines() if re.match(r"\t.*(\bpip.* (install|download) |\$\(PIP\))", line)]
    assert len(installs) == 9
    for line in installs:
        assert "--require-hashes" in line or line.endswith("--no-deps --no-build-isolation -e ."), line


def weekly():
    return {name: workflow for name, workflow in ALL.items() if "schedule" in events(workflow)}


def test_once_a_week_all_is_tried_that_may_have_aged():
    jobs = weekly()["ageing.yml"]["jobs"]
    ran = {name: " ".join(step.get("run", "") for step in job["steps"]) for name, job in jobs.items()}
    for command in ('make upgrade AGE="0 days"', "make book", "make test", "make test-newest", "SPHINX=8.2"):
        assert command in ran["newest"]
    assert "make audit" in ran["vulnerabilities"]
    assert ".venv/bin/exegesis verify" in ran["published"]
    assert set(jobs["tell"]["needs"]) == jobs.keys() - {"tell"}


def test_who_may_write_the_weekly_issue_runs_nothing_that_was_fetched():
    jobs = weekly()["ageing.yml"]["jobs"]
    assert {name for name, job in jobs.items() if "write" in job["permissions"].values()} == {"tell"}
    (step,) = jobs["tell"]["steps"]
    assert "uses" not in step and "make " not in step["run"]
    assert "${{" not in step["run"], "what comes from outside is given by variables"
    for name, job in jobs.items():
        assert "write" not in str(job["permissions"]) or name == "tell"


LEFT = "log \x1b[31m**bold** @somebody #1 `code` <b>\n" + "x" * 1000 + "\n```\nlast\n"
SAYS = """\
#!/bin/sh
echo "$@" >>"$CALLS"
case "$1 $2" in
    "run download") cp -r "$LEFT_BY"/. left/;;
    "issue list") echo "$OPEN";;
esac
"""


@pytest.mark.parametrize(
    ("broke", "number", "called"),
    [
        (True, "", "issue create --title What has aged --body-file body.md"),
        (True, "7", "issue edit 7 --body-file body.md"),
        (False, "7", "issue close 7 --comment All is well again: RUN"),
        (False, "", ""),
    ],
)
def test_there_is_one_issue_and_what_broke_is_text_in_it(tmp_path, broke, number, called):
    (step,) = ALL["ageing.yml"]["jobs"]["tell"]["steps"]
    (tmp_path / "left-by/aged-newest").mkdir(parents=True)
    (tmp_path / "left-by/aged-newest/The book.txt").write_text(LEFT, "utf-8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(SAYS, "utf-8")
    (tmp_path / "bin/gh").chmod(0o755)
    given = {"BROKE": str(broke).lower(), "OPEN": number, "RUN": "RUN", "GITHUB_RUN_ID": "1"}
    given |= {name: step["env"][name] for name in ("TITLE", "MARK")}
    given |= {"CALLS": str(tmp_path / "calls"), "LEFT_BY": str(tmp_path / "left-by")}
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    subprocess.run(shell, cwd=tmp_path, env={"PATH": path} | given, check=True, capture_output=True)
    calls = [line for line in (tmp_path / "calls").read_text("utf-8").splitlines() if "list" not in line]
    assert calls[1:] == ([called] if called else [])
    if broke:
        told = (tmp_path / "body.md").read_text("utf-8")
        assert told.startswith(f"{given['MARK']}\nFound by [this run](RUN)")
        assert told.count("\n## ") == 1 and "\n## The book\n" in told
        shown = told.partition("## The book\n\n")[2].splitlines()
        assert shown == ["    log [31m**bold** @somebody #1 `code` <b>", "    " + "x" * 300, "    ```", "    last"]
