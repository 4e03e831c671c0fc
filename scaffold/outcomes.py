"""Outcomes: what a merge makes of each file, and why, told from the trees that went in and the one that came out."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum
from os.path import commonpath
from pathlib import PurePosixPath

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
    moved = {old: new for new, old in renames(base, ours).items()}
    outcomes = []
    for path in sorted({*base, *ours, *theirs, *result, *merged.stages} - {*merged.aside.values()}):
        was, mine, new, end = base.get(path), ours.get(path), theirs.get(path), result.get(path)
        old = renamed.get(path)
        if path in merged.stages:
            note, one = merged.notes.get(path, "both sides changed it"), merged.aside.get(path)
            outcomes.append(FileOutcome(path, Outcome.CONFLICT, note, old or renamed.get(one or "", one)))
        elif mine == new:
            continue
        elif mine is None and end is None:
            if path in merged.deleted or (was == new and path not in moved):
                why = _why_gone(old if old not in ours else None, moved.get(path))
                outcomes.append(FileOutcome(path, Outcome.KEPT_DELETED, why, old if old not in ours else None))
            # Else what became of it is said of the file that the user moved it to.
        elif mine == end:
            if mine != was and not (was is None and new is None):
                why = "you edited it" + (", and the blueprint did not change it" if was == new else "")
                outcomes.append(FileOutcome(path, Outcome.KEPT, why))
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
            why = "you never edited it" if mine == was else "has your edit as well"
            outcomes.append(FileOutcome(path, Outcome.UPDATED, f"{by} changed it, and {why}"))
        else:
            outcomes.append(FileOutcome(path, Outcome.MERGED, f"{by}'s change was joined with yours"))
    return outcomes


def _why_gone(old: str | None, moved_to: str | None) -> str:
    """Why a file of the blueprint's stays away: by which name the user deleted it, or where they moved it."""
    if moved_to:
        return f"you moved it to {moved_to}, and changed too much for the blueprint's change to go along"
    return f"you deleted it as {old}" if old else "you deleted it"


def _renames_to(base: Tree, ours: Tree, theirs: Tree, result: Tree) -> dict[str, str]:
    """Which files of `theirs` were which files of `base`.

    First those into which git carried an edit over, be it that nobody else would take them for the same; of two that
    are as like, the edited one is it.
    """
    found: dict[str, str] = {}
    gone = [path for path in base if path not in result and path in ours and ours[path] != base[path]]
    for path in theirs:
        end = result.get(path)
        left = [old for old in gone if old not in found.values()]
        if path in base or path in ours or end in (None, theirs[path]) or not left:
            continue
        # It has the edit of the one that it was; of a binary file, nothing else.
        likeness = {old: (ours[old] == end, _likeness(base[old], theirs[path])) for old in left}
        found[path] = max(left, key=likeness.__getitem__)
    rest = renames(base.without(found.values()), theirs.without(found))
    return rest | found


def renames(old: Tree, new: Tree) -> dict[str, str]:
    """Which files of `new` were which files of `old`: those with at least half of their lines the same.

    Half is git's own limit, which it measures by chunks of bytes.
    """
    gone = [path for path in old if path not in new]
    found: dict[str, str] = {}
    for path in (path for path in new if path not in old):
        scores = [
            (_likeness(old[other], new[path]), *_nearness(other, path), other)
            for other in gone
            if other not in found.values()
        ]
        if scores and max(scores)[0] >= 0.5:
            found[path] = max(scores)[-1]
    return found


def _nearness(one: str, other: str) -> tuple[bool, int]:
    """Which of two that are as like is the likelier one: that of the same name, that with more of the path alike."""
    return PurePosixPath(one).name == PurePosixPath(other).name, len(commonpath([one, other]))


def _likeness(one: Entry, other: Entry) -> float:
    if one.data == other.data:
        return 1.0 if one.data else 0.0
    if SYMLINK in (one.mode, other.mode) or b"\0" in one.data or max(len(one.data), len(other.data)) > 200_000:
        return 0.0
    matcher = difflib.SequenceMatcher(None, one.data.splitlines(), other.data.splitlines(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= 0.5 else 0.0
