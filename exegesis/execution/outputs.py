"""A cell's outputs, without what differs from one run to the next for no reason of the cell's."""

from __future__ import annotations

import re
from itertools import groupby

from nbformat import NotebookNode

_CELL_FILE = re.compile(r"\bipykernel_\d+(?=[/\\]\d+\.py)")  # a cell's file, as warnings name it: with the process
_OPENING = re.compile(r"[*_~\[`]+")
_SIGNS = 4000  # half a second
_ADDRESS = re.compile(r"(?<!\S)\S* at 0x[0-9a-fA-F]{6,}(?=>|&gt;)")


def address(outputs: list[NotebookNode]) -> str | None:
    """Return an object's address that outputs show, such as ``<Line2D at 0x7f...>``: it differs at each run."""
    for output in outputs:
        data = output.get("data", {})
        shown = [data.get("text/html", ""), "" if len(data) > 1 else data.get("text/plain", ""), output.get("text", "")]
        if found := _ADDRESS.search("\n".join("".join(text) for text in shown)):
            return found[0]
    return None


def endless(outputs: list[NotebookNode]) -> int:
    """Make text of Markdown that would take long to read; return how many signs there are in a paragraph of it.

    markdown-it looks for the other end of each sign that may open something, among all that come before it.
    """
    most = 0
    for output in outputs:
        data = output.get("data", {})
        markdown = "".join(data.get("text/markdown", ""))
        signs = max((len(_OPENING.findall(paragraph)) for paragraph in re.split(r"\n\s*\n", markdown)), default=0)
        if signs > _SIGNS:
            del data["text/markdown"]
            data["text/plain"] = markdown
            most = max(most, signs)
    return most


def _named_usually(output: NotebookNode, own: str, usual: str) -> NotebookNode:
    for kind, part in output.get("data", {}).items():
        if isinstance(part, str):
            output.data[kind] = part.replace(own, usual)
    return output


def steady(outputs: list[NotebookNode], own: str = "", usual: str = "") -> list[NotebookNode]:
    """Merge what is printed between two other outputs into one of stdout and one of stderr.

    A kernel sends what was printed every 0.2 s, each stream by itself: where one message ends
    and which stream comes first is a matter of time. The kernel's ``own`` folder for what is temporary, in which
    cells have their files too, is told as the ``usual`` one.
    """
    merged: list[NotebookNode] = []
    for printed, group in groupby(outputs, lambda output: output.output_type == "stream"):
        if not printed:
            merged.extend(_named_usually(output, own, usual) if own else output for output in group)
            continue
        streams: dict[str, NotebookNode] = {}
        for output in group:
            if output.name in streams:
                streams[output.name].text += output.text
            else:
                streams[output.name] = output
        for name in sorted(streams, reverse=True):  # stdout, then stderr
            text = streams[name].text.replace(own, usual) if own else streams[name].text
            streams[name].text = _CELL_FILE.sub("ipykernel", text)
            merged.append(streams[name])
    return merged
