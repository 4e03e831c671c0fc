"""`scaffold check`, `scaffold diff` and `scaffold update`: three views of one merge."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from scaffold.cli.answers import Data, DataFile, read_answers
from scaffold.cli.console import Json, Trust, Verbose, err, out, progress, show_json

if TYPE_CHECKING:
    from scaffold.merge import Merge
    from scaffold.operations.check import CheckResult
    from scaffold.operations.update import UpdateResult
    from scaffold.plan import Move

Where = Annotated[Path, typer.Argument(metavar="PATH", help="The project's folder.", show_default="this folder")]
To = Annotated[str | None, typer.Option(metavar="VERSION", help="The release to go to; the newest unless told.")]

_COLOURS = {"conflict": "bold red", "deleted": "red", "kept deleted": "yellow", "kept": "yellow"}
_PATCH_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_ORDER = ("conflict", "merged", "renamed", "updated", "added", "deleted", "kept", "kept deleted")


def check(
    path: Where = Path(),
    files: Annotated[bool, typer.Option("--files", help="Show the state of each file that is not current.")] = False,
    json: Json = False,
    trust: Trust = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """Tell whether an update would change anything here, or left a conflict: exit code 1 if so. Writes nothing."""
    from scaffold.operations import check as operation

    with progress("comparing"):
        result = operation.check(path, files=files, trust=trust)
    if json:
        show_json(result.as_json())
    else:
        _show_check(result)
    if not result.is_current:
        raise typer.Exit(1)


def _show_check(result: CheckResult) -> None:
    move = result.move
    if result.interrupted:
        err.print(Text("an update was interrupted here: scaffold update ends it", style="yellow"))
    if result.unresolved:
        _show_unresolved(result.unresolved, move)
    if result.changes:
        out.print(f"behind: on {move.recorded.label}, and {move.target.label} changes something here")
        out.print("see what with scaffold diff, and bring it in with scaffold update")
    elif not result.unresolved:
        what = "the newest release" if move.stays else f"and {move.target.label} changes nothing here"
        out.print(f"up to date: on {move.recorded.label}, {what}")
    for file, state in (result.files or {}).items():
        out.print(Text.assemble((f"{state:8}", "yellow"), f" {file}"))


def diff(
    path: Where = Path(),
    to: To = None,
    data: Data = [],  # noqa: B006 - Typer reads it, nobody writes it
    data_file: DataFile = None,
    mine: Annotated[bool, typer.Option("--mine", help="What you changed, instead of what an update would.")] = False,
    trust: Trust = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """Show what an update would change, as a patch. Writes nothing."""
    from scaffold.operations import diff as operation

    answers = read_answers(data, data_file)
    with progress("comparing"):
        patch = operation.diff(path, to=to, answers=answers, mine=mine, trust=trust)
    if sys.stdout.isatty():  # nothing else counts: colours would be in the way of `git apply`
        lines = patch.removesuffix("\n").split("\n") if patch else ["no difference"]
        out.print(Text("\n").join(Text(line, style=_PATCH_COLOURS.get(line[:1], "")) for line in lines))
    elif buffer := getattr(out.file, "buffer", None):
        buffer.write(patch.encode("utf-8", "surrogateescape"))  # for `git apply`, whatever encoding a file has
    else:
        out.file.write(patch)


def update(
    path: Where = Path(),
    to: To = None,
    data: Data = [],  # noqa: B006 - Typer reads it, nobody writes it
    data_file: DataFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of each file, write nothing.")
    ] = False,
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Commit the result on a new branch, and leave the files alone.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Build the result and probe its health first; land it only if that holds.")
    ] = False,
    json: Json = False,
    trust: Trust = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """Bring a project up to its blueprint's newest release, or to new answers, without losing an edit.

    A conflict is left in the files with markers, as `git merge` does it, and is exit code 1 until it is resolved.
    With --trust, migrations of the blueprint run in a copy of the project, and what they did there is part of what
    lands.
    """
    from scaffold.operations import update as operation

    answers = read_answers(data, data_file)
    with progress("updating"):
        result = operation.update(
            path, to=to, answers=answers, dry_run=dry_run, branch=branch, verify=verify, trust=trust
        )
    if json:
        show_json(result.as_json())
    else:
        _show(result, dry_run=dry_run)
    if result.unverified or result.conflicts:
        raise typer.Exit(1)


def _show(result: UpdateResult, *, dry_run: bool) -> None:
    move = result.move
    if result.recovered:
        out.print("ended an update that was interrupted")
    if result.unresolved:
        _show_unresolved(result.unresolved, move)
    elif result.plan is None or not result.is_news:
        what = "nothing to change" if move.stays else f"{move.target.label} changes nothing here"
        out.print(f"up to date: on {move.recorded.label}, and {what}")
    else:
        _show_merge(result, result.plan.merge, dry_run=dry_run)


def _show_merge(result: UpdateResult, merge: Merge, *, dry_run: bool) -> None:
    for note in result.notes:
        out.print(Text.assemble((note.release, "bold"), f"  {note.text}"))
    _show_outcomes(merge)
    if result.unverified:
        out.print(Text(f"not landed: {result.unverified}", style="bold red"))
    elif dry_run:
        out.print("nothing was written")
    elif merge.conflicts and not result.landed:
        out.print(Text("not landed: a branch takes no conflicts; update without --branch", style="bold red"))
    elif merge.conflicts:
        _show_unresolved(result.conflicts, result.move)
    elif result.branch:
        out.print(f"committed on branch {result.branch}: git merge {result.branch}")
    else:
        what = "the new answers" if result.move.stays else result.move.target.label
        out.print(f"updated to {what}: git diff --cached shows it, git commit keeps it")


def _show_unresolved(paths: Sequence[str], move: Move) -> None:
    """Say what is to be resolved and how, and how to back out: with what leaves all alone that git does not know."""
    project = move.project.path
    there = "" if project == Path.cwd() else f"-C {shlex.quote(str(project))} "
    out.print(Text(f"{len(paths)} to resolve: {', '.join(paths)}", style="bold red"))
    out.print("edit them or take git mergetool, then git add and git commit")
    # First as if all were resolved: git restores no conflict in a file that the last commit has not.
    back = f"git {there}add -u . && git {there}restore --source=HEAD --staged --worktree ."
    out.print(Text(f"or back to the last commit: {back}"))


def _show_outcomes(merge: Merge) -> None:
    for kind in _ORDER:
        found = [outcome for outcome in merge.outcomes if outcome.outcome == kind]
        if found:
            out.print(Text(kind, style=_COLOURS.get(kind, "green")))
        for outcome in found:
            out.print(Text.assemble(f"  {outcome.path}", (f"  {outcome.reason}", "dim")))
