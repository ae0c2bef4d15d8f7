"""A pull request's code has no secret, and nothing that it computes becomes main's."""

import re
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
