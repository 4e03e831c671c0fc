"""What is read off an image's configuration: its HEALTHCHECK, its ENTRYPOINT, and the port that it exposes."""

from __future__ import annotations

from typing import Any

import pytest

from scaffold.contract import image
from scaffold.contract.checks import Checklist, NotMetError
from scaffold.contract.health import probe_of
from scaffold.contract.image import check_image
from scaffold.contract.sandbox import Container


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


@pytest.mark.parametrize(("user", "reason"), [("0", "USER is 0: root"), ("0:65532", "USER is 0:65532: root")])
def test_root_by_its_number(monkeypatch: pytest.MonkeyPatch, user: str, reason: str) -> None:
    assert failed(monkeypatch, User=user) == {"runs as a numeric user who is not root": reason}
    assert failed(monkeypatch, User="1001:0") == {}


def test_a_process_of_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "_owners", lambda _: {"65532", "0"})
    checklist = Checklist()
    check_image(checklist, {"User": "65532"}, Container("x"))
    assert checklist.checks[0].reason == "a process in the container runs as root"


@pytest.mark.parametrize("label", ["title", "description", "version"])
def test_a_label_that_is_missing(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    labels = {f"org.opencontainers.image.{name}": "x" for name in ("title", "description", "version") if name != label}
    assert list(failed(monkeypatch, Labels=labels).values()) == [f"org.opencontainers.image.{label} is missing"]


def test_a_command_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = failed(monkeypatch, Entrypoint=None, Cmd=["/service"]).values()
    assert list(reasons) == ["the image has a CMD but no ENTRYPOINT"]


def test_a_shell_as_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(failed(monkeypatch, Entrypoint=["/bin/sh", "-c", "x"])) == ["the ENTRYPOINT is a program, not a shell"]
