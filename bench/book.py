"""A synthetic book of any size: small chapters with code, figures, mathematics, citations and links.

One list of chapters is written in two shapes. *Stock* is what an author of a plain Jupyter Book
has: a flat table of contents, MathJax, no extension of ours. *Ours* has the settings of this
repository's own ``_config.yml``, grouped chapters, front matter, claims and the browse pages.
The cells are the same in both. The text depends on nothing but a chapter's number, and a chapter
has its own seed: no two have the same code, so that no stored result serves twice.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
#: What ours takes from the repository as it stands, so that its own settings are measured.
TAKEN = ("_config.yml", "requirements.lock", "book/_static", "book/browse", "book/bibliography.md")
FIGURES_LOOK = "book/papers/matplotlibrc"

_SUBJECTS = ("estimator", "kernel", "sampler", "gradient", "prior", "mixture", "graph", "margin", "policy", "code")
_MANNERS = ("Sparse", "Noisy", "Robust", "Lazy", "Greedy", "Smooth", "Deep", "Local", "Random", "Paired")
_PURPOSES = ("ranking", "clustering", "denoising", "planning", "retrieval", "matching", "pruning", "counting")
_VENUES = ("ToyConf", "SynthConf", "Journal of Examples", "Sample Letters", "Mock Proceedings", "Trial Workshop")
_KEYWORDS = tuple(f"{subject}s" for subject in _SUBJECTS)
_SENTENCES = (
    "The {a} is averaged over many draws, and its error falls with the root of their number.",
    "A larger {a} costs more memory and gains little once the noise dominates.",
    "One would expect the {b} to matter most; the picture shows that the {a} does.",
    "Nothing here depends on the scale of the {a}, so it is set to one.",
    "The {b} enters only through its second moment, which the next cell computes.",
    "If the {a} is wrong the {b} absorbs the difference, and nobody notices.",
    "Two runs with another seed give the same shape and other wiggles.",
    "For a {a} of low rank the bound is tight, and for the others it is a factor of two away.",
)
GROUPS = 8  # whatever the size: a book of papers grows within its subjects


@dataclass(frozen=True)
class Chapter:
    """What one chapter is made from."""

    number: int

    @property
    def slug(self) -> str:
        return f"paper-{self.number:05d}"

    @property
    def key(self) -> str:
        """The key of its paper in the bibliography."""
        return f"example{self.year}p{self.number:05d}"

    @property
    def year(self) -> int:
        return 1990 + self.number * 7 % 35

    @property
    def title(self) -> str:
        manner, subject, purpose = self._words
        return f"{manner} {subject}s for {purpose} {self.number}"

    @property
    def _words(self) -> tuple[str, str, str]:
        source = self._random("title")
        return source.choice(_MANNERS), source.choice(_SUBJECTS), source.choice(_PURPOSES)

    @property
    def keywords(self) -> list[str]:
        return sorted(self._random("keywords").sample(_KEYWORDS, 3))

    @property
    def neighbours(self) -> list[Chapter]:
        """The chapters that it links to and whose papers it cites: earlier ones, as far as there are any.

        They depend on its own number and not on the size, so that a chapter is the same in books of all sizes.
        """
        if self.number == 0:
            return []
        near = self._random("neighbours").choices(range(self.number), k=5)
        return [Chapter(number) for number in sorted(set(near))]

    def _random(self, what: str) -> random.Random:
        return random.Random(f"{what} {self.number}")  # text seeds are the same on every machine

    def record(self) -> str:
        source = self._random("authors")
        names = sorted(source.sample(range(1 + self.number // 3 + 5), 3))
        authors = " and ".join(f"Example{name:04d}, Author" for name in names)
        venue = source.choice(_VENUES)
        return (
            f"@article{{{self.key},\n  author = {{{authors}}},\n  title = {{{self.title}: A Synthetic Paper}},\n"
            f"  journal = {{{venue}}},\n  venue = {{{venue}}},\n  year = {{{self.year}}},\n"
            f"  volume = {{{self.number % 40 + 1}}},\n  pages = {{{self.number + 1}--{self.number + 12}}},\n}}\n"
        )

    def front_matter(self, *, ours: bool) -> str:
        kernel = (
            "jupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n"
            "kernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n"
        )
        if not ours:
            return f"---\n{kernel}---\n"
        manner, subject, purpose = self._words
        tldr = (
            f"{manner} {subject}s do well at {purpose} if the noise is small. A short text that stands for a summary."
        )
        return (
            f'---\nauthor: The benchmark\ndate: "{2020 + self.number % 6}-0{self.number % 9 + 1}-15"\n{kernel}'
            f"keywords: [{', '.join(self.keywords)}]\npaper: {self.key}\ntldr: {tldr}\n---\n"
        )

    def text(self, *, ours: bool) -> str:
        """Return the chapter as a MyST notebook."""
        source = self._random("text")

        def prose(sentences: int) -> str:
            chosen = source.sample(_SENTENCES, sentences)
            return "\n".join(one.format(a=source.choice(_SUBJECTS), b=source.choice(_SUBJECTS)) for one in chosen)

        cited = " ".join(f"{{cite:p}}`{each.key}`" for each in self.neighbours) or "nobody"
        links = ", ".join(f"[]({each.slug}.md)" for each in self.neighbours[:3]) or "nothing before it"
        claim = (
            "```{claim} halves\n:evidence: recomputed\n:source: Sec. 3\n:check: = 0.50\n"
            if ours
            else "```{admonition} Claim\n"
        )
        # A function of the text alone; replacing keeps the braces of TeX readable.
        return self.front_matter(ours=ours) + _BODY.replace("<title>", self.title).replace(
            "<number>", str(self.number)
        ).replace("<slug>", self.slug).replace("<own>", f"{{cite:t}}`{self.key}`").replace("<cited>", cited).replace(
            "<links>", links
        ).replace("<claim>", claim).replace("<prose-1>", prose(4)).replace("<prose-2>", prose(3)).replace(
            "<prose-3>", prose(5)
        )


_BODY = r"""
# <title>

## In short

<own> estimate a mean $\mu\in\mathbb R$ from $n$ draws $x_1,\dots,x_n$ and ask what the noise $\sigma$ costs.
<prose-1>
Earlier work saw it otherwise <cited>.
Read <links> first.

## The idea

For weights $w\in\Delta^{n-1}$ put

$$
\hat\mu_w=\sum_{i=1}^n w_i\,x_i,\qquad \operatorname{Var}\big(\hat\mu_w\big)=\sigma^2\sum_{i=1}^n w_i^2 .
$$ (eq-<slug>-estimate)

<prose-2>
The minimum over the simplex is at $w_i=1/n$, where {eq}`eq-<slug>-estimate` is $\sigma^2/n$.
With a prior of variance $\tau^2$,

$$
\mathbb E\big[\mu\mid x\big]=\frac{\tau^2}{\tau^2+\sigma^2/n}\,\bar x+\frac{\sigma^2/n}{\tau^2+\sigma^2/n}\,m,
\qquad \log p(x)=-\frac12\,x^\top\Sigma^{-1}x-\frac12\log\det\big(2\pi\Sigma\big).
$$ (eq-<slug>-posterior)

## Run it

```{code-cell} python
import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(<number>)


def running_mean(draws):
    return np.cumsum(draws) / np.arange(1, len(draws) + 1)


paths = [running_mean(rng.normal(size=200)) for _ in range(6)]
print(f"the last means: {', '.join(f'{path[-1]:+.3f}' for path in paths)}")
```

<prose-3>

```{code-cell} python
---
mystnb:
  figure: {caption: Six running means go to zero., name: fig-<slug>-means}
  image: {alt: Six wiggly lines that flatten out around zero.}
---

fig, ax = plt.subplots()
for path in paths:
    ax.plot(path)
ax.set(xlabel="draws", ylabel="running mean")
plt.show()
```

In {numref}`fig-<slug>-means` the lines stay within $\pm2/\sqrt n$ nearly always.

```{code-cell} python
---
mystnb:
  figure: {caption: The last means of many runs., name: fig-<slug>-last}
  image: {alt: A histogram with one peak at zero.}
---

fig, ax = plt.subplots()
ax.hist(rng.normal(size=(500, 200)).mean(axis=1), bins=30)
ax.set(xlabel="mean of 200 draws", ylabel="runs")
plt.show()
```

## What the paper claims

Half of the draws, half of the weight; equation {eq}`eq-<slug>-posterior` says so as well.

```{code-cell} python
:claim: halves

weights = np.full(<number> + 2, 1 / (<number> + 2))
float(weights.sum() / 2)
```

<claim>
Half of the weights' sum is $\tfrac12$, whatever $n$ is.
```

## A reader's view

It is a synthetic paper, and does what it is for.
"""


def chapters(size: int) -> list[Chapter]:
    """Return the chapters of a book of this size; those of a smaller one come first."""
    return [Chapter(number) for number in range(size)]


def write_stock(folder: Path, size: int) -> Path:
    """Write the book for ``jupyter-book build``: a flat list of chapters, all settings at their defaults.

    The one setting that is not: results are cached, as by default, but said so, since the
    template of ``jupyter-book create`` would run everything anew each time.
    """
    names = [chapter.slug for chapter in chapters(size)]
    entries = "".join(f"  - file: {name}\n" for name in [*names, "bibliography"])
    files = {
        "_config.yml": "title: A synthetic book\nauthor: The benchmark\nexecute:\n  execute_notebooks: cache\n"
        "bibtex_bibfiles: [references.bib]\n",
        "_toc.yml": f"format: jb-book\nroot: index\nchapters:\n{entries}",
        "index.md": f"# A synthetic book\n\nIt has {size} chapters.\n",
        "bibliography.md": "# Bibliography\n\n```{bibliography}\n```\n",
        "references.bib": "\n".join(chapter.record() for chapter in chapters(size)),
    } | {f"{chapter.slug}.md": chapter.text(ours=False) for chapter in chapters(size)}
    _write(folder, files)
    shutil.copyfile(REPOSITORY / FIGURES_LOOK, folder / "matplotlibrc")
    return folder


def write_ours(folder: Path, size: int) -> Path:
    """Write the book for ``exegesis build``: this repository's settings, chapters in groups, browse pages."""
    groups = [chapters(size)[group::GROUPS] for group in range(GROUPS)]
    groups = [group for group in groups if group]
    entries = "".join(
        f"  - file: book/group-{number}\n    sections:\n"
        + "".join(f"      - file: book/papers/{chapter.slug}\n" for chapter in group)
        for number, group in enumerate(groups, 1)
    )
    browse = sorted(path.stem for path in (REPOSITORY / "book/browse").glob("*.md") if path.stem != "index")
    entries += "  - file: book/browse/index\n    sections:\n"
    entries += "".join(f"      - file: book/browse/{name}\n" for name in browse)
    entries += "  - file: book/bibliography\n  - file: book/trust\n"
    files = {
        "_toc.yml": f"format: jb-book\nroot: book/index\nchapters:\n{entries}",
        "book/index.md": f"# A synthetic book\n\nIt has {size} chapters.\n\n"
        + "".join(f"## {kind.title()}\n\n```{{listing}} {kind}\n```\n\n" for kind in ("totals", "latest", "gallery")),
        "book/trust.md": "# How far to trust this book\n\nIt is synthetic.\n",  # the browse pages link it
        "book/keywords.yml": "".join(f"{word}: What is said of {word}.\n" for word in _KEYWORDS),
        "references.bib": "\n".join(chapter.record() for chapter in chapters(size)),
    }
    for number in range(1, len(groups) + 1):
        files[f"book/group-{number}.md"] = f"# Group {number}\n\nA group of chapters.\n\n```{{tableofcontents}}\n```\n"
    for chapter in chapters(size):
        files[f"book/papers/{chapter.slug}.md"] = chapter.text(ours=True)
    _write(folder, files)
    for name in (*TAKEN, FIGURES_LOOK):
        source, target = REPOSITORY / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    settings = (folder / "_config.yml").read_text(encoding="utf-8")
    _write(folder, {"_config.yml": settings.replace("exegesis_contract: true", "exegesis_contract: false")})  # no prose
    return folder


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
