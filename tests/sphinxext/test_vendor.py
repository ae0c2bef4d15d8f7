"""Finding the files that are packed with the package."""

from __future__ import annotations

import pytest
from sphinx.errors import ExtensionError

from exegesis.sphinxext.vendor import vendored


@pytest.mark.parametrize("name", ["katex", "prism-code-editor"])
def test_files_are_there_with_their_licence(name):
    assert "Permission is hereby granted" in (vendored(name) / "LICENSE").read_text("utf-8")


def test_files_that_were_not_packed_are_named_with_what_to_do():
    with pytest.raises(ExtensionError, match=r"the files of mathjax are not in .*vendor; run 'make book'"):
        vendored("mathjax")
