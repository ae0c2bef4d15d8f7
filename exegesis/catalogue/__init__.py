"""Papers, summaries and claims. Imports neither Sphinx nor Jupyter."""

from .checks import Check, CheckError, Said, Verdict, parse_checks, parse_said, read_values
from .claims import Declared, declared
from .literals import typed_in
from .load import Catalogue, chapter_files, load_catalogue
from .model import Accepted, Claim, Evidence, Layout, Limits, Paper, Standing, Summary, count_by_evidence

__all__ = [
    "Accepted",
    "Catalogue",
    "Check",
    "CheckError",
    "Claim",
    "Declared",
    "Evidence",
    "Layout",
    "Limits",
    "Paper",
    "Said",
    "Standing",
    "Summary",
    "Verdict",
    "chapter_files",
    "count_by_evidence",
    "declared",
    "load_catalogue",
    "parse_checks",
    "parse_said",
    "read_values",
    "typed_in",
]
