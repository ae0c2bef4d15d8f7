"""The pages that are made from the code say what it says."""

import ast
import re
from pathlib import Path

import pytest

import exegesis
from exegesis.command.cli import _RUN, _WITHOUT_BOOK
from exegesis.command.reference import PAGES, api, commands, patches, settings, writing
from exegesis.command.reference.source import Function, Module, markdown, read, signature
from exegesis.fault import Kind
from exegesis.settings import PREFIX, SETTINGS

BOOK = Path(__file__).parents[2] / "book" / "contribute"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_is_declared(name):
    assert (BOOK / name).read_text(encoding="utf-8") == PAGES[name](), "run 'make reference'"


def test_every_setting_and_every_kind_of_fault_is_listed():
    page = settings.page()
    assert [name for name in SETTINGS if f"\n`{PREFIX}{name}`\n: " not in page] == []
    assert [kind for kind in Kind if f"| `{kind.code}` | {kind.meaning} |" not in page] == []


def registered(kind):
    """Return the names of what the package registers with Sphinx; not of what it puts in another's place."""
    found = []
    for path in (Path(exegesis.__file__).parent / "sphinxext").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == kind
            if called and not node.keywords:
                found.append(node.args[0].value)
    return sorted(found)


def test_every_directive_every_role_and_every_command_is_listed():
    assert registered("add_directive") == sorted(writing.DIRECTIVES)
    assert registered("add_role") == sorted(writing.ROLES)
    headings = re.findall(r"^## (\w+)$", commands.page(), re.MULTILINE)
    assert sorted(headings) == sorted([*_WITHOUT_BOOK, *_RUN])


def test_a_command_is_told_as_it_is_typed():
    page = commands.page()
    assert "exegesis review SLUG [--against REF] [--open] [--html FILE] [--sandbox [BRANCH]] [--doubt]" in page
    assert "exegesis seeds [SLUG ...] [--quick] [--jobs JOBS] [--json]" in page
    assert "\n`--format {text,github}`\n: how it is told\n" in page


@pytest.mark.parametrize("module", patches.modules(), ids=lambda module: module.name)
def test_a_patch_says_in_which_release_it_saw_what_it_bends(module):
    assert any(letter.isdigit() for letter in patches.seen_in(module)), "add 'Seen in <library> <release>.'"
    assert "\n\n" in module.docstring, "say why, in a second paragraph"


@pytest.mark.parametrize("name", api.SURFACE)
def test_everything_that_is_offered_says_what_it_is(name):
    silent = []
    for _, node in read(name).public():
        inside = node.body if isinstance(node, ast.ClassDef) else []
        methods = [each for each in inside if isinstance(each, Function) and each.name[0] != "_"]
        silent += [f"{node.name}.{each.name}" for each in [node, *methods] if not ast.get_docstring(each)]
    assert silent == []


def written(text):
    node = ast.parse(text).body[0]
    return signature(node)


def test_a_signature_is_as_it_stands():
    assert written("def f(a, /, b: int, c=1, *d: str, e: int = 2, **g) -> None: ...") == (
        "def f(a, /, b: int, c=1, *d: str, e: int = 2, **g) -> None"
    )
    assert written("async def f(*, a): ...") == "async def f(*, a)"
    assert written("@functools.cached_property\ndef f(self) -> int: ...") == "@property\ndef f(self) -> int"
    assert written("@classmethod\ndef f(cls): ...") == "@classmethod\ndef f(cls)"


def test_a_long_signature_has_a_line_for_each_parameter():
    long = "a" * 60
    assert written(f"def f({long}: int, b: int = 2) -> str: ...") == (
        f"def f(\n    {long}: int,\n    b: int = 2,\n) -> str"
    )


def test_fields_keep_their_comments():
    fields = ["size: int = 3  # in MB", 'unit = "m"', "_own = 1  # not shown"]
    made = ["self.x = 2  # s", "self.y = 3"]
    body = [*fields, "def __init__(self):", *(f"    {line}" for line in made)]
    module = Module("m", "\n".join(["class A:", *(f"    {line}" for line in body)]))
    assert list(module.fields(module.tree.body[0])) == ["size: int = 3  # in MB", 'unit = "m"', "x = 2  # s"]


def test_a_docstring_becomes_markdown():
    docstring = """Do ``it`` to a `Thing`, not to ``Thing``.

    Args:
        one: what it is,
            at length: truly.
        two: another.

    Raises:
        OSError: sometimes.
    """
    assert markdown(docstring, {"Thing": "api-thing"}) == (
        "Do `it` to a [`Thing`](#api-thing), not to `Thing`.\n\n"
        "**Takes**\n\n- `one`: what it is,\n  at length: truly.\n- `two`: another.\n\n"
        "**Raises**\n\n- `OSError`: sometimes."
    )
