"""Answers as they come from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from scaffold.errors import UsageError
from scaffold.languages import find_language
from scaffold.strict_yaml import load_yaml

Data = Annotated[
    list[str], typer.Option("--data", "-d", metavar="KEY=VALUE", help="Answer a question of the blueprint; repeatable.")
]
DataFile = Annotated[
    Path | None, typer.Option("--data-file", metavar="FILE", help="Answer questions from a YAML file.")
]


def read_answers(
    data: list[str], data_file: Path | None = None, options: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """Join the answers of a file and of the command line, which wins.

    Args:
        data: what `--data` says, each a KEY=VALUE.
        data_file: the file.
        options: what options of their own say; None where they say nothing.

    Raises:
        UsageError: the file can't be read or holds no answers, or the command line has no KEY=VALUE or contradicts
            itself.
    """
    answers = _read_file(data_file) if data_file else {}
    given = {key: value for key, value in (options or {}).items() if value is not None}
    for pair in data:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise UsageError(f"--data {pair!r} is no KEY=VALUE", "write it as in --data port=9090")
        if not _is_same(key, given.setdefault(key, value), value):
            raise UsageError(f"{key} is to be both {given[key]!r} and {value!r}", "say it once")
    return answers | given


def _is_same(key: str, one: str, other: str) -> bool:
    with suppress(yaml.YAMLError, UsageError):
        if key == "language":
            return find_language(one) is find_language(other)
        return bool(load_yaml(one) == load_yaml(other))
    return one == other


def _read_file(file: Path) -> dict[str, Any]:
    try:
        answers = load_yaml(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"can't read {str(file)!r}: {error.strerror}", "check the path") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{str(file)!r} is no valid YAML: {error}", "mend the file") from error
    if not isinstance(answers, dict) or not all(isinstance(key, str) for key in answers):
        raise UsageError(f"{str(file)!r} holds no answers", "write one `key: value` a line")
    return answers
