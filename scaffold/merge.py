"""Merge: what becomes of every file when a project moves from one rendering to another."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from scaffold.line_ends import match_line_ends
from scaffold.outcomes import FileOutcome, Outcome, find_outcomes
from scaffold.scratch import MergedTree, ScratchRepository
from scaffold.tree import SYMLINK, Entry, Tree

_REWRITTEN = "it says where the project comes from, and is written anew; what you wrote into it is in your last commit"


@dataclass(frozen=True)
class Merge:
    """The one value that every preview shows and that an update writes.

    Attributes:
        base: the rendering that the project was made from or last updated to.
        ours: the project as it is, as far as the merge looks at it.
        theirs: the rendering to move to.
        result: what `ours` becomes.
        outcomes: one for each file that somebody changed, by path.
        stages: for each conflict, what git's index shall hold: 1 base, 2 ours, 3 theirs.
        generated: files that are the blueprint's alone: those that say where the project comes from.
        untracked: files that git is not to know of.
        disk: files of `ours` that lie on the disk in another form; see `Ours`.
        blobs: for files of `ours` that are in git's index, the hash of what is there.
    """

    base: Tree
    ours: Tree
    theirs: Tree
    result: Tree
    outcomes: tuple[FileOutcome, ...]
    stages: Mapping[str, Mapping[int, Entry]] = field(default_factory=dict)
    generated: frozenset[str] = frozenset()
    untracked: frozenset[str] = frozenset()
    disk: Mapping[str, Entry] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)

    @property
    def conflicts(self) -> tuple[FileOutcome, ...]:
        """The files that need a person."""
        return tuple(outcome for outcome in self.outcomes if outcome.outcome is Outcome.CONFLICT)

    @property
    def changes(self) -> dict[str, Entry | None]:
        """What has to be written: a path's new content, or None where it has to go."""
        paths = sorted({*self.ours, *self.result})
        return {path: self.result.get(path) for path in paths if self.result.get(path) != self.ours.get(path)}

    def on_disk(self, path: str) -> Entry | None:
        """What lies at a path of the project when the merge is made."""
        return self.disk.get(path, self.ours.get(path))


def merge(
    base: Tree,
    ours: Tree,
    theirs: Tree,
    *,
    label: str,
    attributes: bytes = b"",
    kept: Mapping[str, str] | None = None,
    generated: Collection[str] = (),
    untracked: Collection[str] = (),
    by: str = "the blueprint",
) -> Merge:
    """Merge three ways, with git wherever both sides touched the same file.

    Args:
        base, ours, theirs: the three trees.
        label: how the other side is called in conflict markers, such as `blueprint v1.2.0`.
        attributes: the project's git attributes, some of which are about merging: `*.lock -merge` and its like.
        kept: paths that stay as they are in `ours` whatever the other side does, with the reason.
        generated: paths that become what the other side has whatever `ours` is.
        untracked: files of `ours` that git is not to know of.
        by: who made of `base` what `theirs` is, for the reasons.

    Raises:
        GitError: git is missing or too old.
    """
    kept = kept or {}
    base, theirs = match_line_ends(base, ours, theirs)
    rewritten = {path for path in generated if path in ours and ours[path] != base.get(path)}
    base = Tree({**base, **{path: ours[path] for path in generated if path in ours}})
    # What is settled has no part in it: git could take such a file for one that another was moved to.
    settled = {path: entry for path, entry in ours.items() if path in kept or theirs.get(path) == entry}
    left_base, left_ours, left_theirs = (side.without(settled) for side in (base, ours, theirs))
    merged = _merge_sides(left_base, left_ours, left_theirs, label, attributes)
    outcomes = find_outcomes(left_base, left_ours, left_theirs, merged, by)
    outcomes = [replace(o, reason=_REWRITTEN) if o.path in rewritten else o for o in outcomes]
    outcomes += [FileOutcome(path, Outcome.KEPT, reason) for path, reason in kept.items()]
    return Merge(
        base,
        ours,
        theirs,
        result=Tree({**merged.tree, **settled}),
        outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.path)),
        stages=merged.stages,
        generated=frozenset(generated),
        untracked=frozenset(untracked),
    )


def _merge_sides(base: Tree, ours: Tree, theirs: Tree, label: str, attributes: bytes) -> MergedTree:
    paths = sorted({*base, *ours, *theirs})
    contested = any(
        ours.get(path) != base.get(path) != theirs.get(path) and ours.get(path) != theirs.get(path) for path in paths
    )
    # What both sides took away, one of them may have moved.
    moved = any(path not in ours and path not in theirs for path in base) and any(path not in base for path in paths)
    if contested or moved or _overlap(paths):
        return _merge_with_git(base, ours, theirs, label, attributes)
    return MergedTree(Tree(_one_sided(base, ours, theirs, paths)), {}, {})


def _overlap(paths: Iterable[str]) -> bool:
    """Whether what is a file on one side is a folder on another."""
    found = set(paths)
    return any(parent.as_posix() in found for path in found for parent in Path(path).parents)


def _one_sided(base: Tree, ours: Tree, theirs: Tree, paths: list[str]) -> dict[str, Entry]:
    sides = {path: theirs.get(path) if ours.get(path) == base.get(path) else ours.get(path) for path in paths}
    return {path: entry for path, entry in sides.items() if entry is not None}


def _merge_with_git(base: Tree, ours: Tree, theirs: Tree, label: str, attributes: bytes) -> MergedTree:
    """Let `git merge-tree` merge in a repository that is gone afterwards, and settle what it leaves open."""
    with tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        name = re.sub(r"[^A-Za-z0-9+-]+", "-", label).strip("-") or "blueprint"
        branches = {"base": base, "yours": ours, name: theirs}
        merged = ScratchRepository(Path(folder), branches, attributes).merge("yours", name)
    stages, entries = dict(merged.stages), dict(merged.tree)
    notes = {path: _tell(path, note, name, label) for path, note in merged.notes.items()}
    # Where a file is in the way of a folder or of a link, git calls one of the two by its side: `NAME~yours`.
    aside = {path: path.rpartition("~")[0] for path in stages if path not in {*base, *ours, *theirs}}
    for path, one in list(aside.items()):
        if one in ours and one in theirs and SYMLINK in (ours[one].mode, theirs[one].mode):
            # A file for one side and a link for the other: both are sides of one.
            del aside[path]
            stages[one] = {**stages.get(one, {}), **stages.pop(path)}
            entries.pop(path, None)
            entries[one] = ours[one]
            kinds = f"{_kind(ours[one])} of yours, {_kind(theirs[one])} of the blueprint's"
            notes[one] = f"{kinds}, which git checkout --theirs takes"
        else:
            whose, other = ("the blueprint's", "yours") if path.startswith(f"{one}~{name}") else ("your", label)
            notes[path] = f"{one} is a folder in {other}, so {whose} file {one} is here"
    # What the user deleted and the blueprint changed or moved stays away.
    gone = [path for path, sides in stages.items() if {1, 2} & {*sides} == {1} and aside.get(path, path) not in ours]
    for path in gone:
        del stages[path]
        entries.pop(path, None)
    deleted = {aside.pop(path, path) for path in gone}
    for path, one in list(aside.items()):
        if not any(other.startswith(f"{one}/") for other in entries):
            # With the folder gone, what stood beside it gets its place back.
            del aside[path]
            entries[one], sides, note = entries.pop(path), stages.pop(path), notes.pop(path)
            if len(sides) > 1:
                stages[one], notes[one] = sides, note
    entries |= {path: Entry(e.mode, _relabel(e.data, name, label)) for path, e in entries.items() if path in stages}
    return MergedTree(Tree(entries), stages, notes, aside, frozenset(deleted))


def _tell(path: str, note: str, name: str, label: str) -> str:
    """Put what git says of a conflict into our words, as far as there are any that are plainer."""
    if note.startswith(f"{path} deleted in {name} and modified in yours"):
        return "the blueprint took it away, and you edited it"
    return note.replace(name, label)


def _kind(entry: Entry) -> str:
    return "a link" if entry.mode == SYMLINK else "a file"


def _relabel(data: bytes, name: str, label: str) -> bytes:
    """Call the other side in conflict markers by its label, which a branch could not be named."""
    return re.sub(rb"(?m)^(>{7,} )" + re.escape(name.encode()), lambda m: m[1] + label.encode(), data)
