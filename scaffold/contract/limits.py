"""How long a service may take: as long as the HEALTHCHECK of its image says, within reason."""

from __future__ import annotations

from typing import Any

# Seconds, all of them.
START_LIMIT = 30.0  # of a service without a start period, or with a short one; the slowest runtimes need three
LONGEST_START = 120.0
LONGEST_PROBE = 60.0
HEALTHY_LIMIT = 30.0
SLACK = 1.5  # starting the runtime on a busy machine
_DOCKERS_DEFAULT = 30.0  # of the interval and of the timeout alike


def start_limit(healthcheck: dict[str, Any]) -> float:
    """Return how many seconds may pass until a service answers: its start period, from 30 s to two minutes."""
    return min(max(START_LIMIT, _seconds(healthcheck, "StartPeriod")), LONGEST_START)


def probe_limit(healthcheck: dict[str, Any]) -> float:
    """Return how many seconds a probe may take: its timeout, a minute at most."""
    return min(_seconds(healthcheck, "Timeout") or _DOCKERS_DEFAULT, LONGEST_PROBE)


def healthy_limit(healthcheck: dict[str, Any]) -> float:
    """Return how many seconds may pass until a service that is well is found to be.

    The first probe comes an interval after the start, which an engine before 25 does not shorten.
    """
    interval = _seconds(healthcheck, "Interval") or _DOCKERS_DEFAULT
    return max(HEALTHY_LIMIT, interval + probe_limit(healthcheck) + SLACK)


def _seconds(healthcheck: dict[str, Any], key: str) -> float:
    """Return what an image has in nanoseconds; 0 where it has nothing."""
    return float(healthcheck.get(key) or 0) / 1e9
