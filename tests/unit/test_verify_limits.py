"""How long a service may take: as long as the HEALTHCHECK of its image says, within reason."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest

from scaffold import docker
from scaffold.contract import limits, start
from scaffold.contract.checks import Checklist, NotMetError
from scaffold.contract.health import check_health
from scaffold.contract.sandbox import Sandbox
from scaffold.contract.start import Service, start_service
from scaffold.contract.wire import Address

SECOND = 1_000_000_000
GIVES_UP = "the probe gives up on a service that hangs, within its timeout"


class FakeContainer:
    """A container of an image with a HEALTHCHECK; as a probe, it takes its time and exits 1."""

    name = "fake"

    def __init__(self, healthcheck: dict[str, Any], takes: float = 0.0) -> None:
        self._healthcheck = healthcheck
        self._takes = takes

    def healthcheck(self) -> dict[str, Any]:
        return self._healthcheck

    def state(self) -> dict[str, Any]:
        return {"Status": "running", "Health": {"Status": "healthy"}}

    def address(self, _: int) -> Address:
        return ("127.0.0.1", 1)

    def kill(self, _: str) -> None:
        """It is gone anyway."""

    def wait(self, seconds: float) -> int | None:
        return 1 if self._takes <= seconds else None

    def seconds(self) -> float:
        return self._takes

    def paused(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def logs(self) -> tuple[str, str]:
        return "", "its last words"


@pytest.mark.parametrize(
    ("timeout", "takes", "reason"),
    [
        (3, 2.1, ""),
        (3, 8.0, "it takes 8.0 s, and has 3"),
        (3, 60.0, "it still runs after 18 s"),
        (10, 8.0, ""),
        (0, 29.0, ""),  # Docker's default: 30 s
        (0, 33.0, "it takes 33.0 s, and has 30"),
        (600, 59.0, ""),
        (600, 65.0, "it takes 65.0 s, and has 60"),
    ],
)
def test_a_probe_has_the_time_that_its_image_gives_it(
    monkeypatch: pytest.MonkeyPatch, timeout: int, takes: float, reason: str
) -> None:
    healthcheck = {"Test": ["CMD", "/service", "healthcheck"], "Timeout": timeout * SECOND}
    sandbox, checklist = Sandbox(), Checklist()
    monkeypatch.setattr(docker, "call", lambda *_: docker.Result(0, "", ""))
    monkeypatch.setattr(sandbox, "run", lambda *_, **__: FakeContainer(healthcheck, takes))
    service = Service(FakeContainer(healthcheck), 8080, ("127.0.0.1", 1))
    check_health(checklist, sandbox, "image", {"Healthcheck": healthcheck}, service)
    assert {check.name: check.reason for check in checklist.checks}[GIVES_UP].startswith(reason or f"{takes:.1f} s of")
    assert checklist.checks[-1].passed is not bool(reason)


def start_one(monkeypatch: pytest.MonkeyPatch, period: float, takes: float) -> Service:
    """Start what answers after that many seconds."""
    sandbox, began = Sandbox(), time.monotonic()
    monkeypatch.setattr(sandbox, "run", lambda *_, **__: FakeContainer({"StartPeriod": int(period * SECOND)}))
    monkeypatch.setattr(start, "is_served", lambda _: time.monotonic() - began > takes)
    return start_service(sandbox, "image", 8080, {}, options=[])


def test_a_service_has_its_start_period(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    monkeypatch.setattr(limits, "START_LIMIT", 0.1)
    start_one(monkeypatch, period=5, takes=0.5)
    monkeypatch.setattr(limits, "LONGEST_START", 0.3)
    with pytest.raises(NotMetError, match=r"nothing answers on .* its last words"):
        start_one(monkeypatch, period=5, takes=0.5)
    assert time.monotonic() - began < 4, "it waited for all of its start period"


@pytest.mark.parametrize(("period", "limit"), [(None, 30), (0, 30), (10, 30), (90, 90), (3600, 120)])
def test_a_start_period_within_reason(period: int | None, limit: float) -> None:
    assert limits.start_limit({"StartPeriod": period and period * SECOND}) == limit


@pytest.mark.parametrize(
    ("healthcheck", "limit"),
    [
        ({}, 61.5),  # Docker's own: 30 s and 30 s
        ({"Interval": 10 * SECOND, "Timeout": 3 * SECOND}, 30.0),
        ({"Interval": 60 * SECOND, "Timeout": 0}, 91.5),
        ({"Interval": 0, "Timeout": 5 * SECOND}, 36.5),
        ({"Interval": 10 * SECOND, "Timeout": 3600 * SECOND}, 71.5),
    ],
)
def test_waits_for_the_first_probe(healthcheck: dict[str, Any], limit: float) -> None:
    assert limits.healthy_limit(healthcheck) == limit
