"""Generated sources pass their own formatter and linter untouched.

Here run the tools that come with a language, with the tests or with Debian (rubocop, php-codesniffer); the rest, which have to be fetched first (Biome, Spotless,
Clippy's dependencies, mypy's), run in the test stage of each image, and so in the e2e tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.blueprints.conftest import KEYS, render_folder
from tests.conftest import DOCKER_CONFIG, HOME

#: By language: commands that print or fail where a file is not as its formatter writes it, or not even valid.
TOOLS = {
    "go": (["gofmt", "-l", "-s", "."],),
    "python": (["ruff", "format", "--check", "."], ["ruff", "check", "."]),
    "rust": (["rustfmt", "--check", "--edition", "2024", "src/lib.rs", "src/main.rs", "tests/process.rs"],),
    "node": (["node", "--check", "src/main.js"],),
    # It takes the types of class constants, which PHP has since 8.3, for their names.
    "php": (["phpcs", "--standard=PSR12", "-n", "--exclude=Generic.NamingConventions.UpperCaseConstantName", "."],),
    "ruby": (["rubocop", "--cache", "false", "--config", str(Path(__file__).with_name("rubocop.yml")), "."],),
}


@pytest.mark.parametrize("language", [key for key in TOOLS if key in KEYS])
def test_own_tools_leave_it_untouched(language: str, tmp_path: Path) -> None:
    if not shutil.which(TOOLS[language][0][0]):
        pytest.skip(f"{TOOLS[language][0][0]} is not installed here")
    render_folder(language).tree.write(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for command in TOOLS[language]:
        env = {**os.environ, "HOME": str(HOME)}
        process = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert process.returncode == 0, process.stdout + process.stderr
        if command[0] == "gofmt":
            assert process.stdout == ""
    assert {path: path.read_bytes() for path in before} == before


def _has_compose() -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("language", "network"),
    # It is one file for all, but for the names in it.
    [(KEYS[0], "platform"), *((language, "orders") for language in KEYS)],
)
def test_compose_takes_its_file(language: str, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", DOCKER_CONFIG)
    if not _has_compose():
        pytest.skip("Docker Compose is not installed here")
    render_folder(language, network=network).tree.write(tmp_path)
    command = ["docker", "compose", "config"]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stderr) == (0, "")
    assert yaml.safe_load(process.stdout)["services"]["orders"]["networks"] == {network: None}
