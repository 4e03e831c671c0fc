"""`scaffold new`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from scaffold.blueprint import Blueprint
from scaffold.cli.answers import Data, DataFile, read_answers
from scaffold.cli.console import Json, Trust, Verbose, err, out, progress, show_json
from scaffold.errors import ProjectError, UsageError
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
        str | None,
        typer.Option(
            metavar="SOURCE[@REF]",
            help="Any Copier template instead, by git URL or path; `@v0.1.0` is an older release of the built-in ones.",
        ),
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
    builtin = not blueprint or Blueprint.parse(blueprint)[0].is_builtin
    options = {"port": port, "network": network, "network_shared": network and "true", "description": description}
    # What another blueprint calls `name` need not be the folder's.
    options |= {"language": find_language(lang).key if lang and builtin else lang, "name": name if builtin else None}
    answers = read_answers(data, data_file, options)
    name = name or str(answers.get("name") or "") or None
    if builtin:
        answers.pop("name", None)
        name, answers["language"] = _complete(name, answers.get("language"), into, blueprint)
    name = name or _ask("the name of the service is missing", "name of the service", str)

    from scaffold.operations import new as operation

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
    if why := made.why_not_updatable:
        err.print(Text.assemble(("note: ", "yellow"), f"scaffold update can't work on it, for {why}"))
    elif source := made.other_source:
        told = f"its blueprint says that it came from {source!r}, so that is where updates will come from"
        err.print(Text.assemble(("note: ", "yellow"), told))
    if made.git_note:
        out.print(Text.assemble(("git: ", "yellow"), made.git_note))
    out.print("next:")
    for command in made.next_commands:
        out.print(f"  {command}")


def _complete(name: str | None, language: object, into: Path, blueprint: str | None) -> tuple[str, str]:
    """Ask for the name and the language where they were left out; what can't be is told before anything else is asked.

    Returns:
        both.

    Raises:
        UsageError, ProjectError: one of them can't be, or is missing and nobody can be asked.
    """

    def check_name(answer: str) -> str:
        from scaffold.operations import new as operation

        with progress("looking"):
            operation.check_name(answer, into=into, source=blueprint)
        return answer

    if name is None:
        name = _ask("the name of the service is missing", "name of the service", check_name)
    elif language is None and _is_interactive():
        check_name(name)
    if language is None and _is_interactive():
        for family, pattern in FAMILIES.items():
            keys = [language.key for language in LANGUAGES.values() if language.family == family]
            err.print(Text.assemble((f"{family:9}", "bold"), f" {', '.join(keys)}: {pattern}"))
    if language is None:
        return name, _ask("the language is missing", "language", lambda answer: find_language(answer).key)
    return name, find_language(str(language)).key


def _ask(missing: str, prompt: str, read: Callable[[str], str]) -> str:
    """Ask for what was left out until `read` takes the answer, or say so where nobody can be asked."""
    unanswered = UsageError(missing, "type scaffold new NAME --lang LANG")
    if not _is_interactive():
        raise unanswered
    while True:
        try:
            answer = err.input(f"{prompt}: ").strip()
        except EOFError:  # ^D: there is nothing more to ask
            raise unanswered from None
        try:
            if answer:
                return read(answer)
        except (UsageError, ProjectError) as error:
            err.print(f"{error.message}; {error.hint}")


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
