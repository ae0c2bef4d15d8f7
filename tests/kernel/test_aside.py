"""Code that is run aside leaves nothing behind, and finds what is there."""

import io
import math

import numpy as np

from exegesis.kernel.aside import aside


def names(code):
    made = {}
    exec(code, made)
    return made


def test_what_is_bound_is_gone_and_what_was_bound_is_back():
    there = names("x = 1\ny = 2")
    with aside(there):
        exec("x = 3\nz = 4\ndel y", there)
    assert (there["x"], there["y"]) == (1, 2) and "z" not in there


def test_what_is_changed_in_place_is_as_it_was():
    there = {"array": np.arange(3), "rows": [[1], [2]], "rng": np.random.default_rng(0)}
    before = there["array"], there["rows"]
    with aside(there):
        exec("array[0] = 9\nrows[0].append(5)\nrng.normal()", there)
    assert there["array"].tolist() == [0, 1, 2] and there["rows"] == [[1], [2]]
    assert (there["array"], there["rows"]) == before and there["array"] is before[0]
    assert there["rng"].normal() == np.random.default_rng(0).normal()


def test_two_names_of_one_thing_still_are():
    there = names("a = [1]\nb = {'same': a}")
    with aside(there):
        exec("a.append(2)\nseen = b['same']", there)
        assert there["seen"] == [1, 2]
    assert there["a"] == [1]


def test_functions_that_were_defined_find_what_is_defined_anew():
    there = names("def f():\n    return 1\n\n\ndef g():\n    return f()")
    with aside(there):
        exec("def f():\n    return 2", there)
        assert there["g"]() == 2
    assert there["g"]() == 1


def test_modules_are_shared_and_so_is_what_cannot_be_copied():
    file = io.TextIOWrapper(io.BytesIO())
    there = {"math": math, "file": file, "left": [1], "In": ["a"]}
    inputs = there["In"]
    with aside(there, without={"In"}):
        assert there["math"] is math and there["file"] is file and there["In"] is inputs
        there["left"].append(2)
    assert there["left"] == [1]


def test_an_exception_puts_everything_back_too():
    there = {"x": [1]}
    try:
        with aside(there):
            exec("x.append(2)\nraise ValueError", there)
    except ValueError:
        pass
    assert there["x"] == [1]
