"""One line of the contract and whether it holds."""

from __future__ import annotations

import errno
import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from scaffold.docker_errors import EngineError
from scaffold.errors import DockerError, ProjectError


class Status(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"  # not met, and the contract excuses it, with the reason
    SKIPPED = "skipped"  # can't be told here, with the reason


@dataclass(frozen=True)
class Check:
    """One line of the contract.

    Attributes:
        group: what it is about, such as `routes`.
        name: the line itself, as a short statement that holds or does not.
        status: whether it holds.
        reason: why it does not, or what was measured; may be empty for one that passed.
    """

    group: str
    name: str
    status: Status
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the service here."""
        return self.status is not Status.FAILED

    def as_json(self) -> dict[str, str]:
        """Return the check as JSON."""
        return {"group": self.group, "name": self.name, "status": self.status.value, "reason": self.reason}


class NotMetError(Exception):
    """A line of the contract does not hold; the text says what was seen."""


class WaivedError(Exception):
    """A line of the contract does not hold and need not; the text says why."""


class SkippedError(Exception):
    """A line of the contract can't be checked here; the text says why."""


def expect(holds: object, otherwise: str) -> None:
    """Raise NotMetError with the text unless the condition holds."""
    if not holds:
        raise NotMetError(otherwise)


@dataclass
class Note:
    """What a passing check wants to say."""

    text: str = ""


@dataclass
class Checklist:
    """The checks so far, and whom to tell about each as it begins."""

    progress: Callable[[str], None] = lambda _: None
    checks: list[Check] = field(default_factory=list)

    @contextmanager
    def check(self, group: str, name: str) -> Iterator[Note]:
        """Record one check: failed when the block finds it broken or finds no service, passed when it ends.

        Raises:
            EngineError: there is no engine any more to check anything with.
            ProjectError: a file of this machine can't be read or written.
        """
        self.progress(f"{group}: {name}")
        note = Note()
        status, reason = Status.PASSED, ""
        try:
            yield note
        except NotMetError as error:
            status, reason = Status.FAILED, str(error)
        except WaivedError as error:
            status, reason = Status.WAIVED, str(error)
        except SkippedError as error:
            status, reason = Status.SKIPPED, str(error)
        except EngineError:
            raise
        except DockerError as error:
            # Such as an entrypoint that is no program of the image: the engine says so when it starts it.
            status, reason = Status.FAILED, error.message
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, OSError) and (error.filename or error.errno in (errno.ENOSPC, errno.EDQUOT)):
                # Of a file on this machine, which says nothing of the service.
                what = f"can't read or write {error.filename or 'a temporary file'}: {error.strerror}"
                raise ProjectError(what, "check its permissions, and that there is room in TMPDIR") from error
            status, reason = Status.FAILED, f"no answer: {error or type(error).__name__}"
        self.checks.append(Check(group, name, status, reason or note.text))

    def skip(self, group: str, name: str, reason: str) -> None:
        """Record a check that can't be made here."""
        self.checks.append(Check(group, name, Status.SKIPPED, reason))
