"""Journal: the renames that are left of an update, kept on the disk so that a killed one can be ended."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffold.errors import ProjectError
from scaffold.merge import Merge
from scaffold.tree import Entry, read_entry, remove_empty_parents
from scaffold.work_tree import WorkTree

# What a file system says that knows no hard links, or has too many of one file.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


def write_journal(file: Path, merge: Merge, work_tree: WorkTree) -> None:
    """Write down, whole or not at all, what the files that were prepared are for.

    Args:
        file: where, in git's own folder: what comes with a clone is not to say what gets moved where.
    """
    changes = merge.changes
    document = {
        "index_before": _digest(work_tree.git_dir / "index"),
        # What goes, before what comes: a folder may take the place of a file. Last what says which release this is.
        "changes": sorted(
            ((path, entry is not None) for path, entry in changes.items()),
            key=lambda change: (change[1], change[0] in merge.generated),
        ),
        "before": {path: _digest_of(entry) for path in changes if (entry := merge.on_disk(path))},
    }
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(document, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def read_journal(file: Path) -> dict[str, Any]:
    """Return what `write_journal` wrote, empty where it did not."""
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


@dataclass(frozen=True)
class _Step:
    """One file to put in place or to take away, by renames alone.

    A step that is done shows it: what is new has left the staging folder, what went has come into `old`.
    """

    target: Path
    new: Path | None
    old: Path

    @property
    def is_done(self) -> bool:
        return os.path.lexists(self.old) if self.new is None else not os.path.lexists(self.new)

    def do(self) -> None:
        if self.is_done:
            return
        if self.new is None:
            self.target.replace(self.old)
            return
        if self.target.is_dir() and not self.target.is_symlink():
            for folder, _, _ in os.walk(self.target, topdown=False):
                Path(folder).rmdir()  # an empty one, or it fails
        elif os.path.lexists(self.target) and not os.path.lexists(self.old):
            self._keep_old()
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.new.replace(self.target)

    def _keep_old(self) -> None:
        try:
            # So that there is a file at every moment, the old or the new one.
            os.link(self.target, self.old, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self.target.replace(self.old)

    def undo(self, project: Path) -> None:
        if self.new is not None and self.is_done:
            self.target.replace(self.new)  # not deleted: where another step can't be undone, all get done after all
        if os.path.lexists(self.old):
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.old.replace(self.target)
        elif self.new is not None:
            remove_empty_parents(self.target, project)


def _steps(project: Path, staging: Path, prefix: str, journal: Mapping[str, Any]) -> list[_Step]:
    return [
        _Step(
            project / path,
            staging / "files" / prefix / path if there else None,
            staging / "old" / str(number),
        )
        for number, (path, there) in enumerate(journal["changes"])
    ]


def apply_journal(file: Path, project: Path, staging: Path, work_tree: WorkTree) -> None:
    """Do what is left to do, and forget the journal: all of it, or none if a rename fails.

    Raises:
        OSError: a rename failed, and nothing was changed.
        ProjectError: a rename failed, and taking back what was done as well; the journal stays, to go on from.
    """
    journal = read_journal(file)
    steps = _steps(project, staging, work_tree.prefix, journal)
    done: list[_Step] = []
    try:
        (staging / "old").mkdir(exist_ok=True)
        for step in steps:
            done.append(step)
            step.do()
            if step.new is None:
                remove_empty_parents(step.target, project)
        _put_index(staging / "index", work_tree.git_dir / "index", journal["index_before"])
    except OSError:
        try:
            for step in reversed(done):
                step.undo(project)
            file.unlink()
        except OSError as error:
            raise ProjectError(
                f"the update of {str(project)!r} stopped half way: {error.strerror or error}",
                "see to its disk and its permissions, then scaffold update ends it",
            ) from error
        raise
    with suppress(OSError):  # all is done; with a journal left, the next update does nothing and tries this again
        file.unlink()


def _put_index(new: Path, index: Path, before: str) -> None:
    if not new.exists() or _digest(index) != before:
        return  # done before a kill; or somebody took our lock away and used git meanwhile, so it is theirs now
    try:
        new.replace(index)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # A linked work tree may have its git folder on another disk.
        copy = index.with_name("index.scaffold")
        shutil.copy2(new, copy)  # with its time: see stage_index
        copy.replace(index)


def check_unedited(file: Path, project: Path, staging: Path, work_tree: WorkTree) -> None:
    """Refuse to go on over a file that somebody edited after the kill.

    Raises:
        ProjectError: there is one.
    """
    journal = read_journal(file)
    for step in _steps(project, staging, work_tree.prefix, journal):
        path = step.target.relative_to(project).as_posix()
        here = _digest_entry(step.target)
        if not step.is_done and here is not None and here != journal["before"].get(path):
            raise ProjectError(
                f"{path!r} was edited after an update of {str(project)!r} was interrupted",
                f"move your {path} away, type scaffold update, and bring your edit in again",
            )


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def _digest_of(entry: Entry) -> str:
    return hashlib.sha256(b"%o %b" % (entry.mode, entry.data)).hexdigest()


def _digest_entry(path: Path) -> str | None:
    try:
        return _digest_of(read_entry(path))
    except OSError:
        return None
