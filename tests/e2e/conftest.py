"""A running engine, and the base images that the tests build on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold import docker
from scaffold.errors import DockerError

HERE = Path(__file__).parent
BROKEN = HERE / "broken"


def _refuse(reason: str) -> None:
    """Fail where an engine is promised (the CI sets SCAFFOLD_REQUIRE_E2E), skip elsewhere."""
    if os.environ.get("SCAFFOLD_REQUIRE_E2E") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def engine() -> None:
    """Need a Docker engine that answers: `eval "$(tests/e2e/engine)"` starts one."""
    try:
        docker.docker("version", limit=20)
    except DockerError as error:
        _refuse(f"{error.message}; {error.hint}")


@pytest.fixture(scope="session")
def base_images(engine: None) -> Callable[..., None]:  # noqa: ARG001 - a fixture that only has to be there
    """Return a function that makes sure that images are there: real ones if they are, built stand-ins otherwise."""

    def build(*tags: str) -> None:
        lines = (HERE / "bases.list").read_text(encoding="utf-8").splitlines()
        by_tag = {words[1]: words[0] for words in map(str.split, lines) if len(words) > 1 and words[0][0] != "#"}
        for tag in tags:
            if tag == "scratch" or docker.call("image", "inspect", tag).code == 0:
                continue
            if tag not in by_tag:
                _refuse(f"tests/e2e/bases.list has no stand-in for {tag}")
            done = subprocess.run(
                [HERE / "base-images", HERE / "bases.list", by_tag[tag]], capture_output=True, text=True, check=False
            )
            if done.returncode:
                _refuse(f"{tag}: {done.stderr.strip()[-500:]}")

    return build


@pytest.fixture(scope="session")
def good_image(base_images: Callable[..., None]) -> str:
    """Return the image of the service that keeps the contract."""
    base_images("python:3.14-slim-trixie")
    tag = "scaffold-e2e-broken:good"
    docker.build(BROKEN, tag=tag)
    return tag
