"""Other seeds for all generators of this process: numpy's, Python's, and by them scikit-learn's.

A seed that is given twice gives the same twice, as before; what is paired stays paired.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import random
from typing import Any

_made = 0  # seeds that were given


def used() -> bool:
    """Whether a seed was given to any since the last `shift`."""
    return _made > 0


def shift(by: int | None) -> None:
    """Give each generator that is made from now on another seed than it asks for.

    Args:
        by: which one follows from this and from the one that is asked for; None for that one itself.
    """
    global _made
    _made = 0
    _shift_python(by)
    if importlib.util.find_spec("numpy"):  # before the chapter imports it: what it then takes by name is changed too
        _shift_numpy(importlib.import_module("numpy"), by)


def moved(seed: Any, by: int | None) -> Any:
    """Return the seed in the place of one: a number of 32 bits; a generator, and None, are left as they are."""
    global _made
    if seed is None:
        return seed
    _made += 1
    if by is None:
        return seed
    if isinstance(seed, str | bytes | int | float):
        asked = [seed]
    elif hasattr(seed, "entropy"):  # a SeedSequence, or one that it spawned
        asked = [seed.entropy, *seed.spawn_key]
    else:
        try:
            asked = [int(part) for part in seed]
        except TypeError:
            return seed
    return int.from_bytes(hashlib.sha256(f"{by}:{asked}".encode()).digest()[:4], "big")


def _shift_python(by: int | None) -> None:
    seed = random.Random.seed

    class Random(random.Random):
        def seed(self, a: Any = None, version: int = 2) -> None:
            seed(self, moved(a, by), version)

    plain = random.seed
    random.Random = Random  # type: ignore[misc]
    random.seed = lambda a=None, version=2: plain(moved(a, by), version)


def _shift_numpy(np: Any, by: int | None) -> None:
    legacy, generator, plain = np.random.RandomState, np.random.default_rng, np.random.seed

    class RandomState(legacy):  # type: ignore[misc, valid-type]  # scikit-learn asks for instances of it
        def __init__(self, seed: Any = None) -> None:
            super().__init__(moved(seed, by))

    np.random.RandomState = RandomState
    np.random.default_rng = lambda seed=None: generator(moved(seed, by))
    np.random.seed = lambda seed=None: plain(moved(seed, by))
