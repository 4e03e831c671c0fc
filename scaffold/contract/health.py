"""The health probe: what the image's HEALTHCHECK runs, with no shell."""

from __future__ import annotations

import time
from typing import Any

from scaffold import docker
from scaffold.contract.checks import Checklist, NotMetError, SkippedError, expect
from scaffold.contract.sandbox import Container, Sandbox, hardened
from scaffold.contract.start import Service

_LIMIT = 2.0
_SLACK = 1.5  # starting the runtime on a busy machine
_PATIENCE = 15.0
HEALTHY_LIMIT = 30.0


def probe_of(config: dict[str, Any]) -> list[str]:
    """Return the command of an image's HEALTHCHECK; empty when it has none, or one that needs a shell."""
    test = (config.get("Healthcheck") or {}).get("Test") or []
    return [str(word) for word in test[1:]] if test[:1] == ["CMD"] else []


def check_health(checklist: Checklist, sandbox: Sandbox, image: str, config: dict[str, Any], service: Service) -> None:
    """Run the probe beside a service that is well, one that hangs, and none."""
    probe = probe_of(config)
    with checklist.check("health", "HEALTHCHECK runs a program, not a shell"):
        test = (config.get("Healthcheck") or {}).get("Test") or []
        expect(test and test != ["NONE"], "the image has no HEALTHCHECK")
        expect(probe, f"it is {' '.join(test)[:80]!r}: write it as a list of words")
    with checklist.check("health", "the engine finds the service healthy"):
        _need(probe)
        _expect_healthy(service.container)
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


def _need(probe: list[str]) -> None:
    if not probe:
        raise NotMetError("there is no probe to run")


def _expect_healthy(container: Container) -> None:
    ends = time.monotonic() + HEALTHY_LIMIT
    status = ""
    while status != "healthy":
        expect(time.monotonic() < ends, f"it is {status} after {HEALTHY_LIMIT:.0f} s")
        health = container.state().get("Health")
        if health is None:
            raise SkippedError("the engine reports no health")
        status = health["Status"]
        time.sleep(0.1)
