"""What the user does while an update is being made, be it for the minutes of `--verify`: nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scaffold import landing
from scaffold.contract.checks import Check, Status
from scaffold.operations import update as operation
from scaffold.operations import verify as verifying
from tests.conftest import Ran
from tests.update.conftest import Make
from tests.update.test_survive import BOTH, CLASH, LINES, MINE, THEIRS
from tests.update.toys import Content, File, Project, put, snapshot

OLD = {"a.txt": LINES, "gone.txt": "gone\n", "run.sh": LINES, "c.txt": LINES, "far.txt": "far\n"}
NEW = {"a.txt": THEIRS, "gone.txt": None, "run.sh": THEIRS, "c.txt": CLASH, "new/n.txt": "n\n"}

EDITS: dict[str, dict[str, Content]] = {
    "a line more": {"a.txt": MINE + "mine\n"},
    "deleted": {"a.txt": None},
    "a link": {"a.txt": File("far.txt", link=True)},
    "the mode": {"run.sh": File(LINES, executable=True)},
    "what goes": {"gone.txt": "mine\n"},
    "what comes": {"new/n.txt": "mine\n"},
    "a conflict": {"c.txt": MINE + "mine\n"},
}

Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture(params=["while it is verified", "just before it lands"])
def meanwhile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Let something happen between the reading of a project and the landing of its update."""

    def meanwhile(act: Callable[[], object]) -> None:
        def verified(_: object) -> None:
            if request.param == "while it is verified":
                act()

        def staged(*arguments: Any) -> Path:
            if request.param == "just before it lands":
                act()
            return real(*arguments)

        real = landing.stage_index
        monkeypatch.setattr(operation, "_why_not", verified)
        monkeypatch.setattr(landing, "stage_index", staged)

    return meanwhile


def update(project: Project, *arguments: str) -> Ran:
    return project.scaffold("update", project.path, "--verify", *arguments)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("committed", [False, pytest.param(True, marks=pytest.mark.exhaustive)])
def test_an_edit_is_not_lost(make: Make, meanwhile: Meanwhile, edit: str, committed: bool) -> None:
    project = make(OLD, NEW).put({"a.txt": MINE, "c.txt": MINE})

    def act() -> None:
        # Without git where its index is locked: then there is no commit to be made.
        project.put(EDITS[edit], commit=committed and not (project.path / ".git" / "index.lock").exists())
        after.update(snapshot(project.path))

    after: dict[str, tuple[int, bytes]] = {}
    meanwhile(act)
    ran = update(project)
    path = next(iter(EDITS[edit]))
    assert (ran.code, ran.stdout) == (3, "")
    assert f"error: '{path}' was edited while the update was made\nhint: nothing was changed; commit" in ran.stderr
    assert snapshot(project.path) == {path: file for path, file in after.items() if ".scaffold-update" not in path}
    assert list((project.path / ".git").glob("*.lock")) == []


def test_an_edit_elsewhere_is_in_nobodys_way(make: Make, meanwhile: Meanwhile) -> None:
    project = make({**OLD, "c.txt": CLASH}, NEW).put({"a.txt": MINE})
    meanwhile(lambda: put(project.path, {"far.txt": "mine\n", "own.txt": "own\n"}))
    assert update(project).code == 0
    assert [project.read(name) for name in ("a.txt", "far.txt", "own.txt")] == [BOTH, "mine\n", "own\n"]


def test_an_edit_before_the_project_is_found_clean(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as it was, and then edited and committed: the index and HEAD have what the merge does not know."""
    project = make(OLD, NEW)
    real = operation.make_plan

    def planned(*arguments: Any, **options: Any) -> object:
        plan = real(*arguments, **options)
        project.put({"a.txt": MINE})
        return plan

    monkeypatch.setattr(operation, "make_plan", planned)
    for arguments in ([], ["--branch", "side"]):
        project.put({"a.txt": LINES})
        ran = project.scaffold("update", project.path, *arguments)
        assert (ran.code, "'a.txt' was edited while the update was made" in ran.stderr) == (3, True)
        assert (project.read("a.txt"), project.git("status", "--porcelain")) == (MINE, "")
        assert project.git("branch", "--list", "side") == ""


def test_a_commit_is_not_reverted_by_the_branch(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make({**OLD, "c.txt": CLASH}, NEW)
    head = project.git("rev-parse", "HEAD")

    def verified(_: object) -> None:
        project.put({"a.txt": MINE, "own.txt": "own\n"})

    monkeypatch.setattr(operation, "_why_not", verified)
    assert update(project, "--branch", "side").code == 0
    assert project.git("rev-parse", "side^") == head
    project.git("merge", "--quiet", "-m", "both", "side")
    assert (project.read("a.txt"), project.read("own.txt"), project.has("new/n.txt")) == (BOTH, "own\n", True)


@pytest.mark.parametrize("status", Status)
def test_what_could_not_be_checked_does_not_land(make: Make, monkeypatch: pytest.MonkeyPatch, status: Status) -> None:
    check = Check("health", "the engine finds the service healthy", status, "the engine reports no health")
    monkeypatch.setattr(verifying, "verify", lambda *_, **__: verifying.Verification("toy", (check,), 0, 0.0))
    project = make({"Dockerfile": "FROM scratch\n"}, {"a.txt": "a\n"})
    ran = update(project)
    lands = status in (Status.PASSED, Status.WAIVED)
    assert (ran.code, project.has("a.txt")) == ((0, True) if lands else (1, False))
    assert ("the engine finds the service healthy: the engine reports no health" in ran.stdout) == (ran.code == 1)
