"""A forked kernel gives what a fresh one gives, byte for byte, whatever a chapter does."""

import asyncio

import nbformat
import pytest

from exegesis.execution.kernel import Executor
from exegesis.execution.notebook import read_notebook
from exegesis.execution.run import run_to_end
from exegesis.kernel.client import CAN_FORK
from exegesis.kernel.environment import set_environment
from tests.execution.test_run import write

FIGURES = "import matplotlib.pyplot as plt\nimport numpy as np\n"
NUMPY = "import numpy as np\n"

# The cells of chapters, with --- between them. They run in turn from the same warm process: none may see another.
TRAPS = {
    "every module that is there, after imports": FIGURES
    + """
        import os, sys, threading
        print(sorted(m for m in sys.modules if not m.startswith("exegesis")))
        print(threading.active_count(), os.getcwd(), sys.path, sys.argv[1:2])""",
    "every module that is there, without imports": """
        import os, sys, threading
        print(sorted(m for m in sys.modules if not m.startswith("exegesis")))
        print(threading.active_count(), os.getcwd(), sys.path, sys.argv[1:2])""",
    "figures that are only left open": FIGURES
    + """
        ---
        plt.plot([1, 3, 2]);
        ---
        plt.subplots()[1].set_title("two")
        plt.figure();""",
    "changed settings": FIGURES
    + """
        plt.rcParams["figure.dpi"] = 31
        plt.rcParams["lines.linewidth"] = 9
        ---
        plt.plot([1, 3, 2]);""",
    "settings after that": FIGURES
    + """
        plt.plot([1, 3, 2])
        print(plt.rcParams["figure.dpi"], plt.get_backend(), plt.isinteractive())""",
    "a seeded generator that all share": NUMPY
    + """
        import random
        np.random.seed(1)
        random.seed(1)
        ---
        np.random.rand(), random.random()""",
    "another folder": NUMPY
    + """
        import os
        os.makedirs("sub", exist_ok=True)
        os.chdir("sub")
        ---
        os.path.basename(os.getcwd())""",
    "the folder after that": NUMPY
    + """
        import os
        os.path.basename(os.getcwd()), os.listdir() == os.listdir(os.getcwd())""",
    "environment variables": NUMPY
    + """
        import os
        os.environ["NEW"] = "1"
        os.environ["MPLBACKEND"]""",
    "the environment after that": NUMPY
    + """
        import os
        sorted(os.environ)""",
    "threads": NUMPY
    + """
        import threading
        thread = threading.Thread(target=lambda: print(threading.current_thread().name))
        thread.start()
        thread.join()
        threading.Thread(target=threading.Event().wait).start()""",
    "forks": NUMPY
    + """
        import os
        pid = os.fork()
        if not pid:
            os._exit(3)
        os.waitpid(pid, 0)[1]""",
    "processes": NUMPY
    + """
        import multiprocessing as mp
        mp.get_start_method(), mp.current_process().name, mp.parent_process()""",
    "sets": NUMPY
    + """
        print({"a", "b", "c", "d"}, {str(i) for i in range(5)})
        {chr(i) for i in range(97, 120)}""",
    "pauses while printing": """
        import sys, time
        for i in range(3):
            print(i)
            print(i, file=sys.stderr)
            time.sleep(0.25)""",
    "how deep it may recurse": """
        def depth(n):
            try:
                return depth(n + 1)
            except RecursionError:
                return n
        depth(0)""",
    "warnings": NUMPY
    + """
        import warnings
        warnings.warn("seen", stacklevel=1)
        np.float64(1) / 0
        sorted(map(str, warnings.filters))""",
    "what it is called": """
        __name__, __doc__, sorted(name for name in globals() if not name.startswith("_"))""",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The outputs of every trap, forked and fresh, two at a time."""
    folder = tmp_path_factory.mktemp("traps")
    set_environment(folder)
    (folder / "matplotlibrc").write_text("figure.dpi: 47\nlines.linewidth: 4\n", encoding="utf-8")
    return {forked: run(folder, forked) for forked in (True, False)}


def run(folder, forked):
    async def run_all():
        async with Executor(forked=forked) as executor:
            async with asyncio.TaskGroup() as group:
                tasks = {name: group.create_task(run_one(executor, name)) for name in TRAPS}
            return {name: task.result() for name, task in tasks.items()}

    async def run_one(executor, name):
        async with free:
            path = write(folder, name, *cells(TRAPS[name]))
            text = path.read_text(encoding="utf-8")
            notebook = read_notebook(text)
            execution = await executor.execute(notebook, path, text)
            return execution.failure, nbformat.writes(notebook)

    free = asyncio.Semaphore(2)
    return run_to_end(run_all())


@pytest.mark.skipif(not CAN_FORK, reason="kernels are not forked here")
@pytest.mark.slow  # tests/site/test_fresh.py asks the same of a chapter
@pytest.mark.parametrize("name", TRAPS)
def test_a_forked_kernel_gives_what_a_fresh_one_gives(results, name):
    failure, forked = results[True][name]
    assert failure is None
    assert without_ids(forked) == without_ids(results[False][name][1])


def cells(text):
    lines = [line.removeprefix("        ") for line in text.splitlines() if line.strip()]
    return "\n".join(lines).split("\n---\n")


def without_ids(text):
    notebook = nbformat.reads(text, as_version=4)
    return [(cell.source, cell.get("outputs")) for cell in notebook.cells]


@pytest.mark.slow
def test_the_traps_say_something(results):
    printed = {name: text for name, (_, text) in results[False].items()}
    assert all("output_type" in text for text in printed.values())
    assert printed["figures that are only left open"].count("image/png") == 2
    assert "47.0" in printed["settings after that"]


def test_a_forgotten_import_stays_forgotten(tmp_path):
    """Two chapters, one warm process: what one imports the other has not."""
    set_environment(tmp_path)
    whole = write(tmp_path, "whole", "import scipy.special", "scipy.special.comb(3, 2)")
    forgot = write(tmp_path, "forgot", "import scipy", "'scipy.special' in __import__('sys').modules")

    async def run_both():
        async with Executor() as executor:
            for path in (whole, forgot):
                text = path.read_text(encoding="utf-8")
                notebook = read_notebook(text)
                assert (await executor.execute(notebook, path, text)).failure is None
            return notebook.cells[-1].outputs[0].data["text/plain"]

    assert run_to_end(run_both()) == "False"
