"""The health probe: what the image's HEALTHCHECK runs, with no shell."""

from __future__ import annotations

import time
from typing import Any

from scaffold import docker
from scaffold.contract.checks import Checklist, NotMetError, SkippedError, expect
from scaffold.contract.contents import is_shell
from scaffold.contract.limits import SLACK, healthy_limit, probe_limit
from scaffold.contract.sandbox import Container, Sandbox, hardened
from scaffold.contract.start import Service

_PATIENCE = 15.0  # seconds beyond its limit, to tell a probe that is slow from one that never ends


def check_health(checklist: Checklist, sandbox: Sandbox, image: str, config: dict[str, Any], service: Service) -> None:
    """Run the probe beside a service that is well, one that hangs, and none."""
    healthcheck = config.get("Healthcheck") or {}
    limit = probe_limit(healthcheck)
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
        _expect_failure(container, limit)
    with checklist.check("health", "the probe gives up on a service that hangs, within its timeout") as note:
        _need(probe)
        with service.container.paused():
            container = sandbox.run(
                image,
                environment={"PORT": str(service.port)},
                options=hardened(),
                entrypoint=probe,
                network=f"container:{service.container.name}",
            )
            _expect_failure(container, limit)
        seconds = container.seconds()
        expect(seconds <= limit + SLACK, f"it takes {seconds:.1f} s, and has {limit:.0f}")
        note.text = f"{seconds:.1f} s of {limit:.0f}"


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


def _need(probe: list[str]) -> None:
    if not probe:
        raise NotMetError("there is no probe to run")


def _expect_failure(probe: Container, limit: float) -> None:
    code = probe.wait(limit + _PATIENCE)
    expect(code is not None, f"it still runs after {limit + _PATIENCE:.0f} s")
    expect(code == 1, f"it exits {code}")


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
