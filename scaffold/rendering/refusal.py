"""Say which answer a release does not accept, and why."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from copier._main import Worker

from scaffold.errors import AnswerError, BlueprintError, ScaffoldError, UsageError
from scaffold.rendering.worker import one_line


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


def refusal(worker: Worker, error: Exception) -> ScaffoldError:
    """Say which answer was not accepted: the first that Copier had not got past."""
    answered = {*worker.answers.user, *worker.answers.hidden}
    name = next((name for name in worker.template.questions_data if name not in answered), None)
    if name is None:
        return BlueprintError(f"the blueprint does not render: {one_line(error)}", "tell its authors")
    if name not in worker.answers.init:
        if "is required" in str(error):
            return AnswerError(f"the answer {name!r} is missing", f"add --data {name}=VALUE", name)
        return AnswerError(
            f"the default of {name!r} does not do: {_reason(error)}",
            f"add --data {name}=VALUE with another value",
            name,
        )
    value = worker.answers.init[name]
    return AnswerError(f"{name} can't be {value!r}: {_reason(error)}", f"try again with another {name}", name)


def _reason(error: Exception) -> str:
    text = one_line(error)
    if text.startswith("Validation error for question"):
        text = text.split(": ", 1)[1]
        return f"it {text}" if text.startswith("must ") else text
    if text.startswith("invalid literal for int"):
        return "it must be a whole number"
    return text
