"""Records as other programs write them become clean ones."""

import shutil
from pathlib import Path

import pytest

from exegesis.catalogue.bibliography import read_bibliography

FOLDER = Path(__file__).with_name("exports")
#: What is made of the record of each producer, by the name of its file: as that producer writes it, but for its key.
WANTED: dict[str, dict[str, object]] = {
    "arxiv": {"venue": "arXiv", "arxiv": "1412.6980", "url": None, "year": 2017},
    "dblp-preprint": {
        "venue": "arXiv",
        "arxiv": "1412.6980",
        "url": None,
        "title": "Adam: A Method for Stochastic Optimization",
    },
    "dblp-paper": {
        "venue": "CVPR",
        "doi": "10.1109/CVPR.2016.90",
        "url": None,
        "authors": ("Kaiming He", "Xiangyu Zhang"),
    },
    "google-scholar": {"venue": "arXiv", "arxiv": "1412.6980", "authors": ("Diederik P Kingma", "Jimmy Ba")},
    "google-scholar-others": {
        "venue": "NeurIPS",
        "authors": ("Ilya Sutskever",),
        "more_authors": True,
        "short_authors": "Sutskever et al.",
    },
    "acm": {"venue": "KDD", "doi": "10.1145/2939672.2939785", "url": None},
    "zotero-bibtex": {"venue": "arXiv", "arxiv": "1412.6980", "doi": "10.48550/arXiv.1412.6980", "url": None},
    "zotero-biblatex": {"venue": "Neural Networks", "year": 2015, "authors": ("Jürgen Schmidhuber",)},
    "openreview": {"venue": "ICLR", "url": "https://openreview.net/forum?id=Bkg6RiCqY7"},
    "pmlr": {
        "venue": "ICML",
        "title": "EfficientNet: Rethinking Model Scaling",
        "url": "https://proceedings.mlr.press/v97/tan19a.html",
    },
    "jabref": {"venue": "Annals of Mathematical Statistics", "kind": "article"},
    "semantic-scholar": {
        "venue": "arXiv",
        "arxiv": "1412.6980",
        "url": "https://api.semanticscholar.org/CorpusID:6628106",
    },
}


@pytest.mark.parametrize("producer", WANTED)
def test_a_record_of(tmp_path, producer):
    shutil.copy(FOLDER / f"{producer}.bib", tmp_path / "references.bib")
    found = read_bibliography(tmp_path)
    assert list(map(str, found.faults)) == []
    (paper,) = found.papers.values()
    assert {name: getattr(paper, name) for name in WANTED[producer]} == WANTED[producer]


def test_each_record_is_looked_at():
    assert {path.stem for path in FOLDER.glob("*.bib")} == WANTED.keys()


def test_the_key_that_a_producer_gave_is_told_with_a_better_one(tmp_path):
    text = (FOLDER / "dblp-preprint.bib").read_text(encoding="utf-8")
    text = text.replace("kingma2014adam", "DBLP:journals/corr/KingmaB14")
    (tmp_path / "references.bib").write_text(text, encoding="utf-8")
    (fault,) = read_bibliography(tmp_path).faults
    assert fault.mend.endswith("'kingma2014adam'")
