"""Show what an update would change, or what the user changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scaffold.errors import UsageError
from scaffold.landing import check_whole
from scaffold.outcomes import renames
from scaffold.plan import find_move, make_plan
from scaffold.scratch import diff_trees
from scaffold.tree import Tree


def diff(
    path: Path,
    *,
    to: str | None = None,
    answers: Mapping[str, Any] | None = None,
    mine: bool = False,
    trust: bool = False,
) -> str:
    """Return a patch in git's format, empty where there is no difference.

    Args:
        path: the project's folder.
        to: the release to update to; the newest unless told.
        answers: new answers, by the name of their question.
        mine: from the recorded release to the project, instead of from the project to the updated project.
        trust: allow the blueprint to run code.

    Raises:
        UsageError: what the user changed has nothing to do with where to go.
        ProjectError, BlueprintError, GitError: see `find_move` and `make_plan`.
    """
    if mine and (to or answers):
        raise UsageError("--mine shows what you changed, whatever there is to go to", "leave out --to and --data")
    check_whole(path)
    move = find_move(path, to)
    # What the user changed is so whatever the newest release is, which may take their answers or may not.
    plan = make_plan(replace(move, target=move.recorded) if mine else move, answers or None, trust=trust)
    merge = plan.merge
    if not mine:
        return diff_trees(merge.ours, merge.result) if plan.is_news else ""
    # A file that only the user has is theirs alone: no side of a blueprint, unless they renamed what is one.
    known = {*plan.base.tree, *renames(plan.base.tree, merge.ours)}
    return diff_trees(plan.base.tree, Tree({path: entry for path, entry in merge.ours.items() if path in known}))
