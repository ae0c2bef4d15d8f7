"""What the docs say of files, commands, options, settings and sizes is so; code in them can be read."""

import argparse
import ast
import gzip
import re
import shlex
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest
import yaml

from exegesis.browser import pyodide
from exegesis.command import arguments
from exegesis.command.reference import PAGES as MADE
from exegesis.contract import RULES
from exegesis.fault import PACKAGE, Kind
from exegesis.settings import PREFIX, SETTINGS

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCS += sorted((ROOT / "book" / "contribute").glob("*.md"))
PAGES = pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
#: Folders that a page may mean when it names a file without all of its path.
HOMES = ("", "exegesis", "exegesis/sphinxext", "exegesis/sphinxext/theme", "exegesis/sphinxext/theme/static")
HOMES += ("exegesis/command", "exegesis/command/skeleton")
#: Names of what is made, by a build or by whoever reads the page.
NOT_HERE = {
    *("feed.xml", "papers.json", "claims.json", "papers.bib", "llms.txt", "sitemap.xml", "manifest.json"),  # of a site
    *("index.db", "theme.css", "theme.js", "python.json", "pyodide/"),  # of a build
    *("conf.py", "../data/table.csv", "config.yml"),  # of a book
    *("box.bib", "book/papers/box-muller.md", "tests/test_box_muller.py"),  # that the tutorial makes
    "exegesis.html",  # the name of a kind of fault
}
#: Packages of this repository, whose modules can be run.
OURS = {"bench", "exegesis", "tests"}
MADE_BELOW = ("_build/", "_static/", ".venv")
FILES = re.compile(r"[\w*>]\.(cff|py|m?js|css|html|md|ya?ml|toml|lock|bib|txt|json|xml|db|csv)$")

FENCE = re.compile(r"^(?P<mark>`{3,})(?P<kind>[^\n`]*)\n(?P<text>.*?)^(?P=mark)\n", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
PLACEHOLDER = re.compile(r"<([\w-]+)>")
PATH = re.compile(r"[\w.*<>{}/-]+")
MAKE = re.compile(r"\bmake((?: +[A-Z]+=(?:\"[^\"]*\"|\S+))*)(?: +([a-z][a-z-]*))((?: +[A-Z]+=\S*)*)")


def fences(text):
    """Return the blocks of code, as (language, code)."""
    return [(found["kind"].strip(), found["text"]) for found in FENCE.finditer(text)]


def spans(text):
    """Return what stands in backticks within the prose."""
    return [" ".join(found[2].split()) for found in SPAN.finditer(FENCE.sub("", text))]


def commands(text):
    """Return lines for a shell: those of blocks, and what stands in backticks."""
    blocks = "".join(code for kind, code in fences(text) if kind in ("sh", "bash"))
    lines = [line.partition("  #")[0].strip() for line in blocks.splitlines()] + spans(text)
    return [line.removeprefix(".venv/bin/") for line in lines]


def is_path(span):
    """Whether what stands in backticks names a file or folder: of ours, or with an ending of ours."""
    if not PATH.fullmatch(span) or "//" in span or span.startswith(("/", "--")) or span.endswith("..."):
        return False
    first = span.partition("/")[0]
    return bool(FILES.search(span)) or span.endswith("/") or ("/" in span and (ROOT / first).exists())


def is_there(span):
    """Whether there is such a file; ``<slug>`` and ``*`` stand for any."""
    if span in NOT_HERE or span.startswith(MADE_BELOW):
        return True
    pattern = re.sub(r"<[\w-]+>", "*", span).removesuffix("/")
    return any(any((ROOT / home).glob(pattern)) for home in HOMES) or span in _names()


def _names():
    """Return the names of the files that stand anywhere in the repository, for those that are named alone."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return {PurePosixPath(name).name for name in listed.splitlines()}


def targets():
    """Return the targets of the Makefile, and its variables."""
    text = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE)), set(re.findall(r"\b([A-Z]{2,})\b", text))


def wrong_commands(text):
    """Return what is wrong with the commands that a page names: of make, of exegesis, and modules that are run."""
    known, variables = targets()
    wrong = []
    for command in commands(text):
        if found := MAKE.match(command):
            wrong += [f"make {found[2]}"] if found[2] not in known else []
            wrong += [name for name in re.findall(r"([A-Z]+)=", command) if name not in variables]
        elif command.startswith("exegesis "):
            wrong += wrong_options(PLACEHOLDER.sub(r"\1", command))
        elif (found := re.match(r"python -m (\S+)(.*)", command)) and found[1].partition(".")[0] in OURS:
            place = ROOT.joinpath(*found[1].split("."))
            file = place / "__main__.py" if place.is_dir() else place.with_suffix(".py")
            text = file.read_text("utf-8") if file.exists() else ""
            wrong += [
                command for option in ["", *re.findall(r"--(?!help)[\w-]+", found[2])] if f'"{option}' not in text
            ]
    return wrong


def wrong_options(command):
    """Return the subcommand and the options of a command that there are not."""
    parser = arguments.parser()
    (subparsers,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    _, name, *rest = [*shlex.split(command), ""]
    if name.startswith("--"):
        return [] if name in parser._option_string_actions else [command]
    if name not in subparsers.choices:
        return [f"exegesis {name}"]
    options = subparsers.choices[name]._option_string_actions
    rest = rest[: rest.index("--")] if "--" in rest else rest  # what follows is another program's
    return [f"exegesis {name} {word}" for word in rest if word.startswith("-") and word not in options]


def wrong_names(text):
    """Return settings, modules and kinds of faults that are named, and that there are not."""
    named = [name for name in spans(text) if re.fullmatch(r"exegesis[._][\w.*]+", name)]
    named += re.findall(r"\bexegesis_\w+", "".join(code for kind, code in fences(text) if kind == "yaml"))
    return [name for name in named if not _is_known(name)]


def _is_known(name):
    if name.startswith(PREFIX):
        return name.removeprefix(PREFIX) in SETTINGS or name == "exegesis_*"
    if name in {kind.code for kind in Kind} | {f"{PACKAGE}.{code}" for code in RULES} or is_path(name):
        return True
    place = ROOT.joinpath(*name.split("."))
    module = place if place.is_dir() else place.with_suffix(".py")
    return module.exists() or (place.parent.with_suffix(".py").exists() and place.name in _words(place.parent))


def _words(module):
    return set(re.findall(r"\w+", module.with_suffix(".py").read_text("utf-8")))


def wrong_code(text):
    """Return the blocks of code that can't be read in their language."""
    wrong = []
    for kind, code in fences(text):
        code = PLACEHOLDER.sub(r"\1", code)
        try:
            if kind in ("sh", "bash") and shutil.which("bash"):
                subprocess.run(["bash", "-n"], input=code, text=True, check=True, capture_output=True)
            elif kind == "python":
                ast.parse(code if re.match(r"(from|import|chapter)\b", code) else _whole(code))
            elif kind == "yaml":
                list(yaml.safe_load_all(code))
        except (subprocess.CalledProcessError, SyntaxError, yaml.YAMLError) as error:
            wrong.append((code, str(error)))
    return wrong


def _whole(code):
    """Return code with a body for the head of a function or an empty class, as the reference shows them."""
    if re.match(r"(@|def |async )", code) or not code.rstrip().count("\n"):
        return f"{code.rstrip().rstrip(':')}: ..."
    return code


@PAGES
def test_files_that_are_named_are_there(page):
    assert [span for span in spans(page.read_text("utf-8")) if is_path(span) and not is_there(span)] == []


@PAGES
def test_commands_are_known(page):
    assert wrong_commands(page.read_text("utf-8")) == []


@PAGES
def test_settings_modules_and_kinds_are_known(page):
    assert wrong_names(page.read_text("utf-8")) == []


@PAGES
def test_code_can_be_read(page):
    assert wrong_code(page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", DOCS[:3], ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", FENCE.sub("", page.read_text("utf-8")))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (wrong_commands, "`make bok`"),
        (wrong_commands, "`make chapter SLUGG=concrete`"),
        (wrong_commands, "```sh\nexegesis bild\n```\n"),
        (wrong_commands, "`exegesis execute --compere SLUG`"),
        (wrong_commands, "`python -m bench.feedbak`"),
        (wrong_commands, "`.venv/bin/python -m bench --chaptres 3`"),
        (wrong_names, "`exegesis_papres`"),
        (wrong_names, "```yaml\nexegesis_papres: 3\n```\n"),
        (wrong_names, "`exegesis.execution.foreign`"),
        (wrong_names, "`exegesis.claims`"),
        (wrong_code, "```sh\nfor x in\n```\n"),
        (wrong_code, "```python\ndef f(\n```\n"),
        (wrong_code, "```yaml\na: [\n```\n"),
    ],
)
def test_what_is_not_there_is_found(check, text):
    assert check(text)


@pytest.mark.parametrize(
    "span", ["exegesis/build.py", "foreign.py", "patches/results.py", "exegesis/nothing/", "a.css"]
)
def test_a_file_that_is_not_there_is_found(span):
    assert is_path(span)
    assert not is_there(span)


def _compressed(*paths):
    """Return what files are over the wire, in KB."""
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in paths) / 1000


def test_sizes_are_as_they_are_said():
    """Within a tenth, or what rounding takes."""
    static, vendor = ROOT / "exegesis/sphinxext/theme/static", ROOT / "exegesis/sphinxext/vendor/prism-code-editor"
    text = (ROOT / "book/contribute/run.md").read_text("utf-8")
    editor = [path for path in vendor.rglob("*") if path.suffix in (".js", ".css")]
    sizes = {
        r"loads one script of (\d+) KB": _compressed(static / "run.js"),
        r"fetches an editor, (\d+) KB": _compressed(*editor, static / "run-editor.mjs", static / "run-editor.css"),
    }
    for pattern, size in sizes.items():
        assert int(re.search(pattern, text)[1]) == pytest.approx(size, rel=0.1, abs=0.5), pattern


def test_the_browsers_releases_are_as_they_are_said():
    text = (ROOT / "book/contribute/run.md").read_text("utf-8")
    said = re.search(r"The browser has other releases: (.*), on Python", text)[1]
    packages = pyodide.manifest()["packages"]
    for name, version in re.findall(r"([\w-]+) ([\d.]+\d)", said):
        assert packages[name.lower()]["version"] == version


def test_every_page_that_is_made_says_so():
    assert [
        name for name in MADE if "% Made by 'make reference'" not in (ROOT / "book/contribute" / name).read_text()
    ] == []
