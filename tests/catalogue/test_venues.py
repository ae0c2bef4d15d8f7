"""A venue has one name, and a misspelt one is told with the nearest."""

import pytest

from exegesis.catalogue.venues import is_preprint, known_venues, one_name, read_own

NAMES = one_name()


@pytest.mark.parametrize(
    ("text", "venue"),
    [
        ("NIPS", "NeurIPS"),
        ("nips 2016", "NeurIPS"),
        ("Advances in Neural Information Processing Systems 30", "NeurIPS"),
        (
            "Advances in Neural Information Processing Systems 30: Annual Conference, December 4-9, 2017, Long Beach",
            "NeurIPS",
        ),
        ("Proceedings of the 33rd International Conference on Machine Learning", "ICML"),
        ("Proceedings of the Thirty-Third AAAI Conference on Artificial Intelligence", "AAAI"),
        ("IEEE Conference on Computer Vision and Pattern Recognition, CVPR 2016, Las Vegas, NV, USA", "CVPR"),
        ("2016 IEEE Conference on Computer Vision and Pattern Recognition (CVPR)", "CVPR"),
        ("IEEE/CVF International Conference on Computer Vision", "ICCV"),
        ("Computer Vision - ECCV 2014 - 13th European Conference, Zurich", "ECCV"),
        ("3rd International Conference on Learning Representations, ICLR 2015, Conference Track", "ICLR"),
        ("International Conference on Learning Representations, Workshop Track", "ICLR Workshop"),
        ("IEEE Conference on Computer Vision and Pattern Recognition Workshops", "CVPR Workshops"),
        ("ICLR (Poster)", "ICLR"),
        ("KDD '16", "KDD"),
        ("J. Mach. Learn. Res.", "JMLR"),
        ("CoRR", "arXiv"),
    ],
)
def test_another_name_of_a_venue(text, venue):
    assert NAMES.venue(text) == venue


@pytest.mark.parametrize(
    "text", ["Machine Learning: ECML 2006", "NeurIPS Workshop on Tests", "Journal of Tests", "2009", ""]
)
def test_what_is_no_venue_of_the_list(text):
    assert NAMES.venue(text) is None


@pytest.mark.parametrize(
    ("text", "venue"),
    [
        ("ICRL 2015", "ICLR"),
        ("CVRP", "CVPR"),
        ("NeruIPS", "NeurIPS"),
        ("Interntional Conference on Machine Lerning", "ICML"),
    ],
)
def test_a_misspelt_venue(text, venue):
    assert NAMES.venue(text) is None
    assert NAMES.near(text) == venue


@pytest.mark.parametrize("text", ["JT", "Journal of Tests", "Technometrics", "FOO", "MIT Press"])
def test_an_unknown_venue_is_near_to_none(text):
    assert NAMES.near(text) is None


def test_each_name_of_the_list_is_its_own():
    for kind in known_venues().values():
        for name, others in kind.items():
            assert {NAMES.venue(each) for each in (name, *others)} == {name}


def test_a_book_has_its_own_names(tmp_path):
    path = tmp_path / "names.yml"
    path.write_text("venues:\n  ICLP: []\n  Tests: [Journal of Tests]\nauthors:\n  Jun Li:\n", encoding="utf-8")
    own, wrong = read_own(path)
    names = one_name(own)
    assert wrong is None
    assert (names.venue("ICLP"), names.venue("journal of tests"), names.authors["Jun Li"]) == (
        "ICLP",
        "Tests",
        "Jun Li",
    )


@pytest.mark.parametrize(
    "text", ["venues: [ICLP]", "venue:\n  ICLP: []", "- x", "venues: {1: []}", "a: [", "venues:\n  A: b"]
)
def test_a_list_that_is_none_is_told(tmp_path, text):
    path = tmp_path / "names.yml"
    path.write_text(text, encoding="utf-8")
    assert read_own(path)[1] is not None


def test_preprints():
    assert is_preprint("arXiv")
    assert not is_preprint("ICML")
