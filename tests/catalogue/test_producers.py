"""Records as other programs write them become clean ones."""

import pytest

from exegesis.catalogue.bibliography import read_bibliography

#: By producer: the record in its style, with a key of this book's kind; then what is made of it.
RECORDS = {
    "arXiv": (
        "@misc{kingma2017adam,\n      title={Adam: A Method for Stochastic Optimization}, \n"
        "      author={Diederik P. Kingma and Jimmy Ba},\n      year={2017},\n      eprint={1412.6980},\n"
        "      archivePrefix={arXiv},\n      primaryClass={cs.LG},\n      url={https://arxiv.org/abs/1412.6980}, \n}\n",
        {"venue": "arXiv", "arxiv": "1412.6980", "url": None, "year": 2017},
    ),
    "DBLP, a preprint": (
        "@article{kingma2014adam,\n  author       = {Diederik P. Kingma and\n                  Jimmy Ba},\n"
        "  title        = {Adam: {A} Method for Stochastic Optimization},\n  journal      = {CoRR},\n"
        "  volume       = {abs/1412.6980},\n  year         = {2014},\n  url          = {http://arxiv.org/abs/1412.6980},\n"
        "  eprinttype    = {arXiv},\n  eprint       = {1412.6980},\n  timestamp    = {Mon, 13 Aug 2018 16:46:03 +0200},\n"
        "  biburl       = {https://dblp.org/rec/journals/corr/KingmaB14.bib},\n"
        "  bibsource    = {dblp computer science bibliography, https://dblp.org}\n}\n",
        {"venue": "arXiv", "arxiv": "1412.6980", "url": None, "title": "Adam: A Method for Stochastic Optimization"},
    ),
    "DBLP, a paper": (
        "@inproceedings{he2016deep,\n  author       = {Kaiming He and\n                  Xiangyu Zhang},\n"
        "  title        = {Deep Residual Learning for Image Recognition},\n"
        "  booktitle    = {2016 {IEEE} Conference on Computer Vision and Pattern Recognition, {CVPR}\n"
        "                  2016, Las Vegas, NV, USA, June 27-30, 2016},\n  pages        = {770--778},\n"
        "  publisher    = {{IEEE} Computer Society},\n  year         = {2016},\n"
        "  url          = {https://doi.org/10.1109/CVPR.2016.90},\n  doi          = {10.1109/CVPR.2016.90},\n}\n",
        {"venue": "CVPR", "doi": "10.1109/CVPR.2016.90", "url": None, "authors": ("Kaiming He", "Xiangyu Zhang")},
    ),
    "Google Scholar": (
        "@article{kingma2014adam,\n  title={Adam: A method for stochastic optimization},\n"
        "  author={Kingma, Diederik P and Ba, Jimmy},\n  journal={arXiv preprint arXiv:1412.6980},\n  year={2014}\n}\n",
        {"venue": "arXiv", "arxiv": "1412.6980", "authors": ("Diederik P Kingma", "Jimmy Ba")},
    ),
    "Google Scholar, with others": (
        "@inproceedings{sutskever2014sequence,\n  title={Sequence to sequence learning},\n"
        "  author={Sutskever, Ilya and others},\n"
        "  booktitle={Advances in neural information processing systems},\n  volume={27},\n  year={2014}\n}\n",
        {"venue": "NeurIPS", "authors": ("Ilya Sutskever",), "more_authors": True, "short_authors": "Sutskever et al."},
    ),
    "ACM": (
        "@inproceedings{chen2016xgboost,\nauthor = {Chen, Tianqi and Guestrin, Carlos},\ntitle = {XGBoost},\nyear = {2016},\n"
        "isbn = {9781450342322},\npublisher = {Association for Computing Machinery},\naddress = {New York, NY, USA},\n"
        "url = {https://doi.org/10.1145/2939672.2939785},\ndoi = {10.1145/2939672.2939785},\nabstract = {100% raw \\text},\n"
        "booktitle = {Proceedings of the 22nd ACM SIGKDD International Conference on Knowledge Discovery and Data Mining},\n"
        "pages = {785–794},\nnumpages = {10},\nkeywords = {large-scale},\nlocation = {San Francisco},\n"
        "series = {KDD '16}\n}\n",
        {"venue": "KDD", "doi": "10.1145/2939672.2939785", "url": None},
    ),
    "Zotero, BibTeX": (
        "\n@misc{kingma2017adam,\n\ttitle = {Adam: {A} {Method}},\n\tshorttitle = {Adam},\n"
        "\turl = {http://arxiv.org/abs/1412.6980},\n\tdoi = {10.48550/arXiv.1412.6980},\n\turldate = {2024-01-02},\n"
        "\tpublisher = {arXiv},\n\tauthor = {Kingma, Diederik P. and Ba, Jimmy},\n\tmonth = jan,\n\tyear = {2017},\n"
        "\tnote = {arXiv:1412.6980 [cs]},\n\tkeywords = {Computer Science - Machine Learning},\n"
        "\tfile = {Full Text PDF:/home/x/Zotero/storage/A:application/pdf},\n}\n",
        {"venue": "arXiv", "arxiv": "1412.6980", "doi": "10.48550/arXiv.1412.6980", "url": None},
    ),
    "Zotero, BibLaTeX": (
        "@article{schmidhuber2015deep,\n  title = {Deep Learning},\n  author = {Schmidhuber, Jürgen},\n  date = {2015-01},\n"
        "  journaltitle = {Neural Networks},\n  volume = {61},\n  pages = {85--117},\n  issn = {08936080},\n"
        "  doi = {10.1016/j.neunet.2014.09.003},\n  langid = {english},\n}\n",
        {"venue": "Neural Networks", "year": 2015, "authors": ("Jürgen Schmidhuber",)},
    ),
    "OpenReview": (
        "@inproceedings{\nloshchilov2018decoupled,\ntitle={Decoupled Weight Decay Regularization},\n"
        "author={Ilya Loshchilov and Frank Hutter},\nbooktitle={International Conference on Learning Representations},\n"
        "year={2019},\nurl={https://openreview.net/forum?id=Bkg6RiCqY7},\n}\n",
        {"venue": "ICLR", "url": "https://openreview.net/forum?id=Bkg6RiCqY7"},
    ),
    "PMLR": (
        "\n@InProceedings{tan2019efficientnet,\n  title = \t {{E}fficient{N}et: Rethinking Model Scaling},\n"
        "  author =       {Tan, Mingxing and Le, Quoc},\n  booktitle = \t "
        "{Proceedings of the 36th International Conference on Machine Learning},\n  pages = \t {6105--6114},\n"
        "  year = \t {2019},\n  editor = \t {Chaudhuri, Kamalika and Salakhutdinov, Ruslan},\n  volume = \t {97},\n"
        "  series = \t {Proceedings of Machine Learning Research},\n  month = \t {09--15 Jun},\n  publisher =    {PMLR},\n"
        "  pdf = \t {http://proceedings.mlr.press/v97/tan19a/tan19a.pdf},\n"
        "  url = \t {http://proceedings.mlr.press/v97/tan19a.html},\n  abstract = \t {A text.}\n}\n",
        {
            "venue": "ICML",
            "title": "EfficientNet: Rethinking Model Scaling",
            "url": "https://proceedings.mlr.press/v97/tan19a.html",
        },
    ),
    "JabRef": (
        "% Encoding: UTF-8\n\n@Article{robbins1951stochastic,\n  author    = {Herbert Robbins and Sutton Monro},\n"
        "  title     = {A Stochastic Approximation Method},\n  journal   = {The Annals of Mathematical Statistics},\n"
        "  year      = {1951},\n  venue = {Annals of Mathematical Statistics},\n  timestamp = {2020-01-01},\n"
        "  owner     = {somebody},\n  groups    = {read},\n}\n\n@Comment{jabref-meta: databaseType:bibtex;}\n",
        {"venue": "Annals of Mathematical Statistics", "kind": "article"},
    ),
    "Semantic Scholar": (
        "@article{kingma2014adam,\n  title={Adam: A Method for Stochastic Optimization},\n"
        "  author={Diederik P. Kingma and Jimmy Ba},\n  journal={CoRR},\n  year={2014},\n  volume={abs/1412.6980},\n"
        "  url={https://api.semanticscholar.org/CorpusID:6628106}\n}\n",
        {"venue": "arXiv", "arxiv": "1412.6980", "url": "https://api.semanticscholar.org/CorpusID:6628106"},
    ),
}


@pytest.mark.parametrize("producer", RECORDS)
def test_a_record_of(tmp_path, producer):
    text, wanted = RECORDS[producer]
    (tmp_path / "references.bib").write_text(text, encoding="utf-8")
    found = read_bibliography(tmp_path)
    assert list(map(str, found.faults)) == []
    (paper,) = found.papers.values()
    assert {name: getattr(paper, name) for name in wanted} == wanted


def test_the_key_that_a_producer_gave_is_told_with_a_better_one(tmp_path):
    text = RECORDS["DBLP, a preprint"][0].replace("kingma2014adam", "DBLP:journals/corr/KingmaB14")
    (tmp_path / "references.bib").write_text(text, encoding="utf-8")
    (fault,) = read_bibliography(tmp_path).faults
    assert fault.mend.endswith("'kingma2014adam'")
