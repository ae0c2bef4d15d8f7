"""How a chapter ran, as data: where it ran need not be where it is judged."""

from __future__ import annotations

import base64
import functools
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Any

from exegesis.execution.failure import Failure
from exegesis.schema import Validator

from .state import Picture


@dataclass(frozen=True)
class Cost:
    """What a cell took."""

    line: int  # of the chapter
    seconds: float
    memory: float  # MB


@dataclass
class Ran:
    """How a chapter ran."""

    seconds: float
    failure: Failure | None = None
    costs: list[Cost] = field(default_factory=list)
    values: dict[str, dict[str, float]] = field(default_factory=dict)  # by claim, or name of values
    wrong: dict[str, str] = field(default_factory=dict)  # why those of a claim can't be read
    pictures: list[Picture] = field(default_factory=list)
    uses: list[Failure] = field(default_factory=list)  # what is not allowed


def ran_data(ran: Ran) -> dict[str, Any]:
    """Return it as JSON has it: see ``ran`` in ``schemas/numbers.schema.json``."""
    return {
        "seconds": round(ran.seconds, 3),
        "failure": asdict(ran.failure) if ran.failure else None,
        "cells": [asdict(each) for each in ran.costs],
        "values": {
            cell: {name: value if math.isfinite(value) else str(value) for name, value in numbers.items()}
            for cell, numbers in ran.values.items()
        },
        "wrong": ran.wrong,
        "pictures": [asdict(each) | {"data": base64.b64encode(each.data).decode()} for each in ran.pictures],
        "uses": [asdict(each) for each in ran.uses],
    }


def read_ran(told: str) -> Ran:
    """Read how a chapter ran of what ``exegesis numbers --json`` printed.

    Raises:
        ValueError: it has not the form.
    """
    try:
        data = json.loads(told)
    except RecursionError:
        raise ValueError("it is too deep") from None
    if wrong := next(_schema().iter_errors(data), None):
        raise ValueError(f"{wrong.json_path[:200]} has not the form")
    ran: Mapping[str, Any] = data["ran"]
    return Ran(
        ran["seconds"],
        Failure(**ran["failure"]) if ran["failure"] else None,
        [Cost(**each) for each in ran["cells"]],
        {cell: {name: float(value) for name, value in each.items()} for cell, each in ran["values"].items()},
        ran["wrong"],
        [Picture(**each | {"data": base64.b64decode(each["data"])}) for each in ran["pictures"]],
        [Failure(**each) for each in ran["uses"]],
    )


@functools.cache
def _schema() -> Any:
    text = files("exegesis").joinpath("schemas", "numbers.schema.json").read_text("utf-8")
    return Validator(json.loads(text))
