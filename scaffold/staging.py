"""Staging: the changed files of a merge and the git index that knows them, prepared and not yet in place."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from scaffold import git
from scaffold.merge import Merge
from scaffold.tree import SYMLINK, Entry, write_entry
from scaffold.work_tree import WorkTree

# A work tree that git is shown here is a file system that keeps modes and links, whatever the user's settings say.
_OPTIONS = ("-c", "core.fileMode=true", "-c", "core.symlinks=true", "-c", "core.fsmonitor=false")


def stage_index(staging: Path, work_tree: WorkTree, merge: Merge, index: Path) -> Path:
    """Write the changed files below `staging/files`, and beside them a copy of an index that has them.

    Returns:
        the new index; `index` is left alone.
    """
    files = staging / "files"
    files.mkdir()
    added = staging / "index"
    if index.exists():
        shutil.copy2(index, added)  # with its time, by which git tells which files may have changed since
    for path, entry in merge.changes.items():
        if entry is not None:
            _put(files / work_tree.prefix / path, entry)
    tracked = [path for path in merge.changes if path not in merge.stages and path not in merge.untracked]
    _add([path for path in tracked if path in merge.result], files, work_tree, added)
    gone = [path for path in tracked if path not in merge.result]
    stages = {path: sides for path, sides in merge.stages.items() if path not in merge.untracked}
    _update_index(gone, stages, staging, work_tree, added)
    return added


def _put(file: Path, entry: Entry) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_entry(file, entry)


def _add(paths: list[str], files: Path, work_tree: WorkTree, index: Path) -> None:
    if not paths:
        return
    _lend_attributes(work_tree, files, paths)
    # The list comes by standard input, so that its length is no matter. --force: what the blueprint has is tracked.
    git.run(
        *_OPTIONS,
        *(f"--git-dir={work_tree.git_dir}", f"--work-tree={files}"),
        *("add", "--force", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul"),
        cwd=files,
        stdin=_lines(f":(top,literal){work_tree.prefix}{path}" for path in paths),
        env={"GIT_INDEX_FILE": str(index)},
    )


def _update_index(
    gone: list[str],
    stages: Mapping[str, Mapping[int, Entry]],
    staging: Path,
    work_tree: WorkTree,
    index: Path,
) -> None:
    """Take files out of the index, and put base, ours and theirs of every conflict in, as a merge of git's own does."""
    at, env = f"--git-dir={work_tree.git_dir}", {"GIT_INDEX_FILE": str(index)}
    prefix = work_tree.prefix
    if not stages:
        if gone:
            paths = _lines(prefix + path for path in gone)
            here = (f"--work-tree={staging}", "update-index", "--force-remove", "-z", "--stdin")
            git.run(at, *here, cwd=staging, stdin=paths, env=env)
        return
    sides = [(path, stage, entry) for path, found in stages.items() for stage, entry in sorted(found.items())]
    hashes = _hash(sides, staging / "sides", work_tree)
    lines = [f"0 {'0' * len(hashes[0])}\t{prefix}{path}" for path in (*gone, *stages)]
    lines += [
        f"{entry.mode:o} {name} {stage}\t{prefix}{path}"
        for (path, stage, entry), name in zip(sides, hashes, strict=True)
    ]
    git.run(at, "update-index", "-z", "--index-info", stdin=_lines(lines), env=env)


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


def _lend_attributes(work_tree: WorkTree, folder: Path, paths: Iterable[str]) -> None:
    """Copy the project's `.gitattributes` that hold for paths, unless the merge has newer ones there."""
    parents = {parent for path in paths for parent in PurePosixPath(work_tree.prefix + path).parents}
    for parent in parents:
        source, target = work_tree.top / parent / ".gitattributes", folder / parent / ".gitattributes"
        if source.is_file() and not source.is_symlink() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _lines(items: Iterable[str]) -> bytes:
    return "".join(f"{item}\0" for item in items).encode("utf-8", "surrogateescape")
