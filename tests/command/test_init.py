"""A book that 'init' makes builds at once, is whole, and names no other book. The guide's own commands make it."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from exegesis.command.cli import OK, USAGE, main
from exegesis.command.init import init
from exegesis.sphinxext.site.links import dead_links, read_site

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "book/contribute/your-own-book.md"
#: Words by which a reader would know this book.
OURS = re.compile(r"Exegesis|papers you can run|resnet|mobilenet|concrete distribution", re.IGNORECASE)
#: The engine's names of its own files and modules, of its rules in the text of a new chapter, and of its version.
ENGINE = re.compile(r"_static/exegesis\.css|\bexegesis([./]|%3A)|\"exegesis\": \"[\d.]+\"")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Do what the guide says, line by line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("guide"))
        commands = "".join(
            re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        )
        for line in commands.splitlines():
            program, *arguments = shlex.split(line)
            if program == "cd":
                patch.chdir(arguments[0])
            elif program == "python":
                # Shiny is installed for its files alone: its plugin would miss its packages.
                environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
                done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)
                assert done.returncode == 0, done.stdout + done.stderr
                assert "4 passed" in done.stdout
            else:
                assert program == "exegesis"
                assert main(arguments) == OK, line
        return Path.cwd()


def test_it_has_all_pages_and_no_dead_link(book):
    pages, files = read_site(book / "_build/html", {})
    assert list(dead_links(pages, files)) == []
    names = ("index", "book/index", "book/papers/updating-variance", "book/browse/map", "book/bibliography", "search")
    assert {f"{name}.html" for name in names} <= pages.keys()
    assert {"feed.xml", "llms.txt", "papers.json", "book/papers/updating-variance.bib"} <= files
    assert sum(len(page.links) for page in pages.values()) > 200


def test_nothing_that_it_publishes_names_this_book(book):
    for path in sorted((book / "_build/html").rglob("*")):
        if path.suffix in (".html", ".xml", ".json", ".txt", ".bib", ".md", ".ipynb") and path.is_file():
            text = ENGINE.sub("", path.read_text(encoding="utf-8"))
            assert not OURS.search(text), (path, OURS.search(text))


def test_it_has_its_own_name_and_address(book):
    page = (book / "_build/html/book/papers/updating-variance.html").read_text(encoding="utf-8")
    address = "https://example.org/my-papers/book/papers/updating-variance.html"
    assert f'<link rel="canonical" href="{address}"' in page
    assert f'<meta property="og:url" content="{address}">' in page
    assert "https://github.com/owner/my-papers/issues/new?" in page
    assert "My papers" in (book / "_build/html/llms.txt").read_text(encoding="utf-8")
    assert address in (book / "_build/html/sitemap.xml").read_text(encoding="utf-8")
    feed = (book / "_build/html/feed.xml").read_text(encoding="utf-8")
    assert "<title>My papers</title>" in feed
    assert address in feed
    bib = (book / "_build/html/book/papers/updating-variance.bib").read_text(encoding="utf-8")
    assert "@incollection{my-papers-updating-variance," in bib
    assert "booktitle = {My papers}" in bib


def test_nothing_is_overwritten_and_nothing_is_half_written(tmp_path, capsys):
    there = tmp_path / "book/keywords.yml"
    there.parent.mkdir()
    there.write_text("mine: my own\n", encoding="utf-8")
    assert main(["init", str(tmp_path)]) == USAGE
    assert capsys.readouterr().err == (
        f"exegesis: {there} is in the way; nothing was written: move it, or choose another folder\n"
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]


def test_files_that_are_in_nobodys_way_stay(tmp_path):
    (tmp_path / "LICENSE").write_text("mine", encoding="utf-8")
    assert main(["init", str(tmp_path)]) == OK
    assert (tmp_path / "LICENSE").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / ".gitignore").is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["init", "file"], "file can't be written: File exists"),
        (["init", "new", "--repository", "github.com/o/r"], "'github.com/o/r' is no address"),
        (["init"], "the following arguments are required: FOLDER"),
        (["build", "--address", "example.org"], "'example.org' is no address"),
    ],
)
def test_bad_input_is_told_in_one_line(tmp_path, monkeypatch, capsys, arguments, told):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    try:
        status = main(arguments)
    except SystemExit as stopped:  # argparse's own
        status = stopped.code
    assert status == USAGE
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert told in error
    assert not Path("new").exists()


@pytest.mark.parametrize("title", ['A: "quoted" # title', "[x](y) *and* {z}", "\\", "- a\n- b", "日本語"])
def test_any_title_is_kept_as_it_is(tmp_path, title):
    yaml = pytest.importorskip("yaml")
    init(tmp_path, title, author='O\'Brien: "x"')
    config = yaml.safe_load((tmp_path / "_config.yml").read_text(encoding="utf-8"))
    assert (config["title"], config["author"]) == (" ".join(title.split()), 'O\'Brien: "x"')
    heading = (tmp_path / "book/index.md").read_text(encoding="utf-8").splitlines()[0]
    assert re.sub(r"\\(.)", r"\1", heading) == "# " + " ".join(title.split())


def test_without_a_title_the_folder_gives_it(tmp_path):
    init(tmp_path / "my-old_papers")
    assert 'title: "My old papers"' in (tmp_path / "my-old_papers/_config.yml").read_text(encoding="utf-8")


def test_the_workflow_tells_the_build_where_the_site_is():
    import yaml

    steps = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text("utf-8"))["jobs"]["build"]["steps"]
    (pages,) = [step for step in steps if step.get("uses", "").startswith("actions/configure-pages@")]
    (build,) = [step for step in steps if step.get("run", "").startswith("make book")]
    assert build["env"] == {
        "EXEGESIS_ADDRESS": f"${{{{ steps.{pages['id']}.outputs.base_url }}}}",
        "EXEGESIS_REPOSITORY": "${{ github.server_url }}/${{ github.repository }}",
    }
    assert steps.index(pages) < steps.index(build)
