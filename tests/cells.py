"""Cells with pictures, run in this process: what nbclient and a kernel do, in a millisecond."""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import contextlib
import io

import nbformat.v4 as v4


def run(work):
    """Run a coroutine to its end, in a thread: a browser test's event loop may be at work in this one."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def picture(size=2, colour=0):
    """The head of a PNG of this width and height, and a byte more."""
    sides = int(size).to_bytes(4, "big") * 2
    return base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + sides + bytes([int(colour)])).decode()


class Client:
    """Runs cells in this process: ``show(size, colour)`` gives a picture, ``print`` text, ``value`` a value."""

    timeout = 9

    def __init__(self, nb):
        self.nb = nb
        self.namespace = {}
        for index, cell in enumerate(nb.cells):
            run(self.async_execute_cell(cell, index, index + 1))

    async def async_execute_cell(self, cell, index, count, store_history=True):
        cell.outputs = []

        def show(*what):
            cell.outputs.append(v4.new_output("display_data", data={"image/png": picture(*what)}))

        def value(what):
            cell.outputs.append(v4.new_output("execute_result", data={"text/plain": repr(what)}))

        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.namespace |= {"show": show, "value": value}
            exec(cell.source, self.namespace)
        if printed.getvalue():
            cell.outputs.append(v4.new_output("stream", name="stdout", text=printed.getvalue()))
        cell.execution_count = count
        self.nb.cells[index] = cell
