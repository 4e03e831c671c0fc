"""Outcomes: what a merge makes of each file, and why, told from the trees that went in and the one that came out."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum

from scaffold.scratch import MergedTree
from scaffold.tree import SYMLINK, Entry, Tree


class Outcome(StrEnum):
    """What becomes of one file."""

    ADDED = "added"
    UPDATED = "updated"
    MERGED = "merged"
    RENAMED = "renamed"
    DELETED = "deleted"
    CONFLICT = "conflict"
    KEPT = "kept"
    KEPT_DELETED = "kept deleted"


@dataclass(frozen=True)
class FileOutcome:
    """One file's outcome and the reason for it; `old_path` is where a renamed file was."""

    path: str
    outcome: Outcome
    reason: str
    old_path: str | None = None


def find_outcomes(base: Tree, ours: Tree, theirs: Tree, merged: MergedTree, by: str) -> list[FileOutcome]:
    """Return the outcome of each file that is not the same on all sides.

    Args:
        base, ours, theirs: what was merged.
        merged: what came of it.
        by: who made of `base` what `theirs` is, for the reasons.
    """
    result = merged.tree
    renamed = _renames_to(base, ours, theirs, result)
    mine_moved = {*renames(base, ours).values()}
    outcomes = []
    for path in sorted({*base, *ours, *theirs, *result, *merged.stages}):
        was, mine, new, end = base.get(path), ours.get(path), theirs.get(path), result.get(path)
        old = renamed.get(path)
        if path in merged.stages:
            note = merged.notes.get(path, "both sides changed it")
            outcomes.append(FileOutcome(path, Outcome.CONFLICT, note, old))
        elif mine == end:
            outcomes += _untouched(path, was, mine, new, old if old not in ours else None, moved=path in mine_moved)
        elif end is None:
            if path not in renamed.values():
                why = f"{by} took it away, and you never edited it"
                outcomes.append(FileOutcome(path, Outcome.DELETED, why))
        elif mine is None and old:
            edited = ours.get(old) != base.get(old)
            why = f"{by} moved it from {old}" + (", and your edit went along" if edited else "")
            outcomes.append(FileOutcome(path, Outcome.RENAMED, why, old))
        elif mine is None:
            outcomes.append(FileOutcome(path, Outcome.ADDED, f"{by} added it"))
        elif end == new:
            outcomes.append(FileOutcome(path, Outcome.UPDATED, f"{by} changed it, and you never edited it"))
        else:
            outcomes.append(FileOutcome(path, Outcome.MERGED, f"{by}'s change was joined with yours"))
    return outcomes


def _untouched(
    path: str, was: Entry | None, mine: Entry | None, new: Entry | None, old: str | None, *, moved: bool
) -> list[FileOutcome]:
    """The outcome of a file that stays as it is, if it is the user's doing."""
    if mine == new:
        return []
    if mine is None and was is None:
        return [FileOutcome(path, Outcome.KEPT_DELETED, f"you deleted it as {old}" if old else "you deleted it", old)]
    if mine is None:
        return [] if moved else [FileOutcome(path, Outcome.KEPT_DELETED, "you deleted it")]
    if was is not None and mine != was:
        reason = "you edited it, and the blueprint did not change it"
        return [FileOutcome(path, Outcome.KEPT, reason if was == new else "you edited it")]
    return []


def _renames_to(base: Tree, ours: Tree, theirs: Tree, result: Tree) -> dict[str, str]:
    """Which files of `theirs` were which files of `base`, those included that only git saw: it carried an edit over."""
    renamed = renames(base, theirs)
    gone = [path for path in base if path not in result and path in ours and ours[path] != base[path]]
    for path in theirs:
        end, left = result.get(path), [old for old in gone if old not in renamed.values()]
        if path in {*base, *ours, *renamed} or end in (None, theirs[path]) or not left:
            continue
        # It has the edit of the one that it was; of a binary file, nothing else.
        renamed[path] = next((old for old in left if ours[old] == end), left[0])
    return renamed


def renames(old: Tree, new: Tree) -> dict[str, str]:
    """Which files of `new` were which files of `old`: those with at least half of their lines the same.

    Half is git's own limit, which it measures by chunks of bytes.
    """
    gone = [path for path in old if path not in new]
    found: dict[str, str] = {}
    for path in (path for path in new if path not in old):
        scores = [(_likeness(old[other], new[path]), other) for other in gone if other not in found.values()]
        if scores and max(scores)[0] >= 0.5:
            found[path] = max(scores)[1]
    return found


def _likeness(one: Entry, other: Entry) -> float:
    if one.data == other.data:
        return 1.0 if one.data else 0.0
    if SYMLINK in (one.mode, other.mode) or b"\0" in one.data or max(len(one.data), len(other.data)) > 200_000:
        return 0.0
    matcher = difflib.SequenceMatcher(None, one.data.splitlines(), other.data.splitlines(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= 0.5 else 0.0
