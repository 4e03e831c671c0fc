"""How things are shown: people read Rich, machines read one JSON document on stdout."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from scaffold.errors import ScaffoldError

# Control characters but tab and newline, and what Unicode has to override the direction.
_WILD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class TameConsole(Console):
    """A console that makes visible what would move the cursor, change the window's title or turn the writing around.

    Names, notes, reasons and patches come from blueprints, and so from anybody. It is done where everything comes by,
    so that nobody who prints has to think of it.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        # No markup: what stands in brackets is a name of the user's, as likely as not.
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as Rich does, each text tamed."""
        for segment in super().render(renderable, options):
            wild = not segment.control and _WILD.search(segment.text)
            yield Segment(_tame(segment.text), segment.style) if wild else segment


def _tame(text: str) -> str:
    return _WILD.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


out = TameConsole()
err = TameConsole(stderr=True)


def show_error(error: ScaffoldError) -> None:
    """Show what is wrong and what to type next, on stderr."""
    with suppress(OSError):  # where nobody can be told, the exit code says it still
        err.print(Text.assemble(("error: ", "bold red"), error.message))
        if error.hint:
            err.print(Text.assemble(("hint: ", "bold cyan"), error.hint))


def show_json(document: Any) -> None:
    """Print one JSON document on stdout: in ASCII, so that it is one whatever encoding a terminal or a file has."""
    print(json.dumps(_plain(document), indent=2, allow_nan=False))  # noqa: T201 - Rich would wrap it


def _plain(value: Any) -> Any:
    """What YAML may have for an answer and JSON has not, as text: dates, bytes, sets, keys that are no text, NaN."""
    match value:
        case dict():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple() | set():
            return [_plain(inner) for inner in value]
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
    return str(value)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show on stderr, when it is a terminal, that something is under way."""
    if not err.is_terminal:
        yield
        return
    with err.status(Text(what)):
        yield


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show on stderr, when it is a terminal, each step of long work as it begins."""
    if not err.is_terminal:
        yield lambda _: None
        return
    with err.status("") as status:
        yield lambda step: status.update(Text(step[: err.width - 4]))


class _ShowCommand(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            err.print(f"+ {record.getMessage()}")


def _show_commands(wanted: bool) -> None:
    if wanted:
        log = logging.getLogger("scaffold.commands")
        log.setLevel(logging.DEBUG)
        log.addHandler(_ShowCommand())


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Trust = Annotated[bool, typer.Option("--trust", help="Allow the blueprint to run code of its own.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", callback=_show_commands, help="Show the commands that are run.")
]
