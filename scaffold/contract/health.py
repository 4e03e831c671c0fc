"""The health probe: what the image's HEALTHCHECK runs, with no shell."""

from __future__ import annotations

import time
from typing import Any

from scaffold import docker
from scaffold.contract.checks import Checklist, NotMetError, SkippedError, expect
from scaffold.contract.contents import is_shell
from scaffold.contract.sandbox import Container, Sandbox, hardened
from scaffold.contract.start import Service

_LIMIT = 2.0
_SLACK = 1.5  # starting the runtime on a busy machine
_PATIENCE = 15.0
HEALTHY_LIMIT = 30.0
_DOCKERS_DEFAULT = 30.0  # seconds, of the interval and of the timeout alike


def check_health(checklist: Checklist, sandbox: Sandbox, image: str, config: dict[str, Any], service: Service) -> None:
    """Run the probe beside a service that is well, one that hangs, and none."""
    healthcheck = config.get("Healthcheck") or {}
    probe: list[str] = []
    with checklist.check("health", "HEALTHCHECK runs a program, not a shell"):
        probe = probe_of(healthcheck)
    with checklist.check("health", "the engine finds the service healthy"):
        _need(probe)
        _expect_healthy(service.container, healthy_limit(healthcheck))
    with checklist.check("health", "the probe of a service that is well exits 0"):
        _need(probe)
        result = docker.call("exec", service.container.name, *probe)
        expect(result.code == 0, f"it exits {result.code}: {(result.err or result.out).strip()[:100]}")
    with checklist.check("health", "the probe exits 1 when nothing listens"):
        _need(probe)
        container = sandbox.run(image, environment={"PORT": str(service.port)}, options=hardened(), entrypoint=probe)
        code = container.wait(_PATIENCE)
        expect(code is not None, f"it still runs after {_PATIENCE:.0f} s")
        expect(code == 1, f"it exits {code}")
    with checklist.check("health", f"the probe gives up on a service that hangs, within {_LIMIT:.0f} s") as note:
        _need(probe)
        with service.container.paused():
            container = sandbox.run(
                image,
                environment={"PORT": str(service.port)},
                options=hardened(),
                entrypoint=probe,
                network=f"container:{service.container.name}",
            )
            code = container.wait(_PATIENCE)
        expect(code is not None, f"it still runs after {_PATIENCE:.0f} s")
        expect(code == 1, f"it exits {code}")
        seconds = container.seconds()
        expect(seconds <= _LIMIT + _SLACK, f"it takes {seconds:.1f} s")
        note.text = f"{seconds:.1f} s"


def probe_of(healthcheck: dict[str, Any]) -> list[str]:
    """Return the command of an image's HEALTHCHECK.

    Raises:
        NotMetError: it has none, or one that needs a shell.
    """
    test = [str(word) for word in healthcheck.get("Test") or []]
    expect(test and test != ["NONE"], "the image has no HEALTHCHECK")
    shown = " ".join(test)[:80]
    expect(test[0] == "CMD" and test[1:], f"it is {shown!r}: write it as a list of words")
    expect(not is_shell(test[1:]), f"it is {shown!r}: it starts a shell")
    return test[1:]


def healthy_limit(healthcheck: dict[str, Any]) -> float:
    """Return how many seconds may pass until a service that is well is found to be.

    The first probe comes an interval after the start, which an engine before 25 does not shorten.
    """
    interval, timeout = ((healthcheck.get(key) or 0) / 1e9 or _DOCKERS_DEFAULT for key in ("Interval", "Timeout"))
    return max(HEALTHY_LIMIT, interval + timeout + _SLACK)


def _need(probe: list[str]) -> None:
    if not probe:
        raise NotMetError("there is no probe to run")


def _expect_healthy(container: Container, limit: float) -> None:
    ends = time.monotonic() + limit
    status = ""
    while status != "healthy":
        expect(time.monotonic() < ends, f"it is {status} after {limit:.0f} s")
        health = container.state().get("Health")
        if health is None:
            raise SkippedError("the engine reports no health")
        status = health["Status"]
        time.sleep(0.1)
