"""`scaffold blueprint ...`: for those who write blueprints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scaffold.blueprint import STORE_BUNDLE
from scaffold.cli.console import Json, Verbose, out, show_json

app = typer.Typer(no_args_is_help=True, help="Release blueprints.", rich_markup_mode="markdown")


@app.command()
def release(
    version: Annotated[str, typer.Argument(help="The version, such as 1.2.0.")],
    notes: Annotated[str, typer.Option(help="What changed and why; shown to everybody who updates.")],
    folder: Annotated[Path, typer.Option(help="The Copier root.")] = Path("blueprints"),
    bundle: Annotated[Path, typer.Option(help="The store to append to; the built-in one unless told.")] = STORE_BUNDLE,
    json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> None:
    """Append what a blueprints folder holds to a store, as its newest release."""
    from scaffold.operations import release as operation

    cut = operation.release(version, notes, folder, bundle)
    if json:
        show_json({"release": cut.tag, "commit": cut.commit, "bundle": str(cut.bundle)})
    else:
        out.print(f"released {cut.tag} ({cut.commit[:12]}) into {cut.bundle}")
