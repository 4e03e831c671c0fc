"""How things are shown: people read Rich, machines read one JSON document on stdout."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from scaffold.errors import ScaffoldError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def show_error(error: ScaffoldError) -> None:
    """Show what is wrong and what to type next, on stderr."""
    err.print(Text.assemble(("error: ", "bold red"), tame(error.message)))
    if error.hint:
        err.print(Text.assemble(("hint: ", "bold cyan"), tame(error.hint)))


def tame(text: str) -> str:
    """Make visible what would move the cursor, change the title of the window or turn the direction of writing.

    Names and notes come from blueprints, and so from anybody.
    """
    return _WILD.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


# Control characters but tab and newline, and what Unicode has to override the direction.
_WILD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def show_json(document: Any) -> None:
    """Print one JSON document on stdout."""
    print(json.dumps(document, indent=2, ensure_ascii=False))  # noqa: T201


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show on stderr, when it is a terminal, that something is under way."""
    if not err.is_terminal:
        yield
        return
    with err.status(what):
        yield


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show on stderr, when it is a terminal, each step of long work as it begins."""
    if not err.is_terminal:
        yield lambda _: None
        return
    with err.status("") as status:
        yield lambda step: status.update(Text(step[: err.width - 4]))


def _show_commands(wanted: bool) -> None:
    if wanted:
        log = logging.getLogger("scaffold.commands")
        log.setLevel(logging.DEBUG)
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("+ %(message)s"))
        log.addHandler(handler)


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Trust = Annotated[bool, typer.Option("--trust", help="Allow the blueprint to run code of its own.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", callback=_show_commands, help="Show the commands that are run.")
]
