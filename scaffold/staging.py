"""Staging: the changed files of a merge and the git index that knows them, prepared and not yet in place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath

from scaffold import git
from scaffold.line_ends import is_crlf
from scaffold.merge import Merge
from scaffold.objects import hash_object
from scaffold.tree import EXECUTABLE, REGULAR, SYMLINK, Entry, write_entry
from scaffold.work_tree import WorkTree

# A work tree that git is shown here is a file system that keeps modes and links, whatever the user's settings say.
_OPTIONS = (
    "-c",
    "core.fileMode=true",
    "-c",
    "core.symlinks=true",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.safecrlf=false",
)

# How `git update-index` is told what becomes of the files that follow. What goes, before what comes: a folder may take
# the place of a file. The modes are said, for a file system may not keep them.
_OPTIONS_FOR = {
    None: ("--force-remove",),
    SYMLINK: ("--no-force-remove", "--add"),  # before the others: a link has no bits to change
    REGULAR: ("--no-force-remove", "--add", "--chmod=-x"),
    EXECUTABLE: ("--no-force-remove", "--add", "--chmod=+x"),
}

_RAW = ".scaffold-raw"  # no path of a project's

# Bytes of names for one command; macOS takes a million for all its arguments and variables together, Linux more.
_COMMAND_LINE = 100_000


def stage_index(staging: Path, work_tree: WorkTree, merge: Merge, index: Path) -> Path:
    """Write the changed files below `staging/files`, and beside them a copy of an index that has them.

    Returns:
        the new index; `index` is left alone.
    """
    files = staging / "files"
    files.mkdir()
    added = staging / "index"
    if index.exists():
        shutil.copyfile(index, added)
    for path, entry in merge.changes.items():
        if entry is not None:
            _put(files / work_tree.prefix / path, entry)
    tracked = [path for path in merge.changes if path not in merge.stages and path not in merge.untracked]
    stages = {path: sides for path, sides in merge.stages.items() if path not in merge.untracked}
    gone = {f"{work_tree.prefix}{path}" for path, entry in merge.changes.items() if entry is None}
    _lend_attributes(work_tree, files, [path for path in tracked if path in merge.result], gone)
    modes = {path: merge.result[path].mode if path in merge.result else None for path in tracked}
    steps = [(mode, f"./{work_tree.prefix}{path}") for mode in _OPTIONS_FOR for path in tracked if modes[path] == mode]
    sides = _describe(stages, find_verbatim(merge, stages), staging / "sides", work_tree)
    _update_index(steps, sides, files, work_tree, added)
    if index.exists():
        # By its time git tells which files may have changed since it was written, and must be looked into.
        os.utime(added, ns=(index.stat().st_atime_ns, index.stat().st_mtime_ns))
    return added


def _put(file: Path, entry: Entry) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_entry(file, entry)


def _update_index(
    steps: Sequence[tuple[int | None, str]], stages: bytes, files: Path, work_tree: WorkTree, index: Path
) -> None:
    """Take files out of an index and put others in, whether git ignores them or not, and the stages of conflicts.

    It is one process, or as many as the names need command lines: there is but one standard input, for the stages.

    Args:
        steps: for each file the mode that it is to have in the index, None for no place there, and its name.
        stages: lines for `--index-info`.
        files: a work tree with those that are to be in.
        work_tree: the real one.
        index: what to change.
    """
    batches = list(_batches(steps))
    for batch in batches:
        stdin = stages if batch is batches[-1] else b""
        if batch or stdin:
            git.run(
                *_OPTIONS,
                *(f"--git-dir={work_tree.git_dir}", f"--work-tree={files}", "update-index", "-z"),
                *(part for mode, found in groupby(batch, itemgetter(0)) for part in _told(mode, found)),
                *(("--index-info",) if stdin else ()),
                cwd=files,
                stdin=stdin,
                env={"GIT_INDEX_FILE": str(index)},
            )


def _told(mode: int | None, steps: Iterable[tuple[int | None, str]]) -> list[str]:
    return [*_OPTIONS_FOR[mode], *(name for _, name in steps)]


def _batches(steps: Sequence[tuple[int | None, str]]) -> Iterator[list[tuple[int | None, str]]]:
    """Part the names into what command lines hold; at least one part, be it empty."""
    batch: list[tuple[int | None, str]] = []
    room = _COMMAND_LINE
    for step in steps:
        room -= len(os.fsencode(step[1])) + 1
        if room < 0 and batch:
            yield batch
            batch, room = [], _COMMAND_LINE
        batch.append(step)
    yield batch


def find_verbatim(merge: Merge, paths: Iterable[str]) -> set[str]:
    """Return which files git keeps byte for byte, whatever its settings are by now.

    `core.autocrlf` does not hold for what is in the index with CRLF already; `git hash-object` does not look there.
    """
    own = {path: entry for path in paths if (entry := merge.on_disk(path)) and is_crlf(entry.data)}
    return {path for path, entry in own.items() if merge.blobs.get(path) in _names(entry)}


def _names(entry: Entry) -> tuple[str, ...]:
    return tuple(hash_object("blob", entry.data, algorithm) for algorithm in ("sha1", "sha256"))


def _describe(
    stages: Mapping[str, Mapping[int, Entry]], verbatim: Collection[str], folder: Path, work_tree: WorkTree
) -> bytes:
    """Write base, ours and theirs of every conflict as blobs, and say in lines for `--index-info` where they belong."""
    if not stages:
        return b""
    sides = [(path, stage, entry) for path, found in stages.items() for stage, entry in sorted(found.items())]
    hashes = write_blobs(sides, verbatim, folder, work_tree)
    lines = [f"0 {'0' * len(hashes[0])}\t{work_tree.prefix}{path}" for path in stages]
    lines += [
        f"{entry.mode:o} {name} {stage}\t{work_tree.prefix}{path}"
        for (path, stage, entry), name in zip(sides, hashes, strict=True)
    ]
    return _lines(lines)


def write_blobs(
    sides: Sequence[tuple[str, int, Entry]], verbatim: Collection[str], folder: Path, work_tree: WorkTree
) -> list[str]:
    """Write files as blobs, by one process, as `git add` would: line ends and filters heeded.

    Args:
        sides: the path of each file, the stage of a conflict that it is for, else 0, and the file.
        verbatim: paths of files that are to be written as they are.
        folder: an empty one, or none yet. It is made to look like the work tree, or for each stage one in it, so that
            the attributes of a path are found.
        work_tree: the real one.

    Returns:
        the hash of each blob.
    """
    tops = {stage: str(stage) if stage else "" for _, stage, _ in sides}
    raw = folder / _RAW
    raw.mkdir(parents=True)
    (raw / ".gitattributes").write_text("* -text -filter -ident -working-tree-encoding\n")
    names = []
    for number, (path, stage, entry) in enumerate(sides):
        # What a link holds is a path, which no filter is for.
        plain = entry.mode == SYMLINK or path in verbatim
        file = raw / str(number) if plain else folder / tops[stage] / f"{work_tree.prefix}{path}"
        _put(file, Entry(entry.mode & 0o777 | 0o100000, entry.data))
        names.append(str(file.relative_to(folder)))
    for top in tops.values():
        _lend_attributes(work_tree, folder / top, [path for path, *_ in sides])
    return git.run(
        *_OPTIONS,
        *(f"--git-dir={work_tree.git_dir}", f"--work-tree={folder}"),
        *("hash-object", "-w", "--stdin-paths"),
        cwd=folder,
        stdin="".join(f"{quote(name)}\n" for name in names).encode("utf-8", "surrogateescape"),
    ).text.split()


def quote(name: str) -> str:
    """Write a name as git's own formats take it, in quotes where it has characters of meaning."""
    special = any(character in name for character in '"\\\n')
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"' if special else name


def _lend_attributes(work_tree: WorkTree, folder: Path, paths: Iterable[str], gone: Collection[str] = ()) -> None:
    """Copy the project's `.gitattributes` that hold for paths, unless the merge has newer ones there, or none."""
    parents = {parent for path in paths for parent in PurePosixPath(work_tree.prefix + path).parents}
    for parent in parents:
        source, target = work_tree.top / parent / ".gitattributes", folder / parent / ".gitattributes"
        stays = (parent / ".gitattributes").as_posix() not in gone
        if stays and source.is_file() and not source.is_symlink() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _lines(items: Iterable[str]) -> bytes:
    return "".join(f"{item}\0" for item in items).encode("utf-8", "surrogateescape")
