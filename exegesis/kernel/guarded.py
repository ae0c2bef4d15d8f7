"""``python -m exegesis.kernel.guarded COMMAND ...``: a kernel that is not forked, with a guard all the same."""

import os
import sys

from exegesis.kernel.descendants import guard

if __name__ == "__main__":
    guard()
    os.environ["JPY_PARENT_PID"] = str(os.getppid())  # whom ipykernel looks after
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error.strerror}")
