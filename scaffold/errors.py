"""The errors that a user may see, each with what to type next."""

from __future__ import annotations

from typing import Any


class ScaffoldError(Exception):
    """A mistake or a condition that the user can mend. Shown as one sentence and a hint, exit code 3.

    Args:
        message: one sentence that names what is wrong, with its value.
        hint: what to type or to do next; empty only where there is nothing to be done.
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"error": self.message, "hint": self.hint, "exit_code": self.exit_code}


class UsageError(ScaffoldError):
    """The command was called with words that it does not take, exit code 2."""

    exit_code = 2


class AnswerError(UsageError):
    """A question has no answer that does. `question` is its name."""

    def __init__(self, message: str, hint: str, question: str) -> None:
        super().__init__(message, hint)
        self.question = question


class GitError(ScaffoldError):
    """git is missing, too old, or refused what was asked of it."""


class DockerError(ScaffoldError):
    """docker is missing, does not answer, or refused what was asked of it."""


class BlueprintError(ScaffoldError):
    """A blueprint can't be read, can't be trusted or does not render."""


class ProjectError(ScaffoldError):
    """A project's folder or its answers are not what the command needs."""
