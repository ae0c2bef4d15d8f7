"""What a book has set itself, whatever the defaults are.

Sphinx tells the values of its settings and not whose they are: a book that says ``math_numfig = True`` can't be
told from one that says nothing. What came from the command or from Jupyter Book it tells; what stands in
``conf.py`` it keeps in ``_raw_config``. Seen in Sphinx 7.4, 8.2 and 9.0.
"""

from __future__ import annotations

from typing import Any

from sphinx.config import Config


def given(config: Config) -> dict[str, Any]:
    """Return what stands in ``conf.py``, and over it what was given to Sphinx beside it."""
    return {**config._raw_config, **config.overrides}
