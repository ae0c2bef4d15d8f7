"""Identifiers and addresses of papers, from any spelling to one form."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

_DOI = re.compile(r"10\.\d+(?:\.\d+)*/\S+")
_DOI_HOSTS = ("doi.org", "dx.doi.org", "www.doi.org")
_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Za-z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)
_ARXIV_PLACE = re.compile(
    r"(?:https?://)?(?:www\.|export\.|browse\.)?arxiv\.org/(?:abs|pdf|html|format|e-print)/([^?#]+?)(?:\.pdf)?/?(?:[?#].*)?",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(?:arxiv[: ]\s*|abs/)+", re.IGNORECASE)
#: Places whose older addresses begin with http:, and lead to the same page with https:.
_SECURE = {
    *("openreview.net", "proceedings.mlr.press", "arxiv.org", "papers.nips.cc", "proceedings.neurips.cc"),
    *("aclanthology.org", "jmlr.org", "www.jmlr.org", "dl.acm.org", "ieeexplore.ieee.org", "dblp.org", "doi.org"),
}
_PMLR = re.compile(r"/(v\d+)/([\w-]+?)(?:/\2)?(?:\.html|\.pdf)?/?")


def untexed(text: str) -> str:
    r"""Return an identifier without what TeX needs: ``\_``, ``{\_}``, ``\url{...}`` and braces."""
    text = re.sub(r"\\(?:url|href)\s*(?=\{)", "", text.strip())
    return re.sub(r"\\([_%&#~$])", r"\1", text).replace("{", "").replace("}", "").strip()


def doi(text: str) -> str | None:
    """Return a DOI as doi.org has it, from itself, ``doi:10...`` or an address; None if it is none."""
    text = untexed(text)
    parts = urlsplit(text) if re.match(r"https?://", text, re.IGNORECASE) else None
    if parts or text.lower().startswith(_DOI_HOSTS):
        host, _, rest = re.sub(r"^https?://", "", text, flags=re.IGNORECASE).partition("/")
        if host.lower() not in _DOI_HOSTS:
            return None
        text = unquote(rest)
    text = re.sub(r"^doi\s*[:=]?\s*", "", text, flags=re.IGNORECASE).rstrip(".,;")
    return text if _DOI.fullmatch(text) else None


def arxiv(text: str) -> str | None:
    """Return an arXiv identifier without its version, from any spelling or an address; None if it is none."""
    text = untexed(text)
    if place := _ARXIV_PLACE.fullmatch(text):
        text = place[1]
    text = re.sub(r"\s*\[[\w.-]+\]$", "", _PREFIX.sub("", text, count=1)).strip()  # '1412.6980 [cs.LG]'
    found = _ARXIV.fullmatch(text)
    if not found and (own := doi(text)) and own.lower().startswith("10.48550/arxiv."):
        found = _ARXIV.fullmatch(own[len("10.48550/arxiv.") :])
    return found[1] if found else None


def url(text: str) -> str | None:
    """Return an address that may be linked, with http or https; None if it is none."""
    text = untexed(text)
    if re.match(r"www\.[\w-]+\.\w", text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not re.fullmatch(r"[\w.-]*\w", host) or re.search(r"\s", text):
        return None
    if re.search(r"[<>\"'`\\^|\x00-\x1f]", text):
        return None
    scheme = "https" if host in _SECURE else parts.scheme.lower()
    if host in ("openreview.net", "www.openreview.net") and (paper := parse_qs(parts.query).get("id")):
        return f"https://openreview.net/forum?id={paper[0]}"
    if host == "proceedings.mlr.press" and (found := _PMLR.fullmatch(parts.path)):
        return f"https://{host}/{found[1]}/{found[2]}.html"
    return urlunsplit(parts._replace(scheme=scheme))
