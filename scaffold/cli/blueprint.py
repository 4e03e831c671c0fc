"""`scaffold blueprint ...`: for those who write blueprints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scaffold.blueprint import STORE_BUNDLE
from scaffold.cli.console import Json, Verbose, out, show_json

app = typer.Typer(no_args_is_help=True, help="Release and publish blueprints.", rich_markup_mode="markdown")

Bundle = Annotated[Path, typer.Option(metavar="FILE", help="The store.", show_default="the built-in one")]


@app.command()
def release(
    version: Annotated[str, typer.Argument(help="The version, such as 1.2.0.")],
    notes: Annotated[str, typer.Option(help="What changed and why; shown to everybody who updates.")],
    folder: Annotated[Path, typer.Option(help="The Copier root.")] = Path("blueprints"),
    bundle: Bundle = STORE_BUNDLE,
    json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """Append what a blueprints folder holds to a store, as its newest release."""
    from scaffold.operations import release as operation

    cut = operation.release(version, notes, folder, bundle)
    if json:
        show_json({"release": cut.tag, "commit": cut.commit, "bundle": str(cut.bundle)})
    else:
        out.print(f"released {cut.tag} ({cut.commit[:12]}) into {cut.bundle}")


@app.command()
def publish(
    url: Annotated[str, typer.Argument(metavar="URL", help="A git URL that you may push to.")],
    bundle: Bundle = STORE_BUNDLE,
    json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """Push all releases to a git host of your own, from where `copier update` and Renovate can read them too.

    Then `scaffold new --blueprint URL` makes projects from there. For one that is there already, put the URL at
    `_src_path` in its `.copier-answers.yml`.
    """
    from scaffold.operations import publish as operation

    published = operation.publish(url, bundle)
    if json:
        show_json({"url": published.url, "pushed": published.pushed, "present": published.present})
    else:
        out.print(
            f"published {', '.join(published.pushed)}" if published.pushed else "nothing to publish: all is there"
        )
        out.print(f"make projects from it: scaffold new NAME --blueprint {url}")
