"""Committing: write a merge as a commit on a new branch, and leave the work tree and the index alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from scaffold import git
from scaffold.errors import GitError, ProjectError
from scaffold.merge import Merge
from scaffold.staging import find_verbatim, quote, write_blobs
from scaffold.tree import SYMLINK
from scaffold.work_tree import WorkTree

# With core.ignoreCase, as on disks that do so, fast-import takes names for one that differ in it.
_OPTIONS = (*git.NO_UPKEEP, "-c", "core.ignoreCase=false")


def commit(work_tree: WorkTree, merge: Merge, branch: str, message: str) -> None:
    """Commit a merge on a new branch that starts at the commit that the work tree was found with.

    Not at what HEAD is by now: what was committed meanwhile was not merged.

    Args:
        work_tree: where the project lies.
        merge: one without conflicts.
        branch: its name, which no branch has yet.
        message: what the commit says.

    Raises:
        GitError: git knows no identity of the user's.
        ProjectError: git's folder can't be written.
    """
    try:
        author, committer = (_identity(work_tree, who) for who in ("AUTHOR", "COMMITTER"))
        changes = {path: entry for path, entry in merge.changes.items() if path not in merge.untracked}
        verbatim = find_verbatim(merge, changes)
        files = {path: entry for path, entry in changes.items() if entry is not None}
        filtered = [(path, 0, e) for path, e in files.items() if e.mode != SYMLINK and path not in verbatim]
        with tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
            blobs = write_blobs(filtered, (), Path(folder), work_tree)
        names = dict(zip([path for path, *_ in filtered], blobs, strict=True))
        stream = [
            *(f"commit refs/heads/{branch}", f"author {author}", f"committer {committer}"),
            *(f"data {len(message.encode())}", message, f"from {work_tree.head}"),
            # What goes, before what comes: a folder may take the place of a file.
            *(f"D {quote(work_tree.prefix + path)}" for path, entry in changes.items() if entry is None),
        ]
        for path, entry in files.items():
            stream.append(f"M {entry.mode:o} {names.get(path, 'inline')} {quote(work_tree.prefix + path)}")
            if path not in names:
                stream += [f"data {len(entry.data)}", entry.data.decode("utf-8", "surrogateescape")]
        stdin = "".join(f"{line}\n" for line in stream).encode("utf-8", "surrogateescape")
        # Not by an index: what else is staged in a monorepo is not to be committed, and one of its own takes long.
        git.run(f"--git-dir={work_tree.git_dir}", *_OPTIONS, "fast-import", "--quiet", stdin=stdin)
    except GitError as error:
        if os.access(work_tree.git_dir, os.W_OK):
            raise
        message = f"can't write to {str(work_tree.git_dir)!r}, where branches are kept"
        raise ProjectError(message, "check its permissions; nothing was changed") from error


def _identity(work_tree: WorkTree, who: str) -> str:
    command = (f"--git-dir={work_tree.git_dir}", "-c", "user.useConfigOnly=true", "var", f"GIT_{who}_IDENT")
    found = git.run(*command, accept=(0, 128))
    if found.code:
        raise GitError(f"git does not commit: {git.reason(found)}", "git config user.name and user.email")
    return found.text
