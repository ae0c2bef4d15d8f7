"""Names are read by BibTeX's conventions, and what only looks like names is told."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue.names import Known, NamesError, full_name, read_names, short_for, surname
from exegesis.catalogue.tex import TexError


@pytest.mark.parametrize(
    ("tex", "names", "surnames"),
    [
        ("He, Kaiming and Xiangyu Zhang", ["Kaiming He", "Xiangyu Zhang"], ["He", "Zhang"]),
        (
            "van der Maaten, Laurens AND {\\O}ster, J.",
            ["Laurens van der Maaten", "J. Øster"],
            ["van der Maaten", "Øster"],
        ),
        ("King, Jr., Martin Luther", ["Martin Luther King Jr."], ["King"]),
        (
            "{Barnes and Noble, Inc.} and {AT\\&T}",
            ["Barnes and Noble, Inc.", "AT&T"],
            ["Barnes and Noble, Inc.", "AT&T"],
        ),
        (
            "Sadeqi Azer, Erfan Ali and Khardon, Roni",
            ["Erfan Ali Sadeqi Azer", "Roni Khardon"],
            ["Sadeqi Azer", "Khardon"],
        ),
        ("Garcia Molina, H. M.", ["H. M. Garcia Molina"], ["Garcia Molina"]),
        ("{Garcia Molina}, Hector Ivan", ["Hector Ivan Garcia Molina"], ["Garcia Molina"]),
        ("OpenAI", ["OpenAI"], ["OpenAI"]),
    ],
)
def test_names(tex, names, surnames):
    found = read_names(tex)
    assert [full_name(each) for each in found.persons] == names
    assert [surname(each) for each in found.persons] == surnames
    assert not found.more


def test_others_are_no_person():
    found = read_names("He, Kaiming and others")
    assert [full_name(each) for each in found.persons] == ["Kaiming He"]
    assert found.more


@pytest.mark.parametrize(
    ("tex", "told"),
    [
        ("A, B, C, D", "'A, B, C, D' is no name"),
        ("Kaiming He, Xiangyu Zhang, Jian Sun", "is no name"),
        ("Kaiming He, Xiangyu Zhang", "may be several persons"),
        ("Kaiming He, Xiangyu Zhang and Jian Sun", "may be several persons"),
        ("He, K.; Zhang, X.", "a ';' stands between names"),
        ("He, K. & Zhang, X.", "a '&' stands between names"),
        ("He, K. et al.", "'et al.' is no name"),
        ("and He, K.", "a name is empty"),
        ("He, K. and and Zhang, X.", "a name is empty"),
        ("He, K. and", "a name is empty"),
        ("others", "a name is empty"),
        ("He, K. and others and Zhang, X.", "a name is empty"),
        ("", "a name is empty"),
        (", Kaiming", "is no name"),
    ],
)
def test_what_is_no_list_of_names_is_told(tex, told):
    with pytest.raises(NamesError) as error:
        read_names(tex)
    assert told in str(error.value)
    assert error.value.mend


@given(
    st.text("ABab,.&; {}\\'~\u00e9")
    | st.lists(st.sampled_from(["and", "others", "He,", "Kaiming", "Jr,", "{", "}", "et al."])).map(" ".join)
)
def test_no_text_makes_the_reader_fail_otherwise(tex):
    with suppress(NamesError, TexError):
        assert all(map(full_name, read_names(tex).persons))


def known(name):
    *given, _ = name.split()
    return Known(name, tuple(given), 1)


@pytest.mark.parametrize(
    ("short", "long"),
    [("K. He", "Kaiming He"), ("Quoc Le", "Quoc V. Le"), ("Q. Le", "Quoc V. Le"), ("Piotr Dollar", "Piotr Dollár")],
)
def test_a_name_in_short(short, long):
    assert short_for(known(short), known(long))
    assert not short_for(known(long), known(short))


@pytest.mark.parametrize(
    ("one", "other"), [("Kaiming He", "Kai He"), ("K. He", "Xiangyu He"), ("Wei A. He", "Wei B. He"), ("He", "K. He")]
)
def test_names_of_two(one, other):
    assert not short_for(known(one), known(other))
    assert not short_for(known(other), known(one))
