"""Landing: write a merge into a project's work tree and index, all of it or nothing.

The new files and the new index are prepared in one hidden folder inside the project, and git's own index lock is held.
Then a journal is written, and from there on only renames happen, with signals held back. After a `kill -9` among those
renames the journal says what is left to do: the next `scaffold update` does it, and until then the lock keeps git from
committing what is half done. Two updates of a project at once are kept apart by a lock that dies with its process.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import ProjectError
from scaffold.journal import apply_journal, check_unedited, read_journal, write_journal
from scaffold.locks import locked
from scaffold.merge import Merge
from scaffold.project import read_files
from scaffold.signals import signals_held
from scaffold.staging import stage_index
from scaffold.work_tree import WorkTree

STAGING = ".scaffold-update"


def land(project: Path, work_tree: WorkTree, merge: Merge) -> None:
    """Make a project what a merge says it becomes.

    Args:
        project: its folder, with no change that is not committed.
        work_tree: where that folder lies.
        merge: what to write: clean files get staged, conflicts get their markers and three index stages.

    Raises:
        ProjectError: the disk is full or read-only, git works on the same index, or a file was edited since the merge
            was made. Nothing is changed then.
        GitError: git refused a file. Nothing is changed then.
    """
    place = _Place(project, work_tree)
    with _refusals(project), _alone(project):
        if os.path.lexists(place.staging):
            raise ProjectError(f"{str(place.staging)!r} is in the way of the update", "move it away, then update")
        try:
            place.staging.mkdir()
            place.journal.unlink(missing_ok=True)  # of an update whose files somebody took away
            # Not for `git add`, nor for those who look what is new.
            (place.staging / ".gitignore").write_text("*\n")
            place.take_lock()
            stage_index(place.staging, work_tree, merge, work_tree.git_dir / "index")
            with signals_held():
                check_current(project, merge)  # now, for building what it makes may have taken minutes
                write_journal(place.journal, merge, work_tree)
                apply_journal(place.journal, project, place.staging, work_tree)
        finally:
            with signals_held():
                if not place.journal.exists():
                    place.clean_up()


def check_current(project: Path, merge: Merge) -> None:
    """Refuse a merge when a file that it is about has another content by now than it was made with.

    Raises:
        ProjectError: there is one.
    """
    paths = sorted({*merge.changes, *merge.stages})
    now = read_files(project, paths)
    for path in paths:
        if now.get(path) != merge.on_disk(path):
            raise ProjectError(
                f"{path!r} was edited while the update was made",
                "nothing was changed; commit your edit, then update again",
            )


def is_interrupted(project: Path) -> bool:
    """Whether an update of a project was killed before its end."""
    return (project / STAGING).is_dir() and not (project / STAGING).is_symlink()


def check_whole(project: Path) -> None:
    """Refuse to show what would become of a project whose update was killed: it may be half way.

    Raises:
        ProjectError: it was.
    """
    if is_interrupted(project):
        raise ProjectError(f"an update of {str(project)!r} was interrupted", f"scaffold update {project} ends it")


def recover(project: Path) -> None:
    """Bring a project whose update was killed into the state before it or after it, whichever is nearer.

    Raises:
        ProjectError: that update is still running, a file was edited since, or what it left can't be moved.
    """
    with _refusals(project), _alone(project):
        work_tree = WorkTree.find(project)
        if work_tree is None or not is_interrupted(project):
            shutil.rmtree(project / STAGING, ignore_errors=True)
            return
        place = _Place(project, work_tree)
        if read_journal(place.journal):
            check_unedited(place.journal, project, place.staging, work_tree)
            with signals_held():
                apply_journal(place.journal, project, place.staging, work_tree)
        with signals_held():
            place.clean_up()


@dataclass(frozen=True)
class _Place:
    """Where the parts of an update of a project are while it lands."""

    project: Path
    work_tree: WorkTree

    @property
    def staging(self) -> Path:
        return self.project / STAGING

    @property
    def journal(self) -> Path:
        """One for each project of a repository; in git's folder, into which no clone can put one."""
        digest = hashlib.sha256(os.fsencode(self.work_tree.prefix)).hexdigest()[:12]
        return self.work_tree.git_dir / f"scaffold-update-{digest}.json"

    @property
    def lock(self) -> Path:
        return self.work_tree.git_dir / "index.lock"

    @property
    def lock_text(self) -> bytes:
        return b"scaffold update of " + os.fsencode(self.project) + b"\n"

    def take_lock(self) -> None:
        """Take git's index lock, with our name in it from its first moment on."""
        ours = self.staging / "lock"
        ours.write_bytes(self.lock_text)
        try:
            os.link(ours, self.lock)
        except FileExistsError:
            if self._read_lock() != self.lock_text:
                raise self._explain_lock() from None
            # Left by a killed update of this project: no other runs, or we would not have come here.
        except OSError:  # on another disk, or one that knows no links
            try:
                with self.lock.open("xb") as file:
                    file.write(self.lock_text)
            except FileExistsError:
                raise self._explain_lock() from None

    def _read_lock(self) -> bytes:
        try:
            return self.lock.read_bytes()
        except OSError:
            return b""

    def _explain_lock(self) -> ProjectError:
        message = f"git is at work here: {str(self.lock)!r} exists"
        owner = os.fsdecode(self._read_lock().partition(b"scaffold update of ")[2]).strip()
        if owner:
            return ProjectError(message, f"an update was interrupted, or still runs: scaffold update {owner} ends it")
        return ProjectError(message, "wait for it to end; if no git runs, delete that file")

    def clean_up(self) -> None:
        """Give the lock back if it is ours, then forget all that was prepared."""
        if self._read_lock() == self.lock_text:
            try:
                self.lock.unlink()
            except OSError:
                return  # with the staging folder there, the next update tries again
        with suppress(OSError):
            self.journal.with_suffix(".part").unlink()
        shutil.rmtree(self.staging, ignore_errors=True)


@contextmanager
def _alone(project: Path) -> Iterator[None]:
    """Keep other updates of a project away."""
    try:
        with locked(project, wait=False):
            yield
    except BlockingIOError:
        raise ProjectError(f"another update of {str(project)!r} is running", "wait for it to end") from None


@contextmanager
def _refusals(project: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ProjectError(
                f"the disk of {str(project)!r} is full", "make room and try again; nothing was changed"
            ) from error
        raise ProjectError(
            f"can't write to {str(project)!r}: {error.strerror or error}", "check its permissions; nothing was changed"
        ) from error
