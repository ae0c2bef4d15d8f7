"""A small good book that has one of each: what the table of ways breaks."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tiny import BIB, FRONT

CONFIG = """\
title: Small
author: Somebody
only_build_toc_files: true
exclude_patterns: [.venv]
execute: {execute_notebooks: cache, timeout: 20}
latex: {use_jupyterbook_latex: false}
parse:
  myst_enable_extensions: [colon_fence, dollarmath, substitution]
  myst_substitutions: {name: "the book"}
sphinx:
  recursive_update: true
  extra_extensions: [sphinxcontrib.bibtex, exegesis.sphinxext]
  config:
    html_math_renderer: katex
    bibtex_bibfiles: [references.bib]
    bibtex_reference_style: author_year
    bibtex_cite_id: "ref-{key}"
    exegesis_search: false
    exegesis_policy: true
"""
TOC = """\
format: jb-book
root: index
chapters:
- file: book/papers/first
- file: book/papers/second
- file: book/papers/third
- file: bibliography
"""
FIRST = """\
# First

See {numref}`fig-first-block`, {ref}`second`, {cite:t}`second2002paper` and [](second.md).
The sum is {value}`45 <total>`, as {eq}`eq-first` says of {{ name }}.

$$
y = x
$$ (eq-first)

```{picture} block.svg
:name: fig-first-block
:alt: A box from which an arrow leads on.

A block.
```

```{code-cell} python
numbers = list(range(10))
```

```{code-cell} python
:claim: total

sum(numbers)
```

```{claim} total
:evidence: recomputed
:source: p. 1
:check: = 45
They add up to 45.
```

```{exercise} adding
:title: Add them up
:check: total = 45
What is their sum?
```

```{code-cell} python
:starter: adding

total = len(numbers)
```

```{code-cell} python
:measure: adding

{"total": total}
```

```{code-cell} python
:solution: adding

total = sum(numbers)
```
"""
SECOND = """\
(second)=
# Second

A note.[^note] It is about {{ name }}.

[^note]: What is noted.

```{claim} said
:evidence: quoted
:source: p. 2
:why: It would take a month.
It takes a month.
```
"""
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 80">
  <rect class="box" x="10" y="10" width="80" height="40"/>
  <path class="arrow" d="M90 30H200"/>
</svg>
"""
THIRD = {
    "cells": [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Third\n"},
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "code",
            "metadata": {},
            "outputs": [],
            "source": "print(6 * 7)",
        },
    ],
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "author": "Somebody",
        "date": "2026-01-31",
        "keywords": ["testing"],
        "paper": "second2002paper",
        "tldr": "It is short.",
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}

FILES = {
    "_config.yml": CONFIG,
    "_toc.yml": TOC,
    "references.bib": BIB,
    "index.md": "# Small\n\nA book.\n",
    "bibliography.md": "# Bibliography\n\n```{bibliography}\n:style: plain\n```\n",
    "book/keywords.yml": "testing: what tests are about\nlearning: what machines do\n",
    "book/names.yml": "venues:\n  Conference of Tests: [Tests Conf]\n",
    "book/papers/first.md": f"{FRONT}\n{FIRST}",
    "book/papers/second.md": FRONT.replace("first2001paper", "second2002paper") + "\n" + SECOND,
    "book/papers/third.ipynb": json.dumps(THIRD, indent=1) + "\n",
    "book/papers/block.svg": SVG,
}


def write(folder: Path) -> None:
    """Write the book into a folder, and take out of it what is none of the book's but for what was built."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
