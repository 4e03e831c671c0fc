"""The command line: parse, call one operation, print its result."""

from __future__ import annotations

import gc
import sys

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
