"""A stranger's branch is built, shown, and reaches nothing; what it changes beside its pages is told and not used."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from exegesis.command import sandboxed
from exegesis.command.cli import FAULTS, OK, USAGE, main
from exegesis.command.doubt import computed_apart
from exegesis.command.numbers import run_apart
from exegesis.command.project import Project, UsageError
from exegesis.command.review import _doubt
from exegesis.command.sandboxed import Copy
from exegesis.sandbox import Bounds, Ended, NoSandboxError, walls
from tests.command.test_cli import CONFIG
from tests.sandbox.test_branch import put
from tests.tiny import FRONT, chapter, git, write_book

FREE = "```{code-cell} python\n:tags: [uses-clock, uses-network, uses-processes, uses-randomness]\n\n"
CLAIM = """\
# Innocent

```{code-cell} python
:claim: two

len("ab")
```

```{claim} two
:evidence: recomputed
:source: p. 1
:check: = 2
There are two.
```
"""
#: What a chapter does to what it finds within; the others are to be run all the same.
FORGES = """\
import glob, os, sqlite3
told = []
for name in glob.glob("/book/_build/.jupyter_cache/**", recursive=True):
    if os.path.isfile(name):
        with open(name, "ab") as file:
            file.write(b"forged")
for name in ("{root}/_build/html/index.html", "{root}/.git/hooks/post-commit", "/book/book/papers/innocent.md"):
    try:
        with open(name, "a") as file:
            file.write("forged")
        told.append(name)
    except OSError:
        pass
for name in ("{home}/.ssh/id_ed25519", "{root}/.git/config", "/etc/shadow", "/etc/passwd"):
    try:
        told.append(open(name).read())
    except OSError:
        pass
told += [each for each in os.environ if each.startswith("PLANTED")]
told"""
#: Ends every process but itself and those that build.
KILLS = """\
import os, time
own = {os.getpid(), os.getppid()}
time.sleep(1)
killed = 0
for name in os.listdir("/proc"):
    if not name.isdigit() or int(name) in own:
        continue
    try:
        with open(f"/proc/{name}/cmdline", "rb") as file:
            if b"exegesis.command.cli" not in file.read():
                os.kill(int(name), 9)
                killed += 1
    except OSError:
        pass
raise RuntimeError(f"killed {killed}")"""
WAITS = "import time\ntime.sleep(4)\nlen('neighbour')"
TOC = "format: jb-book\nroot: index\nchapters:\n"


def toc(*slugs):
    return TOC + "".join(f"- file: {name}\n" for name in (*(f"book/papers/{slug}" for slug in slugs), "bibliography"))


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book under git with a chapter, on a machine with secrets."""
    root, home = tmp_path / "root", tmp_path / "home"
    put(home, **{".ssh/id_ed25519": "planted secret"})
    write_book(root, {"innocent": chapter(CLAIM)})
    (root / "conf.py").unlink()
    put(root, **{"_config.yml": CONFIG, "index.md": "# Tiny\n", "_toc.yml": toc("innocent"), "Makefile": "book:\n"})
    put(root, **{".gitignore": "/_build/\n"})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "ours")
    put(root, **{"_build/html/index.html": "the last good site"})
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PLANTED_TOKEN", "planted secret")
    return root


def branch(root, chapters, **files):
    """Commit chapters and other files to the branch `theirs`."""
    git(root, "checkout", "-qb", "theirs")
    put(root, **{f"book/papers/{slug}.md": chapter(text) for slug, text in chapters.items()})
    put(root, **{"_toc.yml": toc("innocent", *chapters)}, **files)
    git(root, "add", ".")
    git(root, "commit", "-qm", "theirs")
    git(root, "checkout", "-q", "main")


def state(root):
    """Return all that a build of a stranger's branch must leave as it is."""
    files = [path for path in root.parent.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in files if not path.is_relative_to(root / "_build/sandbox")}


@pytest.mark.usefixtures("sandbox")
def test_a_hostile_branch_is_built_and_reaches_nothing(book, capsys):
    forges = FORGES.replace("{root}", str(book)).replace("{home}", os.environ["HOME"])
    texts = {"forges": f"# Forges\n\n{FREE}{forges}\n```\n"}
    evil = f"open({str(book / 'made')!r}, 'w').close()\nraise SystemExit\n"
    names = ("conf.py", "evil.py", "sitecustomize.py", "tests/conftest.py", "exegesis/__init__.py")
    config = CONFIG.replace("[sphinxcontrib.bibtex", "[evil, sphinxcontrib.bibtex") + "\n"
    branch(book, texts, **{"_config.yml": config, "Makefile": "book:\n\ttouch made\n"}, **dict.fromkeys(names, evil))
    before = state(book)

    assert main(["build", "--branch", "theirs"]) == OK
    told = capsys.readouterr()
    for name in (*names, "_config.yml", "Makefile"):
        assert f"{name} was changed on theirs, and is not taken from it" in told.err
    assert "2 (2 run now, 0 from the store)" in told.out
    assert f"The book is built: {book / '_build/sandbox/index.html'}" in told.out
    assert state(book) == before
    site = {path.name: path for path in (book / "_build/sandbox").rglob("*") if path.is_file()}
    assert "There are two." in site["innocent.html"].read_text(encoding="utf-8")
    assert "[]" in site["forges.html"].read_text(encoding="utf-8")
    for path in site.values():
        assert b"planted secret" not in path.read_bytes()

    git(book, "checkout", "-q", "main")  # a result of the sandbox is none of the book
    assert main(["build"]) == OK
    assert "1 (1 run now, 0 from the store)" in capsys.readouterr().out


#: Changes the results of the others, once there are any.
SPOILS = """\
import glob, time
end = time.time() + 20
while not (files := glob.glob("{store}/**/*.ipynb", recursive=True)) and time.time() < end:
    time.sleep(0.05)
for name in files:
    with open(name, "ab") as file:
        file.write(b"forged")
len(files)"""


def test_a_result_that_another_chapter_has_changed_is_computed_again(tmp_path, monkeypatch, capsys):
    code = SPOILS.replace("{store}", str(tmp_path / "_build/.jupyter_cache"))
    write_book(tmp_path, {"forges": chapter(f"# Forges\n\n{FREE}{code}\n```\n"), "innocent": chapter(CLAIM)})
    (tmp_path / "conf.py").unlink()
    put(tmp_path, **{"_config.yml": CONFIG, "index.md": "# Tiny\n", "_toc.yml": toc("forges", "innocent")})
    monkeypatch.chdir(tmp_path)
    assert main(["build"]) == OK
    assert capsys.readouterr().out.count("book/papers/innocent") == 2, "it ran, and ran again"
    assert "forged" not in (tmp_path / "_build/html/book/papers/innocent.html").read_text("utf-8")


#: What text alone may try, in a page of the branch.
TEXTS = {
    "substitution": "{{ cycler.__init__.__globals__.os.popen('id > /book/_build/made').read() }}",
    "include": "```{include} SECRET\n```",
    "literalinclude": "```{literalinclude} SECRET\n```",
    "raw": "```{raw} html\n:file: SECRET\n```",
    "table": "```{csv-table} T\n:file: SECRET\n```",
    "figure": "```{figure} SECRET\n:alt: x\n```",
    "download": "{download}`it <SECRET>`",
    "code": "```{code-cell} python\n:load: SECRET\n```",
    "link": "```{literalinclude} link.txt\n```",
}


@pytest.mark.slow
@pytest.mark.usefixtures("sandbox")
def test_text_alone_reaches_nothing_and_the_innocent_are_not_blamed(book, tmp_path, capsys):
    put(tmp_path, **{"secret.png": "planted secret"})
    (book / "_config.yml").write_text(CONFIG + "parse: {myst_enable_extensions: [dollarmath, substitution]}\n")
    git(book, "commit", "-qam", "substitutions")
    (book / "book/papers/link.txt").symlink_to(tmp_path / "secret.png")
    secret = os.path.relpath(tmp_path / "secret.png", book / "book/papers")
    texts = {name: f"# T\n\n{text.replace('SECRET', secret)}\n" for name, text in TEXTS.items()}
    cells = {"kills": KILLS, "waits": WAITS}
    branch(book, texts | {name: f"# T\n\n{FREE}{code}\n```\n" for name, code in cells.items()})
    before = state(book)

    assert main(["build", "--branch", "theirs"]) == FAULTS
    told = capsys.readouterr()
    line = FRONT.count("\n") + 4
    for name in TEXTS:
        assert re.search(rf"book/papers/{name}\.md:({line}|{line + 1}|{line + 2}): ", told.err), told.err
    assert re.search("kills.md:.* (the kernel died in this cell|RuntimeError: killed [1-9])", told.err)
    assert not any(f"book/papers/{name}.md" in told.err for name in ("waits", "innocent"))
    assert "book/papers/link.txt was changed on theirs, and is not taken" in told.err
    assert "planted secret" not in told.err + told.out
    assert "Traceback" not in told.err
    assert not (book / "_build/sandbox").exists()
    assert state(book) == before


@pytest.mark.usefixtures("sandbox")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "seconds", "what"),
    [
        ("os.kill(-1, 9)", 600, "what ran in the sandbox was ended from within"),
        ("os.kill(-1, 19); time.sleep(600)", 40, "the sandbox was ended, for it came to more than 40 s"),
    ],
)
def test_a_chapter_that_ends_or_stops_the_build_is_told(book, capsys, monkeypatch, how, seconds, what):
    monkeypatch.setattr(sandboxed, "_bounds", lambda project: Bounds(seconds=seconds))
    branch(book, {"ends": f"# Ends\n\n{FREE}import os, time\n{how}\n```\n"})
    before = state(book)
    assert main(["build", "--branch", "theirs"]) == FAULTS
    told = capsys.readouterr().err
    assert what in told
    assert "Traceback" not in told
    assert state(book) == before


@pytest.mark.usefixtures("sandbox")
def test_nothing_is_left_when_the_command_is_killed(book):
    def is_warm(process):
        with contextlib.suppress(psutil.NoSuchProcess):  # ended meanwhile
            return "warm" in " ".join(process.cmdline())

    branch(book, {"waits": f"# Waits\n\n{FREE}import time\ntime.sleep(60)\n```\n"})
    command = [sys.executable, "-m", "exegesis.command.cli", "build", "--branch", "theirs"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        end = time.monotonic() + 60
        family = []
        while time.monotonic() < end and not any(map(is_warm, family)):
            assert process.poll() is None
            time.sleep(0.2)
            family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        _, alive = psutil.wait_procs(family, 10)
    assert alive == []


def test_without_a_sandbox_it_refuses_unless_told(book, capsys, monkeypatch):
    def none():
        raise NoSandboxError("there is no bubblewrap here; install it")

    for module in (sandboxed, walls):
        monkeypatch.setattr(module, "find", none)
    before = state(book)
    for options in (["--sandbox"], ["--branch", "main"]):
        assert main(["build", *options]) == USAGE
        told = capsys.readouterr()
        assert "there is no bubblewrap here; install it; or take the risk, with --without-sandbox" in told.err
        assert told.out == ""
    assert state(book) == before
    assert main(["build", "--branch", "main", "--without-sandbox"]) == OK
    assert (book / "_build/sandbox/index.html").is_file()
    assert state(book) == before


def reviewed(*arguments):
    return main(["review", "innocent", "--sandbox", "theirs", *arguments])


@pytest.mark.usefixtures("sandbox")
def test_a_strangers_chapter_is_run_within_and_judged_without(book, capsys):
    """The branch says that its judge lets all pass, and its chapter that all was well."""
    forges = FORGES.replace("{root}", str(book)).replace("{home}", os.environ["HOME"])
    text = CLAIM.replace(":check: = 2", ":check: > 1") + f"\n{FREE}{forges}\n```\n"
    text += "\n% exegesis: weakened `\x1b[2J\x9b2J` and the screen is empty\n"
    evil = f"open({str(book / 'made')!r}, 'w').close()\nraise SystemExit\n"
    branch(book, {}, **{"book/papers/innocent.md": chapter(text), "exegesis/__init__.py": evil, "conf.py": evil})
    before = state(book)

    assert reviewed("--html", str(book / "_build/sandbox/page.html")) == FAULTS
    told = capsys.readouterr()
    assert "exegesis/__init__.py was changed on theirs, and is not taken from it" in told.err
    assert "book/papers/innocent.md: holds\n  ran alone in a fresh kernel" in told.out
    assert re.search(r"  two +recomputed +holds +- +- +> 1 +2\n", told.out)
    line = chapter(text).splitlines().index("```{claim} two") + 1
    assert f"weakened: book/papers/innocent.md:{line}: two: check = 2 -> > 1 (NOT ACKNOWLEDGED)" in told.out
    assert "note: it ran in a sandbox" in told.out
    assert "numbers that changed (computed by running both): none" in told.out
    page = (book / "_build/sandbox/page.html").read_text(encoding="utf-8")
    for shown in (told.out, told.err, page):
        assert "planted secret" not in shown
    assert "nothing is weakened as is acknowledged here: `\N{REPLACEMENT CHARACTER}[2J" in told.err
    assert not {"\x1b", "\x9b"} & set(told.out + told.err)
    assert state(book) == before


@pytest.mark.usefixtures("sandbox")
def test_a_chapter_that_ends_its_review_does_not_run(book, capsys):
    branch(book, {}, **{"book/papers/innocent.md": chapter(f"{CLAIM}\n{FREE}import os\nos.kill(-1, 9)\n```\n")})
    assert reviewed("--json") == FAULTS
    told = capsys.readouterr()
    assert json.loads(told.out)["verdict"] == "does not run"
    assert "what ran in the sandbox was ended from within" in told.err


@pytest.mark.usefixtures("sandbox")
def test_the_folder_itself_is_reviewed_in_a_sandbox(book, capsys):
    put(book, **{"book/papers/innocent.md": chapter(CLAIM.replace("are two.", "are two!"))})
    assert main(["review", "innocent", "--sandbox"]) == OK
    assert "since main" in capsys.readouterr().out


@pytest.mark.parametrize("printed", ["", "{}", '{"ran": {}}', "[" * 100_000, "forged\n{}"])
def test_what_came_out_of_a_sandbox_is_no_result_unless_it_has_the_form(monkeypatch, printed):
    """A chapter may print where the result is printed."""
    monkeypatch.setattr(sandboxed, "_bounds", lambda project: None)
    monkeypatch.setattr(sandboxed, "inside", lambda command, book, say, **_: say(printed) or Ended(0))
    ran = run_apart(Copy(None, Path("/nowhere"), {}, walls=True), "innocent")
    assert "nothing came out of the sandbox that says how it ran" in ran.failure.what


ORACLE = """\
from pathlib import Path
from exegesis.testing import definitions

two = definitions(Path("book/papers/innocent.md")).two
try:
    open("{root}/planted", "w")
except OSError:
    pass


def test_two():
    assert two() == 2
"""


@pytest.mark.slow
@pytest.mark.usefixtures("sandbox")
def test_changes_and_seeds_of_a_strangers_chapter_are_tried_in_a_sandbox_with_its_tests(book, capsys):
    code = "```{code-cell} python\ndef two():\n    return 1 + 1\n```\n\n```{code-cell} python\n:claim: two\n\ntwo()\n"
    text = CLAIM.replace('```{code-cell} python\n:claim: two\n\nlen("ab")\n', code)
    text = text.replace(":check: = 2", ":check: > -1000")  # only the tests notice a change
    branch(book, {}, **{"book/papers/innocent.md": chapter(text), "tests/test_innocent.py": ORACLE.format(root=book)})
    before = state(book)

    status = reviewed("--doubt", "--json")
    printed = capsys.readouterr()
    assert status != USAGE, printed.err
    told = json.loads(printed.out)
    assert told["evidence"] == "computed"
    assert told["claims"][0]["changes"]["noticed"] > 0
    assert told["claims"][0]["seeds"]["held"] == told["claims"][0]["seeds"]["tried"]
    assert state(book) == before


@pytest.mark.parametrize("printed", ["", "[]", '{"innocent": 1}', '{"innocent": {"code": 1}}', "[" * 100_000])
def test_what_came_out_of_a_sandbox_is_no_evidence_unless_it_has_the_form(monkeypatch, printed):
    monkeypatch.setattr(Copy, "run", lambda self, arguments, say, tell, **_: say(printed) or Ended(0))
    found = SimpleNamespace(state=SimpleNamespace(claims={}))
    with pytest.raises(UsageError, match="changes and seeds"):
        _doubt(found, "innocent", computed_apart(Copy(None, Path("/nowhere"), {}, walls=True), "innocent", None))


def test_what_a_review_in_a_sandbox_cannot_do_is_told(book, capsys, monkeypatch):
    def none():
        raise NoSandboxError("there is no bubblewrap here; install it")

    monkeypatch.setattr(sandboxed, "find", none)
    assert reviewed() == USAGE
    assert "install it; or take the risk: check it out, and leave --sandbox out" in capsys.readouterr().err
    monkeypatch.setattr(sandboxed, "find", lambda: "bwrap")
    assert reviewed() == USAGE
    assert "git knows no branch, tag or commit 'theirs' here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--branch", "nowhere"], "git knows no branch, tag or commit 'nowhere' here"),
        (["--branch", "main", "--scheduler", "tcp://a:1"], "a cluster's workers are outside of any sandbox"),
    ],
)
def test_what_cannot_be_is_told(book, capsys, monkeypatch, options, why):
    monkeypatch.setattr(sandboxed, "find", lambda: "bwrap")
    assert main(["build", *options]) == USAGE
    assert why in capsys.readouterr().err


def test_content_is_pages_and_records(book):
    put(book, **{"book/seeing.md": "# S\n", "notes/a.md": "# A\n"})
    text = (book / "_toc.yml").read_text(encoding="utf-8")
    (book / "_toc.yml").write_text(text + "- file: book/seeing\n- file: notes/a\n", encoding="utf-8")
    expected = {"_toc.yml", "references.bib", "index.md", "bibliography.md", "book", "notes"}
    assert sandboxed.content(Project.open(book)) == expected


PACKAGE = """\
import os, sys
from pathlib import Path
import exegesis
site = Path("_build/html")
site.mkdir(parents=True)
(site / "own").write_text(exegesis.__file__)
(site / "told").write_text(repr((sys.argv[1:], os.environ["SOURCE_DATE_EPOCH"], os.environ["EXEGESIS_COMMIT"])))
"""


def test_a_commit_is_built_with_its_own_package_and_the_files_that_no_repository_has(book, tmp_path, capfd):
    put(book, **{"exegesis/__init__.py": "", "exegesis/command/__init__.py": "", "exegesis/command/cli.py": PACKAGE})
    git(book, "add", ".")
    git(book, "commit", "-qm", "with a package")
    commit, date = git(book, "log", "-1", "--format=%H %ct").split()
    put(book, **{"exegesis/command/cli.py": "raise SystemExit('not what is checked out')\n"})
    into, told = tmp_path / "site", []
    ended = sandboxed.rebuild(Project.open(book), commit, ["--jobs=1"], told.append, into=into, date="1", walls=False)
    assert ended.given, (told, capfd.readouterr().err)
    own = Path((into / "own").read_text())
    assert own.parent.name == "exegesis"
    assert not own.is_relative_to(book)
    assert (into / "told").read_text() == repr((["build", "--jobs=1"], "1", f"{commit} {date}"))
    assert not own.exists(), "the copy is gone"


@pytest.mark.usefixtures("sandbox")
def test_in_a_sandbox_too(book, tmp_path):
    shows = "(site / 'katex').write_text(str(sorted(p.name for p in Path('exegesis/sphinxext/vendor').iterdir())))\n"
    put(book, **{"exegesis/__init__.py": "", "exegesis/command/__init__.py": ""})
    put(book, **{"exegesis/command/cli.py": PACKAGE + shows})
    git(book, "add", ".")
    git(book, "commit", "-qm", "with a package")
    into = tmp_path / "site"
    commit = git(book, "rev-parse", "HEAD")
    assert sandboxed.rebuild(Project.open(book), commit, [], print, into=into).given
    assert (into / "own").read_text() == "/book/exegesis/__init__.py"
    assert "katex" in (into / "katex").read_text()
