"""Each option is declared once: what is given is checked, and what is not has its default."""

import pytest

from exegesis.catalogue import Layout
from exegesis.command.project import Project
from exegesis.limits import Limits
from exegesis.settings import PREFIX, SETTINGS, Settings

ALLOWS = (
    "give lists of addresses that begin with https:, for any of connect-src, font-src, frame-src, img-src, media-src, "
    "script-src, style-src-elem"
)


def told(root, **given):
    return [str(fault) for fault in Settings(root, given).faults()]


def test_every_default_is_right(tmp_path):
    assert [name for name, setting in SETTINGS.items() if not setting.is_right(setting.default())] == []
    settings = Settings(tmp_path, {PREFIX + name: setting.default() for name, setting in SETTINGS.items()})
    assert settings.faults() == []
    assert settings.layout == Layout()
    assert Limits.read(60, settings["limits"]) == Limits()


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("bibliography", "/etc/passwd", "give a BibTeX file below the book's root"),
        ("giscus", {"repo": "o/r"}, "give repo, repo_id, category, category_id, as giscus.app tells them"),
        ("keywords", ["a", "b"], "give a YAML file below the book's root"),
        ("limits", {"second": 1}, "give numbers above 0 for 'seconds', 'memory', 'output', 'files' or 'tasks'"),
        ("limits", {"memory": "much"}, "give numbers above 0 for 'seconds', 'memory', 'output', 'files' or 'tasks'"),
        ("papers", "../elsewhere", "give a folder below the book's root"),
        ("policy_allows", {"script-src": ["'unsafe-inline'"]}, ALLOWS),
        ("policy_allows", {"script-src": "https://example.org"}, ALLOWS),
        ("policy_allows", {"default-src": ["https://example.org"]}, ALLOWS),
        ("pyodide", "pyodide", "give an address that ends in '/', or a folder of the site such as 'pyodide/'"),
        ("repository", "owner/name", "give an address such as https://github.com/owner/name"),
        ("search", "yes", "give true or false"),
    ],
)
def test_a_value_that_is_not_right_is_told_with_its_place_and_not_used(tmp_path, name, value, mend):
    (tmp_path / "_config.yml").write_text(f"sphinx:\n  config:\n    exegesis_{name}: what is told\n", encoding="utf-8")
    settings = Settings(tmp_path, {f"exegesis_{name}": value})
    assert list(map(str, settings.faults())) == [f"_config.yml:3: exegesis_{name} is {value!r}; {mend}"]
    assert settings[name] == SETTINGS[name].default()


def test_a_name_that_there_is_not_is_told_with_the_nearest(tmp_path):
    (tmp_path / "conf.py").write_text("extensions = []\nexegesis_serach = False\n", encoding="utf-8")
    assert told(tmp_path, exegesis_serach=False) == [
        "conf.py:2: there is no setting 'exegesis_serach'; did you mean 'exegesis_search'? correct it, or take it out"
    ]


def test_one_bibliography_follows_from_the_other(tmp_path):
    assert Settings(tmp_path, {"bibtex_bibfiles": ["own.bib"]}).layout.bibliography == "own.bib"
    assert Settings(tmp_path, {"bibtex_bibfiles": "own.bib"}).layout.bibliography == "own.bib"
    assert told(tmp_path, bibtex_bibfiles=["own.bib"]) == []
    assert told(tmp_path, bibtex_bibfiles=["./own.bib"], exegesis_bibliography="own.bib") == []


@pytest.mark.parametrize("files", [["other.bib"], ["own.bib", "other.bib"]])
def test_two_bibliographies_are_told(tmp_path, files):
    (message,) = told(tmp_path, bibtex_bibfiles=files, exegesis_bibliography="own.bib")
    assert message.startswith("conf.py:1: bibtex_bibfiles is ")
    assert "the papers' records are in 'own.bib'; take it out" in message


def test_the_command_reads_the_same_settings(tmp_path):
    config = "bibtex_bibfiles: own.bib\nsphinx: {config: {exegesis_papers: chapters, exegesis_limits: {memory: 5}}}\n"
    (tmp_path / "_config.yml").write_text(config, encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
    project = Project.open(tmp_path)
    assert project.layout == Layout(papers="chapters", bibliography="own.bib")
    assert project.limits() == Limits(memory=5)
