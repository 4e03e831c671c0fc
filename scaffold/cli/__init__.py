"""The command line: parse, call one operation, print its result."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress

# Looking for garbage while Copier is imported takes a tenth of the time that a command takes, and finds none.
_SELDOM = 100_000


def main() -> None:
    """Run the command line. Imports happen in here, so that ^C is quiet from the first moment on."""
    gc.set_threshold(_SELDOM)
    try:
        from scaffold.cli.app import run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


def entry() -> None:
    """Run the command line as a process of its own, and leave at once when it is done.

    To take thousands of modules down piece by piece takes Python a fifth of the time that a command takes, and a ^C in
    that time would look as if the command had not ended.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Closed, as by `>&-`: the next file to be opened would get its number, and what is meant for it.
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - stays open
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody reads it any more
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
