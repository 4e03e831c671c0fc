"""Landing: write a merge into a project's work tree and index, all of it or nothing.

The new files and the new index are prepared in one hidden folder inside the project, and git's own index lock is held.
Then a journal is written, and from there on only renames happen, with signals held back. After a `kill -9` among those
renames the journal says what is left to do: the next `scaffold update` does it, and until then the lock keeps git from
committing what is half done.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffold import git
from scaffold.errors import ProjectError
from scaffold.git import WorkTree
from scaffold.merge import Merge
from scaffold.tree import Entry, write_entry

STAGING = ".scaffold-update"
_JOURNAL = "journal.json"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def land(project: Path, work_tree: WorkTree, merge: Merge) -> None:
    """Make a project what a merge says it becomes.

    Args:
        project: its folder, with no change that is not committed.
        work_tree: where that folder lies.
        merge: what to write: clean files get staged, conflicts get their markers and three index stages.

    Raises:
        ProjectError: the disk is full or read-only, or git works on the same index. Nothing is changed then.
        GitError: git refused a file. Nothing is changed then.
    """
    changes = merge.changes
    _check_parents(project, changes)
    staging = project / STAGING
    lock = work_tree.git_dir / "index.lock"
    mine = False
    try:
        staging.mkdir()
        mine = True
        _write_json(staging / "owner.json", {"pid": os.getpid(), "lock": str(lock)})
        _take(lock)
        stage_index(staging, work_tree, merge, work_tree.git_dir / "index")
        _write_json(staging / _JOURNAL, _journal(changes, work_tree, lock))
        with _signals_held():
            _apply(project, staging)
    except OSError as error:
        raise _refused(error, project) from error
    finally:
        if mine and staging.is_dir() and not (staging / _JOURNAL).exists():
            _give_back(lock)
            shutil.rmtree(staging, ignore_errors=True)


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
    env = {"GIT_INDEX_FILE": str(added)}
    at = (f"--git-dir={work_tree.git_dir}", f"--work-tree={files}")
    for path, entry in merge.changes.items():
        if entry is not None:
            file = files / work_tree.prefix / path
            file.parent.mkdir(parents=True, exist_ok=True)
            write_entry(file, entry)
    clean = [work_tree.prefix + path for path in merge.changes if path not in merge.stages]
    if clean:
        # The list comes by standard input, so that its length is no matter. --force: what the blueprint has is tracked.
        stdin = "\0".join(f":(top,literal){path}" for path in clean)
        git.run(
            *at,
            *("add", "--all", "--force", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul"),
            cwd=files,
            stdin=stdin.encode("utf-8", "surrogateescape"),
            env=env,
        )
    if merge.stages:
        _stage_conflicts(staging, at, work_tree.prefix, merge.stages, env)
    return added


def _stage_conflicts(
    staging: Path,
    at: tuple[str, ...],
    prefix: str,
    stages: Mapping[str, Mapping[int, Entry]],
    env: Mapping[str, str],
) -> None:
    """Put base, ours and theirs of every conflict into the index, as a merge of git's own does."""
    sides = [(path, stage, entry) for path, found in stages.items() for stage, entry in sorted(found.items())]
    folder = staging / "sides"
    folder.mkdir()
    names = []
    for number, (_, _, entry) in enumerate(sides):
        file = folder / str(number)
        file.write_bytes(entry.data)
        names.append(f"{file}\n")
    hashed = git.run(
        *at, "hash-object", "-w", "--no-filters", "--stdin-paths", stdin="".join(names).encode(), env=env
    ).text.split()
    lines = [f"0 {'0' * len(hashed[0])}\t{prefix}{path}" for path in stages]
    lines += [
        f"{entry.mode:o} {blob} {stage}\t{prefix}{path}"
        for (path, stage, entry), blob in zip(sides, hashed, strict=True)
    ]
    stdin = "".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape")
    git.run(*at, "update-index", "-z", "--index-info", stdin=stdin, env=env)


def is_interrupted(project: Path) -> bool:
    """Whether an update of a project was killed before its end."""
    return (project / STAGING).is_dir()


def recover(project: Path) -> None:
    """Bring a project whose update was killed into the state before it or after it, whichever is nearer.

    Raises:
        ProjectError: that update is still running, or what it left can't be moved.
    """
    staging = project / STAGING
    owner = _read_json(staging / "owner.json")
    if owner and _runs(owner["pid"]):
        raise ProjectError(f"an update of {str(project)!r} is running, process {owner['pid']}", "wait for it to end")
    try:
        if (staging / _JOURNAL).exists():
            with _signals_held():
                _apply(project, staging)
            return
        if owner:
            _give_back(Path(owner["lock"]))
        shutil.rmtree(staging)
    except OSError as error:
        raise _refused(error, project) from error


@dataclass(frozen=True)
class _Step:
    """One file to put in place or to take away, by renames alone."""

    target: Path
    new: Path | None
    old: Path

    def do(self) -> None:
        if self.new is not None and not os.path.lexists(self.new):
            return  # done before a kill
        if os.path.lexists(self.target):
            self.target.replace(self.old)
        if self.new is not None:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.new.replace(self.target)

    def undo(self) -> None:
        if self.new is not None and os.path.lexists(self.target) and not os.path.lexists(self.new):
            self.target.replace(self.new)
        if os.path.lexists(self.old):
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.old.replace(self.target)


def _apply(project: Path, staging: Path) -> None:
    journal = _read_json(staging / _JOURNAL)
    (staging / "old").mkdir(exist_ok=True)
    steps = [
        _Step(
            project / path,
            staging / "files" / journal["prefix"] / path if there else None,
            staging / "old" / str(number),
        )
        for number, (path, there) in enumerate(sorted(journal["changes"].items(), key=lambda change: change[1]))
    ]
    done: list[_Step] = []
    lock = Path(journal["lock"])
    try:
        for step in steps:
            done.append(step)
            step.do()
        if (staging / "index").exists():
            _move(staging / "index", lock)
            lock.replace(lock.with_name("index"))
    except OSError:
        for step in reversed(done):
            with suppress(OSError):
                step.undo()
        (staging / _JOURNAL).unlink(missing_ok=True)
        raise
    for step in steps:
        if step.new is None:
            _remove_empty_parents(step.target, project)
    (staging / _JOURNAL).unlink()
    _give_back(lock)
    shutil.rmtree(staging, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    """Move a file, to another disk too: that is where a linked work tree may have its git folder."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(source, target)
        source.unlink()


def _remove_empty_parents(path: Path, project: Path) -> None:
    for parent in path.parents:
        if parent == project:
            return
        try:
            parent.rmdir()
        except OSError:
            return


def _journal(changes: Mapping[str, Entry | None], work_tree: WorkTree, lock: Path) -> dict[str, object]:
    return {
        "prefix": work_tree.prefix,
        "lock": str(lock),
        "changes": {path: entry is not None for path, entry in changes.items()},
    }


def _check_parents(project: Path, changes: Mapping[str, Entry | None]) -> None:
    """Refuse to write through a link: it may lead out of the project."""
    for path, entry in changes.items():
        for parent in Path(path).parents:
            if entry is not None and (project / parent).is_symlink():
                raise ProjectError(
                    f"{parent.as_posix()!r} is a link, and the update has {path!r}", "remove the link first"
                )


def _take(lock: Path) -> None:
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        raise ProjectError(
            f"git is at work here: {str(lock)!r} exists", "wait for it to end; if no git runs, delete that file"
        ) from None
    os.write(handle, f"scaffold {os.getpid()}\n".encode())
    os.close(handle)


def _give_back(lock: Path) -> None:
    """Remove the lock if it is one of ours."""
    with suppress(OSError):
        if lock.read_bytes().startswith(b"scaffold "):
            lock.unlink()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let ^C wait for the few milliseconds in which stopping would leave half of it done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _write_json(file: Path, document: object) -> None:
    """Write a file that is there whole or not at all."""
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(document, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def _read_json(file: Path) -> dict[str, Any]:
    """Read what `_write_json` wrote; empty where it did not."""
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _refused(error: OSError, project: Path) -> ProjectError:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return ProjectError(f"the disk of {str(project)!r} is full", "make room and try again; nothing was changed")
        case errno.EEXIST if (project / STAGING).exists():
            return ProjectError(f"another update of {str(project)!r} is running", "wait for it to end")
    return ProjectError(
        f"can't write to {str(project)!r}: {error.strerror or error}", "check its permissions; nothing was changed"
    )
