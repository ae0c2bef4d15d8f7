"""One `_config.yml` gives the same Sphinx configuration with and without Jupyter Book, and its faults are told."""

import copy
import sys
from pathlib import Path

import pytest
import yaml

from exegesis.command import configuration
from exegesis.command.configuration import ConfigurationError, import_paths, read_settings, sphinx_configuration

EVERY_SETTING = """\
title: A book
author: Somebody
copyright: "2026"
logo: logo.png
project: Books
exclude_patterns: [drafts, "*skip.ipynb"]
only_build_toc_files: true
bibtex_bibfiles: [a.bib, b.bib]
execute:
  execute_notebooks: off
  cache: kept
  exclude_patterns: [slow.md]
  timeout: -1
  run_in_temp: true
  allow_errors: true
  raise_on_error: false
  show_tb: true
  eval_regex: "^x$"
  stderr_output: remove-warn
parse:
  myst_enable_extensions: [amsmath, dollarmath]
  myst_url_schemes: [https]
  myst_substitutions: {name: value}
  myst_dmath_double_inline: false
html:
  favicon: icon.svg
  baseurl: https://example.org/book/
  use_multitoc_numbering: false
  use_edit_page_button: true
  use_repository_button: true
  use_issues_button: true
  extra_footer: <p>All mine</p>
  navbar_footer_text: below
  home_page_in_navbar: false
  announcement: It is new
  analytics:
    google_analytics_id: G-1
    plausible_analytics_domain: example.org
    plausible_analytics_url: https://example.org/script.js
  comments: {hypothesis: true, utterances: {repo: o/n}}
latex:
  latex_engine: xelatex
  use_jupyterbook_latex: false
  latex_documents: {targetname: book.tex}
launch_buttons:
  jupyterlite_url: /lab/index.html
  notebook_interface: jupyterlab
  binderhub_url: https://mybinder.org
  jupyterhub_url: https://example.org
  thebe: true
  colab_url: https://colab.research.google.com
  deepnote_url: https://deepnote.com
repository: {url: https://github.com/o/n, path_to_book: docs, branch: main}
sphinx:
  extra_extensions: [sphinx.ext.autodoc, sphinxcontrib.bibtex]
  local_extensions: {mine: ext}
  recursive_update: true
  config:
    html_theme_options: {logo: {text: Mine}}
    language: de
"""
OURS = "sphinx: {extra_extensions: [exegesis.sphinxext]}\n"
BOOKS = {
    "this book's": (Path(__file__).parents[2] / "_config.yml").read_text("utf-8"),
    "empty": "",
    "every setting": EVERY_SETTING,
    "replaced, not updated": EVERY_SETTING.replace("recursive_update: true", "recursive_update: false"),
    "one as a text": "bibtex_bibfiles: a.bib\nsphinx: {extra_extensions: sphinx.ext.autodoc}\n",
    "empty sections": "html:\nexecute:\nparse:\nlatex:\nsphinx:\n  config:\n  extra_extensions:\nauthor:\n",
    "empty lists": "parse: {myst_enable_extensions: []}\nexclude_patterns: []\nbibtex_bibfiles: []\n",
    "old names": "html: {google_analytics_id: G-2}\nsphinx: {config: {mathjax_config: {a: 1}}}\n",
    "mathjax 2": "sphinx: {config: {mathjax_config: {a: 1}, mathjax_path: x@2}}\n",
}


def write(folder, text):
    for name in ("_static/more/b.css", "_static/a.css", "_static/a.js", "ext/mine.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("", "utf-8")
    (folder / "_config.yml").write_text(text, "utf-8")
    return folder / "_config.yml"


@pytest.mark.parametrize("name", BOOKS)
def test_the_configuration_is_that_of_jupyter_book(tmp_path, monkeypatch, capsys, name):
    jupyter_book = pytest.importorskip("jupyter_book.config", reason="it can't be installed beside Sphinx 8")
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = write(tmp_path, BOOKS[name])
    # Where a section is there and empty, Jupyter Book's own reader dies; an empty text is none.
    found = yaml.safe_load(BOOKS[name]) or {}
    settings = {key: value for key, value in found.items() if value is not None or key == "author"}
    theirs, _ = jupyter_book.get_final_config(
        user_yaml=copy.deepcopy(settings), sourcedir=tmp_path, cli_config={"latex_individualpages": False}
    )
    theirs["extensions"] = list(dict.fromkeys(theirs["extensions"]))  # it may name one twice
    for files in ("html_css_files", "html_js_files"):
        theirs[files].sort()  # as the disk gives them
    assert sphinx_configuration(read_settings(path), tmp_path) == theirs


def test_every_setting_is_tried():
    def names(table):
        return {name: names(rule) if "properties" in rule else None for name, rule in table["properties"].items()}

    def tried(settings, known):
        return {
            name: tried(settings.get(name, {}), below) if below else name in settings for name, below in known.items()
        }

    known = names(configuration._schema())
    del known["bibtex_reference_style"], known["html"]["google_analytics_id"]
    found = tried(yaml.safe_load(EVERY_SETTING), known)
    assert "False" not in str(found), found


def test_extensions_that_jupyter_book_adds_are_left_out_if_they_are_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(configuration, "_is_installed", lambda name: name not in ("jupyter_book", "sphinx_comments"))
    config = sphinx_configuration(read_settings(write(tmp_path, "title: A book\n")), tmp_path)
    assert not {"jupyter_book", "sphinx_comments"} & set(config["extensions"])
    assert not {"use_jupyterbook_latex", "comments_config"} & config.keys()
    assert "sphinx_book_theme" in config["extensions"]


def test_the_folders_of_local_extensions_are_told(tmp_path):
    settings = read_settings(write(tmp_path, EVERY_SETTING))
    assert import_paths(settings, tmp_path) == [(tmp_path / "ext").resolve().as_posix()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [b\n", "_config.yml:2: _config.yml can't be read: did not find expected ',' or ']'"),
        ("html:\n\tlogo: x\n", "_config.yml:2: _config.yml can't be read: the line is indented with a tab; YAML wants"),
        ("title: !!python/name:os.system x\n", "_config.yml:1: _config.yml can't be read: could not determine"),
        ("- a\n", "_config.yml:1: the file has no settings; write its settings below it"),
        ("x\n", "_config.yml:1: the file has no settings"),
        (
            "title: x\ncopyright: 2026\n",
            "_config.yml:2: 'copyright' is 2026, not of type string; write a text, in quotes",
        ),
        (f"titel: x\n{OURS}", "_config.yml:1: there is no setting 'titel'; did you mean 'title'?"),
        (f"html:\n  favicom: x\n{OURS}", "_config.yml:2: there is no setting 'html.favicom'; did you mean 'favicon'?"),
        (
            "execute:\n  timeout: long\n",
            "_config.yml:2: 'execute.timeout' is 'long', not of type number; write a number",
        ),
        ("execute:\n  timeout: -2\n", "_config.yml:2: 'execute.timeout' is -2; write a number from -1 on"),
        ("execute: {execute_notebooks: always}\n", "is 'always'; choose from auto, cache, force, inline, off"),
        ("html: yes\n", "_config.yml:1: 'html' is True, not of type object; write its settings below it, indented"),
        ("exclude_patterns:\n- a\n- 3\n", "_config.yml:3: 'exclude_patterns.1' is 3, not of type string"),
        ("html:\n  use_issues_button: true\n", "_config.yml:2: 'html.use_issues_button' needs the address"),
        ("sphinx:\n  extra_extensions:\n  - not_there\n", "_config.yml:3: the extension 'not_there' is not installed"),
        ("sphinx:\n  extra_extensions: not.there\n", "_config.yml:2: the extension 'not.there' is not installed"),
        (
            "sphinx:\n  local_extensions: {x: nowhere}\n",
            "_config.yml:2: there is no folder nowhere; name the one where x",
        ),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path, text, told):
    with pytest.raises(ConfigurationError) as error:
        read_settings(write(tmp_path, text))
    assert told in str(error.value)
    assert len(error.value.faults) == 1


def test_a_book_without_the_extension_may_have_settings_that_nobody_knows(tmp_path):
    assert read_settings(write(tmp_path, "titel: x\n")) == {"titel": "x"}


def test_all_faults_are_told_by_line(tmp_path):
    with pytest.raises(ConfigurationError) as error:
        read_settings(
            write(tmp_path, f"titel: x\nhtml: {{logo: x}}\nlatex: {{latex_engine: 3}}\nrepository: {{url: 3}}\n{OURS}")
        )
    assert [fault.line for fault in error.value.faults] == [1, 2, 3, 4]


def test_a_file_that_is_not_utf_8_is_told(tmp_path):
    path = write(tmp_path, "")
    path.write_bytes(b"title: x\nauthor: J\xfcrgen\n")
    with pytest.raises(ConfigurationError, match=r"_config.yml:2: byte 10 of .*; save the file as UTF-8"):
        read_settings(path)
    path.write_bytes(b"\xef\xbb\xbftitle: x\n")
    assert read_settings(path) == {"title": "x"}
