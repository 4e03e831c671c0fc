"""Whatever happens to a verification, nothing that it started is left."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from pathlib import Path

import pytest

from scaffold import docker
from scaffold.contract import sandbox
from scaffold.operations.verify import verify

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("good_image")]
BROKEN = Path(__file__).parent / "broken"


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the next sandbox calls itself."""
    identity = secrets.token_hex(6)
    monkeypatch.setattr(sandbox.secrets, "token_hex", lambda _: identity)
    return identity


def left_behind(identity: str) -> list[str]:
    label = f"--filter=label=scaffold.verify={identity}"
    images = docker.docker("images", "--format={{.Repository}}:{{.Tag}}").split()
    return [
        *docker.docker("ps", "--all", "--quiet", label).split(),
        *docker.docker("network", "ls", "--quiet", label).split(),
        *docker.docker("volume", "ls", "--quiet", label).split(),
        *(image for image in images if identity in image),
        *(
            line
            for line in docker.docker("buildx", "du", f"--builder={docker.builder()}", "--verbose").splitlines()
            if identity in line
        ),
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "moment",
    [
        "COPY --from=build",  # in the middle of the first build
        "routes: GET / names",  # the first container runs
        "configuration: a bad PORT",  # one after another is started
        "build: a changed source line",  # a copy of the project is being built
        "build: the image is smaller",  # a build has had cache mounts of its own
    ],
)
def test_a_signal_leaves_nothing(identity: str, moment: str, number: int) -> None:
    seen = []

    def interrupt(message: str) -> None:
        if moment in message and not seen:
            seen.append(left_behind(identity))
            os.kill(os.getpid(), number)

    sections = ["ports", "build"]
    with pytest.raises((KeyboardInterrupt, SystemExit)) as ended:
        verify(BROKEN, progress=interrupt, sections=["routes", *sections])
    # None of ^C, which the command line knows; else what a shell shows for the signal.
    assert getattr(ended.value, "code", None) == (None if number == signal.SIGINT else 128 + number)
    assert seen[0], "there was something to be removed"
    assert left_behind(identity) == []


@pytest.mark.parametrize("seconds", [0.3, 1.1, 2.3, 4.1])
def test_a_signal_at_any_time_leaves_nothing(identity: str, seconds: float) -> None:
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        verify(BROKEN)
    assert left_behind(identity) == []


def test_an_error_leaves_nothing(identity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("scaffold.operations.verify.check_image", fail)
    with pytest.raises(RuntimeError):
        verify(BROKEN)
    assert left_behind(identity) == []


def test_a_verification_leaves_nothing(identity: str, good_image: str) -> None:
    verify(BROKEN, image=good_image, sections=["routes"])
    assert left_behind(identity) == []
