"""The command line: parse, call one operation, print its result."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Imports happen in here, so that ^C is quiet from the first moment on."""
    try:
        from scaffold.cli.app import run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
