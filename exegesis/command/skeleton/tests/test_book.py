"""The book builds, and what its chapters teach agrees with other people's code."""

import statistics
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from exegesis.testing import definitions

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("values", [[3.0], [1.0, 2.0, 6.0], [0.1, -7.5, 12.0, 1e3]])
def test_updating_agrees_with_exact_arithmetic(values):
    chapter = definitions(ROOT / "book/papers/updating-variance.md")
    mean, squares = chapter.by_updating(values)
    exact = [Fraction(value) for value in values]
    assert mean == pytest.approx(float(statistics.mean(exact)), rel=1e-12)
    assert squares == pytest.approx(float(statistics.pvariance(exact) * len(exact)), rel=1e-12)


def test_the_book_builds():
    command = [sys.executable, "-m", "exegesis.command.cli", "--book", str(ROOT), "build"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
