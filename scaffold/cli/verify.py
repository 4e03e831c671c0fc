"""`scaffold verify` and `scaffold image`: what an image promises, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from scaffold.cli.console import Json, Verbose, out, show_json, steps

if TYPE_CHECKING:
    from scaffold.operations.image import ImageCost
    from scaffold.operations.verify import Verification

Where = Annotated[Path, typer.Argument(metavar="PATH", help="A folder with a Dockerfile.", show_default="this folder")]

_MARKS = {"passed": "green", "failed": "bold red", "waived": "yellow", "skipped": "yellow"}
_MB = 1_000_000


def verify(
    path: Where = Path(),
    image: Annotated[str, typer.Option(metavar="IMAGE", help="Check this image instead of building one.")] = "",
    json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """Build a project's image, start it, and prove that it keeps the contract, line by line: exit code 1 if not.

    It works on any project with a Dockerfile. What can't be checked is said, and is neither proved nor a failure.
    Everything that it starts is removed again.
    """
    from scaffold.operations import verify as operation

    with steps() as progress:
        verification = operation.verify(path, image=image, progress=progress)
    if json:
        show_json(verification.as_json())
    else:
        _show_checks(verification)
    if not verification.passed:
        raise typer.Exit(1)


def _show_checks(verification: Verification) -> None:
    for group in dict.fromkeys(check.group for check in verification.checks):
        out.print(Text(group, style="bold"))
        for check in verification.checks:
            if check.group == group:
                # A reason quotes what a container said, which may look like further lines of this table.
                reason = f": {' '.join(check.reason.splitlines())}" if check.reason else ""
                mark = (f"{check.status.value:7}", _MARKS[check.status.value])
                out.print(Text.assemble("  ", mark, f"  {check.name}{reason}"))
    if verification.output:
        out.print(verification.output)
    counts = ", ".join(f"{number} {mark}" for mark in _MARKS if (number := verification.count(mark)))
    out.print(f"{counts}; {verification.size / _MB:.1f} MB, {verification.seconds:.0f} s")
    if names := [check.name for check in verification.unchecked]:
        out.print(f"not proved, for it could not be checked: {'; '.join(names)}")


def image(
    path: Where = Path(),
    json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """Show what a project's image costs, stage by stage: its size, its time, and what came from the cache."""
    from scaffold.operations import image as operation

    with steps() as progress:
        cost = operation.measure(path, progress=progress)
    if json:
        show_json(cost.as_json())
    else:
        _show_cost(cost)


def _show_cost(cost: ImageCost) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("stage", "from", "MB", "seconds", "steps cached"):
        table.add_column(heading, justify="left" if heading in ("stage", "from") else "right", overflow="fold")
    for stage in cost.stages:
        size = "" if stage.size is None else f"{stage.size / _MB:.1f}"
        table.add_row(stage.name, stage.base, size, f"{stage.seconds:.1f}", f"{stage.cached} of {stage.steps}")
    out.print(table, soft_wrap=False)
    if cost.builder_size:
        share = cost.final_size / cost.builder_size
        out.print(f"{cost.builder_size / _MB:.1f} MB to build, {cost.final_size / _MB:.1f} MB to ship: {share:.1%}")
