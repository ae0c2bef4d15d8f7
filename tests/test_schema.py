"""JSON Schema is there for every command, and what takes a second to import for no schema of ours is not."""

import importlib.util
import json
import subprocess
import sys

import pytest

from exegesis.schema import Validator

_LOADED = "import json, sys, {}; print(json.dumps([name for name in sys.modules if name.startswith('rfc3987_syntax')]))"


def loaded(module):
    """Return what of the slow module is there when another one was imported, in a process of its own."""
    command = [sys.executable, "-c", _LOADED.format(module)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.mark.skipif(importlib.util.find_spec("rfc3987_syntax") is None, reason="JupyterLab is not installed")
def test_the_grammars_of_addresses_are_left_alone():
    assert loaded("jsonschema") != [], "jsonschema no longer imports it: exegesis/schema.py is not needed any more"
    assert loaded("exegesis.schema") == []
    assert loaded("exegesis.execution") == []


def test_a_schema_is_checked():
    (wrong,) = Validator({"properties": {"a": {"type": "number"}}}).iter_errors({"a": "b"})
    assert wrong.json_path == "$.a"
