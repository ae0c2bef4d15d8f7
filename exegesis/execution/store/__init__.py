"""Results of executed notebooks, and what they depend on."""

from .needs import Needs, recorded_needs
from .store import Result, Store, with_outputs

__all__ = ["Needs", "Result", "Store", "recorded_needs", "with_outputs"]
