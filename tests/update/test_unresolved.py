"""What a conflict leaves behind is told until somebody has resolved it, and can be undone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.update.conftest import Make
from tests.update.test_survive import CLASH, LINES, MINE
from tests.update.toys import Project, Template, footprint, git, put, snapshot

BACK = "git add -u . && git restore --source=HEAD --staged --worktree ."


@pytest.fixture
def project(make: Make) -> Project:
    """One with a conflict in a.txt, and with a file that is new."""
    project = make({"a.txt": LINES, "old/gone.txt": LINES}, {"a.txt": CLASH, "old/gone.txt": None, "new/b.txt": "b\n"})
    project.put({"a.txt": MINE, ".gitignore": "*.env\n"})
    assert project.scaffold("update", project.path).code == 1
    return project


@pytest.mark.parametrize("command", [["update"], ["update", "--dry-run"], ["check"], ["check", "--files"]])
def test_unresolved_is_not_up_to_date(project: Project, command: list[str]) -> None:
    before = footprint(project.path)
    ran = project.scaffold(*command, cwd=project.path)
    assert (ran.code, footprint(project.path)) == (1, before)
    assert "1 to resolve: a.txt\n" in ran.stdout
    assert f"or back to the last commit: {BACK}\n" in ran.stdout
    assert "up to date" not in ran.stdout
    ran = project.scaffold(*command, "--json", cwd=project.path)
    document = json.loads(ran.stdout)
    assert (ran.code, document["conflicts"], document.get("up_to_date", False)) == (1, ["a.txt"], False)


def test_unresolved_and_something_newer(project: Project, template: Template) -> None:
    template.release("v1.2.0", {"c.txt": "c\n"})
    for arguments in (["update"], ["update", "--data", "name=other"]):
        ran = project.scaffold(*arguments, project.path)
        assert (ran.code, ran.stdout.splitlines()[0]) == (1, "1 to resolve: a.txt")
    assert "behind: on v1.1.0" in project.scaffold("check", project.path).stdout


def test_resolved(project: Project) -> None:
    project.put({"a.txt": MINE}).commit()
    assert project.scaffold("update", project.path).stdout.startswith("up to date: ")
    assert project.scaffold("check", project.path).code == 0


@pytest.mark.parametrize("into", ["", "mono"])
def test_the_way_back_leaves_all_else_alone(make: Make, work: Path, into: str) -> None:
    """With conflicts of each kind, those included that are in files that the last commit has not."""
    if into:
        git(work, "init", "--quiet", "--initial-branch", "main", into)
    old = {"a.txt": LINES, "b.txt": LINES, "c.txt": LINES, "d.txt": LINES, "old/gone.txt": LINES, "conf": LINES}
    new = {"a.txt": CLASH, "b.txt": None, "b2.txt": CLASH, "c.txt": None, "c2.txt": LINES, "d.txt": None}
    new |= {"old/gone.txt": None, "new/b.txt": "b\n", "conf": None, "conf/x": "x\n"}
    project = make(old, new, into=work / into)
    mine = {"a.txt": MINE, "b.txt": MINE, "c.txt": None, "c3.txt": LINES, "d.txt": MINE, "conf": MINE}
    project.put({**mine, ".gitignore": "*.env\n"}).put({"secret.env": "mine\n"}, commit=False)
    if into:
        put(work / into, {"staged.txt": "mine\n"})
        git(work / into, "add", "staged.txt")
    before, state = snapshot(work), project.git("status", "--porcelain")
    ran = project.scaffold("update", project.path, cwd=project.path)
    assert ran.code == 1
    kinds = {line.split()[0] for line in project.git("status", "--porcelain").splitlines()} & {"UU", "UD", "AU", "UA"}
    assert kinds == {"UU", "UD", "AU", "UA"}
    put(project.path, {"meanwhile.txt": "mine\n"})
    assert f"or back to the last commit: {BACK}\n" in ran.stdout
    subprocess.run(["sh", "-c", BACK], cwd=project.path, check=True)
    put(project.path, {"meanwhile.txt": None})
    assert (snapshot(work), project.git("status", "--porcelain")) == (before, state)
