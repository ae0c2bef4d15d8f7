"""Any spelling of an identifier becomes one form, and nothing that is none passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue import identifiers


@pytest.mark.parametrize(
    "text",
    [
        *("10.1109/CVPR.2018.00474", "doi:10.1109/CVPR.2018.00474", "DOI: 10.1109/CVPR.2018.00474"),
        *("https://doi.org/10.1109/CVPR.2018.00474", "http://dx.doi.org/10.1109%2FCVPR.2018.00474"),
        *(
            "doi.org/10.1109/CVPR.2018.00474",
            "{10.1109/CVPR.2018.00474}",
            r"\url{https://doi.org/10.1109/CVPR.2018.00474}",
        ),
    ],
)
def test_a_doi(text):
    assert identifiers.doi(text) == "10.1109/CVPR.2018.00474"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1412.6980",
            "1412.6980v9",
            "arXiv:1412.6980v9",
            "ARXIV: 1412.6980",
            "abs/1412.6980",
            "arXiv:1412.6980 [cs.LG]",
        ),
        *(
            "http://arxiv.org/abs/1412.6980v1",
            "https://arxiv.org/pdf/1412.6980.pdf",
            "https://arxiv.org/pdf/1412.6980v9",
        ),
        *("10.48550/arXiv.1412.6980", "https://doi.org/10.48550/ARXIV.1412.6980", "arxiv.org/abs/1412.6980?context=cs"),
    ],
)
def test_an_identifier_of_arxiv(text):
    assert identifiers.arxiv(text) == "1412.6980"


def test_an_old_identifier_of_arxiv():
    assert identifiers.arxiv("arXiv:hep-th/9901001v2") == "hep-th/9901001"


@pytest.mark.parametrize("text", ["", "10.1109", "https://example.org/10.1/x", "1412.69", "javascript:10.1/x"])
def test_what_is_none(text):
    assert identifiers.doi(text) is None
    assert identifiers.arxiv(text) is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://openreview.net/pdf?id=rkE3y85ee", "https://openreview.net/forum?id=rkE3y85ee"),
        ("https://openreview.net/forum?id=rkE3y85ee&noteId=x", "https://openreview.net/forum?id=rkE3y85ee"),
        ("http://proceedings.mlr.press/v97/tan19a/tan19a.pdf", "https://proceedings.mlr.press/v97/tan19a.html"),
        ("http://papers.nips.cc/paper/1-x", "https://papers.nips.cc/paper/1-x"),
        ("www.example.org/a", "https://www.example.org/a"),
        (r"\url{http://example.org/a\_b}", "http://example.org/a_b"),
        ("HTTP://example.org/", "http://example.org/"),
    ],
)
def test_an_address(text, address):
    assert identifiers.url(text) == address
    assert identifiers.url(address) == address


@pytest.mark.parametrize(
    "text",
    [
        *(
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "ftp://example.org/x",
            "file:///etc/passwd",
        ),
        *(
            "//example.org",
            "https://",
            "http://a b.org",
            'https://example.org/"onclick=x',
            "http://[::1",
            "example.org",
        ),
        *("https://user:pass@", "https://example.org/<b>"),
    ],
)
def test_no_other_address_passes(text):
    assert identifiers.url(text) is None


@given(st.text())
def test_no_text_makes_them_fail(text):
    for reads in (identifiers.doi, identifiers.arxiv, identifiers.url):
        once = reads(text)
        assert once is None or reads(once) == once
