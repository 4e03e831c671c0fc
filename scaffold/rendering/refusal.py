"""Say which answer a release does not accept, and why."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from copier._main import Worker
from copier.errors import InvalidTypeError
from pydantic import ValidationError

from scaffold.errors import AnswerError, BlueprintError, ScaffoldError, UsageError
from scaffold.rendering.worker import one_line

# What an answer of a type has to be, for people.
_KINDS = {
    "bool": "yes or no",
    "float": "a number",
    "int": "a whole number",
    "json": "JSON",
    "path": "a path",
    "str": "text, in quotes where YAML sees something else",
    "yaml": "YAML",
}
# Python takes more for a number: `9_090`, the digits of every script, 80.5 cut down to a whole one, and `true` for 1.
# And what is no boolean counts as a true one with Copier.
_TEXTS = {
    "bool": re.compile(r"\s*(?:y|yes|t|true|on|1|n|no|f|false|off|0)\s*", re.IGNORECASE),
    "float": re.compile(r"[^_]*", re.ASCII),
    "int": re.compile(r"\s*[+-]?[0-9]+\s*"),
}
# How Copier and Python say that something is of no such type, where they say anything.
_TYPE_ERRORS = ("invalid literal for int", "could not convert string to float", "Could not convert")
_VALUES = {"bool": (bool,), "float": (int, float), "int": (int,)}


def check_names(asked: Sequence[str], answers: Mapping[str, Any]) -> None:
    """Refuse an answer to no question.

    Raises:
        UsageError: there is one.
    """
    for name in answers:
        if name not in asked:
            near = difflib.get_close_matches(name, asked, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"the blueprint asks no question {name!r}", f"{hint}it asks {', '.join(asked) or 'none'}")


def check_values(questions: Mapping[str, Mapping[str, Any]], answers: Mapping[str, Any]) -> None:
    """Refuse an answer that is no value of its question's type, and that Copier would make one of.

    Args:
        questions: what the blueprint says of each question.
        answers: some of them answered, by a person who can be told.

    Raises:
        AnswerError: there is one.
    """
    for name, value in answers.items():
        question = questions[name]
        kind = question.get("type") or type(question.get("default")).__name__
        if kind not in _VALUES or (question.get("multiselect") and isinstance(value, str)):
            continue  # Copier is as strict itself, or has yet to read the list
        if not all(_is_value(kind, one) for one in (value if isinstance(value, list) else [value])):
            raise _refuse(name, value, f"it must be {_KINDS[kind]}", secret=bool(question.get("secret")))


def _is_value(kind: str, value: object) -> bool:
    if isinstance(value, str):
        return value.isascii() and bool(_TEXTS[kind].fullmatch(value))
    return isinstance(value, _VALUES[kind]) and (kind == "bool") == isinstance(value, bool)


def refusal(worker: Worker, error: Exception) -> ScaffoldError:
    """Say which answer was not accepted: the first that Copier had not got past."""
    answered = {*worker.answers.user, *worker.answers.hidden}
    name = next((name for name in worker.template.questions_data if name not in answered), None)
    if name is None:
        return BlueprintError(f"the blueprint does not render: {one_line(error)}", "tell its authors")
    if isinstance(error, ValidationError):
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        return BlueprintError(f"the blueprint's question {name!r} is none: {reason}", "tell its authors")
    question = worker.template.questions_data[name]
    reason = _reason(error, question)
    if name not in worker.answers.init:
        if "is required" in str(error):
            return AnswerError(f"the answer {name!r} is missing", f"add --data {name}=VALUE", name)
        return AnswerError(
            f"the default of {name!r} does not do: {reason}", f"add --data {name}=VALUE with another value", name
        )
    return _refuse(name, worker.answers.init[name], reason, secret=bool(question.get("secret")))


def _refuse(name: str, value: object, reason: str, *, secret: bool) -> AnswerError:
    shown = str(value) if isinstance(value, datetime.date) else repr(value)
    if secret:  # nor may it stand in the reason
        reason = reason.replace(repr(value), "...").replace(str(value) or "''", "...")
        shown = "what was given"
    return AnswerError(f"{name} can't be {shown}: {reason}", f"try again with another {name}", name)


def _reason(error: Exception, question: Mapping[str, Any]) -> str:
    text = one_line(error)
    if text.startswith("Validation error for question"):
        text = text.split(": ", 1)[1]
        return f"it {text}" if text.startswith("must ") else text
    if "YAML list" in text:
        return "it must be a list such as [a, b]"
    kind = question.get("type")
    if kind in _KINDS and (isinstance(error, InvalidTypeError) or text.startswith(_TYPE_ERRORS)):
        return f"it must be {_KINDS[kind]}"
    return text.replace('in "<unicode string>", ', "in ")
