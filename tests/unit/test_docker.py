"""docker's errors in our words, with a `docker` of our own on the PATH: no engine is needed."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold import docker
from scaffold.docker_errors import BuildFailedError, translate
from scaffold.errors import DockerError, UsageError

Fake = Callable[[str], None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Return a function that makes a shell script the docker of this test."""
    docker.builder.cache_clear()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(script: str) -> None:
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)

    return write


def test_docker_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DockerError, match="not installed") as error:
        docker.call("version")
    assert "docs.docker.com" in error.value.hint
    with pytest.raises(DockerError, match="not installed"), docker.stream("export", "x"):
        pass


@pytest.mark.parametrize(
    ("printed", "message", "hint"),
    [
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            "the Docker engine does not answer",
            "docker info",
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            "you may not use the Docker engine",
            "group docker",
        ),
        (
            "ERROR: BuildKit is enabled but the buildx component is missing or broken.",
            "docker has no buildx",
            "docker-buildx-plugin",
        ),
        (
            "ERROR: failed to solve: dockerfile parse error on line 30: unknown flag: start-interval",
            "this Docker engine is too old",
            "Docker 25",
        ),
        ("docker: 'compose' is not a docker command.", "docker has no compose", "docker-compose-plugin"),
        (
            "Error response from daemon: driver failed programming external connectivity on endpoint x: "
            "Bind for 127.0.0.1:8080 failed: port is already allocated",
            "the address 127.0.0.1:8080 is taken",
            "HOST_PORT=9090",
        ),
        (
            "listen tcp4 127.0.0.1:8080: bind: address already in use",
            "the address 127.0.0.1:8080 is taken",
            "HOST_PORT=9090",
        ),
        (
            "network shop declared as external, but could not be found",
            "there is no docker network shop",
            "docker network create shop",
        ),
        (
            "Error response from daemon: network shop not found",
            "there is no docker network shop",
            "docker network create shop",
        ),
        (
            "ERROR: failed to resolve source metadata for docker.io/library/python:3.14: x",
            "the image python:3.14 can't be had",
            "docker pull python:3.14",
        ),
        (
            "ERROR: failed to solve: x: failed to resolve source metadata for mirror.example.com:5000/a/b:1: no",
            "the image mirror.example.com:5000/a/b:1 can't be had",
            "docker pull mirror.example.com:5000/a/b:1",
        ),
        (
            "Error response from daemon: No such image: nothing:latest",
            "there is no image nothing:latest",
            "docker images",
        ),
        ("write /x: no space left on device", "the Docker engine's disk is full", "docker system prune"),
        (
            "Error response from daemon: something new\nSee 'docker run --help'.",
            "docker refused: something new",
            "-v",
        ),
        ("", "docker refused: no reason given", "-v"),
    ],
)
def test_errors_say_what_to_do_next(printed: str, message: str, hint: str) -> None:
    error = translate(printed)
    assert message in error.message
    assert hint in error.hint


def test_a_command_that_fails_is_an_error_of_docker_alone(fake: Fake) -> None:
    fake("echo 'Error response from daemon: No such image: x:1' >&2; exit 1")
    assert docker.call("image", "inspect", "x:1").code == 1
    with pytest.raises(DockerError, match="there is no image x:1"):
        docker.docker("image", "inspect", "x:1")


def test_an_option_is_no_name(fake: Fake) -> None:
    fake("echo Usage: docker image inspect")
    with pytest.raises(UsageError, match="'-h' can't be the name of a docker image"):
        docker.inspect("image", "-h")


def test_no_command_goes_on_without_an_engine(fake: Fake) -> None:
    fake("echo 'Cannot connect to the Docker daemon at unix:///x' >&2; exit 1")
    with pytest.raises(DockerError, match="does not answer"):
        docker.call("ps")


def test_a_command_that_hangs_is_given_up(fake: Fake) -> None:
    fake("exec sleep 30")
    with pytest.raises(DockerError, match=r"docker ps did not finish within 0 s"):
        docker.call("ps", limit=0.2)


def test_our_own_variables_are_not_the_containers(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1234")
    fake('echo "${PORT-unset}"')
    assert docker.docker("run") == "unset"


def test_a_build_that_fails_names_the_stage_and_the_test(fake: Fake, tmp_path: Path) -> None:
    fake(
        "[ $1 = context ] && exec echo default\n"
        "echo '#8 [test 2/2] RUN go test ./...'\n"
        "echo '#8 5.516 --- FAIL: TestOrders (0.00s)'\n"
        "echo '#8 ERROR: process \"/bin/sh -c go test\" did not complete successfully: exit code: 1'\n"
        "exit 1"
    )
    told: list[str] = []
    with pytest.raises(BuildFailedError) as error:
        docker.build(tmp_path, progress=told.append)
    assert "its stage test failed at RUN go test ./..." in error.value.message
    assert "--- FAIL: TestOrders" in error.value.hint
    assert error.value.log.failed is not None
    assert told == ["test: RUN go test ./..."]


def test_a_build_says_what_it_was_asked(fake: Fake, tmp_path: Path) -> None:
    fake(f'[ $1 = context ] && exec echo desktop-linux\necho "$@" >{tmp_path}/asked; cat >{tmp_path}/dockerfile')
    docker.build(tmp_path, tag="x:1", target="deps", contexts={"a": "docker-image://b"}, dockerfile="FROM scratch\n")
    asked = (tmp_path / "asked").read_text(encoding="utf-8")
    for word in ("--builder=desktop-linux", "--tag x:1 --load", "--target deps", "--build-context=a=docker-image://b"):
        assert word in asked
    assert (tmp_path / "dockerfile").read_text(encoding="utf-8") == "FROM scratch\n"
    docker.build(tmp_path)
    assert "--output=type=cacheonly" in (tmp_path / "asked").read_text(encoding="utf-8")


def test_a_stream_that_fails_is_an_error(fake: Fake) -> None:
    fake("echo data; echo 'No such container: x' >&2; exit 1")
    with pytest.raises(DockerError, match="No such container"), docker.stream("export", "x") as out:
        assert out.read() == b"data\n"


def test_a_stream_that_is_no_archive_says_why_it_ended(fake: Fake) -> None:
    fake("echo 'Error response from daemon: no such device' >&2; exit 1")
    with (
        pytest.raises(DockerError, match="no such device"),
        docker.stream("export", "x") as out,
        tarfile.open(fileobj=out, mode="r|"),
    ):
        pass


def test_a_stream_that_a_reader_can_not_read_is_the_readers_error(fake: Fake) -> None:
    fake("exec head -c 10000000 /dev/zero")
    with pytest.raises(ValueError, match="odd"), docker.stream("export", "x") as out:
        raise ValueError(f"odd: {out.read(1)!r}")


def test_a_stream_may_be_left_early(fake: Fake) -> None:
    fake("head -c 10000000 /dev/zero")
    with docker.stream("export", "x") as out:
        assert out.read(1) == b"\0"


@pytest.mark.parametrize("endpoint", ["ssh://me@build.example.com", "tcp://docker:2376", "tcp://10.0.0.5:2375"])
def test_an_engine_elsewhere_is_refused(fake: Fake, endpoint: str) -> None:
    fake(f"echo {endpoint}")
    with pytest.raises(DockerError, match=f"on another machine: {endpoint}"):
        docker.check_is_here()


@pytest.mark.parametrize("endpoint", ["unix:///var/run/docker.sock", "npipe:////./pipe/x", "tcp://127.0.0.1:2375", ""])
def test_an_engine_here_is_not(fake: Fake, endpoint: str) -> None:
    fake(f"echo {endpoint}")
    docker.check_is_here()
