"""Bring a project up to a newer release, or to new answers, without losing an edit."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scaffold.committing import commit
from scaffold.errors import ProjectError
from scaffold.landing import check_current, check_whole, is_interrupted, land, recover
from scaffold.plan import Move, Plan, find_move, make_plan
from scaffold.tree import Tree
from scaffold.work_tree import WorkTree, check_branch_name, list_files, list_unmerged


@dataclass(frozen=True)
class Note:
    """The release notes of one release."""

    release: str
    text: str


@dataclass(frozen=True)
class UpdateResult:
    """What an update did, or would do.

    Attributes:
        move: from which release to which.
        plan: the merge; None where the project is up to date and nothing was rendered.
        notes: of the releases in between, oldest first.
        landed: whether it was written: to the work tree, or to the branch.
        branch: the branch to commit it to; `landed` says whether it was.
        recovered: whether an update that was killed had to be ended first.
        unresolved: the conflicts that an earlier update has left, and that nobody has resolved.
        unverified: why the result was not landed although it was asked to be verified.
    """

    move: Move
    plan: Plan | None
    notes: tuple[Note, ...] = ()
    landed: bool = False
    branch: str | None = None
    recovered: bool = False
    unresolved: tuple[str, ...] = ()
    unverified: str | None = None

    @property
    def is_news(self) -> bool:
        """Whether there is anything to change."""
        return self.plan is not None and self.plan.is_news

    @property
    def conflicts(self) -> tuple[str, ...]:
        """The files that need a person, be it in the project or in what would become of it."""
        return self.unresolved + tuple(outcome.path for outcome in (self.plan.merge.conflicts if self.plan else ()))

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "path": str(self.move.project.path),
            "blueprint": self.move.project.source,
            "from": self.move.recorded.ref,
            "to": self.move.target.ref,
            "up_to_date": not self.is_news and not self.unresolved,
            "landed": self.landed,
            "branch": self.branch,
            "recovered": self.recovered,
            "unverified": self.unverified,
            "conflicts": list(self.conflicts),
            "files": [
                {"path": o.path, "outcome": o.outcome.value, "reason": o.reason, "old_path": o.old_path}
                for o in (self.plan.outcomes if self.plan else ())
            ],
            "notes": [{"release": note.release, "text": note.text} for note in self.notes],
        }


def update(
    path: Path,
    *,
    to: str | None = None,
    answers: Mapping[str, Any] | None = None,
    dry_run: bool = False,
    branch: str | None = None,
    verify: bool = False,
    trust: bool = False,
) -> UpdateResult:
    """Update a project, whole or not at all.

    Args:
        path: the project's folder.
        to: the release to go to; the newest unless told.
        answers: new answers, by the name of their question.
        dry_run: only say what would become of each file.
        branch: commit the result on a new branch of this name, and leave the work tree alone.
        verify: build the image of the result and probe its health first, and land it only if that holds.
        trust: allow the blueprint to run code.

    Raises:
        ProjectError: the project is not in a state to be updated, or can't be written.
        UsageError, BlueprintError, GitError: see `find_move` and `make_plan`.
    """
    if branch is not None:
        check_branch_name(branch)
    path, recovered = path.resolve(), False
    if dry_run:
        check_whole(path)
    elif is_interrupted(path):
        recover(path)
        recovered = True
    move = find_move(path, to)
    result = UpdateResult(move, None, branch=branch, recovered=recovered)
    if move.stays and not answers:
        return replace(result, unresolved=_find_unresolved(path))
    plan = make_plan(move, answers, for_branch=branch is not None, trust=trust)
    if (file := move.project.answers_file) in plan.merge.untracked:
        raise ProjectError(f"git ignores {file!r}, so nothing could be undone", f"git add --force {file}, or git init")
    result = replace(result, plan=plan, notes=() if move.stays else read_notes(move))
    if dry_run or not plan.is_news:
        # Where it is to land, the changes that are not committed are asked for, and these are among them.
        unresolved = _find_unresolved(path)
        return replace(result, plan=None, notes=(), unresolved=unresolved) if unresolved else result
    work_tree = _find_work_tree(path, branch)
    if changed := work_tree.changes():
        if unresolved := _find_unresolved(path):
            return replace(result, plan=None, notes=(), unresolved=unresolved)
        raise _not_committed(work_tree, changed)
    # What the merge was made with is what the last commit has, or that commit is not the one to go on from.
    check_current(path, plan.merge)
    if verify and (reason := _why_not(plan)):
        return replace(result, unverified=reason)
    if branch is None:
        land(path, work_tree, plan.merge)
    elif plan.merge.conflicts:
        return result
    else:
        what = "new answers" if move.stays else f"blueprint {move.target.label}"
        commit(work_tree, plan.merge, branch, f"Update to {what}")
    return replace(result, landed=True)


def read_notes(move: Move) -> tuple[Note, ...]:
    """Read the notes of the releases above the recorded one, up to the target."""
    low, high = move.recorded.version, move.target.version
    if low is None or high is None:
        return ()
    between = [r for r in move.blueprint.releases if r.version and low < r.version <= high and r.notes]
    return tuple(Note(release.label, release.notes) for release in between)


def _why_not(plan: Plan) -> str | None:
    """Build and probe the result in a throwaway folder, and return what is wrong with it."""
    if plan.merge.conflicts:
        return "there are conflicts, and what has markers in it can't be built"
    from scaffold.contract.checks import Status
    from scaffold.operations.verify import verify  # here, because no other update needs docker

    project = plan.move.project
    with tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        # All of the project, not only what the blueprint knows: its own sources are what gets built.
        whole = {**project.read(list_files(project.path)), **plan.merge.changes}
        if not whole.get("Dockerfile"):
            return "it has no Dockerfile, so that nothing can be built"
        Tree({path: entry for path, entry in whole.items() if entry is not None}).write(Path(folder))
        verification = verify(Path(folder), sections=("health",))
    if verification.proved:
        return None
    # What could not be checked is no proof either.
    unproved = [check for check in verification.checks if check.status in (Status.FAILED, Status.SKIPPED)]
    return "\n".join(["; ".join(f"{check.name}: {check.reason}" for check in unproved), verification.output]).strip()


def _find_unresolved(path: Path) -> tuple[str, ...]:
    """List the conflicts that are left in a project, which it would not do to go on from.

    Raises:
        ProjectError: they are those of a merge of the user's own.
    """
    unresolved = list_unmerged(path)
    if unresolved:
        _find_work_tree(path)
    return unresolved


def _find_work_tree(path: Path, new_branch: str | None = None) -> WorkTree:
    """Find the repository of a project, and see that nothing is under way in it."""
    work_tree = WorkTree.find(path, new_branch)
    if work_tree is None:
        raise ProjectError(
            f"{str(path)!r} is in no git repository, so an update could not be undone",
            "git init && git add --all && git commit, then update",
        )
    if verb := work_tree.operation_under_way():
        raise ProjectError(f"a git {verb} is under way in {str(work_tree.top)!r}", f"git {verb} --continue, or --abort")
    return work_tree


def _not_committed(work_tree: WorkTree, changed: list[str]) -> ProjectError:
    if not work_tree.head:
        return ProjectError(
            f"{str(work_tree.top)!r} has no commit yet, so an update could not be undone",
            "git add --all && git commit, then update",
        )
    few = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    return ProjectError(
        f"there are changes that are not committed: {few}",
        "commit them, or put them away: git stash --include-untracked",
    )
