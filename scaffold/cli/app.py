"""The Typer application: its commands, and what becomes of an error."""

from __future__ import annotations

import errno
import io
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Annotated

import typer
import typer.main

from scaffold.cli import blueprint, listing, new, update, verify
from scaffold.cli.console import err, out, show_error, show_json
from scaffold.errors import ScaffoldError, UsageError

app = typer.Typer(
    name="scaffold",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("new")(new.new)
app.command("list")(listing.list_languages)
app.command("check")(update.check)
app.command("diff")(update.diff)
app.command("update")(update.update)
app.command("verify")(verify.verify)
app.command("image")(verify.image)
app.add_typer(blueprint.app, name="blueprint")

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BUG = 70  # sysexits.h, EX_SOFTWARE


def _show_version(wanted: bool) -> None:
    if wanted:
        import importlib.metadata  # here, because it takes longer than all the rest of this module

        print(f"scaffold {importlib.metadata.version('scaffold-blueprints')}")  # noqa: T201 - for a program, as JSON is
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """New services that build, test and run with Docker alone, and that stay up to date with their blueprint."""


def run() -> None:
    """Run the command line and leave the process with one of the exit codes of the design.

    0 done or yes; 1 the answer is no; 2 usage; 3 a user's error; 70 a bug; 130 ^C; 129 and 143 SIGHUP and SIGTERM.

    Raises:
        KeyboardInterrupt: on ^C while nothing was being run.
    """
    came: list[int] = []
    # Else somebody wants it ignored, as nohup does.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, partial(_interrupt, came))
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may be no text at all
    try:
        try:
            _check_folder()
            _command()()
        finally:
            with suppress(BrokenPipeError):  # nobody reads it any more
                sys.stdout.flush()
    except SystemExit as end:
        # What Typer could not read it has shown, and goes by the error that led to this.
        if message := getattr(end.__context__, "format_message", None):
            _show_json_error(UsageError(message()))
        raise
    except Exception as error:
        if came:
            raise KeyboardInterrupt from error
        told = _explain(error)
        show_error(told)
        _show_json_error(told)
        sys.exit(told.exit_code)


def _check_folder() -> None:
    """Refuse to run in a folder that is no more: nothing that is relative means anything there."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise ScaffoldError("the folder that this runs in is gone", "cd to one that is there") from None


def _show_json_error(error: ScaffoldError) -> None:
    """Whoever asked for a document gets one in any case."""
    if "--json" in sys.argv[1:]:
        with suppress(OSError):
            show_json(error.as_json())


def _explain(error: Exception) -> ScaffoldError:
    """Make a sentence of any error; of a bug one with a file that has all that is known."""
    if isinstance(error, ScaffoldError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return ScaffoldError(f"can't write: {error.strerror}", "make room where the output goes, and in TMPDIR")
    if isinstance(error, FileNotFoundError) and "temporary directory" in str(error):
        return ScaffoldError("there is no temporary folder that can be written to", "set TMPDIR to one")
    report = f"{sys.argv}\n{traceback.format_exc()}"
    try:
        with tempfile.NamedTemporaryFile("w", prefix="scaffold-", suffix=".log", delete=False) as log:
            log.write(report)
    except OSError:
        return _BugError("scaffold has a bug and stopped", f"please report it with this:\n{report}")
    return _BugError("scaffold has a bug and stopped", f"please report it with the file {Path(log.name)}")


class _BugError(ScaffoldError):
    exit_code = _BUG


@cache
def _command() -> Callable[[], object]:
    """What Typer makes of the application, made once: tests run it thousands of times in one process."""
    return typer.main.get_command(app)


def _interrupt(came: list[int], number: int, _: object) -> None:
    """Raise KeyboardInterrupt as Python does, and remember it: libraries in Rust make another error of it at times."""
    came.append(number)
    raise KeyboardInterrupt


def _terminate(number: int, _: object) -> None:
    """Let `finally` clean up when somebody stops us, as it does on ^C."""
    # The terminal may be gone, and what can't be written to it would be an error in the middle of that.
    out.quiet = err.quiet = number == signal.SIGHUP
    sys.exit(128 + number)
