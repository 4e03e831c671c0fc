"""Each language's project, as a user gets it: built, started by its compose file, verified, weighed."""

from __future__ import annotations

import json
import os
import platform
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scaffold import docker
from scaffold.contract import neighbours
from scaffold.contract.checks import Status
from scaffold.languages import LANGUAGES, Language
from scaffold.operations.image import measure
from scaffold.operations.verify import verify

pytestmark = pytest.mark.e2e

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"
PROBE_IMAGE = "python:3.14-slim-trixie"

# Megabytes that the final image may have: Go, Node and Java as promised, the others a little over what was measured.
BUDGETS = {
    "go": 12,
    "rust": 12,
    "swift": 100,
    "java": 110,
    "dotnet": 120,
    "erlang": 45,
    "node": 190,
    "python": 200,
    "ruby": 190,
    "php": 90,
}

# What takes more than the base images: skipped on a machine that has only stand-ins for them.
NEEDS_THE_INTERNET = {
    "dotnet": (
        "the .NET SDK image and NuGet (xUnit, the native compiler's packages) cannot be reached from this machine, "
        "and Debian has no .NET SDK to stand in for it"
    ),
    "swift": (
        "Swift packages come from GitHub, which a build on this machine cannot reach; "
        "Debian's Swift 6.2 stands in for the compiler alone"
    ),
}

KEYS = [
    language.key
    for language in LANGUAGES.values()
    if (BLUEPRINTS / language.family / language.key / "Dockerfile.jinja").is_file()
]


@dataclass(frozen=True)
class Rendered:
    """A project of one language, in a folder of its own."""

    language: Language
    name: str
    path: Path

    def compose(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=self.path,
            env=os.environ | {"HOST_PORT": "0"} | environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"compose {' '.join(arguments)}: {done.stderr[-3000:]}"
        return done.stdout.strip()


@pytest.fixture(scope="module", params=KEYS)
def project(
    request: pytest.FixtureRequest, base_images: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Rendered:
    language = LANGUAGES[request.param]
    if language.key in NEEDS_THE_INTERNET and not _is_real(language.builder_image):
        pytest.skip(NEEDS_THE_INTERNET[language.key])
    base_images(language.builder_image, language.runtime_image, PROBE_IMAGE)
    name = f"e2e-{language.key}-{secrets.token_hex(3)}"
    path = tmp_path_factory.mktemp("projects") / name
    subprocess.run(
        [
            *(sys.executable, "-m", "copier", "copy", "--quiet", "--defaults"),
            *(f"--data=name={name}", f"--data=language={language.key}", BLUEPRINTS, path),
        ],
        check=True,
        timeout=120,
    )
    return Rendered(language, name, path)


def test_keeps_the_contract(project: Rendered) -> None:
    verification = verify(project.path)
    assert [check for check in verification.checks if not check.passed] == []
    excused = {check.name for check in verification.checks if check.status is not Status.PASSED}
    assert excused == ({"holds no shell", "holds no package manager"} if project.language.runtime_has_shell else set())


def test_is_within_its_budget(project: Rendered) -> None:
    cost = measure(project.path)
    _record(project.language.key, cost.as_json())
    assert cost.final_size <= BUDGETS[project.language.key] * 1_000_000
    assert cost.final_size < cost.builder_size


@pytest.fixture
def running(project: Rendered) -> Iterator[Rendered]:
    try:
        project.compose("up", "--build", "--wait", "--wait-timeout", "120")
        yield project
    finally:
        subprocess.run(
            ["docker", "compose", "down", "--volumes", "--rmi", "all", "--timeout", "10"],
            cwd=project.path,
            capture_output=True,
            check=False,
        )


def test_compose_runs_it_hardened_and_healthy(running: Rendered) -> None:
    container = docker.inspect("container", running.compose("ps", "--quiet", running.name))
    assert container["State"]["Health"]["Status"] == "healthy"
    assert container["Config"]["User"] == "65532:65532"
    host = container["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Memory"] == 256 * 1024 * 1024
    assert host["PidsLimit"] == 256
    assert host["NanoCpus"] == 1_000_000_000
    _ask_from_a_neighbour(running)
    began = time.monotonic()
    running.compose("stop")
    assert time.monotonic() - began < 6, "compose gives it ten seconds; it should take none of the last five"
    state = docker.inspect("container", running.compose("ps", "--all", "--quiet", running.name))["State"]
    assert state["ExitCode"] == 0


def _ask_from_a_neighbour(running: Rendered) -> None:
    """Ask by name from another container on the network, with upstreams that are containers there as well."""
    mount = f"--volume={Path(neighbours.__file__)}:/srv/neighbours.py:ro"
    names = ["live", "dead", "slow", "nonsense", "failing"]
    script = (
        "import sys, time; sys.path.insert(0, '/srv'); from neighbours import Neighbours\n"
        "n = Neighbours('neighbour', '')\n"
        f"print(','.join(name + '=' + n.url(name) for name in {names}), flush=True); time.sleep(600)"
    )
    neighbour = f"{running.name}-neighbour"
    common = [f"--network={running.name}", "--network-alias=neighbour", "--user=65532:65532"]
    try:
        docker.docker("run", "--detach", f"--name={neighbour}", *common, mount, PROBE_IMAGE, "python3", "-c", script)
        ends = time.monotonic() + 20
        while not (upstreams := docker.docker("logs", neighbour)):
            assert time.monotonic() < ends
            time.sleep(0.1)
        running.compose("up", "--wait", "--wait-timeout", "120", UPSTREAMS=upstreams)
        answers = _get(running, "/", "/healthz", "/upstreams", "/nowhere")
        assert answers["/"][1] == {"service": running.name, "language": running.language.key, "version": "0.1.0"}
        assert answers["/healthz"] == [200, {"status": "ok"}]
        assert answers["/nowhere"][0] == 404
        status = {name: report["status"] for name, report in answers["/upstreams"][1].items()}
        assert status == dict.fromkeys(names, "unreachable") | {"live": "ok"}
    finally:
        docker.call("rm", "--force", neighbour)


def _get(running: Rendered, *paths: str) -> dict[str, Any]:
    script = """
import http.client, json, sys
answers = {}
for path in sys.argv[2:]:
    connection = http.client.HTTPConnection(sys.argv[1], 8080, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    answers[path] = [response.status, json.load(response)]
print(json.dumps(answers))
"""
    command = ["python3", "-c", script, running.name, *paths]
    answers: dict[str, Any] = json.loads(
        docker.docker("run", "--rm", f"--network={running.name}", PROBE_IMAGE, *command)
    )
    return answers


def _is_real(image: str) -> bool:
    """Whether an image is here, or can be had, and is not one that base-images built."""
    if docker.call("image", "inspect", image).code:
        docker.call("pull", "--quiet", image, limit=600)
    result = docker.call("image", "inspect", "--format={{json .Config.Labels}}", image)
    return result.code == 0 and "scaffold.stand-in" not in result.out


def _record(key: str, cost: dict[str, Any]) -> None:
    """Add what was measured to the file that SCAFFOLD_E2E_RECORD names."""
    if name := os.environ.get("SCAFFOLD_E2E_RECORD"):
        path = Path(name)
        record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"languages": {}}
        record["measured"] = datetime.now(tz=UTC).date().isoformat()
        record["machine"] = f"{platform.machine()} with {os.cpu_count()} cores"
        record["languages"][key] = cost
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
