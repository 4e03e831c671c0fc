"""`scaffold image`: what an image costs, stage by stage, and the builder against what is shipped."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffold import docker, dockerfile
from scaffold.dockerfile import Stage


@dataclass(frozen=True)
class StageCost:
    """What one stage costs.

    Attributes:
        name: the stage.
        base: the stage or the image that it starts from.
        size: bytes of the image that it makes, its base included; cache mounts are in no image. None for a stage
            without a name, of which the engine makes no image unless it is the last.
        seconds: how long its steps took this time.
        steps: how many steps it has, FROM not counted.
        cached: how many of them came from the cache.
    """

    name: str
    base: str
    size: int | None
    seconds: float
    steps: int
    cached: int

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "name": self.name,
            "base": self.base,
            "size": self.size,
            "seconds": round(self.seconds, 1),
            "steps": self.steps,
            "cached": self.cached,
        }


@dataclass(frozen=True)
class ImageCost:
    """What an image costs.

    Attributes:
        stages: the stages that it needs, first to last.
        builder: the name of the stage that makes its files; empty when the Dockerfile has one stage.
        seconds: how long the build took.
    """

    stages: tuple[StageCost, ...]
    builder: str
    seconds: float

    @property
    def final_size(self) -> int:
        """Bytes of the image that is shipped."""
        return self.stages[-1].size or 0

    @property
    def builder_size(self) -> int:
        """Bytes of the stage that makes its files; 0 when there is none, or it has no name."""
        return next((stage.size for stage in self.stages if stage.name == self.builder), None) or 0

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON with stable keys."""
        return {
            "final_size": self.final_size,
            "builder": self.builder,
            "builder_size": self.builder_size,
            "seconds": round(self.seconds, 1),
            "stages": [stage.as_json() for stage in self.stages],
        }


def measure(path: Path, *, progress: Callable[[str], None] = lambda _: None) -> ImageCost:
    """Build a project's image and measure each of its stages. No image is left behind; the build cache is.

    Args:
        path: a folder with a Dockerfile.
        progress: told of each step of the build as it begins.

    Raises:
        ProjectError: the folder has no Dockerfile, or one without a stage.
        DockerError: docker or its engine is missing, or the project does not build.
    """
    parsed = dockerfile.read(path)
    began = time.monotonic()
    log = docker.build(path, progress=progress)
    seconds = time.monotonic() - began
    final = parsed.stages[-1]
    needed = parsed.needs(final.name)
    costs = []
    for stage in parsed.stages:
        if stage.name in needed:
            steps = log.of_stage(stage.name)
            costs.append(
                StageCost(
                    name=stage.name,
                    base=stage.base,
                    size=_size(path, stage, is_last=stage is final),
                    seconds=sum(step.seconds for step in steps),
                    steps=len(steps),
                    cached=sum(step.cached for step in steps),
                )
            )
    builder = parsed.builder()
    return ImageCost(tuple(costs), builder.name if builder else "", seconds)


def _size(path: Path, stage: Stage, *, is_last: bool) -> int | None:
    """Return the size of the image that a stage makes, out of the cache; the image is removed again."""
    if not (stage.named or is_last):
        return None
    tag = f"scaffold-image:{secrets.token_hex(6)}"
    try:
        docker.build(path, target="" if is_last else stage.name, tag=tag)
        return int(docker.inspect("image", tag)["Size"])
    finally:
        docker.call("image", "rm", "--force", tag)
