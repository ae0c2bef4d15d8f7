"""``python -m exegesis.doubt.oracle``: runs a chapter's tests in forks, with changed code in the chapter's place.

It reads a line of JSON from stdin, and answers with one for the tests as they are, then with one for each trial::

    {"chapter": "/book/papers/a.md", "at_once": 2, "memory": 2000, "tests": ["tests/papers/test_a.py"],
     "trials": [{"id": 0, "program": "...", "tests": ["tests/papers/test_a.py::test_f"]}]}
    {"outcome": "passes", "told": ""}
    {"id": 0, "outcome": "noticed", "told": "..."}

An outcome is ``noticed`` (an assertion does not hold), ``exception`` (what fails is raised elsewhere) or ``passes``.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from exegesis.doubt.forks import Forks, tell_of
from exegesis.testing import instead

_SECONDS = 600.0  # of the tests as they are
_LEAST, _TIMES = 10.0, 4.0
_OPTIONS = ["-q", "-p", "no:cacheprovider", "--tb=line"]
_OPTIONS += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]  # by the run before


class _Outcome:
    """What became of the tests: they end at the first assertion that does not hold."""

    def __init__(self) -> None:
        self.outcome = "passes"
        self.told = ""

    def pytest_configure(self) -> None:
        """Let hypothesis draw the same examples each time, and keep none."""
        if importlib.util.find_spec("hypothesis"):
            settings = importlib.import_module("hypothesis").settings
            settings.register_profile("doubt", database=None, deadline=None, derandomize=True)
            settings.load_profile("doubt")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if report.failed and call.excinfo:
            asserted = _asserts(call.excinfo.value)
            self.note(asserted, f"{item.name}: {call.excinfo.exconly(tryshort=True)}")
            if asserted:
                item.session.shouldstop = "it is noticed"
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            told = str(report.longrepr)
            self.note("AssertionError" in told, told.rstrip().rpartition("\n")[2])

    def note(self, asserted: bool, told: str) -> None:
        if self.outcome != "noticed":
            self.outcome, self.told = "noticed" if asserted else "exception", told[:300]


def _asserts(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_asserts(each) for each in error.exceptions)
    return isinstance(error, AssertionError | pytest.fail.Exception)


def _test(tests: list[str], chapter: Path, program: str | None = None) -> dict[str, Any]:
    outcome = _Outcome()
    before = time.process_time()
    if program is None:
        pytest.main([*_OPTIONS, *tests], plugins=[outcome])
    else:
        with instead(chapter, program):
            pytest.main([*_OPTIONS, *tests], plugins=[outcome])
    return {"outcome": outcome.outcome, "told": outcome.told, "seconds": time.process_time() - before}


def main() -> None:
    """Answer what is asked on stdin."""
    os.setsid()  # with all forks of it, so that they end together
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    asked = json.loads(sys.stdin.readline())
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    sys.path.insert(0, "")

    def tell(answer: dict[str, Any]) -> None:
        told.write(json.dumps(answer) + "\n")
        told.flush()

    if importlib.util.find_spec("numpy"):  # told to do without parts of the processor, it warns if those are not there
        importlib.import_module("numpy")
    chapter, tests = Path(asked["chapter"]), asked["tests"]
    known = set(sys.modules)
    pytest.main(
        [*_OPTIONS, "--collect-only", *tests], plugins=[_Outcome()]
    )  # imports what they import; forks need not do it again
    for name in set(sys.modules) - known:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).name.startswith("test_"):
            del sys.modules[name]  # they ran the chapter as it is
    forks = Forks(asked["at_once"], asked["memory"])
    first: dict[str, Any] = {}
    forks.start(lambda: _test(tests, chapter), _SECONDS, first.update)
    forks.finish()
    tell({"outcome": "exception", "told": first.get("error", "")} | first)
    seconds = _LEAST + _TIMES * first.get("seconds", 0.0)
    for trial in asked["trials"]:
        identity = {"id": trial["id"], "outcome": "exception"}
        forks.start(
            partial(_test, trial["tests"], chapter, trial["program"]), seconds, partial(tell_of, tell, identity)
        )
    forks.finish()


if __name__ == "__main__":
    main()
