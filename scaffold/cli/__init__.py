"""The command line: parse, call one operation, print its result."""

from __future__ import annotations

from scaffold.cli.app import main

__all__ = ["main"]
