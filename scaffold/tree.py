"""Tree: the value that is rendered, compared, merged and written."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import BlueprintError

REGULAR = 0o100644
EXECUTABLE = 0o100755
SYMLINK = 0o120000


@dataclass(frozen=True)
class Entry:
    """One file: its git mode (REGULAR, EXECUTABLE or SYMLINK) and its bytes, a link's target for a SYMLINK."""

    mode: int
    data: bytes


class Tree(Mapping[str, Entry]):
    """An immutable set of files by their POSIX path below a root that the tree does not know."""

    def __init__(self, entries: Mapping[str, Entry] | None = None) -> None:
        self._entries = dict(sorted((entries or {}).items()))

    def __getitem__(self, path: str) -> Entry:
        return self._entries[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(tuple(self._entries.items()))

    def __repr__(self) -> str:
        return f"Tree({list(self._entries)})"

    @classmethod
    def read(cls, root: Path, paths: Iterable[str] | None = None) -> Tree:
        """Read every file below a folder, or those that are told; empty folders do not count, as in git.

        Raises:
            BlueprintError: something is neither a file nor a link, leads out of the folder, or is named like `.git`.
        """
        if paths is not None:
            found = {path: root / path for path in paths}
            return cls({p: _read_checked(f, p) for p, f in found.items() if f.is_symlink() or f.is_file()})
        entries = {}
        for folder, folders, files in os.walk(root):
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            for name in files + links:
                path = Path(folder) / name
                relative = path.relative_to(root).as_posix()
                entries[relative] = _read_checked(path, relative)
            for name in folders:
                check_path((Path(folder) / name).relative_to(root).as_posix())
        return cls(entries)

    def without(self, paths: Collection[str]) -> Tree:
        """Return a tree that lacks some files."""
        return Tree({path: entry for path, entry in self.items() if path not in paths})

    def write(self, root: Path) -> None:
        """Write all files below a folder, which is made if it is missing. Files that are there are overwritten.

        Raises:
            OSError: the disk is full, read-only, ...: some of the files may have been written.
        """
        for relative, entry in self.items():
            path = root / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            write_entry(path, entry)


def write_entry(path: Path, entry: Entry) -> None:
    """Write one file at a path whose folder exists, over whatever file or link is there."""
    if path.is_symlink() or (entry.mode == SYMLINK and path.exists()):
        path.unlink()
    if entry.mode == SYMLINK:
        path.symlink_to(os.fsdecode(entry.data))
        return
    path.write_bytes(entry.data)
    executable = bool(path.stat().st_mode & stat.S_IXUSR)
    if executable != (entry.mode == EXECUTABLE):
        # As git does: whoever may read may execute.
        bits = (path.stat().st_mode & 0o444) >> 2
        mode = path.stat().st_mode
        path.chmod(mode | bits if entry.mode == EXECUTABLE else mode & ~0o111)


def remove_empty_parents(path: Path, root: Path) -> None:
    """Remove the folders that a file has left empty, up to a root that stays; git knows none of them."""
    for parent in path.parents:
        if parent == root:
            return
        try:
            parent.rmdir()
        except OSError:
            return


def check_path(path: str) -> None:
    """Refuse a path that could reach out of a folder or into a repository's own files.

    Raises:
        BlueprintError: it is absolute, has a `..`, or a part that some file system takes for `.git`.
    """
    parts = path.split("/")
    if path.startswith("/") or any(part in ("", ".", "..") for part in parts) or "\0" in path:
        raise BlueprintError(
            f"the blueprint writes {path!r}, which is no path below the project", "use another blueprint"
        )
    if any(_is_git(part) for part in parts):
        raise BlueprintError(
            f"the blueprint writes {path!r}, which git keeps for itself",
            "do not use this blueprint: it could run commands in your repository",
        )


# What macOS leaves out when it compares names (git's utf8.c, `next_hfs_char`).
_IGNORED_BY_HFS = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])


def _is_git(part: str) -> bool:
    # `git~1` and a tail of dots, spaces or a stream are how Windows may spell `.git` (git's path.c, `is_ntfs_dotgit`).
    plain = part.translate(_IGNORED_BY_HFS).lower().split(":")[0].rstrip(". ")
    return plain in (".git", "git~1")


def read_entry(path: Path) -> Entry:
    """Read one file, or the target of one link.

    Raises:
        OSError: it is gone or can't be read.
    """
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return Entry(SYMLINK, os.fsencode(path.readlink()))
    return Entry(EXECUTABLE if mode & stat.S_IXUSR else REGULAR, path.read_bytes())


def _read_checked(path: Path, relative: str) -> Entry:
    check_path(relative)
    if not (path.is_symlink() or path.is_file()):
        raise BlueprintError(f"the blueprint makes {relative!r}, which is no regular file", "use another blueprint")
    if path.is_symlink():
        target = path.readlink()
        # Up first and then down: a `..` after a name would start from wherever a link of that name leads.
        ups = len(target.parts) - len([part for part in target.parts if part != ".."])
        if target.is_absolute() or ".." in target.parts[ups:] or ups >= len(Path(relative).parts):
            raise BlueprintError(
                f"the blueprint links {relative!r} to {str(target)!r}, outside the project", "use another blueprint"
            )
    return read_entry(path)
