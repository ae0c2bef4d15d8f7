"""TeX becomes text, or is told; nothing of it is printed raw."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pybtex.richtext import Text

from exegesis.catalogue.tex import TexError, plain


@given(st.text("ab\u00e9- ,.:;()/+?!'`\"~_0\t"))
def test_what_has_no_tex_in_it_stays_as_tex_would_have_it(text):
    try:
        resolved = str(Text.from_latex(text))
    except ValueError:  # an empty formula or the like
        assume(False)
    assert plain(text) == resolved


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"{RL$^2$}: Fast", "RL²: Fast"),
        (r"$\beta$-VAE: $\mathcal{O}(n^2)$ things", "β-VAE: 𝒪(n^2) things"),
        (r"\(\epsilon\)-greedy and \ensuremath{\alpha}", "ε-greedy and α"),
        (r"$\tilde{O}(\sqrt{T})$ regret", "Õ(√(T)) regret"),
        (r"\emph{In vivo} {\em and} \textbf{bold} \url{x}", "In vivo and bold x"),
        (r"{\'E}cole, Doll{\'a}r, \L{}ukasz, {\O}ster, \v{s}", "École, Dollár, Łukasz, Øster, š"),
        (r"5\% of \$5 at AT\&T", "5% of $5 at AT&T"),
        (r"A {B {C}}", "A B C"),
        (r"a\ b\-c", "a bc"),
    ],
)
def test_tex_becomes_text(tex, text):
    assert plain(tex) == text


@pytest.mark.parametrize(
    ("tex", "told"),
    [
        (r"\foo{x}", r"'\foo' has no form as text"),
        (r"\alpha outside", r"'\alpha' has no form as text"),
        (r"costs $5 and $10", r"'$5 and $' would be a formula; a dollar sign is '\$'"),
        (r"50 $", "a '$' stands alone"),
        (r"$\foo$", r"the formula '$\foo$' has no form as text"),
        (r"5 % of it", "a '%' begins a comment"),
        (r"a } b", "can't be read as TeX"),
    ],
)
def test_what_cannot_be_told_in_text_is_told(tex, told):
    with pytest.raises(TexError) as error:
        plain(tex)
    assert told in str(error.value)


@given(st.text("ab \\{}$%&#_^~'`\"\n\u00e9"))
def test_no_text_fails_otherwise(text):
    with suppress(TexError):
        assert "\\" not in plain(text)
