"""Merge trees with git, away from every repository of the user's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import GitError
from scaffold.git import commit_stream, reason, run
from scaffold.tree import Entry, Tree


@dataclass(frozen=True)
class MergedTree:
    """What `git merge-tree` made of two sides.

    Attributes:
        tree: the merged files, conflicts with their markers.
        stages: the three sides of each conflict, by path and index stage.
        notes: for each conflict, what git says of it.
    """

    tree: Tree
    stages: Mapping[str, Mapping[int, Entry]]
    notes: Mapping[str, str]


class ScratchRepository:
    """A bare repository for one merge, in a folder that its owner deletes."""

    def __init__(self, folder: Path) -> None:
        # What `git init --bare` makes, as far as it is needed, without a process of its own.
        for name in ("objects", "refs", "info"):
            (folder / name).mkdir()
        (folder / "HEAD").write_text("ref: refs/heads/base\n")
        self._folder = folder
        self._at = f"--git-dir={folder}"

    def commit(self, branches: Mapping[str, Tree], attributes: bytes = b"") -> None:
        """Commit each tree to a branch of its own, the first as the parent of all others.

        Args:
            branches: trees by the name of their branch.
            attributes: git attributes that hold in this repository.
        """
        (self._folder / "info" / "attributes").write_bytes(attributes)
        stream = []
        for number, (name, tree) in enumerate(branches.items()):
            stream.append(commit_stream(f"refs/heads/{name}", tree, parent=":1" if number else None))
        run(self._at, "fast-import", "--quiet", stdin=b"".join(stream))

    def merge(self, ours: str, theirs: str) -> MergedTree:
        """Merge two branches three ways, with renames found.

        Raises:
            GitError: git is older than 2.38.
        """
        result = run(
            self._at,
            *("-c", "merge.renames=true", "-c", "merge.directoryRenames=false", "-c", "merge.renameLimit=10000"),
            *("merge-tree", "--write-tree", "-z", "--messages", ours, theirs),
            accept=(0, 1),
        )
        if b"\0" not in result.stdout:
            raise GitError(f"this git can't merge trees: {reason(result)}", "upgrade to git 2.38 or newer")
        head, _, messages = result.stdout.partition(b"\0\0")
        tree_id, *entries = os.fsdecode(head).rstrip("\0").split("\0")
        listed = [entry.split("\t", 1) for entry in entries]
        staged = [(path, *info.split()) for info, path in listed]
        files = self._list(tree_id)
        blobs = self._read({blob for _, blob in files.values()} | {blob for _, _, blob, _ in staged})
        tree = Tree({path: Entry(mode, blobs[blob]) for path, (mode, blob) in files.items()})
        stages: dict[str, dict[int, Entry]] = {}
        for path, mode, blob, stage in staged:
            stages.setdefault(path, {})[int(stage)] = Entry(int(mode, 8), blobs[blob])
        return MergedTree(tree, stages, _notes(messages))

    def diff(self, old: str, new: str) -> str:
        """Return the patch from one branch to another."""
        command = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "-M", "--binary", old, new)
        return run(self._at, "-c", "core.quotePath=false", *command).stdout.decode("utf-8", "replace")

    def _list(self, tree: str) -> dict[str, tuple[int, str]]:
        lines = os.fsdecode(run(self._at, "ls-tree", "-r", "-z", tree).stdout).split("\0")
        found = {}
        for line in filter(None, lines):
            info, path = line.split("\t", 1)
            mode, _, blob = info.split()
            found[path] = (int(mode, 8), blob)
        return found

    def _read(self, blobs: set[str]) -> dict[str, bytes]:
        asked = sorted(blobs)
        output = run(self._at, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in asked).encode()).stdout
        found, position = {}, 0
        for blob in asked:
            end = output.index(b"\n", position)
            size = int(output[position:end].split()[2])
            found[blob] = output[end + 1 : end + 1 + size]
            position = end + 1 + size + 1
        return found


def _notes(messages: bytes) -> dict[str, str]:
    """Read what merge-tree says of each conflicted path: `count NUL path... NUL type NUL text NUL`, repeated."""
    fields = os.fsdecode(messages).split("\0")
    notes: dict[str, str] = {}
    while fields and fields[0].strip().isdigit():
        count = int(fields.pop(0))
        paths, (kind, text), fields = fields[:count], fields[count : count + 2], fields[count + 2 :]
        if kind.startswith("CONFLICT"):
            for path in paths:
                notes.setdefault(path, " ".join(text.split()).removeprefix(f"{kind}: "))
    return notes


def diff_trees(old: Tree, new: Tree) -> str:
    """Return the difference of two trees as git shows it, renames found, without colours."""
    if old == new:
        return ""
    with tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        repository = ScratchRepository(Path(folder))
        repository.commit({"old": old, "new": new})
        return repository.diff("old", "new")
