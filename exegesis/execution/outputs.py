"""A cell's outputs, without what differs from one run to the next for no reason of the cell's."""

from __future__ import annotations

import re
from itertools import groupby

from nbformat import NotebookNode

_CELL_FILE = re.compile(r"\bipykernel_\d+(?=[/\\]\d+\.py)")  # a cell's file, as warnings name it: with the process


def steady(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Merge what is printed between two other outputs into one of stdout and one of stderr.

    A kernel sends what was printed every 0.2 s, each stream by itself: where one message ends
    and which stream comes first is a matter of time.
    """
    merged: list[NotebookNode] = []
    for printed, group in groupby(outputs, lambda output: output.output_type == "stream"):
        if not printed:
            merged.extend(group)
            continue
        streams: dict[str, NotebookNode] = {}
        for output in group:
            if output.name in streams:
                streams[output.name].text += output.text
            else:
                streams[output.name] = output
        for name in sorted(streams, reverse=True):  # stdout, then stderr
            streams[name].text = _CELL_FILE.sub("ipykernel", streams[name].text)
            merged.append(streams[name])
    return merged
