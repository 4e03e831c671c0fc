"""Points in time as RFC 3339 writes them: by services in their logs, by the engine in its states."""

from __future__ import annotations

from datetime import datetime


def read_time(text: str) -> datetime:
    """Return the point in time.

    Raises:
        ValueError: it is none, or one without a zone.
    """
    head, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    # RFC 3339 sets no end to the digits of a second; Python reads six.
    moment = datetime.fromisoformat(f"{head}{dot}{digits[:6]}{rest[len(digits) :]}" if dot else text)
    if moment.tzinfo is None or text[10] not in "Tt":
        raise ValueError(f"{text!r} is not RFC 3339")
    return moment


def is_time(text: object) -> bool:
    """Whether something is a point in time."""
    try:
        return isinstance(text, str) and len(text) >= len("2026-01-01T00:00:00Z") and bool(read_time(text))
    except ValueError:
        return False
