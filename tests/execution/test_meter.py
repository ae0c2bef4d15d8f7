"""What each cell takes is measured on request: its time, and the memory of the kernel while it ran."""

import pytest
from nbformat import v4

from exegesis.execution.kernel import Executor
from exegesis.execution.run import run_to_end

CELLS = [
    "import time\ntime.sleep(0.3)",
    "big = bytearray(80_000_000)\nbig[::4096] = b'x' * len(big[::4096])",
    "del big",
]


def execute(notebook, folder, **options):
    async def run():
        async with Executor(jobs=1, **options) as executor:
            return await executor.execute(notebook, folder / "x.md", "")

    return run_to_end(run())


@pytest.fixture
def notebook():
    cells = [v4.new_markdown_cell("Words"), *map(v4.new_code_cell, CELLS)]
    return v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def test_time_and_memory_by_cell(tmp_path, notebook):
    execution = execute(notebook, tmp_path, measured=True)
    assert execution.failure is None
    slow, large, small = execution.spent
    assert [each.cell for each in execution.spent] == [1, 2, 3]
    assert slow.seconds >= 0.3
    assert large.memory > slow.memory + 60
    assert small.memory < large.memory - 60


def test_nothing_is_measured_unasked(tmp_path, notebook):
    assert execute(notebook, tmp_path).spent == ()
