"""`scaffold update --verify`: what does not build, or does not get healthy, never lands."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import BLUEPRINTS, Run

pytestmark = pytest.mark.e2e


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def releases(tmp_path: Path, scaffold: Run, base_images: Callable[..., None]) -> Callable[[str, str, str], None]:
    """Return a function that cuts one more release, in which one file of the Go blueprint has some text replaced."""
    base_images("golang:1.27-trixie")
    folder = tmp_path / "blueprints"
    shutil.copytree(BLUEPRINTS, folder)

    def cut(version: str, old: str = "", new: str = "") -> None:
        for file in (folder / "native" / "go").rglob("*.*"):
            if old and file.is_file() and old in file.read_text():
                file.write_text(file.read_text().replace(old, new))
        ran = scaffold(
            *("blueprint", "release", version, "--notes", f"Notes of {version}."),
            *("--folder", folder, "--bundle", tmp_path / "store.bundle"),
        )
        assert ran.code == 0, ran.stderr

    return cut


def test_only_what_builds_and_gets_healthy_lands(
    releases: Callable[..., None], tmp_path: Path, scaffold_process: Run, work: Path
) -> None:
    releases("1.0.0")
    assert scaffold_process("new", "orders", "--lang", "go", "--blueprint", tmp_path / "store.bundle").code == 0
    project = work / "orders"
    (project / "extra.go").write_text('package main\n\n// extra is the user\'s own.\nconst extra = "kept"\n')
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "mine")

    releases("1.1.0", "not found", "no such thing")
    good = scaffold_process("update", "--verify", cwd=project)
    assert (good.code, good.stderr) == (0, "")
    assert "no such thing" in (project / "handler.go").read_text()
    git(project, "commit", "--quiet", "--all", "--message", "update")

    releases("1.2.0", 'CMD ["/service", "healthcheck"]', 'CMD ["/service", "healthchek"]')
    before = git(project, "rev-parse", "HEAD")
    sick = scaffold_process("update", "--verify", cwd=project)
    assert sick.code == 1
    assert "not landed: " in sick.stdout
    assert git(project, "status", "--porcelain") == ""

    releases("1.3.0", '"127.0.0.1:0"', '"127.0.0.1:none"')
    red = scaffold_process("update", "--verify", cwd=project)
    assert red.code == 1
    assert "not landed: the image can be built: its stage test failed at RUN" in red.stdout
    assert "its last lines are:" in red.stdout
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "rev-parse", "HEAD") == before
