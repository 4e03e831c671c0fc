"""What a conflict leaves behind is told until somebody has resolved it, and can be undone."""

from __future__ import annotations

import json

import pytest

from tests.update.conftest import Make
from tests.update.test_survive import CLASH, LINES, MINE
from tests.update.toys import Project, Template, footprint, snapshot

BACK = "restore --source=HEAD --staged --worktree ."


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
    assert f"or back to the last commit: git {BACK}\n" in ran.stdout
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


def test_the_way_back_leaves_all_else_alone(make: Make) -> None:
    project = make({"a.txt": LINES, "old/gone.txt": LINES}, {"a.txt": CLASH, "old/gone.txt": None, "new/b.txt": "b\n"})
    project.put({"a.txt": MINE, ".gitignore": "*.env\n"}).put({"secret.env": "mine\n"}, commit=False)
    before = snapshot(project.path)
    assert project.scaffold("update", project.path).code == 1
    project.git(*BACK.split())
    assert (snapshot(project.path), project.git("status", "--porcelain")) == (before, "")
