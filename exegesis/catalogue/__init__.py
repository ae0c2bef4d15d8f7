"""Papers, summaries and claims. Imports neither Sphinx nor Jupyter."""

from .checks import Check, CheckError, Said, Verdict, parse_checks, parse_said, read_values, typed_in
from .load import Catalogue, chapter_files, load_catalogue
from .model import Claim, Evidence, Layout, Paper, Summary, count_by_evidence

__all__ = [
    "Catalogue",
    "Check",
    "CheckError",
    "Claim",
    "Evidence",
    "Layout",
    "Paper",
    "Said",
    "Summary",
    "Verdict",
    "chapter_files",
    "count_by_evidence",
    "load_catalogue",
    "parse_checks",
    "parse_said",
    "read_values",
    "typed_in",
]
