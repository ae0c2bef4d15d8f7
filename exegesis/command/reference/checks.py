"""The page of what is checked, made from the rules of the contract: each with its reason and two examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

from exegesis.contract import GROUPS, RULES, Rule
from exegesis.contract.beside import EXAMPLES
from exegesis.fault import PACKAGE
from exegesis.limits import TAG

_BEGINNING = """\
# What is checked

% Made by 'make reference' from exegesis/contract/.

Every chapter keeps to a contract.
`exegesis check` tells what it does not keep to, in a second or two, and runs nothing; a build tells the same.
Each fault stands on a line of its own, as other linters tell theirs:

```text
book/papers/adam.md:49:50: spelling 'eror' is no word that is known; did you mean 'error'?; correct it, or ...
```

That is the file, the line, the column where there is one, the code, what is wrong, and how to mend it.
In a notebook, `cell 3` stands for the line.

- `exegesis check book/papers/adam.md` tells only what is wrong in that file.
- `exegesis check --fix` mends what it can without changing what is said: what is marked below, and records.
- `exegesis check --format github` tells faults as annotations of a pull request.
- `exegesis-check` is the hook for pre-commit, in `.pre-commit-hooks.yaml`.

A book has the contract if `exegesis_contract` is true, as it is in books that `exegesis init` makes.
A rule that a book does without is named in Sphinx's `suppress_warnings`, with `exegesis.` before its code.
`exegesis_libraries` are what chapters may import, `exegesis_words` is the list of the book's own words.

## Letting a fault stand

A comment in the chapter lets a fault stand, and says why:

```md
% exegesis: ignore cell-length the network is read in one piece
```

It is about the block or the cell below it; above the title it is about the whole chapter.
A comment without a reason, for a rule that there is not, or where there is nothing to let stand, is a fault itself.
What would make the page wrong, such as a link that leads nowhere, can't be let stand.
"""
_BESIDE = """\
## Beside the chapters

Records, front matters, keywords, settings and the table of contents are checked in every book.
Nothing of it can be let stand.
Each has many ways to be wrong; this is one.
"""
_NAMES = {"form": "The form of files", "ignoring": "Comments to the rules"}


def page() -> str:
    """Return the page."""
    return "\n".join([_BEGINNING, *(part for group in GROUPS for part in _group(group)), _BESIDE, *_beside()]) + "\n"


def _group(group: ModuleType) -> Iterator[str]:
    name = group.__name__.rpartition(".")[2]
    yield f"## {_NAMES.get(name, name.capitalize())}\n"
    yield f"{' '.join((group.__doc__ or '').split())}\n"
    for rule in RULES.values():
        if rule.find.__module__ == group.__name__:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"(check-{rule.code})=\n### {rule.code}\n"
    yield f"{rule.why}\n"
    if rule.is_fixed:
        yield "`--fix` mends it.\n"
    if rule.is_told:
        yield "It can't be let stand.\n"
    if rule.uses:
        yield f"A cell may with the tag `{TAG.format(rule.uses)}`; a build tells of what was really used.\n"
    yield from _pair(rule.example, rule.bad, rule.good, f"{PACKAGE}.{rule.code}")


def _beside() -> Iterator[str]:
    for kind, example in EXAMPLES.items():
        yield f"(check-{kind.subtype})=\n### {kind.subtype}\n"
        yield f"{kind.meaning[0].upper()}{kind.meaning[1:]}, in `{example.file}`.\n"
        yield from _pair(example.language, example.bad, example.good, kind.code)


def _pair(language: str, bad: str, good: str, code: str) -> Iterator[str]:
    yield f"This gives `{code}`:\n\n{_fenced(language, bad)}"
    yield f"This does not:\n\n{_fenced(language, good)}"


def _fenced(language: str, text: str) -> str:
    fence = max([*re.findall(r"^`{3,}", text, re.MULTILINE), "``"], key=len) + "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"
