"""Starting a service hardened, and finding out what keeps it from starting."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scaffold.contract.checks import Checklist, NotMetError, expect
from scaffold.contract.limits import start_limit
from scaffold.contract.sandbox import HARDENING, Container, Sandbox, hardened
from scaffold.contract.wire import Address, is_served
from scaffold.errors import DockerError


@dataclass(frozen=True)
class Service:
    """A container of the image under test that answers.

    Attributes:
        container: the container.
        port: the port that it listens on inside.
        address: where that is published on this machine.
    """

    container: Container
    port: int
    address: Address


def start_service(
    sandbox: Sandbox,
    image: str,
    port: int,
    environment: Mapping[str, str | None],
    *,
    options: Sequence[str],
    alias: str = "",
) -> Service:
    """Start the image and wait until it answers.

    Raises:
        NotMetError: it ended or did not answer in time; the reason has its last words.
    """
    container = sandbox.run(image, environment=environment, publish=port, alias=alias, options=options)
    limit = start_limit(container.healthcheck())
    ends = time.monotonic() + limit
    while time.monotonic() < ends:
        address = container.address(port)
        if address and is_served(address):
            return Service(container, port, address)
        if container.state()["Status"] != "running":
            raise NotMetError(f"it ended with exit code {container.state()['ExitCode']}: {_last_words(container)}")
        time.sleep(0.1)
    words = _last_words(container)
    with contextlib.suppress(DockerError):  # it may have ended by now
        container.kill("KILL")  # one service alone may answer to the alias
    raise NotMetError(f"nothing answers on 0.0.0.0:{port} within {limit:.0f} s: {words}")


def start_hardened(
    checklist: Checklist,
    sandbox: Sandbox,
    image: str,
    port: int,
    environment: Mapping[str, str | None],
    alias: str,
    extra: Sequence[str] = (),
) -> Service | None:
    """Start the image as compose.yaml would; where that fails, name the setting that it can't bear.

    Returns:
        The service, with fewer settings if need be, so that the rest of the contract can be checked; None if it
        does not start at all.
    """
    service: Service | None = None
    culprit = reason = ""
    with checklist.check("configuration", "listens on 0.0.0.0:$PORT"):
        try:
            service = start_service(sandbox, image, port, environment, options=[*hardened(), *extra], alias=alias)
        except NotMetError as error:
            reason = str(error)
            service, culprit = _start_softened(sandbox, image, port, environment, alias, extra)
            if service is None:
                raise
    for name in HARDENING:
        with checklist.check("hardening", f"runs with {name}"):
            expect(service is not None, "it does not start")
            expect(culprit not in (name, _SEVERAL), f"it starts only without: {reason}")
    return service


_SEVERAL = "several"


def _start_softened(
    sandbox: Sandbox, image: str, port: int, environment: Mapping[str, str | None], alias: str, extra: Sequence[str]
) -> tuple[Service | None, str]:
    """Start it without one of the settings, or without any; return what it needed to do without."""

    def start(options: Sequence[str]) -> Service | None:
        with contextlib.suppress(NotMetError):
            return start_service(sandbox, image, port, environment, options=[*options, *extra], alias=alias)
        return None

    bare = start([])
    if bare is None:
        return None, ""  # hardening is not what keeps it from starting
    for name in HARDENING:
        if service := start(hardened(without=name)):
            bare.container.kill("KILL")  # one service alone may answer to the alias
            return service, name
    return bare, _SEVERAL


def _last_words(container: Container) -> str:
    stdout, stderr = container.logs()
    lines = (stderr.strip() or stdout.strip()).splitlines()
    return lines[-1][:200] if lines else "it printed nothing"
