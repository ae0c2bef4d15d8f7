"""What a kernel inherits, so that one commit gives one result wherever it is built."""

from __future__ import annotations

import functools
import os
import platform
from collections.abc import Iterable
from pathlib import Path

from exegesis.dates import commit_date

from . import temporary

FIXED = {
    "PYTHONHASHSEED": "0",  # sets and dicts in one order
    # One thread: results do not hang on the number of cores, and kernels do not fight for them.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
#: Of the processor, newest first: what it must have, and what keeps numpy and its BLAS from using more.
#: Sums are added up in another order with wider registers, and a seeded chapter then gives other digits.
_NUMPY_AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V4"
BASELINES = {
    "x86-64-v3": (
        {"avx2", "fma"},
        {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": _NUMPY_AVX512},
    ),
    "x86-64-v2": (
        {"sse4_2"},
        {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": f"AVX F16C FMA3 AVX2 X86_V3 {_NUMPY_AVX512}"},
    ),
}
#: Names another of these than the newest that the processor has.
VARIABLE = "EXEGESIS_BASELINE"
#: What programs need to run at all; nothing of it is to decide what they compute.
_KEPT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT", *temporary.VARIABLES)


def set_environment(root: Path) -> None:
    """Set the environment of this process, which makes the pages.

    SOURCE_DATE_EPOCH becomes the commit's date unless the caller has set it; outside a
    repository it stays unset.
    """
    os.environ.update(FIXED)
    if "SOURCE_DATE_EPOCH" not in os.environ and (date := commit_date(root)):
        os.environ["SOURCE_DATE_EPOCH"] = str(date)


def kernel_environment() -> dict[str, str]:
    """Return this process's environment as a kernel's, with one date, lest a result hang on the commit of its run.

    Pytest's variable would keep ipykernel from capturing what C code prints.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {**kept, "SOURCE_DATE_EPOCH": "315532800"}


def short_environment(home: Path, named: Iterable[str] = ()) -> dict[str, str]:
    """Return an environment in which nothing of the user's decides what a kernel computes.

    Args:
        home: an empty folder instead of the user's, with whose files programs are set up; it is made.
        named: variables of this process that are passed on all the same.
    """
    home.mkdir(parents=True, exist_ok=True)
    passed = {name: os.environ[name] for name in (*_KEPT, *named) if name in os.environ}
    own = {"HOME": str(home), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": "315532800"}
    return own | FIXED | BASELINES.get(baseline(), (set(), {}))[1] | passed


def decisive(environment: dict[str, str], named: Iterable[str] = ()) -> dict[str, str | None]:
    """Return what of an environment a result depends on."""
    names = {*FIXED, "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "TZ", "LC_ALL", *named}
    return {name: environment.get(name) for name in sorted(names)}


def baseline() -> str:
    """Return the name of the instruction set that kernels keep to; the machine's own where none is known."""
    had, wanted = baselines(), os.environ.get(VARIABLE)
    return wanted if wanted in had else next(iter(had), platform.machine())


@functools.cache
def baselines() -> tuple[str, ...]:
    """Return the names of those of `BASELINES` that the processor has, newest first."""
    return tuple(name for name, (needed, _) in BASELINES.items() if needed <= processor())


@functools.cache
def processor() -> frozenset[str]:
    """Return what the processor can do, as Linux names it; elsewhere nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return next((frozenset(line.split()) for line in lines if line.startswith("flags")), frozenset())
