"""What the service prints: one JSON object a line, and nothing else, on stdout."""

from __future__ import annotations

import json
from typing import Any

from scaffold.contract.checks import Checklist, expect
from scaffold.contract.times import is_time
from scaffold.contract.wire import Address, ask

# One query finds the errors of all services, whatever language they are in.
_LEVELS = ("debug", "info", "warn", "error")
_SECRET = "not-to-be-logged"  # noqa: S105 - no password: a word to look for in the log


def make_known_request(address: Address, path: str) -> int:
    """Ask for a path that nobody else asks for, with a query, so that `check_logs` can look for its line.

    Returns:
        The status of the answer.
    """
    return ask(address, f"{path}?token={_SECRET}").status


def check_logs(checklist: Checklist, stdout: str, path: str, status: int | None) -> None:
    """Look at all that a service printed from its start to its end.

    Args:
        checklist: where the results go.
        stdout: what it printed there.
        path: that of `make_known_request`.
        status: what that was answered by; None where it was not.
    """
    # Not splitlines: a JSON text may hold what Unicode takes for the end of a line.
    lines = stdout.rstrip("\n").split("\n") if stdout else []
    parsed = [(line, _parse(line)) for line in lines]
    entries = [entry for _, entry in parsed if entry is not None]
    with checklist.check("logs", "every line on stdout is one JSON object") as note:
        expect(lines, "there is not one line")
        for line, read in parsed:
            expect(read is not None, f"not JSON: {line[:100]!r}")
        note.text = f"{len(lines)} lines"
    with checklist.check("logs", "each has time, level and msg"):
        expect(entries, "there are no entries")
        for entry in entries:
            expect(is_time(entry.get("time")), f"time is {entry.get('time')!r}, not RFC 3339")
            for key in ("level", "msg"):
                expect(isinstance(entry.get(key), str) and entry[key], f"{key} is {entry.get(key)!r}")
    with checklist.check("logs", f"level is one of {', '.join(_LEVELS)}"):
        expect(entries, "there are no entries")
        for entry in entries:
            expect(entry.get("level") in _LEVELS, f"level is {entry.get('level')!r}")
    with checklist.check("logs", "a request has method, path, status and ms"):
        found = [entry for entry in entries if str(entry.get("path", "")).startswith(path)]
        expect(len(found) == 1, f"GET {path} has {len(found)} lines")
        entry = found[0]
        expect(entry.get("method") == "GET", f"method is {entry.get('method')!r}")
        expect(entry.get("status") == status, f"status is {entry.get('status')!r}, but the answer was {status}")
        milliseconds = entry.get("ms")
        expect(isinstance(milliseconds, int | float) and milliseconds >= 0, f"ms is {milliseconds!r}")
    with checklist.check("logs", "a path is logged without its query"):
        expect(any(entry.get("path") == path for entry in entries), f"no line has exactly the path {path}")
        expect(_SECRET not in stdout, "the query of a request is in the log")


def _parse(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
