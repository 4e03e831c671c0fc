"""Merge a project: what of it takes part, what is left alone, and what the merge must not touch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scaffold.errors import ProjectError
from scaffold.merge import Merge, merge
from scaffold.ours import Ours
from scaffold.project import Project
from scaffold.tree import Tree

if TYPE_CHECKING:
    from scaffold.rendering import Rendering


def merge_project(
    project: Project, base: Rendering, theirs: Rendering, *, label: str, by: str, for_branch: bool = False
) -> Merge:
    """Merge a project with what the release that it is on and the one to go to render.

    Args:
        project: as it is, in git or not.
        base, theirs: the two renderings.
        label: how the other side is called in conflict markers.
        by: who made of `base` what `theirs` is, for the reasons.
        for_branch: leave alone what is in the work tree and in no commit.

    Raises:
        ProjectError: it would change what git or the user can't see.
    """
    known = {*base.tree, *theirs.tree}
    ours = Ours.read_for_merge(project, known, base.tree)
    kept = {path: "the blueprint leaves it alone once it exists" for path in known if theirs.keeps(path)}
    for path in ours.ignored:
        if repository := project.find_repository(path):
            kept[path] = f"it is in {repository}, a repository of its own"
        elif for_branch:
            kept[path] = "git ignores it, so it is on no branch"
        elif ours.tree[path] not in (base.tree.get(path), theirs.tree.get(path)):
            kept[path] = "git ignores it, so a change of yours could not be undone"
    merged = merge(
        base.tree.without(ours.absent),
        ours.tree,
        theirs.tree.without(ours.absent),
        label=label,
        attributes=project.read_attributes(),
        kept={
            path: reason for path, reason in kept.items() if ours.tree.get(path) not in (None, theirs.tree.get(path))
        },
        generated={theirs.answers_file},
        untracked=ours.ignored,
        by=by,
    )
    _check_seen(ours, base.tree, theirs.tree, merged)
    return replace(merged, disk=ours.disk, blobs=ours.blobs)


def _check_seen(ours: Ours, base: Tree, theirs: Tree, merged: Merge) -> None:
    """Refuse a plan that changes what nobody can see here."""
    if touched := sorted(ours.unseen & {*merged.changes, *merged.stages}):
        raise ProjectError(
            f"git is told not to look at {touched[0]!r}, so an edit of it could be lost, and the update changes it",
            f"git update-index --no-skip-worktree --no-assume-unchanged {touched[0]}, then commit what is yours in it",
        )
    if touched := sorted(path for path in ours.absent if base.get(path) != theirs.get(path)):
        raise ProjectError(
            f"{touched[0]!r} is left out of this sparse checkout, and the update changes it",
            "git sparse-checkout disable, then update",
        )


def check_room(project: Project, merged: Merge) -> None:
    """Refuse a merge that would need the place of something that it knows nothing of.

    Raises:
        ProjectError: there is such a thing.
    """
    gone = {path for path, entry in merged.changes.items() if entry is None}
    for path in merged.changes.keys() - gone - merged.ours.keys():
        if (taken := project.find_obstacle(path, gone)) is not None:
            raise ProjectError(
                f"{taken!r} is in the way of {path!r}, and is no file of this repository", "move it away, then update"
            )
