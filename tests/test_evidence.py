"""The evidence of every chapter is there, and is of the chapter's code as it is now.

It fails for a chapter whose evidence is missing or out of date, and says which command to run: a change to a
chapter's code comes with what 'exegesis doubt' and 'exegesis seeds' found of it. Nothing is skipped: chapters whose
evidence is still to be found are named below, and a name that stands there without need fails too.
"""

import pytest

from exegesis.catalogue import Layout, declared
from exegesis.catalogue.doubted import read_doubted
from exegesis.catalogue.evidence import evidence_path
from exegesis.execution.notebook import cells_in_order, read_notebook
from exegesis.slicing.needed import code_digest
from tests.chapters import PAPERS

ROOT = PAPERS.parent.parent
CHAPTERS = sorted(path.stem for path in PAPERS.glob("*.md"))
#: Their evidence is still to be found; the list only gets shorter.
TO_COME = {
    "bear",
    "brac",
    "faster-rcnn",
    "gaussian-processes",
    "local-features-retrieval",
    "mask-rcnn",
    "mnasnet",
    "mobilenetv2",
    "resnet",
    "resnet-for-implementers",
    "rethinking-generalization",
    "rewinding",
    "swapout",
    "yolo",
}


def _expected(slug):
    return (
        pytest.param(slug, marks=pytest.mark.xfail(strict=True, reason="still to be found"))
        if slug in TO_COME
        else slug
    )


@pytest.mark.parametrize("slug", [_expected(slug) for slug in CHAPTERS])
def test_the_evidence_is_of_the_code_as_it_is(slug):
    text = (PAPERS / f"{slug}.md").read_text(encoding="utf-8")
    cells = [(cell.source, cell.metadata.get("claim", "")) for cell in cells_in_order(read_notebook(text))]
    claims = declared(text)
    path = evidence_path(ROOT, Layout().papers, slug)
    run = f"run 'exegesis doubt {slug}' and 'exegesis seeds {slug}', and commit {path.relative_to(ROOT).as_posix()}"
    found = read_doubted(path)
    assert found is not None, f"the file is missing; {run}"
    assert found.code == code_digest(cells, claims), f"it is of other code; {run}"
    assert found.parts == {"doubt", "seeds"}, f"it has {' and '.join(found.parts) or 'neither'} alone; {run}"
    assert found.claims.keys() == {name for _, name in cells if name}
