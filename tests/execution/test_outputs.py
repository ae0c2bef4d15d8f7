"""What is looked for in outputs is found, in time that is in proportion to their length."""

import time

import nbformat.v4 as v4
import pytest

from exegesis.execution.outputs import address, steady


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<Line2D at 0x7f1200ff>", "<Line2D at 0x7f1200ff"),
        ("[<a.B at 0x7f1200ff>, <c at 0x7f1200fe>]", "[<a.B at 0x7f1200ff"),
        ("the word at 0x7f1200ff is no address", None),
        ("x\n<Line2D at 0x12>", None),
    ],
)
def test_the_address_of_an_object_is_found(text, found):
    assert address([v4.new_output("stream", text=text)]) == found


@pytest.mark.parametrize("text", ["x" * 500_000, "x " * 250_000, "x at 0x " * 60_000])
def test_whatever_is_printed_is_looked_through_at_once(text):
    begin = time.process_time()
    assert address([v4.new_output("stream", text=text)]) is None
    assert time.process_time() - begin < 1


def test_a_kernels_own_folder_is_told_as_the_usual_one():
    text = "/tmp/x-1/y2/ipykernel_7/12.py:1: UserWarning\n"
    stream = v4.new_output("stream", text=text)
    result = v4.new_output("execute_result", data={"text/plain": "'/tmp/x-1/y2'"})
    shown, value = steady([stream, result], "/tmp/x-1/y2", "/tmp")
    assert (shown.text, value.data["text/plain"]) == ("/tmp/ipykernel/12.py:1: UserWarning\n", "'/tmp'")
