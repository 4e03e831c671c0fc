"""Plan: a project, the release it came from, the one it goes to, and the merge of the two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from packaging.version import InvalidVersion, Version

from scaffold.blueprint import Blueprint, Release
from scaffold.errors import AnswerError, BlueprintError, ProjectError, UsageError
from scaffold.merge import Merge
from scaffold.migrating import Migration
from scaffold.ours import Ours
from scaffold.outcomes import FileOutcome
from scaffold.project import Project
from scaffold.project_merge import check_merge, merge_project
from scaffold.strict_yaml import load_yaml

if TYPE_CHECKING:
    from scaffold.rendering import Rendering

# A commit's name by its hash, alone or as `git describe` has it.
_HASH = re.compile(r"(?:^|-g)([0-9a-f]{4,64})\Z")


@dataclass(frozen=True)
class Move:
    """From which release a project comes and to which it goes; cheap, for it renders nothing.

    Attributes:
        project: what moves.
        blueprint: where it came from.
        recorded: the release that it is on.
        target: the one to go to.
        is_wanted: whether the target was named, and is not just the newest.
    """

    project: Project
    blueprint: Blueprint
    recorded: Release
    target: Release
    is_wanted: bool = False

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
        """Whether it changes more than the name of the release in the answers file, or that is what is wanted."""
        if self.base.answers != self.theirs.answers or (self.move.is_wanted and not self.move.stays):
            return True
        return any(path != self.theirs.answers_file for path in [*self.merge.changes, *self.merge.stages])

    @property
    def outcomes(self) -> tuple[FileOutcome, ...]:
        """What becomes of each file; the one with the answers has no part in it where there is no news."""
        shown = self.merge.outcomes
        return shown if self.is_news else tuple(o for o in shown if o.path not in self.merge.generated)


def find_move(path: Path, to: str | None = None) -> Move:
    """Find the release that a project records and the one to go to, the newest unless told.

    Raises:
        ProjectError: the folder holds no project, or one from a newer store than the installed one.
        UsageError: the release to go to is older than the recorded one.
        BlueprintError, GitError: the blueprint can't be reached or lacks a release.
    """
    project = Project.open(path)
    blueprint = Blueprint(project.source, project.path)
    if project.ref is None:
        raise ProjectError(
            f"{str(path)!r} came from {project.source!r}, which has no versions to compare with",
            "make it again from a blueprint with tags",
        )
    last = blueprint.releases[-1] if blueprint.releases else None  # be it a pre-release
    if blueprint.is_builtin and last and _is_newer(project.ref, last):
        raise ProjectError(
            f"{str(path)!r} came from release {project.ref}, and this scaffold knows none above {last.label}",
            "upgrade scaffold",
        )
    recorded = blueprint.release(project.ref)
    if not _names(project.ref, recorded):
        raise ProjectError(
            f"{project.answers_file} records {project.ref!r}, which is another commit every day",
            f"restore it: git checkout HEAD -- {project.answers_file}",
        )
    target = blueprint.release(to) if to else blueprint.newest()
    if blueprint.is_older(target, recorded):
        if to:
            raise UsageError(
                f"{target.label} is older than {recorded.label}, which the project is on", "give a newer one"
            )
        target = recorded
    return Move(project, blueprint, recorded, target, is_wanted=to is not None)


def make_plan(
    move: Move, answers: Mapping[str, Any] | None = None, *, for_branch: bool = False, trust: bool = False
) -> Plan:
    """Render both releases and merge them with the project. It writes nothing.

    Args:
        move: from where to where.
        answers: new answers, by the name of their question; None where the user has no way to give any.
        for_branch: leave alone what is in the work tree and in no commit.
        trust: allow the blueprint to run code: tasks in the renderings, migrations in a copy of the project.

    Raises:
        ProjectError: the recorded answers do not fit the release that they are recorded for, or the one to go to; or
            that one needs a new one, and `answers` is None.
        UsageError: a new answer is not accepted, or missing.
        BlueprintError, GitError: a release can't be had or does not render.
    """
    with move.blueprint.checking_out(move.recorded, move.target):
        from scaffold.rendering import read_exclusions  # here, because it imports Copier, which most checks do without

    project = move.project
    # What the other release says is not of the project any more is left alone, not deleted.
    left_out = () if move.stays else read_exclusions(move.blueprint, move.target)
    base = _render(move, move.recorded, {}, project.answers, left_out=left_out, trust=trust)
    # Where the user gave the answers file a name of its own, the blueprint has to be told.
    own = project.answers_file if base.answers_file != project.answers_file else None
    if own:
        base = _render(move, move.recorded, {}, project.answers, left_out=left_out, answers_file=own, trust=trust)
    _check_keys(project, base)
    by = "a new answer" if move.stays else "the blueprint"
    merge_with = partial(merge_project, label=f"blueprint {move.target.label}", by=by, for_branch=for_branch)
    migration = Migration(project, move.blueprint, move.recorded, move.target)
    if move.stays or not migration.is_needed(trust):
        theirs = _render(move, move.target, answers, project.answers, answers_file=own, trust=trust)
        ours = Ours.read_for_merge(project, {*base.tree, *theirs.tree}, base.tree)
        merged = merge_with(project, ours, base, theirs)
    else:
        before = Ours.read(project, base.tree)
        with migration.copy(before) as copy:
            theirs = _render(move, move.target, answers, copy.answers, answers_file=own, trust=trust)
            ours = Ours.read(project, {*base.tree, *theirs.tree})
            ours.tree.without(before.tree).write(copy.path)  # what git ignores, and the new release has
            merged = merge_with(project, ours.of_copy(copy), base, theirs)
            merged = migration.finish(copy, ours, merged, theirs.answers)
    check_merge(project, ours, base.tree, theirs.tree, merged)
    return Plan(move, base, theirs, merged)


def _render(
    move: Move, release: Release, answers: Mapping[str, Any] | None, known: Mapping[str, Any], **options: Any
) -> Rendering:
    from scaffold.rendering import render

    project = move.project
    try:
        return render(
            *(move.blueprint, release, answers or {}),
            known=known,
            operation="update",
            folder_name=project.path.name,
            **options,
        )
    except AnswerError as error:
        if error.question in (answers or {}):
            raise
        if known.get(error.question, "") is None:
            # Where a template writes its answers by hand, an empty one is nothing to YAML; Copier takes the default.
            return _render(
                move, release, answers, {key: known[key] for key in known if key != error.question}, **options
            )
        if release is move.recorded:
            hint = f"put {project.answers_file} right, or restore it: git checkout HEAD -- {project.answers_file}"
            raise ProjectError(f"in {project.answers_file} {error.message}", hint) from error
        is_recorded = error.question in project.answers
        if answers is not None and not is_recorded:
            raise
        want = f"does not take what {project.answers_file} has" if is_recorded else "wants one answer more"
        raise ProjectError(
            f"{release.label} {want}: {error.message}", f"scaffold update --data {error.question}=VALUE"
        ) from error


def _names(ref: str, release: Release) -> bool:
    """Whether a name is for good that of a release: its tag, its version, or one with its hash; no branch, no HEAD."""
    versions = (release.ref, f"{release.version}", f"v{release.version}")
    described = _HASH.search(ref)
    return ref in versions or bool(described and (release.commit or "").startswith(described[1]))


def _is_newer(ref: str, newest: Release) -> bool:
    try:
        return newest.version is not None and Version(ref) > newest.version
    except InvalidVersion:
        return False


def _check_keys(project: Project, base: Rendering) -> None:
    """Refuse answers other than those that their release records: the base would not be what the project came from."""
    name = project.answers_file
    if not (file := base.tree.get(base.answers_file)):
        raise BlueprintError(f"{project.source!r} writes no {name}", "its authors have to add one")
    try:
        answers = load_yaml(file.data.decode("utf-8", "replace")) or {}
    except yaml.YAMLError:
        answers = None
    if not isinstance(answers, dict) or not all(isinstance(key, str) for key in answers):
        raise BlueprintError(f"{project.source!r} writes no answers into {name}", "its authors have to mend it")
    written = {key for key in answers if not key.startswith("_")}
    for key in sorted(key for key in written & set(project.answers) if project.answers[key] is None):
        if answers[key] is not None:
            raise ProjectError(f"in {name} {key} can't be None", f"restore it: git checkout HEAD -- {name}")
    # An older Copier recorded answers to questions that it skipped, too.
    for key in sorted(set(project.answers) - written - base.questions):
        raise ProjectError(
            f"{name} has the answer {key!r}, and {project.ref} asks no such question", f"take the line {key} out"
        )
    for key in sorted(written - set(project.answers)):
        raise ProjectError(f"{name} lacks the answer {key!r}", f"restore it: git checkout HEAD -- {name}")
