"""`scaffold list`."""

from __future__ import annotations

from rich.text import Text

from scaffold.blueprint import Blueprint
from scaffold.cli.console import Json, Verbose, out, show_json
from scaffold.languages import FAMILIES, LANGUAGES


def list_languages(
    json: Json = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """List the languages, their families, base images and the newest release."""
    release = Blueprint().newest()
    if json:
        languages = [
            {
                "language": language.key,
                "title": language.title,
                "family": language.family,
                "builder_image": language.builder_image,
                "runtime_image": language.runtime_image,
                "aliases": list(language.aliases),
            }
            for language in LANGUAGES.values()
        ]
        show_json({"release": release.ref, "families": FAMILIES, "languages": languages})
        return
    for family, pattern in FAMILIES.items():
        out.print(Text.assemble((family, "bold"), f": {pattern}"))
        for language in LANGUAGES.values():
            if language.family == family:
                images = f"{language.builder_image} -> {language.runtime_image}"
                out.print(Text.assemble("  ", (f"{language.key:7}", "cyan"), f" {images}"))
    out.print(f"blueprints {release.label}; the images are the one that builds and the one that runs")
