"""Merge a project: what of it takes part, what is left alone, and what the merge must not touch."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from scaffold.errors import ProjectError
from scaffold.merge import Merge, merge
from scaffold.ours import Ours
from scaffold.project import Project
from scaffold.tree import Tree

if TYPE_CHECKING:
    from scaffold.rendering import Rendering


def merge_project(
    project: Project, ours: Ours, base: Rendering, theirs: Rendering, *, label: str, by: str, for_branch: bool = False
) -> Merge:
    """Merge a project with what the release that it is on and the one to go to render.

    Args:
        project: where it lies.
        ours: its files.
        base, theirs: the two renderings.
        label: how the other side is called in conflict markers.
        by: who made of `base` what `theirs` is, for the reasons.
        for_branch: leave alone what is in the work tree and in no commit.
    """
    known, submodules, absent = {*base.tree, *theirs.tree}, ours.submodules, ours.absent
    # What is not here to be looked at has no part in it; `check_merge` refuses what would need it.
    away = {path for path in known if path not in ours.tree and _find_parent(path, submodules)} | absent
    kept = {path: "the blueprint leaves it alone once it exists" for path in known if theirs.keeps(path)}
    for path in {*ours.ignored, *(away & {*base.tree} - absent)}:
        if repository := _find_parent(path, submodules) or project.find_repository(path):
            kept[path] = f"it is in {repository}, a repository of its own"
        elif for_branch:
            kept[path] = "git ignores it, so it is on no branch"
        elif ours.tree[path] not in (base.tree.get(path), theirs.tree.get(path)):
            kept[path] = "git ignores it, so a change of yours could not be undone"
    for path in list(kept):
        here = base.tree.get(path) if path in away else ours.tree.get(path)
        if here is None or here == theirs.tree.get(path):
            del kept[path]  # there is nothing to leave alone
    merged = merge(
        base.tree.without(away),
        ours.tree,
        theirs.tree.without(away & {*base.tree} | absent),
        label=label,
        attributes=project.read_attributes(known),
        kept=kept,
        generated={theirs.answers_file},
        untracked=ours.ignored,
        by=by,
    )
    return replace(merged, disk=ours.disk, blobs=ours.blobs)


def check_merge(project: Project, ours: Ours, base: Tree, theirs: Tree, merged: Merge) -> None:
    """Refuse a merge that changes what nobody can see here, or needs the place of what it knows nothing of.

    Raises:
        ProjectError: it does.
    """
    if touched := sorted(ours.unseen & {*merged.changes, *merged.stages}):
        raise ProjectError(
            f"git is told not to look at {touched[0]!r}, so an edit of it could be lost, and the update changes it",
            f"git update-index --no-skip-worktree --no-assume-unchanged {shlex.quote(touched[0])}, "
            "then commit what is yours in it",
        )
    gone = {path for path, entry in merged.changes.items() if entry is None}
    new = merged.changes.keys() - gone - merged.ours.keys()
    submodules, absent = ours.submodules, ours.absent
    needed = {path for path in absent if base.get(path) != theirs.get(path) or _find_parent(path, new)}
    needed |= {parent for path in new if (parent := _find_parent(path, absent))}
    if needed:
        raise ProjectError(
            f"{min(needed)!r} is not here, git is told not to miss it, and the update needs it",
            f"git sparse-checkout disable, or git update-index --no-assume-unchanged {shlex.quote(min(needed))}",
        )
    for path in sorted(new):
        taken = path if path in submodules else _find_parent(path, submodules)
        if taken := taken or project.find_obstacle(path, gone):
            what = "is left alone" if taken in merged.ours else "is no file of this repository"
            raise ProjectError(f"{taken!r} is in the way of {path!r}, and {what}", "move it away, then update")


def _find_parent(path: str, folders: Collection[str]) -> str | None:
    """Return which of some folders, or files in the place of one, a path is in."""
    return next((parent.as_posix() for parent in PurePosixPath(path).parents if parent.as_posix() in folders), None)
