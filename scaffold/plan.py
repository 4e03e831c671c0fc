"""Plan: a project, the release it came from, the one it goes to, and the merge of the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from scaffold import git
from scaffold.blueprint import Blueprint, Release
from scaffold.errors import BlueprintError, ProjectError, UsageError
from scaffold.merge import Merge, merge
from scaffold.project import ANSWERS_FILE, Project, load_yaml
from scaffold.rendering import Rendering, render
from scaffold.tree import Tree


@dataclass(frozen=True)
class Move:
    """From which release a project comes and to which it goes; cheap, for it renders nothing."""

    project: Project
    blueprint: Blueprint
    recorded: Release
    target: Release

    @property
    def stays(self) -> bool:
        """Whether the project is on the target already."""
        return self.recorded.commit == self.target.commit


@dataclass(frozen=True)
class Plan:
    """What an update does, whole: the preview and the update are both made from this value."""

    move: Move
    base: Rendering
    theirs: Rendering
    merge: Merge

    @property
    def is_news(self) -> bool:
        """Whether it changes more than the name of the release in the answers file."""
        if self.base.answers != self.theirs.answers:
            return True
        return any(path != self.theirs.answers_file for path in [*self.merge.changes, *self.merge.stages])


def find_move(path: Path, to: str | None = None) -> Move:
    """Find the release that a project records and the one to go to, the newest unless told.

    Raises:
        ProjectError: the folder holds no project, or one from a newer store than the installed one.
        UsageError: the release to go to is older than the recorded one.
        BlueprintError, GitError: the blueprint can't be reached or lacks a release.
    """
    project = Project.open(path)
    blueprint = Blueprint(project.source)
    if project.ref is None:
        raise ProjectError(
            f"{str(path)!r} came from {project.source!r}, which has no versions to compare with",
            "make it again from a blueprint with tags",
        )
    newest = blueprint.newest()
    if blueprint.is_builtin and _is_newer(project.ref, newest):
        raise ProjectError(
            f"{str(path)!r} came from release {project.ref}, and this scaffold knows none above {newest.label}",
            "upgrade scaffold",
        )
    recorded = blueprint.release(project.ref)
    target = blueprint.release(to) if to else newest
    if recorded.version and target.version and target.version < recorded.version:
        if to:
            raise UsageError(
                f"{target.label} is older than {recorded.label}, which the project is on", "give a newer one"
            )
        target = recorded
    return Move(project, blueprint, recorded, target)


def make_plan(move: Move, answers: Mapping[str, Any] | None = None, *, trust: bool = False) -> Plan:
    """Render both releases and merge them with the project. It writes nothing.

    Args:
        move: from where to where.
        answers: new answers, by the name of their question.
        trust: allow the blueprint to run code.

    Raises:
        ProjectError: the recorded answers do not fit the release that they are recorded for.
        UsageError: a new answer is not accepted.
        BlueprintError, GitError: a release can't be had or does not render.
    """
    project = move.project
    try:
        recorded = {**(answers or {}), **project.answers}
        base = render(move.blueprint, move.recorded, {}, known=recorded, operation="update", trust=trust)
    except UsageError as error:
        hint = f"put {ANSWERS_FILE} right, or restore it: git checkout HEAD -- {ANSWERS_FILE}"
        raise ProjectError(f"in {ANSWERS_FILE} the answer to {error.message}", hint) from error
    _check_keys(project, base)
    theirs = render(move.blueprint, move.target, answers or {}, known=project.answers, operation="update", trust=trust)
    ours = _read_ours(project, base.tree, theirs.tree)
    kept = {
        path: "the blueprint leaves it alone once it exists"
        for path in {*base.tree, *theirs.tree}
        if path in ours and theirs.keeps(path)
    }
    kept |= dict.fromkeys(_ignored(project, base.tree, ours, theirs.tree), "git ignores your file of that name")
    merged = merge(base.tree, ours, theirs.tree, label=f"blueprint {move.target.label}", kept=kept)
    return Plan(move, base, theirs, merged)


def _is_newer(ref: str, newest: Release) -> bool:
    try:
        return newest.version is not None and Version(ref) > newest.version
    except InvalidVersion:
        return False


def _check_keys(project: Project, base: Rendering) -> None:
    """Refuse answers other than those that their release records: the base would not be what the project came from."""
    if not (file := base.tree.get(base.answers_file)):
        raise BlueprintError(f"{project.source!r} writes no {ANSWERS_FILE}", "its authors have to add one")
    written = {key for key in load_yaml(file.data.decode()) or {} if not key.startswith("_")}
    for key in sorted(set(project.answers) - written):
        raise ProjectError(
            f"{ANSWERS_FILE} has the answer {key!r}, and {project.ref} asks no such question",
            f"take the line {key} out",
        )
    for key in sorted(written - set(project.answers)):
        raise ProjectError(
            f"{ANSWERS_FILE} lacks the answer {key!r}", f"restore it: git checkout HEAD -- {ANSWERS_FILE}"
        )


def _read_ours(project: Project, base: Tree, theirs: Tree) -> Tree:
    """Read the files of the project that the merge has to know.

    Those are the blueprint's own; all others too where one of its files is gone (it may have been renamed) or its place
    is taken, for only then do they matter.
    """
    ours = project.read({*base, *theirs})
    if all(path in ours for path in base) and not any(project.is_taken(path) for path in theirs if path not in ours):
        return ours
    others = project.read(path for path in git.list_files(project.path) if path not in {*base, *theirs})
    return Tree({**ours, **others})


def _ignored(project: Project, base: Tree, ours: Tree, theirs: Tree) -> list[str]:
    """Files that the blueprint adds where the user has one that is not in git: not for a merge to touch."""
    both = [path for path in theirs if path not in base and path in ours and ours[path] != theirs[path]]
    return git.list_ignored(project.path, both) if both else []
