"""What docker prints when it fails, in words that say what to do next."""

from __future__ import annotations

import re

from scaffold.buildlog import BuildLog
from scaffold.errors import DockerError

# What docker says, what that means, and what to do; {0} is the first group of the pattern.
_Translation = tuple[str, str, str]

# Of docker as a whole.
_OF_THE_ENGINE: tuple[_Translation, ...] = (
    (
        r"permission denied while trying to connect|dial unix \S+: connect: permission denied",
        "you may not use the Docker engine",
        "add yourself to the group docker, or run this as a user who is in it",
    ),
    (
        r"Cannot connect to the Docker daemon|Is the docker daemon running"
        r"|error during connect|failed to connect to the docker API",
        "the Docker engine does not answer",
        "start it (Docker Desktop, or: sudo systemctl start docker), then check with: docker info",
    ),
    (
        r"buildx component is missing|'buildx' is not a docker command|unknown command: docker buildx",
        "docker has no buildx, which builds images",
        "install Docker 25 or newer with the package docker-buildx-plugin, then check with: docker buildx version",
    ),
    (
        r"unknown flag: start-interval",  # docker/cli#4486
        "this Docker engine is too old for the HEALTHCHECK of the Dockerfile",
        "install Docker 25 or newer, then check with: docker version",
    ),
)

# Of one command.
_OF_A_COMMAND: tuple[_Translation, ...] = (
    (
        r"'compose' is not a docker command|unknown command: docker compose|unknown shorthand flag: 'f' in -f",
        "docker has no compose",
        "install the package docker-compose-plugin, then check with: docker compose version",
    ),
    (
        r"(?:Bind for|listen tcp4?) (\S+?):? (?:failed: port is already allocated|bind: address already in use)",
        "the address {0} is taken",
        "stop what listens there (docker ps shows containers), or choose another port: HOST_PORT=9090",
    ),
    (
        r"network (\S+) declared as external, but could not be found|network (\S+) not found",
        "there is no docker network {0}",
        "make it once with: docker network create {0}",
    ),
    (
        r"(?:pull access denied for|manifest for|failed to resolve source metadata for) "
        r"(?:docker\.io/)?(?:library/)?([^\s,]+?):?(?=[\s,]|$)",
        "the image {0} can't be had",
        "check its name and that its registry can be reached with: docker pull {0}",
    ),
    (r"No such image: (\S+)", "there is no image {0}", "build it first, or check its name with: docker images"),
    (r"no space left on device", "the Docker engine's disk is full", "free some with: docker system prune"),
    (
        r"failed to read dockerfile: open (\S+): no such file",
        "there is no {0} to build from",
        "run this in a project's folder, or name the folder",
    ),
)


class EngineError(DockerError):
    """docker itself is missing or does not work, so that no other command will do better."""


def missing() -> EngineError:
    """Return the error for a machine without docker."""
    return EngineError("docker is not installed, or not on the PATH", "see https://docs.docker.com/get-docker/")


def translate(text: str) -> DockerError:
    """Return what docker printed as an error with a hint; what is not known is passed on, its last line alone."""
    for kind, translations in ((EngineError, _OF_THE_ENGINE), (DockerError, _OF_A_COMMAND)):
        for pattern, message, hint in translations:
            if match := re.search(pattern, text):
                name = next((group for group in match.groups() if group), "")
                return kind(message.format(name), hint.format(name))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("See 'docker")]
    last = (
        re.sub(r"^(?:ERROR|Error response from daemon|docker|Error): ", "", lines[-1]) if lines else "no reason given"
    )
    return DockerError(f"docker refused: {last}", "run it again with -v to see the commands")


class BuildFailedError(DockerError):
    """An image could not be built; `log` has the steps, and `step` is the one that failed.

    Without one it is not for the Dockerfile that it failed: a base image can't be had, the disk is full.
    """

    def __init__(self, message: str, hint: str, log: BuildLog) -> None:
        super().__init__(message, hint)
        self.log = log
        self.step = log.failed if log.failed and not log.failed.is_base else None

    @property
    def where(self) -> str:
        """Which step of which stage it was."""
        if self.step is None:
            return "no step of it failed"
        stage = f"its stage {self.step.stage}" if self.step.stage else "a step"
        return f"{stage} failed at {self.step.command[:100]}"


def build_failure(log: BuildLog) -> BuildFailedError:
    """Return the error for a build that failed: what its step printed last, or what docker says where it was none."""
    error = BuildFailedError("the image can't be built", "", log)
    if error.step is None:
        text = "\n".join(log.lines)
        known = translate(text)
        return BuildFailedError(known.message, known.hint, log)
    last = "\n".join(["its last lines are:", *error.step.output[-15:]])
    return BuildFailedError(f"{error.message}: {error.where}", last, log)
