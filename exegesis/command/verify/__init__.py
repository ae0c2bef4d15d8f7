"""``exegesis verify``: whether a published site is what a clean build of its commit gives.

What the site says of itself is believed only as far as it says what to build. The build is the judge: of the
commit as git has it, in an empty folder, with an empty store, in a sandbox.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from exegesis.command.project import Project, UsageError
from exegesis.command.sandboxed import rebuild, why
from exegesis.fault import PACKAGE
from exegesis.kernel.environment import baselines
from exegesis.manifest import NAME, Manifest, NoManifestError, read_manifest

from .comparing import Claims, ClaimsError, Part, compare, compare_claims, other_environment
from .published import Folder, Site, site_at

#: What the command ends with: all bytes are the same; they are not; they can't be, but all claims fare the same.
SAME, OTHER, ALIKE = 0, 1, 3
CLAIMS = "claims.json"
_LISTED = 20  # files, claims or versions that are told one by one


def verify_files(place: str) -> int:
    """Say whether the files of a site are those that its own manifest lists; nothing is built.

    Raises:
        UsageError: there is no site, or it has no manifest.
    """
    site = site_at(place)
    manifest, _ = _manifest(site, place)
    found = site.digests({*manifest.files} | site.names() - manifest.beside)
    parts = compare(found, manifest.files, manifest.chapters)
    _tell(parts)
    if wrong := sum(len(part.wrong) for part in parts):
        print(f"\n{_count(wrong, 'file')} not as the site's own manifest says")
        return OTHER
    print(f"\nAll {len(manifest.files)} files are as the site's own manifest says.")
    print("Whether its commit gives them is another question: verify it without --files.")
    return SAME


def verify(project: Project, place: str, *, jobs: int | None = None, walls: bool = True) -> int:
    """Build the commit that a site says it is of, and compare, chapter by chapter.

    Args:
        project: the book, in whose repository the commit is.
        place: the site's folder or address.
        jobs: how many chapters to run at a time.
        walls: False for a build outside of any sandbox.

    Raises:
        UsageError: it can't be told: there is no manifest, no such commit, no sandbox, or the commit does not build.
    """
    site = site_at(place)
    manifest, data = _manifest(site, place)
    _refuse(manifest)
    assert manifest.commit
    versions = f"{PACKAGE} {manifest.versions.get(PACKAGE)}, Python {manifest.versions.get('python')}"
    print(f"{place} says that it is of commit {manifest.commit[:12]} ({manifest.date}), built with {versions}")
    published = site.digests({*manifest.files} | site.names() - manifest.beside)
    print(f"building that commit {'in a sandbox' if walls else 'here, outside of any sandbox'} ...", flush=True)
    with TemporaryDirectory(prefix="exegesis-verify-", ignore_cleanup_errors=True) as folder:
        built = _build(project, manifest, Path(folder) / "site", jobs, walls)
        names = built.names() - manifest.beside
        published |= site.digests(names - published.keys())
        expected = built.digests(names)
        own, own_data = _manifest(built, "what was built")
        elsewhere = other_environment(manifest, own)
        if not elsewhere:  # else it says so, and is another
            published[NAME], expected[NAME] = (hashlib.sha256(each).hexdigest() for each in (data, own_data))
        return _judge(site, built, manifest, compare(published, expected, own.chapters), elsewhere)


def _manifest(site: Site, place: str) -> tuple[Manifest, bytes]:
    data = site.read(NAME)
    if data is None:
        raise UsageError(f"{place} has no {NAME}: it is no whole site, or was built by an exegesis without one")
    try:
        return read_manifest(data), data
    except NoManifestError as error:
        raise UsageError(f"{place}: {NAME} is not the manifest of a build: {error}") from None


def _refuse(manifest: Manifest) -> None:
    """Refuse what nobody can build once more.

    Raises:
        UsageError: it was built from something else than a commit.
    """
    again = "build it from a clean checkout, and publish that; --files says whether its files are those of its manifest"
    if manifest.commit is None:
        raise UsageError(f"the site was built outside of a git repository, so there is nothing to build; {again}")
    if not manifest.clean:
        what = f"the site was built with changes to commit {manifest.commit[:12]} that were not committed"
        raise UsageError(f"{what}; {again}")


def _build(project: Project, manifest: Manifest, into: Path, jobs: int | None, walls: bool) -> Folder:
    """Build the commit with what the site was built with, as far as that is to be had here."""
    arguments = [f"--address={manifest.address}", f"--repository={manifest.repository}"]
    arguments += [f"--baseline={manifest.baseline}"] if manifest.baseline in baselines() else []
    arguments += [f"--jobs={jobs}"] if jobs else []
    told: list[str] = []
    assert manifest.commit
    date = manifest.source_date_epoch
    ended = rebuild(
        project, manifest.commit, arguments, told.append, into=into, date=date, pdfs=manifest.pdfs, walls=walls
    )
    if not ended.given:
        lines = "\n".join(f"  {line}" for line in told)
        raise UsageError(f"{lines}\ncommit {manifest.commit[:12]} does not build here{_why(why(ended))}")
    return Folder(into)


def _why(reason: str) -> str:
    return f": {reason}" if reason else ", so nothing can be said of the site"


def _judge(site: Site, built: Folder, manifest: Manifest, parts: list[Part], elsewhere: list[str]) -> int:
    _tell(parts)
    assert manifest.commit
    commit, wrong = manifest.commit[:12], sum(len(part.wrong) for part in parts)
    files = sum(part.same for part in parts)
    if elsewhere:
        print("\nWhat is another here than where the site was built:")
        _list(elsewhere)
    if not wrong:
        print(f"\nThe site is what a clean build of commit {commit} gives: {files} files, byte for byte.")
        return SAME
    if not elsewhere:
        print(f"\nThe site is not what a clean build of commit {commit} gives: {_count(wrong, 'file')} other.")
        return OTHER
    print(f"\n{_count(wrong, 'file')} other, as they may be then; so numbers and verdicts are compared.")
    try:
        claims = compare_claims(site.read(CLAIMS), built.read(CLAIMS))
    except ClaimsError as error:
        print(f"{error}")
        return OTHER
    return _judge_claims(claims, commit)


def _judge_claims(claims: Claims, commit: str) -> int:
    if claims.numbers:
        print("Numbers that are others:")
        _list(claims.numbers)
    if claims.wrong:
        print("Claims that fare otherwise:")
        _list(claims.wrong)
        print(f"\nThe site does not say what a clean build of commit {commit} says.")
        return OTHER
    print(f"\nAll claims of the site, {claims.compared}, have the verdicts that commit {commit} gives here.")
    print("Texts and pictures could not be compared: for these, verify it where the same versions are.")
    return ALIKE


def _tell(parts: list[Part]) -> None:
    width = max(len(part.name) for part in parts)
    for part in parts:
        wrong = f"{part.wrong[0]}{_more(part.wrong)}" if len(part.wrong) > _LISTED else ", ".join(part.wrong)
        print(f"  {part.name:<{width}}  {_counted(part.same)}{f'; {wrong}' if wrong else ''}")


def _counted(same: int) -> str:
    return f"{same} {'file' if same == 1 else 'files'} the same"


def _more(lines: list[str]) -> str:
    return f", and {len(lines) - 1} more"


def _list(lines: Iterable[str]) -> None:
    lines = list(lines)
    for line in lines[:_LISTED]:
        print(f"  {line}")
    if len(lines) > _LISTED:
        print(f"  ... and {len(lines) - _LISTED} more")


def _count(number: int, what: str) -> str:
    return f"{number} {what} is" if number == 1 else f"{number} {what}s are"
