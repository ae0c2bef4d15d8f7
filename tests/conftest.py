"""What holds for all tests."""

from __future__ import annotations

import signal

# A shell starts background jobs with SIGINT ignored, and all that they start inherits it: there, Ctrl-C
# could not be tested. A program that is started from a process with a handler has the default again.
signal.signal(signal.SIGINT, signal.default_int_handler)
