"""Everything that one verification starts in the engine, labelled so that all of it is removed again."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scaffold import docker
from scaffold.contract.times import read_time
from scaffold.contract.wire import Address
from scaffold.errors import DockerError
from scaffold.signals import signals_held

LABEL = "scaffold.verify"

# What compose.yaml gives every service, option by option, and what each is called in a report.
HARDENING: dict[str, tuple[str, ...]] = {
    "a read-only root file system, with tmpfs on /tmp": ("--read-only", "--tmpfs=/tmp"),
    "no capabilities": ("--cap-drop=ALL",),
    "no new privileges": ("--security-opt=no-new-privileges",),
    "256 MB of memory, 256 processes and one cpu": ("--memory=256m", "--pids-limit=256", "--cpus=1"),
}


# Docker hands the proxies of the user's own settings to every container, and the neighbours are not behind one.
_NO_PROXIES = [
    f"--env={name}=" for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
]


def hardened(without: str = "") -> list[str]:
    """Return the options of `docker run` for a hardened container, all but the named one."""
    return [option for name, options in HARDENING.items() if name != without for option in options]


@dataclass(frozen=True)
class Container:
    """A container that the sandbox started."""

    name: str

    def state(self) -> dict[str, Any]:
        """Return the engine's State of it."""
        state: dict[str, Any] = docker.inspect("container", self.name)["State"]
        return state

    def healthcheck(self) -> dict[str, Any]:
        """Return the HEALTHCHECK of its image; empty where that has none."""
        healthcheck: dict[str, Any] | None = docker.inspect("container", self.name)["Config"].get("Healthcheck")
        return healthcheck or {}

    def address(self, port: int) -> Address | None:
        """Return where a port of it is published on this machine; None once it has stopped."""
        ports = docker.inspect("container", self.name)["NetworkSettings"]["Ports"].get(f"{port}/tcp")
        return ("127.0.0.1", int(ports[0]["HostPort"])) if ports else None

    def logs(self) -> tuple[str, str]:
        """Return what it has printed so far, on stdout and on stderr."""
        result = docker.call("logs", self.name)
        return result.out, result.err

    def kill(self, name: str) -> None:
        """Send its first process a signal."""
        docker.docker("kill", f"--signal={name}", self.name)

    def seconds(self) -> float:
        """Return how long it ran by the engine's clock, without the time that a busy machine takes to start it."""
        state = self.state()
        return (read_time(state["FinishedAt"]) - read_time(state["StartedAt"])).total_seconds()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Freeze all of its processes for a while; its kernel still accepts connections.

        Raises:
            DockerError: it can't be frozen, which runc says now and then of a busy container for no lasting reason.
        """
        for attempt in range(5):
            try:
                docker.docker("pause", self.name)
                break
            except DockerError:
                if attempt == 4:
                    raise
                time.sleep(0.5)
        try:
            yield
        finally:
            docker.call("unpause", self.name)

    def wait(self, seconds: float) -> int | None:
        """Return its exit code, or None when it still runs after that long."""
        ends = time.monotonic() + seconds
        while True:
            state = self.state()
            if state["Status"] in ("exited", "dead"):
                return int(state["ExitCode"])
            if time.monotonic() > ends:
                return None
            time.sleep(0.05)


class Sandbox:
    """A network of its own, and the containers and images of one verification.

    Use it as a context manager: on the way out, ^C, SIGTERM and SIGHUP included, everything is removed.
    """

    def __init__(self) -> None:
        self.id = secrets.token_hex(6)
        self.network = f"scaffold-verify-{self.id}"
        self._label = f"{LABEL}={self.id}"
        self._images: list[str] = []
        self._has_caches = False
        self._started = 0

    def __enter__(self) -> Sandbox:
        try:
            docker.docker("network", "create", f"--label={self._label}", self.network)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with signals_held():  # no second ^C stops the removal half way
            self._remove()

    def gateway(self) -> str:
        """Return the address of this machine on the sandbox's network."""
        for settings in docker.inspect("network", self.network)["IPAM"]["Config"]:
            if "." in settings.get("Gateway", ""):
                return str(settings["Gateway"])
        return ""

    def tag(self, word: str) -> str:
        """Return a name for an image that is removed at the end."""
        name = f"scaffold-verify:{self.id}-{word}"
        self._images.append(name)
        return name

    def cache_namespace(self) -> str:
        """Return a namespace for the cache mounts of builds, which are removed at the end."""
        self._has_caches = True
        return self.id

    def run(
        self,
        image: str,
        *,
        environment: Mapping[str, str | None] | None = None,
        publish: int | None = None,
        alias: str = "",
        options: Sequence[str] = (),
        entrypoint: Sequence[str] = (),
        network: str = "",
    ) -> Container:
        """Start a container and return it; it may have ended by then.

        Args:
            image: what to run.
            environment: variables; None unsets one that the image sets.
            publish: a port to publish on a free port of 127.0.0.1.
            alias: its host name on the network.
            options: further options of `docker run`.
            entrypoint: what to run instead of the image's own.
            network: `container:NAME` to share that one's network.

        Raises:
            DockerError: the engine could not start it.
        """
        self._started += 1
        name = f"{self.network}-{self._started}"
        arguments = ["run", "--detach", f"--name={name}", f"--label={self._label}", "--log-driver=json-file"]
        arguments += [f"--network={network or self.network}", *_NO_PROXIES, *options]
        for key, value in (environment or {}).items():
            arguments.append(f"--env={key}" if value is None else f"--env={key}={value}")
        arguments += [f"--publish=127.0.0.1::{publish}"] if publish else []
        arguments += [f"--network-alias={alias}"] if alias else []
        arguments += [f"--entrypoint={entrypoint[0]}"] if entrypoint else []
        docker.docker(*arguments, image, *entrypoint[1:])
        return Container(name)

    def create(self, image: str) -> Container:
        """Make a container that is never started, to look at its files."""
        self._started += 1
        name = f"{self.network}-{self._started}"
        # An image without a command can't be made into a container; the word is never run.
        docker.docker("create", f"--name={name}", f"--label={self._label}", "--network=none", image, "none")
        return Container(name)

    def _remove(self) -> None:
        # A command that we were interrupted in may still be carried out by the engine: look until nothing is left.
        for _ in range(20):
            containers = docker.call("ps", "--all", "--quiet", f"--filter=label={self._label}").out.split()
            if containers:
                docker.call("rm", "--force", "--volumes", *containers)
            networks = docker.call("network", "ls", "--quiet", f"--filter=label={self._label}").out.split()
            if networks:
                docker.call("network", "rm", *networks)
            listed = docker.call("images", "--format={{json .}}", "scaffold-verify").out.splitlines()
            tags = {f"scaffold-verify:{json.loads(line)['Tag']}" for line in listed}
            images = [name for name in self._images if name in tags]
            if images:
                docker.call("image", "rm", "--force", *images)
            caches = self._cache_mounts() if self._has_caches else []
            for cache in caches:
                docker.call("buildx", "prune", f"--builder={docker.builder()}", "--force", f"--filter=id={cache}")
            if not (containers or networks or images or caches):
                return
            time.sleep(0.1)
        raise DockerError(
            f"not all that {self.network} started could be removed",
            f"docker ps --all --filter label={self._label} shows what is left",
        )

    def _cache_mounts(self) -> list[str]:
        """Return the cache mounts of builds with our id as their namespace, which they have in their description."""
        listed = docker.call(
            "buildx", "du", f"--builder={docker.builder()}", "--verbose", "--filter=type=exec.cachemount"
        ).out
        records = [
            re.search(r"^ID:\s+(\S+)", record, re.MULTILINE) for record in listed.split("\n\n") if self.id in record
        ]
        return [record[1] for record in records if record]
