"""What the user's own git settings, and the state of their disk, do to blueprints and to projects."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_new import needs_mounts
from tests.conftest import Run
from tests.update.conftest import Make
from tests.update.test_survive import LINES, THEIRS
from tests.update.toys import Template, git


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The user's own `.gitconfig`."""
    return tmp_path / "home" / ".gitconfig"


def test_line_ends_are_the_blueprints_own(scaffold_process: Run, work: Path, settings: Path) -> None:
    (settings.parent / "attributes").write_text("* text eol=crlf\n")
    with settings.open("a") as file:
        file.write(f"[core]\n\tattributesFile = {settings.parent / 'attributes'}\n\teol = crlf\n\tautocrlf = true\n")
    assert scaffold_process("new", "orders", "--lang", "go").code == 0
    assert b"\r" not in (work / "orders" / "main.go").read_bytes()


def test_settings_that_are_none(scaffold_process: Run, settings: Path, template: Template, tmp_path: Path) -> None:
    template.release("v1.0.0", {})
    settings.write_text("[user\n")
    own = {"SCAFFOLD_CACHE_DIR": str(tmp_path / "cold")}
    for arguments in (["list"], ["new", "toy", "--blueprint", template.folder]):
        for env in ({}, own):
            ran = scaffold_process(*arguments, env=env)
            assert ran.code == 3
            assert f"bad config line 1 in file {settings}\nhint: mend that file\n" in ran.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_elses_repository(make: Make, tmp_path: Path) -> None:
    (tmp_path / "work" / "it's").mkdir()
    project = make({"a.txt": LINES}, {"a.txt": THEIRS}, into=tmp_path / "work" / "it's")
    top = project.path
    os.chown(top, 4711, 4711)
    os.chown(top / ".git", 4711, 4711)
    ran = project.scaffold("update", top)
    assert (ran.code, "detected dubious ownership" in ran.stderr) == (3, True)
    # The very command that git shows, quotes and all.
    hint = ran.stderr.split("hint: ")[1]
    assert shlex.split(hint) == ["git", "config", "--global", "--add", "safe.directory", str(top)]
    subprocess.run(["sh", "-c", hint], check=True)
    assert project.scaffold("update", top).code == 0


@needs_mounts
def test_a_branch_on_a_disk_that_is_read_only(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    at = shlex.quote(str(project.path))
    script = f"mount --bind {at} {at} && mount -o remount,ro,bind {at} && "
    script += f"{sys.executable} -m scaffold update {at} --branch side"
    ran = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith(f"error: can't write to '{project.path}/.git', where branches are kept\nhint: check")
    assert git(project.path, "branch", "--list", "side") == ""
