"""Merge trees with git, away from every repository of the user's."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scaffold.errors import GitError
from scaffold.git import commit_stream, reason, run
from scaffold.tree import Entry, Tree

_HASH_BYTES = 20  # of SHA-1, which a repository without a configuration has


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
        self._paths: set[str] = set()

    def commit(self, branches: Mapping[str, Tree], attributes: bytes = b"") -> None:
        """Commit each tree to a branch of its own, the first as the parent of all others.

        Args:
            branches: trees by the name of their branch.
            attributes: git attributes that hold in this repository.
        """
        (self._folder / "info" / "attributes").write_bytes(attributes)
        stream = []
        for number, (name, tree) in enumerate(branches.items()):
            self._paths |= set(tree)
            stream.append(commit_stream(f"refs/heads/{name}", tree, parent=":1" if number else None))
        # One pack, as it comes: so few objects git would unpack, by a process more, and wait for the disk to have them.
        plain = ("-c", "fastimport.unpackLimit=1", "-c", "core.fsync=none", "-c", "core.compression=0")
        run(self._at, *plain, "fast-import", "--quiet", stdin=b"".join(stream))

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
        listed = [entry.split("\t", 1) for entry in entries]
        staged = [(path, *info.split()) for info, path in listed]
        files, blobs = self._read(
            tree, {*self._paths, *(path for path, *_ in staged)}, {blob for _, _, blob, _ in staged}
        )
        stages: dict[str, dict[int, Entry]] = {}
        for path, mode, blob, stage in staged:
            stages.setdefault(path, {})[int(stage)] = Entry(int(mode, 8), blobs[blob])
        return MergedTree(files, stages, _notes(messages))

    def diff(self, old: str, new: str) -> str:
        """Return the patch from one branch to another, as `git apply` takes it."""
        # Not `git diff`, which obeys how the user likes to see one: with no prefixes, no context, in another order.
        command = ("diff-tree", "-p", "--full-index", "--no-ext-diff", "--no-textconv", "-M", "--binary", old, new)
        return run(self._at, "-c", "core.quotePath=false", *command).stdout.decode("utf-8", "surrogateescape")

    def _read(self, tree: str, paths: set[str], blobs: set[str]) -> tuple[Tree, dict[str, bytes]]:
        """Read a tree, and some blobs, with one process: all paths that the tree may have are asked for at once."""
        folders = sorted({"", *(parent.as_posix() for path in paths for parent in PurePosixPath(path).parents[:-1])})
        asked = [f"{tree}:{path}" for path in [*folders, *sorted(paths)]] + sorted(blobs)
        found = self._cat(asked)
        files: dict[str, tuple[int, str]] = {}
        for folder, object_ in zip(folders, found, strict=False):
            if object_ and object_.kind == "tree":
                files |= {f"{folder}/{name}".lstrip("/"): (mode, blob) for name, mode, blob in _list_tree(object_.data)}
        contents = {object_.name: object_.data for object_ in found if object_}
        if missing := sorted({name for _, name in files.values()} - set(contents)):
            contents |= {object_.name: object_.data for object_ in self._cat(missing) if object_}
        return Tree({path: Entry(mode, contents[name]) for path, (mode, name) in files.items()}), contents

    def _cat(self, names: Sequence[str]) -> list[_Object | None]:
        asked = [os.fsencode(name) for name in names]
        output = run(self._at, "cat-file", "--batch", "-z", stdin=b"".join(name + b"\0" for name in asked)).stdout
        found: list[_Object | None] = []
        position = 0
        for name in asked:
            if output.startswith(missing := name + b" missing\n", position):
                position += len(missing)
                found.append(None)
                continue
            end = output.index(b"\n", position)
            own, kind, size = output[position:end].decode().split()
            found.append(_Object(own, kind, output[end + 1 : end + 1 + int(size)]))
            position = end + 1 + int(size) + 1
        return found


@dataclass(frozen=True)
class _Object:
    name: str
    kind: str
    data: bytes


def _list_tree(data: bytes) -> Iterator[tuple[str, int, str]]:
    """The files in a tree object, as git writes it: `MODE NAME NUL HASH`, repeated."""
    position = 0
    while position < len(data):
        end = data.index(b"\0", position)
        mode, name = data[position:end].split(b" ", 1)
        position = end + 1 + _HASH_BYTES
        if mode != b"40000":
            yield os.fsdecode(name), int(mode, 8), data[end + 1 : position].hex()


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
    return note


def diff_trees(old: Tree, new: Tree) -> str:
    """Return the difference of two trees as git shows it, renames found, without colours."""
    if old == new:
        return ""
    with tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        repository = ScratchRepository(Path(folder))
        repository.commit({"old": old, "new": new})
        return repository.diff("old", "new")
