"""What holds for all tests."""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib.metadata
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import yaml

# What is installed stays while tests run, and reading it from the disk is a third of a tiny book's build. Before the
# imports that take these names.
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)
importlib.metadata.version = functools.cache(importlib.metadata.version)

import exegesis.schema  # noqa: E402, F401 - first: jsonschema without its grammars, which take a second
from exegesis.command.pdf.chromium import NoBrowserError, executable  # noqa: E402
from exegesis.kernel.client import WarmProcess  # noqa: E402
from exegesis.sandbox import NoSandboxError, find  # noqa: E402
from tests.site.chromium import chromium  # noqa: E402

# As for the commands (exegesis.command.startup): YAML in C, and garbage looked for less often. After the imports, for
# exegesis.text keeps the strict loader.
yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[misc]
gc.set_threshold(100_000, 20, 20)
logging.disable(logging.DEBUG)  # hundreds of lines a build, which pytest would keep

if hypothesis.settings.get_current_profile_name() == "default":  # others, such as that of 'exegesis doubt', stay
    hypothesis.settings.register_profile("ours", deadline=None)  # a busy machine is no fault of the code
    hypothesis.settings.load_profile("ours")

# A shell starts background jobs with SIGINT ignored, and all that they start inherits it: there, Ctrl-C
# could not be tested. A program that is started from a process with a handler has the default again.
signal.signal(signal.SIGINT, signal.default_int_handler)

SITE = Path(__file__).parent / "site"
_stop_shared = WarmProcess.stop_shared


@pytest.hookimpl(optionalhook=True)  # also without pytest-xdist
def pytest_xdist_auto_num_workers() -> int:
    """One more than cores: tests wait for kernels, browsers and the disk."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those of the browser first: they are the longest, and none should be left over for one process at the end."""
    items.sort(key=lambda item: SITE not in item.path.parents)


@pytest.fixture(scope="session", autouse=True)
def _one_warm_process() -> Iterator[None]:
    """Kernels of all tests of a process come from one: to start one for each run is half of a small one's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WarmProcess, "stop_shared", lambda: None)
        yield
    _stop_shared()


@pytest.fixture
def own_warm_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """None from other tests, and none for them: each run starts its own and ends it, as it does for users."""
    _stop_shared()
    monkeypatch.setattr(WarmProcess, "stop_shared", _stop_shared)
    yield
    _stop_shared()


@pytest.fixture(autouse=True)
def _own_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """What has no browser may run a loop of its own: playwright's counts as running in this thread until it ends."""
    has_browser = SITE in request.path.parents or "browser" in request.fixturenames
    running = None if has_browser else asyncio._get_running_loop()
    if running:
        asyncio._set_running_loop(None)
    yield
    if running:
        asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """An installed Chromium, one a process; without one the tests are skipped, unless REQUIRE_BROWSER=1."""
    try:
        executable()
    except NoBrowserError as reason:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def sandbox() -> str:
    """Bubblewrap's command; where it can't be used the tests are skipped, unless REQUIRE_SANDBOX=1."""
    try:
        return find()
    except NoSandboxError as reason:
        if os.environ.get("REQUIRE_SANDBOX") == "1":
            pytest.fail(str(reason))
        pytest.skip(str(reason))
