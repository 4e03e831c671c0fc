"""What is read off an image's configuration: its HEALTHCHECK, its ENTRYPOINT, and the port that it exposes."""

from __future__ import annotations

from typing import Any

import pytest

from scaffold.contract import image
from scaffold.contract.checks import Checklist, NotMetError
from scaffold.contract.health import healthy_limit, probe_of
from scaffold.contract.image import check_image
from scaffold.contract.sandbox import Container

SECOND = 1_000_000_000


def test_a_probe_that_is_a_program() -> None:
    assert probe_of({"Test": ["CMD", "/service", "healthcheck"]}) == ["/service", "healthcheck"]


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        (None, "has no HEALTHCHECK"),
        (["NONE"], "has no HEALTHCHECK"),
        (["CMD"], "write it as a list"),
        (["CMD-SHELL", "curl -f localhost"], "write it as a list"),
        (["CMD", "sh", "-c", "curl -f localhost"], "starts a shell"),
        (["CMD", "/bin/busybox", "wget"], "starts a shell"),
    ],
)
def test_a_probe_that_is_none(test: list[str] | None, reason: str) -> None:
    with pytest.raises(NotMetError, match=reason):
        probe_of({"Test": test})


@pytest.mark.parametrize(
    ("healthcheck", "limit"),
    [
        ({}, 61.5),  # Docker's own: 30 s and 30 s
        ({"Interval": 10 * SECOND, "Timeout": 3 * SECOND}, 30.0),
        ({"Interval": 60 * SECOND, "Timeout": 0}, 91.5),
        ({"Interval": 0, "Timeout": 5 * SECOND}, 36.5),
    ],
)
def test_waits_for_the_first_probe(healthcheck: dict[str, Any], limit: float) -> None:
    assert healthy_limit(healthcheck) == limit


def failed(monkeypatch: pytest.MonkeyPatch, **config: Any) -> dict[str, str]:
    monkeypatch.setattr(image, "_owners", lambda _: {"65532"})
    checklist = Checklist()
    labels = {f"org.opencontainers.image.{name}": "x" for name in ("title", "description", "version")}
    good = {"User": "65532:65532", "Entrypoint": ["/service"], "ExposedPorts": {"8080/tcp": {}}, "Labels": labels}
    check_image(checklist, good | config, Container("x"))
    return {check.name: check.reason for check in checklist.checks if not check.passed}


def test_a_good_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(monkeypatch) == {}
    assert failed(monkeypatch, Env=["A=b", "PORT=9090"], ExposedPorts={"9090/tcp": {}, "1/tcp": {}}) == {}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"ExposedPorts": None}, "nothing is exposed, but it listens on 8080/tcp"),
        ({"ExposedPorts": {"80/tcp": {}}}, "80/tcp is exposed, but it listens on 8080/tcp"),
        ({"ExposedPorts": {"8080/udp": {}}}, "8080/udp is exposed, but it listens on 8080/tcp"),
        ({"Env": ["PORT=9090"]}, "8080/tcp is exposed, but it listens on 9090/tcp"),
        ({"Env": ["PORT="], "ExposedPorts": {"1/tcp": {}}}, "1/tcp is exposed, but it listens on 8080/tcp"),
    ],
)
def test_a_port_that_it_does_not_listen_on(
    monkeypatch: pytest.MonkeyPatch, config: dict[str, Any], reason: str
) -> None:
    assert failed(monkeypatch, **config) == {"EXPOSE documents the port": reason}


def test_a_shell_as_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(failed(monkeypatch, Entrypoint=["/bin/sh", "-c", "x"])) == ["the ENTRYPOINT is a program, not a shell"]
