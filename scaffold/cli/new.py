"""`scaffold new`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from scaffold.cli.answers import Data, DataFile, read_answers
from scaffold.cli.console import Json, Trust, Verbose, err, out, progress, show_json
from scaffold.errors import UsageError
from scaffold.languages import FAMILIES, LANGUAGES, find_language

if TYPE_CHECKING:
    from scaffold.operations.new import NewProject


def _complete_language(incomplete: str) -> list[str]:
    return [key for key in LANGUAGES if key.startswith(incomplete)]


def new(
    name: Annotated[str | None, typer.Argument(help="The name of the service, and of its folder.")] = None,
    lang: Annotated[
        str | None,
        typer.Option("--lang", "-l", help="Its language; see `scaffold list`.", autocompletion=_complete_language),
    ] = None,
    port: Annotated[str | None, typer.Option(help="The port that it listens on.  [default: 8080]")] = None,
    network: Annotated[
        str | None, typer.Option(help="A docker network to join, shared with other services.  [default: its own]")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it does, in one line.")] = None,
    data: Data = [],  # noqa: B006 - Typer reads it, nobody writes it
    data_file: DataFile = None,
    into: Annotated[Path, typer.Option(metavar="DIR", help="The folder to make it in.")] = Path(),
    blueprint: Annotated[
        str | None, typer.Option(metavar="SOURCE[@REF]", help="Any Copier template instead, by git URL or path.")
    ] = None,
    git: Annotated[bool, typer.Option("--git/--no-git", help="Make it a repository with a first commit.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the files, write nothing.")] = False,
    json: Json = False,
    trust: Trust = False,
    verbose: Verbose = False,  # noqa: ARG001 - its callback does the work
) -> None:
    """Make a new service that builds, tests and runs with Docker alone.

    For example: `scaffold new orders --lang go`
    """
    answers = read_answers(data, data_file)
    if network is not None:
        answers |= {"network": network, "network_shared": True}
    answers |= {key: value for key, value in (("port", port), ("description", description)) if value is not None}
    if lang is not None:
        answers["language"] = find_language(lang).key
    name = name or _ask_name()
    if not blueprint and "language" not in answers:
        answers["language"] = _ask_language()
    if not blueprint:
        answers["language"] = find_language(str(answers["language"])).key

    from scaffold.operations import new as operation  # here, because it imports Copier

    with progress(f"making {name}"):
        made = operation.new(name, answers, into=into, source=blueprint, use_git=git, dry_run=dry_run, trust=trust)
    if json:
        show_json(made.as_json())
    elif dry_run:
        for path in made.rendering.tree:
            out.print(path)
    else:
        _show(made)


def _show(made: NewProject) -> None:
    out.print(Text.assemble(("made ", "green"), (f"{made.path}", "bold"), f" from blueprint {made.release.label}"))
    if made.git_note:
        out.print(Text.assemble(("git: ", "yellow"), made.git_note))
    out.print("next:")
    for command in made.next_commands:
        out.print(f"  {command}")


def _ask_name() -> str:
    return _ask("the name of the service is missing", "name of the service")


def _ask_language() -> str:
    if _is_interactive():
        for family, pattern in FAMILIES.items():
            keys = [language.key for language in LANGUAGES.values() if language.family == family]
            err.print(Text.assemble((f"{family:9}", "bold"), f" {', '.join(keys)}: {pattern}"))
    while True:
        try:
            return find_language(_ask("the language is missing", "language")).key
        except UsageError as error:
            if not _is_interactive():
                raise
            err.print(f"{error.message}; {error.hint}")


def _ask(missing: str, prompt: str) -> str:
    """Ask for what was left out, or say so where nobody can be asked."""
    if not _is_interactive():
        raise UsageError(missing, "type scaffold new NAME --lang LANG")
    answer = ""
    while not answer:
        try:
            answer = err.input(f"{prompt}: ").strip()
        except EOFError:  # ^D: there is nothing more to ask
            raise UsageError(missing, "type scaffold new NAME --lang LANG") from None
    return answer


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
