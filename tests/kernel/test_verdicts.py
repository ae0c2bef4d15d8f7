"""A claim's cell that runs in an author's kernel says what became of the claim."""

import os
import shutil
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from exegesis.command.lab import FOLDER

CHAPTER = """\
---
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Counting

```{code-cell} python
word = "abcde"
```

```{code-cell} python
:claim: letters

{"letters": len(word), "twice": len(word * 2)}
```

```{claim} letters
:evidence: recomputed
:source: p. 1
:check: |
  letters = 5
  twice > letters
The word has five letters.
```

```{code-cell} python
:claim: many

len(word) + 0
```

```{claim} many
:evidence: recomputed
:source: p. 2
:check: > 3
:limits: |
  not > 10
  The paper has more than ten.
The word has many letters.
```

```{code-cell} python
:claim: typed

n = 7
n
```

```{claim} typed
:evidence: recomputed
:source: p. 3
:check: = 7
It is seven.
```

```{code-cell} python
:claim: unread

len(word) + 1
```

```{claim} unread
:evidence: recomputed
:source: p. 4
:check: about 5
It is five.
```
"""
LETTERS = '{"letters": len(word), "twice": len(word * 2)}'


class Author:
    """Runs cells in a kernel as a front end does, and hears what is printed."""

    def __init__(self, client):
        self.client = client

    def run(self, code, **metadata):
        message = self.client.session.msg("execute_request", {"code": code, "silent": False, "store_history": True})
        message["metadata"] = metadata
        self.client.shell_channel.send(message)
        printed = ""
        while True:
            told = self.client.get_iopub_msg(timeout=60)
            if told["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if told["msg_type"] == "stream":
                printed += told["content"]["text"]
            if told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
                return printed


def started(folder, **environment):
    """Start the kernel that 'exegesis lab' starts."""
    specs = KernelSpecManager(kernel_dirs=[str(FOLDER / "kernels")])
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=specs)
    manager.start_kernel(cwd=str(folder), env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | environment)
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return manager, client


@pytest.fixture(scope="module")
def author(tmp_path_factory):
    folder = tmp_path_factory.mktemp("author")
    chapter = folder / "counting.md"
    chapter.write_text(CHAPTER, encoding="utf-8")
    manager, client = started(folder, JPY_SESSION_NAME=str(chapter))
    author = Author(client)
    author.chapter = chapter
    author.run("word = 'abcde'")
    yield author
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    shutil.rmtree(folder)


def test_the_claim_of_a_cell_is_told_by_its_code(author):
    assert author.run(LETTERS) == (
        "claim letters: holds; 'letters = 5' holds: computed 5; 'twice > letters' holds: computed 10 against 5\n"
    )


def test_the_front_end_names_the_claim_of_a_cell_that_was_changed_and_not_saved(author):
    assert author.run('{"letters": len(word) - 1, "twice": 2 * len(word)}', claim="letters", cellId="1") == (
        "claim letters: does not hold; 'letters = 5' does not hold: computed 4;"
        " 'twice > letters' holds: computed 10 against 4\n"
    )


def test_what_does_not_reproduce_is_in_part(author):
    assert author.run("len(word) + 0") == (
        "claim many: in part; '> 3' holds: computed 5; '> 10' does not hold: computed 5\n"
    )
    assert author.run("len(word) + 20", claim="many").endswith(
        "'> 10' holds, which ':limits:' denies: computed 25\n"
    ), "the build is red"


@pytest.mark.parametrize(
    ("code", "metadata", "told"),
    [
        ("n = 7\nn", {}, "claim typed: the value is typed in, not computed; let the cell compute it\n"),
        ("'five'", {"claim": "many"}, "claim many: the cell's value is no number but 'five'; "),
        ("len(word)", {"claim": "lettrs"}, "claim lettrs: not stated in counting.md; did you mean 'letters'? save"),
        ("len(word) + 1", {}, "claim unread: counting.md:62: 'about 5' is no check; write "),
    ],
)
def test_what_the_build_would_refuse_is_told(author, code, metadata, told):
    assert author.run(code, **metadata).startswith(told)


@pytest.mark.parametrize("code", ["len(word) + 2", "word = 'abcde'", f"{LETTERS};", "1 / 0", "None", "%who", "!true"])
def test_a_cell_without_a_claim_or_a_value_says_nothing_of_it(author, code):
    assert "claim" not in author.run(code)


def test_the_claim_as_it_is_saved_now_is_what_counts(author):
    text = author.chapter.read_text("utf-8")
    author.chapter.write_text(text.replace("letters = 5", "letters = 6"), encoding="utf-8")
    try:
        assert "does not hold; 'letters = 6'" in author.run(LETTERS)
    finally:
        author.chapter.write_text(text, encoding="utf-8")


def test_a_front_end_that_names_no_file_is_answered_from_those_beside_it(tmp_path):
    (tmp_path / "a.md").write_text("# Another\n", encoding="utf-8")
    (tmp_path / "b.md").write_bytes(b"\xff")
    (tmp_path / "counting.md").write_text(CHAPTER, encoding="utf-8")
    manager, client = started(tmp_path)
    try:
        author = Author(client)
        author.run("word = 'abcde'")
        assert author.run(LETTERS).startswith("claim letters: holds; ")
        (tmp_path / "counting.md").rename(tmp_path / "elsewhere.md")
        author.run(f"__vsc_ipynb_file__ = {str(tmp_path / 'elsewhere.ipynb')!r}")  # as VS Code names it
        assert author.run(LETTERS).startswith("claim letters: holds; ")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
