"""Exegesis: papers you can run. What the book knows, and how it runs."""

__version__ = "0.1.0"
