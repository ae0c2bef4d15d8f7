"""Results of executed notebooks, and what they depend on."""

from .store import Store, stored_result

__all__ = ["Store", "stored_result"]
