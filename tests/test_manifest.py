"""A manifest is read as what a stranger may have written."""

import dataclasses
import json

import pytest

from exegesis.manifest import Chapter, Manifest, NoManifestError, differences, digest_of, read_manifest

CHAPTER = Chapter("book/papers/first.html", ["book/papers/first.html"], {"book/papers/first.md": "2" * 64}, {})
MANIFEST = Manifest(
    title="Tiny",
    address="https://example.org/book/",
    repository="",
    commit="c" * 40,
    date="2026-01-31",
    clean=True,
    source_date_epoch="1769860800",
    baseline="x86-64-v3",
    system="linux x86_64 glibc 2.36",
    versions={"python": "3.11.7", "exegesis": "0.1.0"},
    locks={"requirements.lock": "1" * 64},
    chapters={"book/papers/first": CHAPTER},
    files={"book/papers/first.html": "3" * 64, "index.html": "4" * 64},
    pdfs=["first"],
)


def test_a_manifest_from_before_there_were_pdfs_in_it_is_read():
    told = json.loads(MANIFEST.text())
    del told["pdfs"]
    assert read_manifest(json.dumps(told).encode()) == dataclasses.replace(MANIFEST, pdfs=[])
    assert (MANIFEST.beside, read_manifest(json.dumps(told).encode()).beside) == (
        {"manifest.json", "pdf/first.pdf"},
        {"manifest.json"},
    )


def changed(**fields):
    return json.dumps(json.loads(MANIFEST.text()) | fields).encode()


def test_what_is_written_is_read():
    assert read_manifest(MANIFEST.text().encode()) == MANIFEST
    nowhere = dataclasses.replace(MANIFEST, commit=None, date=None, clean=False, source_date_epoch=None, chapters={})
    assert read_manifest(nowhere.text().encode()) == nowhere
    assert dataclasses.replace(MANIFEST, files=dict(reversed(MANIFEST.files.items()))).text() == MANIFEST.text()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html>", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", r"\$ is not as a build writes it"),
        (b'{"name": "An app", "icons": []}', r"\$ is not as"),
        (changed(commit="main"), r"\$\.commit is not as"),
        (changed(commit="--output=x" + "c" * 40), r"\$\.commit"),
        (changed(source_date_epoch="now"), r"\$\.source_date_epoch"),
        (changed(baseline="x;y"), r"\$\.baseline"),
        (changed(address="file:///etc"), r"\$\.address"),
        (changed(versions={"numpy\x1b": "1"}), r"\$\.versions"),
        (changed(files={"index.html": "4"}), r"\$\.files"),
        (changed(chapters={"one": {}}), r"\$\.chapters\.one"),
        (changed(commit="c" * 40 + "\n"), "characters that are not to be printed"),
        (changed(title="\x1b]0;x\x07"), "characters that are not to be printed"),
        (changed(files={"\ud800": "4" * 64}), "characters that are not to be printed"),
        (changed(files={"../index.html": "4" * 64}), r"it names a file that no site has, '\.\./index\.html'"),
        (changed(files={"/etc/passwd": "4" * 64}), "it names a file"),
        (changed(files={"a\\..\\b": "4" * 64}), "it names a file"),
        (changed(files={"": "4" * 64}), "it names a file"),
        (changed(pdfs=["../index"]), r"\$\.pdfs\[0\] is not as"),
        (changed(pdfs=["first\n"]), "characters that are not to be printed"),
    ],
)
def test_what_has_another_form_is_told(data, why):
    with pytest.raises(NoManifestError, match=why):
        read_manifest(data)


def test_digests_are_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert digest_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_differences_are_names_with_another_value_or_none():
    assert differences({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"}) == ["b", "c", "d"]
