"""Merge trees with git, away from every repository of the user's."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scaffold.errors import GitError
from scaffold.git import reason, run
from scaffold.objects import ObjectStore
from scaffold.tree import Entry, Tree


@dataclass(frozen=True)
class MergedTree:
    """What `git merge-tree` made of two sides.

    Attributes:
        tree: the merged files, conflicts with their markers.
        stages: the three sides of each conflict, by path and index stage.
        notes: for each conflict, what git says of it.
        aside: files that git put beside a folder of the same name, and their own names.
        deleted: files that the user deleted and the other side changed or moved, so that they are in no tree.
    """

    tree: Tree
    stages: Mapping[str, Mapping[int, Entry]]
    notes: Mapping[str, str]
    aside: Mapping[str, str] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()


class ScratchRepository:
    """A bare repository for one merge or one patch, in a folder that its owner deletes."""

    def __init__(self, folder: Path, branches: Mapping[str, Tree], attributes: bytes = b"") -> None:
        """Make what `git init --bare` makes, as far as it is needed, and commit trees.

        Args:
            folder: an empty one.
            branches: trees by the name of the branch that each is committed to, the first as the parent of all others.
            attributes: git attributes that hold in this repository.
        """
        heads, objects, info = (folder / name for name in ("refs/heads", "objects", "info"))
        for place in (heads, objects, info):
            place.mkdir(parents=True)
        (folder / "HEAD").write_text("ref: refs/heads/base\n")
        (info / "attributes").write_bytes(attributes)
        self._at = f"--git-dir={folder}"
        self._objects = ObjectStore(objects)
        parents: list[str] = []
        for name, tree in branches.items():
            commit = self._objects.write_commit(self._objects.write_tree(tree), parents)
            (heads / name).write_text(f"{commit}\n")
            parents = parents or [commit]

    def merge(self, ours: str, theirs: str) -> MergedTree:
        """Merge two branches three ways, with renames found.

        Raises:
            GitError: git is older than 2.38.
        """
        result = run(
            self._at,
            *("-c", "merge.renames=true", "-c", "merge.directoryRenames=false", "-c", "merge.renameLimit=10000"),
            *("merge-tree", "--write-tree", "-z", "--messages", ours, theirs),
            accept=(0, 1, 129),
        )
        if b"\0" not in result.stdout:
            raise GitError(f"this git can't merge trees: {reason(result)}", "upgrade to git 2.38 or newer")
        head, _, messages = result.stdout.partition(b"\0\0")
        tree, *entries = os.fsdecode(head).rstrip("\0").split("\0")
        stages: dict[str, dict[int, Entry]] = {}
        for info, path in (entry.split("\t", 1) for entry in entries):
            mode, blob, stage = info.split()
            stages.setdefault(path, {})[int(stage)] = Entry(int(mode, 8), self._objects.read(blob))
        return MergedTree(self._objects.read_tree(tree), stages, _notes(messages))

    def diff(self, old: str, new: str) -> str:
        """Return the patch from one branch to another, as `git apply` takes it."""
        # Not `git diff`, which obeys how the user likes to see one: with no prefixes, no context, in another order.
        command = (
            "diff-tree",
            "-p",
            "--full-index",
            "--no-ext-diff",
            "--no-textconv",
            "-M",
            "--binary",
            old,
            new,
            "--",
        )
        return run(self._at, "-c", "core.quotePath=false", *command).stdout.decode("utf-8", "surrogateescape")


def _notes(messages: bytes) -> dict[str, str]:
    """Read what merge-tree says of each conflicted path: `count NUL path... NUL type NUL text NUL`, repeated."""
    fields = os.fsdecode(messages).split("\0")
    notes: dict[str, str] = {}
    while fields and fields[0].strip().isdigit():
        count = int(fields.pop(0))
        paths, (kind, text), fields = fields[:count], fields[count : count + 2], fields[count + 2 :]
        if kind.startswith("CONFLICT"):
            for path in paths:
                notes.setdefault(path, _note(path, text))
    return notes


def _note(path: str, text: str) -> str:
    """Say what is in dispute, without the word CONFLICT and without saying the path of the most common case twice."""
    note = re.sub(r"^CONFLICT \([^)]*\): ", "", " ".join(text.split()))
    if note == f"Merge conflict in {path}":
        return "both sides added it" if "(add/add)" in text else "both sides changed the same lines"
    if "Cannot merge binary files" in note:
        return "both sides changed it, and git does not merge it as text"
    return note


def diff_trees(old: Tree, new: Tree) -> str:
    """Return the difference of two trees as git shows it, renames found, without colours."""
    if old == new:
        return ""
    with tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        return ScratchRepository(Path(folder), {"old": old, "new": new}).diff("old", "new")
