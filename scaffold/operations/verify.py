"""`scaffold verify`: prove on a running container that a project keeps the contract of a generated service."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffold import docker, dockerfile
from scaffold.contract import configuration, health, logs, oddities, routes, signals, upstreams
from scaffold.contract.building import check_building
from scaffold.contract.checks import Check, Checklist, NotMetError, Status, expect
from scaffold.contract.contents import check_contents
from scaffold.contract.image import check_image
from scaffold.contract.neighbours import Neighbours, reachable_neighbours
from scaffold.contract.sandbox import Sandbox, hardened
from scaffold.contract.start import Service, start_hardened, start_service
from scaffold.docker_errors import BuildFailedError
from scaffold.signals import terminable

_PORT = 18080  # any but the default
_ALIAS = "service"
_LOGGED = "/scaffold-verify-was-here"
_NAME, _VERSION = "verified", "9.8.7-verify"


SECTIONS = (
    "routes",
    "logs",
    "upstreams",
    "odd requests",
    "image",
    "health",
    "ports",
    "configuration",
    "signals",
    "contents",
    "build",
)


@dataclass(frozen=True)
class Verification:
    """What `scaffold verify` found.

    Attributes:
        subject: the folder or the image that was verified.
        checks: every line of the contract, in the order in which it was checked; none but the first where there is
            no image to check.
        size: the size of the image in bytes.
        seconds: how long it all took.
        output: what a build that failed printed last.
    """

    subject: str
    checks: tuple[Check, ...]
    size: int
    seconds: float
    output: str = ""

    @property
    def passed(self) -> bool:
        """Whether no line failed."""
        return all(check.passed for check in self.checks)

    @property
    def proved(self) -> bool:
        """Whether no line failed, and none was left unchecked either."""
        return self.passed and not self.unchecked

    @property
    def unchecked(self) -> list[Check]:
        """The lines of which nothing is known."""
        return [check for check in self.checks if check.status is Status.SKIPPED]

    def count(self, status: str) -> int:
        """Return how many checks came out so: a Status, or its word."""
        return sum(check.status == status for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON with stable keys."""
        return {
            "subject": self.subject,
            "passed": self.passed,
            "proved": self.proved,
            "size": self.size,
            "seconds": round(self.seconds, 1),
            "output": self.output,
            "checks": [check.as_json() for check in self.checks],
        }


def verify(
    path: Path,
    *,
    image: str = "",
    progress: Callable[[str], None] = lambda _: None,
    sections: Collection[str] = SECTIONS,
) -> Verification:
    """Build a project's image, start it hardened on a network of its own, and check the contract line by line.

    Everything that it starts is removed again, also after ^C, SIGTERM and SIGHUP.

    Args:
        path: a folder with a Dockerfile; whether this tool generated it does not matter.
        image: an image to check instead of building one; what concerns the build is skipped then.
        progress: told what is going on.
        sections: which of SECTIONS to check; whether it starts is always checked.

    Raises:
        ValueError: one of the sections is none.
        ProjectError: the folder has no Dockerfile.
        DockerError: docker or its engine is missing or on another machine, there is no such image, or a base image
            can't be had.
    """
    if unknown := sorted(set(sections) - set(SECTIONS)):
        raise ValueError(f"there is no section {', '.join(unknown)}")  # checking nothing would pass
    if not image:
        dockerfile.read(path)
    docker.check_is_here()
    began = time.monotonic()
    checklist = Checklist(progress)
    with terminable(), Sandbox() as sandbox:
        if image:
            subject = tested = image
        else:
            subject, tested = str(path), sandbox.tag("final")
            if output := _build(checklist, path, tested, progress):
                return Verification(subject, tuple(checklist.checks), 0, time.monotonic() - began, output)
        described = docker.inspect("image", tested)
        run = _Run(checklist, sandbox, tested, described["Config"] or {}, None if image else path, frozenset(sections))
        run.all(progress)
        return Verification(subject, tuple(checklist.checks), int(described["Size"]), time.monotonic() - began)


def _build(checklist: Checklist, project: Path, tag: str, progress: Callable[[str], None]) -> str:
    """Check that an image can be built; return what it printed last where not, or nothing.

    Raises:
        DockerError: it is not for the Dockerfile that it can't.
    """
    failure = None
    try:
        docker.build(project, tag=tag, progress=progress)
    except BuildFailedError as error:
        if error.step is None:
            raise
        failure = error
    with checklist.check("build", "the image can be built"):
        expect(failure is None, failure.where if failure else "")
    return failure.hint if failure else ""


@dataclass(frozen=True)
class _Run:
    """The order of the checks on one image."""

    checklist: Checklist
    sandbox: Sandbox
    image: str
    config: dict[str, Any]
    project: Path | None
    sections: frozenset[str]

    def all(self, progress: Callable[[str], None]) -> None:
        with reachable_neighbours(self.sandbox.gateway()) as (neighbours, options):
            language = self._running(neighbours, options)
        if self._wants("contents"):
            check_contents(self.checklist, self.sandbox, self.image, language, self.project)
        if self._wants("build"):
            if self.project is None:
                self.checklist.skip(
                    "build", "the Dockerfile keeps its promises", "only an image was given, not its sources"
                )
            else:
                check_building(self.checklist, self.sandbox, self.project, self.image, language, progress)

    def _running(self, neighbours: Neighbours, options: list[str]) -> str:
        """Check everything that a running container shows; return the language that the service says."""
        environment = _environment(neighbours)
        service = start_hardened(self.checklist, self.sandbox, self.image, _PORT, environment, _ALIAS, options)
        if service is None:
            return ""
        checklist, language, logged = self.checklist, "", None
        if self._wants("routes"):
            language = routes.check_routes(
                checklist, service.address, _NAME, _VERSION, lambda: sum(neighbours.asked.values())
            )
        if self._wants("logs"):
            with contextlib.suppress(OSError, http.client.HTTPException, NotMetError):  # the check says what came of it
                logged = logs.make_known_request(service.address, _LOGGED)
        if self._wants("upstreams"):
            upstreams.check_upstreams(checklist, service.address, neighbours)
        if self._wants("odd requests"):
            oddities.check_oddities(checklist, service.address)
        if self._wants("image"):
            check_image(checklist, self.config, service.container)
        if self._wants("health"):
            health.check_health(checklist, self.sandbox, self.image, self.config, service)
        self._others(service, neighbours, options)
        if self._wants("logs"):
            logs.check_logs(checklist, service.container.logs()[0], _LOGGED, logged)
        return language

    def _others(self, service: Service, neighbours: Neighbours, options: list[str]) -> None:
        """Check what takes further containers, and at last how the first one ends."""
        checklist, sandbox, image = self.checklist, self.sandbox, self.image
        second = third = None
        if self._wants("ports"):
            configuration.check_bad_ports(checklist, sandbox, image)
        if self._wants("configuration") or self._wants("signals"):
            second = configuration.check_defaults(checklist, sandbox, image, service, _ALIAS)
            third = configuration.check_empty(checklist, sandbox, image)
        if self._wants("signals"):
            if second:
                signals.check_sigterm_idle(checklist, second)
            if third:
                signals.check_sigint(checklist, third)
            signals.check_sigterm_in_flight(
                checklist,
                service,
                neighbours,
                lambda: start_service(
                    sandbox, image, _PORT, _environment(neighbours), options=[*hardened(), *options], alias=_ALIAS
                ),
            )

    def _wants(self, section: str) -> bool:
        return section in self.sections


def _environment(neighbours: Neighbours) -> dict[str, str | None]:
    """Return what the service under test is configured with."""
    return {
        "PORT": str(_PORT),
        "SERVICE_NAME": _NAME,
        "SERVICE_VERSION": _VERSION,
        "UPSTREAMS": upstreams.configuration(neighbours),
    }
