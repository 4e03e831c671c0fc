"""Objects: trees in git's own format for a file an object, which takes no process to write and to read."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scaffold.tree import Entry, Tree

_FOLDER = 0o40000
_HASH_BYTES = 20  # of SHA-1, which a repository has unless its configuration says otherwise


@dataclass(frozen=True)
class ObjectStore:
    """The `objects` folder of a repository with SHA-1; see "Object Storage" in git's manual for the format."""

    folder: Path

    def write(self, kind: str, data: bytes) -> str:
        """Write one object, unless it is there, and return its hash.

        Args:
            kind: `blob`, `tree` or `commit`.
            data: what is in it.
        """
        name = hash_object(kind, data)
        file = self._file(name)
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(zlib.compress(_whole(kind, data), 1))
        return name

    def read(self, name: str) -> bytes:
        """Return what is in an object.

        Raises:
            OSError: there is none of that hash in a file of its own.
        """
        return zlib.decompress(self._file(name).read_bytes()).partition(b"\0")[2]

    def write_tree(self, tree: Tree) -> str:
        """Write a tree with all its files, and return its hash."""
        return self._write_folder([(path.split("/"), entry) for path, entry in tree.items()])

    def read_tree(self, name: str) -> Tree:
        """Read a tree with all its files."""
        return Tree({path: Entry(mode, self.read(blob)) for path, mode, blob in self._walk(name, "")})

    def write_commit(self, tree: str, parents: Iterable[str] = ()) -> str:
        """Write a commit by nobody of no time, and return its hash."""
        who = "scaffold <> 0 +0000"
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
        return self.write("commit", "\n".join([*lines, "", ""]).encode())

    def _file(self, name: str) -> Path:
        return self.folder / name[:2] / name[2:]

    def _write_folder(self, entries: list[tuple[list[str], Entry]]) -> str:
        items: dict[str, tuple[int, str]] = {}
        inside: dict[str, list[tuple[list[str], Entry]]] = {}
        for (first, *rest), entry in entries:
            if rest:
                inside.setdefault(first, []).append((rest, entry))
            else:
                items[first] = (entry.mode, self.write("blob", entry.data))
        items |= {name: (_FOLDER, self._write_folder(found)) for name, found in inside.items()}
        # In the order that git asks for: a folder as if its name ended with a slash.
        ordered = sorted(
            (os.fsencode(name) + b"/" * (mode == _FOLDER), mode, blob) for name, (mode, blob) in items.items()
        )
        return self.write(
            "tree",
            b"".join(b"%o %b\0%b" % (mode, key.rstrip(b"/"), bytes.fromhex(blob)) for key, mode, blob in ordered),
        )

    def _walk(self, name: str, prefix: str) -> Iterator[tuple[str, int, str]]:
        """The files in a tree and below: an entry of one is `MODE NAME NUL HASH`."""
        data, position = self.read(name), 0
        while position < len(data):
            end = data.index(b"\0", position)
            mode, own = data[position:end].split(b" ", 1)
            position = end + 1 + _HASH_BYTES
            path, blob = prefix + os.fsdecode(own), data[end + 1 : position].hex()
            if int(mode, 8) == _FOLDER:
                yield from self._walk(blob, f"{path}/")
            else:
                yield path, int(mode, 8), blob


def hash_object(kind: str, data: bytes, algorithm: str = "sha1") -> str:
    """Return the hash that git gives an object, in a repository with that algorithm: `sha1` or `sha256`."""
    return hashlib.new(algorithm, _whole(kind, data), usedforsecurity=False).hexdigest()


def _whole(kind: str, data: bytes) -> bytes:
    return f"{kind} {len(data)}\0".encode() + data
