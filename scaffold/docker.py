"""The only place that runs docker: its command line, and its errors in words that say what to do next."""

from __future__ import annotations

import functools
import json
import logging
import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from scaffold.buildlog import BuildLog
from scaffold.docker_errors import EngineError, build_failure, missing, translate
from scaffold.errors import DockerError, UsageError

_log = logging.getLogger("scaffold.commands")  # -v shows the commands that were run

# `docker run --env PORT` unsets a variable of the image, but only if our own environment has none of that name.
_NOT_OURS = ("PORT", "SERVICE_NAME", "SERVICE_VERSION", "UPSTREAMS")
_DEFAULT_LIMIT = 120.0


@dataclass(frozen=True)
class Result:
    """How one docker command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def call(*arguments: str, limit: float = _DEFAULT_LIMIT, stdin: str | None = None) -> Result:
    """Run one docker command to its end and return how it ended, whatever its exit code.

    Args:
        arguments: the words after `docker`.
        limit: seconds after which it is given up.
        stdin: what it reads; nothing unless told.

    Raises:
        EngineError: docker is missing, its engine does not answer, or the limit is over.
    """
    _log.debug("docker %s", shlex.join(arguments))
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, and no shell
            ["docker", *arguments],  # noqa: S607 - wherever the user has it
            env=_environment(),
            input=stdin or "",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit,
            start_new_session=True,  # ^C is ours: we stop the command, and can clean up with others
            check=False,
        )
    except FileNotFoundError:
        raise missing() from None
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"docker {arguments[0]} did not finish within {limit:.0f} s", "check the engine with: docker info"
        ) from None
    if done.returncode and isinstance(trouble := translate(done.stderr), EngineError):
        raise trouble
    return Result(done.returncode, done.stdout, done.stderr)


def docker(*arguments: str, limit: float = _DEFAULT_LIMIT, stdin: str | None = None) -> str:
    """Run one docker command and return what it printed, without the blanks around.

    Raises:
        DockerError: as `call`, and when the command's exit code is not 0.
    """
    result = call(*arguments, limit=limit, stdin=stdin)
    if result.code:
        raise translate(result.err or result.out)
    return result.out.strip()


def check_is_here() -> None:
    """Refuse an engine on another machine: what a container publishes is on the loopback address of that one.

    Raises:
        DockerError: it is on another one, or docker is missing.
    """
    endpoint = call("context", "inspect", "--format={{.Endpoints.docker.Host}}").out.strip()
    address = urlsplit(endpoint)
    if address.scheme in ("ssh", "tcp", "http", "https") and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise DockerError(f"the Docker engine is on another machine: {endpoint}", "run this on that machine")


def inspect(kind: str, name: str) -> dict[str, Any]:
    """Return what `docker KIND inspect NAME` says of an image, a container or a network.

    Raises:
        UsageError: the name is an option.
        DockerError: there is none of that name.
    """
    if name.startswith("-"):
        raise UsageError(f"{name!r} can't be the name of a docker {kind}", f"docker {kind} ls shows their names")
    found: list[dict[str, Any]] = json.loads(docker(kind, "inspect", name))
    return found[0]


@contextmanager
def stream(*arguments: str) -> Iterator[IO[bytes]]:
    """Run a docker command whose output is read while it runs, such as `docker export`.

    Raises:
        DockerError: docker is missing, or the command failed.
    """
    _log.debug("docker %s", shlex.join(arguments))
    process = _popen(arguments, stderr=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    assert process.stderr is not None  # noqa: S101 - for the type checker: it is a pipe
    with _ended(process):
        try:
            yield process.stdout
        except Exception:
            # A reader can't make sense of what a command printed that failed: why it did is what counts.
            with suppress(subprocess.TimeoutExpired):
                if process.wait(timeout=1):
                    raise translate(process.stderr.read().decode("utf-8", "replace")) from None
            raise
        while process.stdout.read(1 << 20):  # a reader may stop early; docker must not be left waiting
            pass
        error = process.stderr.read().decode("utf-8", "replace")
    if process.returncode:
        raise translate(error)


def build(
    context: Path,
    *,
    tag: str = "",
    target: str = "",
    options: Sequence[str] = (),
    contexts: Mapping[str, str] | None = None,
    dockerfile: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> BuildLog:
    """Build an image and return what each step did.

    Args:
        context: the folder to build from.
        tag: the name of the result; without one the build fills the cache and leaves no image.
        target: the stage to build; the last one unless told.
        options: further options of `docker build`.
        contexts: named contexts, which take the place of stages of the same name.
        dockerfile: the text of a Dockerfile to use instead of the folder's own.
        progress: called with each step as it begins.

    Raises:
        BuildFailedError: a step failed; the message names the stage, the hint has its last lines.
        DockerError: docker, its engine or buildx is missing.
    """
    arguments = ["build", "--progress=plain", f"--builder={builder()}"]
    arguments += ["--tag", tag, "--load"] if tag else ["--output=type=cacheonly"]
    arguments += ["--target", target] if target else []
    arguments += [f"--build-context={name}={source}" for name, source in (contexts or {}).items()]
    arguments += ["--file=-"] if dockerfile is not None else []
    arguments += [*options, str(context)]
    _log.debug("docker %s", shlex.join(arguments))
    process = _popen(arguments, stderr=subprocess.STDOUT, stdin=subprocess.PIPE)
    assert process.stdin is not None  # noqa: S101 - for the type checker: it is a pipe
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    log = BuildLog()
    with _ended(process):
        process.stdin.write((dockerfile or "").encode())
        process.stdin.close()
        for line in process.stdout:
            step = log.feed(line.decode("utf-8", "replace"))
            if step and progress:
                progress(f"{step.stage}: {step.command}" if step.stage else step.command)
    if process.returncode:
        raise build_failure(log)
    return log


@functools.cache
def builder() -> str:
    """Return the builder that belongs to the engine itself: its images are the engine's, and it can see them."""
    return call("context", "show").out.strip() or "default"


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    return own | {"LC_ALL": "C", "DOCKER_CLI_HINTS": "false"}


def _popen(arguments: Sequence[str], *, stderr: int, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - a fixed program, and no shell
            ["docker", *arguments],  # noqa: S607 - wherever the user has it
            env=_environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise missing() from None


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Wait for a command at the end of the block; stop it first when the block is left by an exception, such as ^C."""
    with process:
        try:
            yield
        except BaseException:
            process.send_signal(signal.SIGINT)  # a build that is killed goes on in the engine
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
