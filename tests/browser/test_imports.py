"""What a chapter imports is read from its code: what it needs, and what it does without."""

import pytest

from exegesis.browser.imports import imported


def test_imports_are_the_packages_alone():
    sources = [
        "import numpy as np\nfrom scipy.special import ndtr",
        "def f():\n    import os.path, autograd.numpy",
        "%",
        "x = '\0'\0",
        "from . import local",
    ]
    found = imported(sources)
    assert found.needed == {"numpy", "scipy", "autograd"}
    assert found.optional == set()


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import torch\nexcept ImportError:\n    torch = None",
        "try:\n    from torch import nn\nexcept (ValueError, ModuleNotFoundError):\n    pass",
        "try:\n    import torch\nexcept:\n    pass",
        "try:\n    if True:\n        import torch.nn\nexcept builtins.Exception:\n    pass",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import torch",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch",
    ],
)
def test_an_import_that_may_fail_is_optional(code):
    assert imported([code]).optional == {"torch"}
    assert imported([code]).needed == set()
    assert imported([code, "import torch"]).optional == set(), "it is needed elsewhere"


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import torch\nexcept ValueError:\n    pass",
        "try:\n    pass\nexcept ImportError:\n    import torch",
        "try:\n    import torch\nfinally:\n    pass",
        "with contextlib.suppress(ValueError):\n    import torch",
        "if DEBUG:\n    import torch",
    ],
)
def test_an_import_that_must_not_fail_is_needed(code):
    assert imported([code]).needed == {"torch"}
