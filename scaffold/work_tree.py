"""Work tree: a folder in a repository of the user's, what git knows of it, and the commits that are made there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scaffold.errors import GitError, UsageError
from scaffold.git import NO_UPKEEP, own_hint, reason, run


@dataclass(frozen=True)
class WorkTree:
    """A folder in somebody's repository.

    Attributes:
        top: the top of the work tree.
        git_dir: where this work tree's index is: `.git`, or elsewhere for a linked work tree or a submodule.
        prefix: the folder below the top, empty or with a slash at its end.
        head: the commit that was the last one when it was looked at, empty before the first.
    """

    top: Path
    git_dir: Path
    prefix: str
    head: str = ""

    @classmethod
    def find(cls, folder: Path, new_branch: str | None = None) -> WorkTree | None:
        """Return the work tree that a folder lies in, or None where it lies in none.

        Args:
            folder: what lies in it.
            new_branch: a branch that is to be made there.

        Raises:
            GitError: the folder is another user's, or there is a branch that keeps the new one from being made.
        """
        taken = []
        if new_branch is not None:
            # A branch is a file to git: none can be in the place of another's folder. With a pattern, here of one
            # letter, what is not there is no error.
            parents = [str(parent) for parent in PurePosixPath(new_branch).parents][:-1]
            taken = [f"--glob=refs/[h]eads/{name}" for name in (new_branch, f"{new_branch}/*", *parents)]
        result = run(
            # --revs-only: without a first commit HEAD is no error, and nothing is printed for it.
            *("rev-parse", "--show-toplevel", "--absolute-git-dir", "--show-prefix", "--revs-only", "HEAD", *taken),
            cwd=folder,
            accept=(0, 128),
        )
        if result.code != 0:
            if "dubious ownership" in result.stderr:
                raise GitError(reason(result), own_hint(result))
            return None
        top, git_dir, prefix, *commits = (result.text + "\n\n").split("\n")
        if not Path(top).is_dir() or not Path(git_dir).is_dir():
            raise GitError(f"the path of {str(folder)!r} has a line break in it", "give its folder another name")
        head, *others = [*(commit for commit in commits if commit), ""]
        if any(others):
            raise GitError(_explain_taken(folder, str(new_branch)), "choose another name with --branch")
        return cls(Path(top), Path(git_dir), prefix, head)

    def changes(self) -> list[str]:
        """The paths below the folder that differ from the last commit, new files that git does not ignore included."""
        # Without optional locks it does not even refresh the index.
        result = run(
            *("--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", "."),
            cwd=self.top / self.prefix,
        )
        return [line[3:] for line in os.fsdecode(result.stdout).split("\0") if line]

    def operation_under_way(self) -> str | None:
        """The merge, rebase or the like that was begun here and not ended, by the name of its git command."""
        marks = {
            "MERGE_HEAD": "merge",
            "rebase-merge": "rebase",
            "rebase-apply": "rebase",
            "CHERRY_PICK_HEAD": "cherry-pick",
            "REVERT_HEAD": "revert",
        }
        return next((verb for mark, verb in marks.items() if (self.git_dir / mark).exists()), None)


@dataclass(frozen=True)
class Listed:
    """What git knows of a file.

    Attributes:
        mode: the one in git's index; None for a file that is not in it.
        blob: the hash of what it is there.
        is_seen: whether git looks at the file. Somebody may have told it not to (`--assume-unchanged`), or have left it
            out of the work tree (`--skip-worktree`, sparse checkouts).
        is_changed: whether it is another one than in the index, or gone, as far as git can tell on this file system.
    """

    mode: int | None = None
    blob: str = ""
    is_seen: bool = True
    is_changed: bool = False


def _explain_taken(folder: Path, wanted: str) -> str:
    listed = run("for-each-ref", "--format=%(refname:strip=2)", "refs/heads", cwd=folder).text.split("\n")
    if wanted in listed:
        return f"there is a branch {wanted!r} already"
    others = (name for name in listed if f"{name}/".startswith(f"{wanted}/") or f"{wanted}/".startswith(f"{name}/"))
    return f"there is a branch {next(others)!r} already, so none can be {wanted!r}"


def list_files(folder: Path) -> dict[str, Listed]:
    """List all files below a folder that are in git or could be added to it; everything where there is no git."""
    options = ("--cached", "--others", "--modified", "--exclude-standard")
    result = run("ls-files", "-z", "-v", "--stage", *options, cwd=folder, accept=(0, 128))
    if result.code != 0:
        return {path.relative_to(folder).as_posix(): Listed() for path in folder.rglob("*") if not path.is_dir()}
    found: dict[str, Listed] = {}
    for line in os.fsdecode(result.stdout).split("\0")[:-1]:
        tag, rest = line[0], line[2:]
        if tag == "?":
            found[rest] = Listed()
            continue
        info, path = rest.split("\t", 1)
        mode, blob, _ = info.split()
        # A file that was changed is listed once more.
        found[path] = Listed(int(mode, 8), blob, tag != "S" and not tag.islower(), tag in "Cc")
    return found


# Names that need no asking: git-check-ref-format(1) has nothing against any of their characters.
_PLAIN_BRANCH = re.compile(r"(?!-|HEAD\Z)[A-Za-z0-9_-]+(?:[/.](?!lock\b)[A-Za-z0-9_-]+)*\Z")


def check_branch_name(name: str) -> None:
    """Refuse a name that no branch can have.

    Raises:
        UsageError: it is one.
    """
    if _PLAIN_BRANCH.match(name):
        return
    if (
        name.startswith("-")
        or name in ("HEAD", "@")
        or run("check-ref-format", f"refs/heads/{name}", accept=(0, 1)).code
    ):
        raise UsageError(f"{name!r} can't be the name of a branch", "choose another name with --branch")


def list_unmerged(folder: Path) -> tuple[str, ...]:
    """List the files below a folder that have a conflict in the index still; none where there is no git."""
    result = run("ls-files", "-z", "--unmerged", cwd=folder, accept=(0, 128))
    stages = os.fsdecode(result.stdout).split("\0") if result.code == 0 else []
    return tuple(dict.fromkeys(stage.split("\t", 1)[1] for stage in stages if stage))


def first_commit(folder: Path, message: str) -> str | None:
    """Make a folder a repository whose first commit holds every file in it.

    The user's identity is used as it is and never guessed or set. Without one, or where a hook or a signing key says
    no, the files stay staged. It is the user's commit, so their hooks are run, though not for making the repository:
    git 2.46 and newer ask the reference-transaction hook about that as well, and a no would leave nothing to stage in.

    Returns:
        None when the commit was made, else the reason why not.

    Raises:
        GitError: the repository can't be made or a file can't be added.
    """
    branch = run("config", "--get", "init.defaultBranch", cwd=folder, accept=(0, 1)).text or "main"
    run("init", "--quiet", "--initial-branch", branch, cwd=folder)
    # --force: a global ignore file of the user must not leave out what the blueprint has.
    run("add", "--all", "--force", cwd=folder, hooks=True)
    command = ("-c", "user.useConfigOnly=true", *NO_UPKEEP, "commit", "--quiet", "-m", message)
    result = run(*command, cwd=folder, accept=(0, 1, 128), hooks=True)
    if result.code == 0:
        return None
    if "useConfigOnly" in result.stderr or "tell me who you are" in result.stderr:
        return "git does not know you: git config --global user.name NAME, and user.email ADDRESS, then git commit"
    return reason(result)
