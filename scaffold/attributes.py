"""Attributes: what git is told of a project's files, by files in each folder, above the project and in git's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path


def read_attributes(project: Path, paths: Iterable[str]) -> bytes:
    """Return the git attributes that hold for files, as one would write them at the project's root.

    Args:
        project: its folder.
        paths: the files; the attributes of the root and of the folders above it are there in any case.
    """
    folders = sorted({parent for path in paths for parent in Path(path).parents[:-1]}, key=lambda f: len(f.parts))
    found = [line for f in folders for line in _read_attributes(project / f / ".gitattributes", _inside(f))]
    for folder in (project, *project.parents):
        below = _below(project.relative_to(folder).as_posix().removeprefix("."))
        found = _read_attributes(folder / ".gitattributes", below) + found
        if (folder / ".git").exists():
            # Those that are in no commit have the last word (gitattributes(5)).
            return b"".join([*found, *_read_attributes(_git_folder(folder) / "info" / "attributes", below)])
    return b""


def _read_attributes(file: Path, move: Callable[[bytes], bytes]) -> list[bytes]:
    with suppress(OSError):
        return [line for line in (move(line) for line in file.read_bytes().splitlines(keepends=True)) if line]
    return []


def _git_folder(top: Path) -> Path:
    """The folder that all work trees of a repository share; a file says where it is, see gitrepository-layout(5)."""
    folder = top / ".git"
    with suppress(OSError):
        if folder.is_file():
            folder = top / os.fsdecode(folder.read_bytes()).removeprefix("gitdir:").strip()
        return folder / os.fsdecode((folder / "commondir").read_bytes()).strip()
    return folder


def _below(prefix: str) -> Callable[[bytes], bytes]:
    """Tell what a line of git attributes says of the files below a folder; nothing where it is for other folders."""

    def move(line: bytes) -> bytes:
        pattern = line.split(b" ")[0].strip()
        if not prefix or b"/" not in pattern or pattern.startswith(b"**/"):
            return line.rstrip(b"\r\n") + b"\n" if line.strip() else b""
        start = os.fsencode(prefix) + b"/"
        inside = line.lstrip(b"/").startswith(start)
        return b"/" + line.lstrip(b"/").removeprefix(start).rstrip(b"\r\n") + b"\n" if inside else b""

    return move


def _inside(folder: Path) -> Callable[[bytes], bytes]:
    """Tell how a line of git attributes in a folder would be written at the root."""

    def move(line: bytes) -> bytes:
        pattern, *rest = line.split()
        if not rest or pattern.startswith((b"#", b"[", b'"')):
            return b""
        where = b"" if b"/" in pattern.rstrip(b"/") else b"**/"
        # In quotes, for a folder may have a space in its name; a pattern may not, out of quotes.
        moved = os.fsencode(folder) + b"/" + where + pattern.lstrip(b"/")
        return b'"' + moved.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'" ' + b" ".join(rest) + b"\n"

    return move
