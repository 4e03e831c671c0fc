"""Staging: the changed files of a merge and the git index that knows them, prepared and not yet in place."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from scaffold import git
from scaffold.merge import Merge
from scaffold.tree import SYMLINK, Entry, write_entry
from scaffold.work_tree import WorkTree

# A work tree that git is shown here is a file system that keeps modes and links, whatever the user's settings say.
_OPTIONS = ("-c", "core.fileMode=true", "-c", "core.symlinks=true", "-c", "core.fsmonitor=false")

# Characters in the arguments of one process; macOS takes a million, Linux more.
_LONGEST_ARGUMENTS = 100_000


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
    # What goes, before what comes: a folder may take the place of a file.
    tracked.sort(key=lambda path: path in merge.result)
    stages = {path: sides for path, sides in merge.stages.items() if path not in merge.untracked}
    _lend_attributes(work_tree, files, tracked, besides=merge.changes)
    _update_index(tracked, _describe(stages, staging / "sides", work_tree), files, work_tree, added)
    return added


def _put(file: Path, entry: Entry) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_entry(file, entry)


def _update_index(paths: Sequence[str], stages: bytes, files: Path, work_tree: WorkTree, index: Path) -> None:
    """Bring an index up to the changed files, whether git ignores them or not, and put the stages of conflicts in.

    Args:
        paths: what has changed, from the project's folder on; one that is not among the files goes.
        stages: lines for `--index-info`.
        files: a work tree with the changed files alone.
        work_tree: the real one.
        index: what to change.
    """
    names = [f"./{work_tree.prefix}{path}" for path in paths]
    at = (*_OPTIONS, f"--git-dir={work_tree.git_dir}", f"--work-tree={files}")
    update, env = (*at, "update-index", "-z", "--add", "--remove"), {"GIT_INDEX_FILE": str(index)}
    # There is one standard input: where the stages need it the names are arguments, as long as those may be that many.
    if names and (not stages or sum(map(len, names)) > _LONGEST_ARGUMENTS):
        git.run(*update, "--stdin", cwd=files, stdin=_lines(names), env=env)
        names = []
    if stages:
        git.run(*update, *names, "--index-info", cwd=files, stdin=stages, env=env)


def _describe(stages: Mapping[str, Mapping[int, Entry]], folder: Path, work_tree: WorkTree) -> bytes:
    """Write base, ours and theirs of every conflict as blobs, and say in lines for `--index-info` where they belong."""
    if not stages:
        return b""
    sides = [(path, stage, entry) for path, found in stages.items() for stage, entry in sorted(found.items())]
    hashes = _hash(sides, folder, work_tree)
    lines = [f"0 {'0' * len(hashes[0])}\t{work_tree.prefix}{path}" for path in stages]
    lines += [
        f"{entry.mode:o} {name} {stage}\t{work_tree.prefix}{path}"
        for (path, stage, entry), name in zip(sides, hashes, strict=True)
    ]
    return _lines(lines)


def _hash(sides: list[tuple[str, int, Entry]], folder: Path, work_tree: WorkTree) -> list[str]:
    """Write the sides of conflicts as blobs, by one process, as `git add` would: line ends and filters heeded.

    Each stage gets a folder that looks like the work tree, so that the attributes of a path are found.
    """
    names = []
    for number, (path, stage, entry) in enumerate(sides):
        # What a link holds is a path, which no filter is for.
        name = f"links/{number}" if entry.mode == SYMLINK else f"{stage}/{work_tree.prefix}{path}"
        _put(folder / name, Entry(entry.mode & 0o777 | 0o100000, entry.data))
        names.append(name)
    for stage in {stage for _, stage, _ in sides}:
        _lend_attributes(work_tree, folder / str(stage), [path for path, *_ in sides])
    return git.run(
        *_OPTIONS,
        *(f"--git-dir={work_tree.git_dir}", f"--work-tree={folder}"),
        *("hash-object", "-w", "--stdin-paths"),
        cwd=folder,
        stdin="".join(f"{_quote(name)}\n" for name in names).encode("utf-8", "surrogateescape"),
    ).text.split()


def _quote(name: str) -> str:
    special = any(character in name for character in '"\\\n')
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"' if special else name


def _lend_attributes(work_tree: WorkTree, folder: Path, paths: Iterable[str], besides: Collection[str] = ()) -> None:
    """Copy the project's `.gitattributes` that hold for paths, besides those that the merge changes itself."""
    changed = {work_tree.prefix + path for path in besides}
    parents = {parent for path in paths for parent in PurePosixPath(work_tree.prefix + path).parents}
    for parent in parents:
        name = (parent / ".gitattributes").as_posix()
        source, target = work_tree.top / name, folder / name
        if name not in changed and source.is_file() and not source.is_symlink() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _lines(items: Iterable[str]) -> bytes:
    return "".join(f"{item}\0" for item in items).encode("utf-8", "surrogateescape")
