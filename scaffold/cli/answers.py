"""Answers as they come from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from scaffold.errors import UsageError
from scaffold.project import load_yaml

Data = Annotated[
    list[str], typer.Option("--data", "-d", metavar="KEY=VALUE", help="Answer a question of the blueprint; repeatable.")
]
DataFile = Annotated[
    Path | None, typer.Option("--data-file", metavar="FILE", help="Answer questions from a YAML file.")
]


def read_answers(data: list[str], data_file: Path | None = None) -> dict[str, Any]:
    """Join the answers of a file and of the command line, which wins.

    Raises:
        UsageError: the file can't be read or holds no answers, or an option is no KEY=VALUE.
    """
    answers = _read_file(data_file) if data_file else {}
    for pair in data:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise UsageError(f"--data {pair!r} is no KEY=VALUE", "write it as in --data port=9090")
        answers[key] = value
    return answers


def _read_file(file: Path) -> dict[str, Any]:
    try:
        answers = load_yaml(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"can't read {str(file)!r}: {error.strerror}", "check the path") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{str(file)!r} is no valid YAML: {' '.join(str(error).split())}", "mend the file") from error
    if not isinstance(answers, dict) or not all(isinstance(key, str) for key in answers):
        raise UsageError(f"{str(file)!r} holds no answers", "write one `key: value` a line")
    return answers
