"""What a chapter's claims depend on, and what their evidence is known by."""

import ast

import pytest

from exegesis.catalogue.claims import declared
from exegesis.slicing.needed import code_digest, needed_of

CLAIM = "```{claim} layers\n:evidence: recomputed\n:source: p. 1\n:check: deep = 155\n:why: x\nDeep.\n```\n"


CELLS = [
    ("import math\nimport matplotlib.pyplot as plt\nrng = math.e", ""),
    ("example = math.sqrt(4)\nexample", ""),
    ("def twice(x):  # of one\n    return 2 * x", ""),
    ("fig, ax = plt.subplots()\nax.set_title('some layers')", ""),
    ("deep = twice(77) + 1\nprint(deep)\n{'deep': deep, 'told': 1}", "layers"),
]


def test_what_claims_depend_on_and_functions_are_kept():
    needed = needed_of(CELLS, declared(CLAIM))
    assert [ast.unparse(tree).splitlines() for tree in needed.trees] == [
        [],
        [],
        ["def twice(x):", "    return 2 * x"],
        [],
        ["deep = twice(77) + 1", "{'deep': deep}"],
    ]
    assert needed.slices == {"layers": {0, 1, 2}}


def changed(old, new):
    return [(source.replace(old, new), claim) for source, claim in CELLS]


@pytest.mark.parametrize(
    "cells",
    [
        changed("math.sqrt(4)", "math.sqrt(9)"),
        changed("some layers", "layers"),
        changed("print(deep)\n", ""),
        [*CELLS[:2], ("more = 1", ""), *CELLS[2:], ("last = 2", "")],
        [CELLS[0], *CELLS[2:]],
    ],
)
def test_code_that_no_claim_depends_on_leaves_the_digest(cells):
    assert cells != CELLS
    assert code_digest(cells, declared(CLAIM)) == code_digest(CELLS, declared(CLAIM))


@pytest.mark.parametrize(
    "cells",
    [
        changed("2 * x", "3 * x"),
        changed("twice(77)", "twice(78)"),
        [*CELLS, ("def unused(x):\n    return x", "")],
        [*CELLS[:3], ("deep = 2", "layers")],
        [*CELLS, ("this is no Python", "")],
    ],
)
def test_code_that_a_claim_depends_on_changes_it(cells):
    assert code_digest(cells, declared(CLAIM)) != code_digest(CELLS, declared(CLAIM))


def test_what_is_no_python_counts_whole():
    cells = [("%%R\nx <- 1", ""), ("{'deep': 155}", "layers")]
    assert code_digest(cells, declared(CLAIM)) != code_digest([("%%R\nx <- 2", ""), cells[1]], declared(CLAIM))


def test_the_digest_is_of_code_and_checks_alone():
    cells = [("import math", ""), ("{'deep': 155}", "layers")]
    known = code_digest(cells, declared(CLAIM))
    assert known == code_digest(cells, declared("# Other words\n" + CLAIM.replace("Deep.", "Very deep.")))
    assert known == code_digest(cells, declared(CLAIM + CLAIM.replace("layers", "quoted")))
    assert known != code_digest(cells, declared(CLAIM.replace("155", "156")))
    assert known == code_digest(cells[1:], declared(CLAIM))
    assert known != code_digest(cells[:1], declared(CLAIM))
    limited = declared(CLAIM.replace(":why:", ":limits: |\n  not deep > 200\n  Not so deep.\n:why:"))
    assert known != code_digest(cells, limited)
