"""Links that lead nowhere are told before a build; those that only a build can follow are left to it."""

import pytest

from tests.contract.tiny import told

LABELS = """\
# A

(here)=
## There

$$
x
$$ (eq-x)

```{claim} one
:evidence: quoted
Text.
```

"""


@pytest.mark.parametrize(
    "link",
    [
        "[](#here) {ref}`here` {ref}`words <here>` {eq}`eq-x` [](#claim-one) [](#a-paper:claim-one)",
        "[](a-paper.md) [](a-paper.md#here) [](/index.md) [](https://example.org) [](mailto:a@example.org) [](a.csv)",
        "{cite:t}`first2001paper` {cite:p}`first2001paper, second2002paper` {doc}`anything` {math}`x`",
    ],
)
def test_what_leads_somewhere_passes(tmp_path, link):
    assert told(tmp_path, LABELS + link + "\n", "link", "citation") == []


@pytest.mark.parametrize(
    ("link", "what"),
    [
        ("[](#hree)", "link the link 'hree' leads nowhere; did you mean 'here'?"),
        ("{eq}`eq-y`", "link the link 'eq-y' leads nowhere; did you mean 'eq-x'?"),
        ("{numref}`fig-z`", "link the link 'fig-z' leads nowhere"),
        ("[](b-paper.md)", "link the link 'b-paper.md' leads nowhere"),
        ("{cite:p}`frst2001paper`", "citation there is no record 'frst2001paper'; did you mean 'first2001paper'?"),
    ],
)
def test_what_leads_nowhere_is_told(tmp_path, link, what):
    (fault,) = told(tmp_path, LABELS + link + "\n", "link", "citation")
    assert f": {what}" in fault


def test_a_figure_of_a_cell_can_be_referred_to(tmp_path):
    cell = "```{code-cell} python\n---\nmystnb:\n  figure:\n    name: fig-one\n---\n1\n```\n"
    assert told(tmp_path, f"# A\n\n{cell}\n{{numref}}`fig-one`\n", "link") == []
