"""Tell whether a project is behind its blueprint. It writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from scaffold.landing import is_interrupted
from scaffold.outcomes import Outcome, renames
from scaffold.plan import Move, Plan, find_move, make_plan
from scaffold.tree import Tree
from scaffold.work_tree import list_unmerged


class State(StrEnum):
    """How one file of a project stands to its blueprint, when it is not simply current."""

    BEHIND = "behind"
    EDITED = "edited"
    BOTH = "both"
    MISSING = "missing"
    STALE = "stale"
    RENAMED = "renamed"


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        move: the recorded and the newest release.
        changes: whether an update would change anything here.
        interrupted: whether an update was killed half way.
        unresolved: the files with conflicts that an update has left, and that nobody has resolved.
        files: the state of every file that is not current; None unless it was asked for.
    """

    move: Move
    changes: bool
    interrupted: bool
    unresolved: tuple[str, ...]
    files: dict[str, State] | None = None

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do here."""
        return not (self.changes or self.interrupted or self.unresolved)

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "path": str(self.move.project.path),
            "blueprint": self.move.project.source,
            "recorded": self.move.recorded.ref,
            "newest": self.move.target.ref,
            "update_changes_something": self.changes,
            "interrupted": self.interrupted,
            "conflicts": list(self.unresolved),
            "files": self.files,
        }


def check(path: Path, *, files: bool = False, trust: bool = False) -> CheckResult:
    """Compare a project with the newest release of its blueprint.

    Args:
        path: the project's folder.
        files: find the state of every file too.
        trust: allow the blueprint to run code.

    Raises:
        ProjectError, UsageError, BlueprintError, GitError: see `find_move` and `make_plan`.
    """
    move = find_move(path)
    interrupted, unresolved = is_interrupted(path), list_unmerged(path)
    if move.stays and not files:
        return CheckResult(move, False, interrupted, unresolved)
    plan = make_plan(move, trust=trust)
    states = _states(plan, trust) if files else None
    return CheckResult(move, plan.is_news, interrupted, unresolved, states)


def _states(plan: Plan, trust: bool) -> dict[str, State]:
    merge = plan.merge
    states = {}
    moved = {old: new for new, old in renames(merge.base, merge.ours).items()}
    kept = {outcome.path for outcome in merge.outcomes if outcome.outcome is Outcome.KEPT}
    # Without news, the one file that says which release this is has none either.
    for old in sorted({*merge.base, *merge.theirs} - (set() if plan.is_news else merge.generated)):
        path = moved.get(old, old)
        was, mine, new = merge.base.get(old), merge.ours.get(path), merge.theirs.get(old)
        if mine == new:
            if path != old:
                states[path] = State.RENAMED
            continue
        if mine is None and was is not None:
            states[path] = State.MISSING
        elif mine == was:
            if path not in kept:  # what the update leaves alone is not behind
                states[path] = State.BEHIND
        elif path in kept:
            states[path] = State.EDITED
        else:
            states[path] = State.EDITED if was == new else State.BOTH
    edited = {path for path, state in states.items() if state in (State.EDITED, State.BOTH)}
    return states | dict.fromkeys(_stale(plan, edited, trust), State.STALE)


def _stale(plan: Plan, edited: set[str], trust: bool) -> set[str]:
    """Those of the edited files that are as an older release had them: a copy of old, or an update undone."""
    from scaffold.errors import ScaffoldError
    from scaffold.rendering import render

    found: set[str] = set()
    recorded = plan.move.recorded
    for release in reversed(plan.move.blueprint.releases):
        if not edited - found:
            break
        if recorded.version is None or release.version is None or release.version >= recorded.version:
            continue
        try:
            answers = plan.move.project.answers
            # Without its tasks: nobody wants the code of all that ever was to be run for this.
            old: Tree = render(
                plan.move.blueprint, release, {}, known=answers, operation="update", tasks=False, trust=trust
            ).tree
        except ScaffoldError:
            continue  # an old release that these answers do not fit has no say
        found |= {path for path in edited if old.get(path) == plan.merge.ours[path]}
    return found
