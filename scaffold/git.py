"""The only place that runs git."""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from scaffold.errors import GitError, UsageError
from scaffold.tree import Tree

log = logging.getLogger("scaffold.commands")

# What would make git look at another repository than the one it is pointed at, as it does in a hook of the user's, or
# take what it is told in another way. Settings that come so (GIT_CONFIG_COUNT) are meant, as is how to reach a host.
_FOREIGN = {
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX"),
    *("GIT_INDEX_FILE", "GIT_INDEX_VERSION", "GIT_CONFIG"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_SHALLOW_FILE"),
    *("GIT_GRAFT_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_ATTR_SOURCE"),
    *("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
    *("GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS"),
}

# `ext::` and its like run commands (git-config(1), protocol.allow); these do not.
_PROTOCOLS = "file:git:http:https:ssh"

_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")

#: Options for commands that would look, when they are done, whether there is something to tidy up.
NO_UPKEEP = ("-c", "gc.auto=0", "-c", "maintenance.auto=false")


@dataclass(frozen=True)
class Result:
    """How a git process ended: its exit code, what it printed, and what it complained about."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as text, without the last newline."""
        return os.fsdecode(self.stdout).rstrip("\n")


def run(
    *arguments: str | Path,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    accept: Sequence[int] = (0,),
    hooks: bool = False,
    hint: str = "run the same command with -v to see what was tried",
) -> Result:
    """Run one git process, away from the user's terminal, and wait for it.

    Args:
        arguments: what follows `git`.
        cwd: where it runs; this folder unless told.
        stdin: what it reads; nothing unless told.
        env: variables on top of the user's own.
        accept: the exit codes that are no error.
        hooks: run the user's hooks too, which are for what they do themselves.
        hint: what to do when it fails, unless git itself says what.

    Raises:
        GitError: git is not installed, or ended with another exit code.
    """
    command = ["git", *(() if hooks else _NO_HOOKS), *map(str, arguments)]
    log.debug("%s", shlex.join(["git", *map(str, arguments)]))  # without what nearly all have in common
    environment = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    environment |= {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": _PROTOCOLS, **(env or {})}
    try:
        process = subprocess.run(  # noqa: S603 - a fixed program, and no shell
            command,
            cwd=cwd,
            input=stdin if stdin is not None else b"",
            env=environment,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise GitError(f"there is no folder {str(cwd)!r}", "check the path") from error
        raise GitError("git is not installed", "install git 2.38 or newer and try again") from error
    result = Result(process.returncode, process.stdout, os.fsdecode(process.stderr).strip())
    if result.code not in accept:
        raise GitError(f"git {_verb(arguments)} failed: {reason(result)}", _own_hint(result) or hint)
    return result


def _verb(arguments: Sequence[str | Path]) -> str:
    """What git was asked to do: the first of its arguments that is neither an option nor a setting."""
    words = [str(argument) for argument in arguments]
    return next(word for before, word in pairwise(["", *words, "git"]) if before != "-c" and not word.startswith("-"))


def _own_hint(result: Result) -> str:
    """What to do about git's complaint, where that does not depend on what was wanted of it."""
    advice = (line.strip() for line in result.stderr.splitlines() if "--add safe.directory" in line)
    return next(advice, "mend that file" if "bad config" in result.stderr else "")


def reason(result: Result) -> str:
    """The one line of git's complaint that says most."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    for line in lines:
        if line.startswith(("fatal:", "error:")):
            return line.split(":", 1)[1].strip()
    return lines[-1] if lines else f"exit code {result.code}"


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


def write_tree(at: str, tree: Tree) -> str:
    """Write a Tree into the object database of a repository and return its hash.

    Args:
        at: the option that names the repository, such as `--git-dir=PATH`.
        tree: what to write.

    Two processes, however many files: `fast-import` takes them all in one stream.
    """
    run(at, "fast-import", "--quiet", "--force", stdin=commit_stream("refs/scaffold/tree", tree))
    return run(at, "rev-parse", "refs/scaffold/tree^{tree}").text


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
    def find(cls, folder: Path) -> WorkTree | None:
        """Return the work tree that a folder lies in, or None where it lies in none."""
        result = run(
            # --revs-only: without a first commit HEAD is no error, and nothing is printed for it.
            *("rev-parse", "--show-toplevel", "--absolute-git-dir", "--show-prefix", "--revs-only", "HEAD"),
            cwd=folder,
            accept=(0, 128),
        )
        if result.code != 0:
            if "dubious ownership" in result.stderr:
                raise GitError(reason(result), _own_hint(result))
            return None
        top, git_dir, prefix, head = (result.text + "\n\n").split("\n")[:4]
        return cls(Path(top), Path(git_dir), prefix, head)

    def changes(self) -> list[str]:
        """The paths below the folder that differ from the last commit, new files that git does not ignore included."""
        # Without optional locks it does not even refresh the index.
        result = run(
            *("--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", "."),
            cwd=self.top / self.prefix,
        )
        return [line[3:] for line in os.fsdecode(result.stdout).split("\0") if line]

    def check_new_branch(self, name: str) -> None:
        """Refuse the name of a branch that is there.

        Raises:
            GitError: it is one.
        """
        if run("rev-parse", "--verify", "--quiet", f"refs/heads/{name}", cwd=self.top, accept=(0, 1)).code == 0:
            raise GitError(f"there is a branch {name!r} already", "choose another name with --branch")

    def index_of_head(self, index: Path) -> Path:
        """Write an index that holds `head`, and return it."""
        run(f"--git-dir={self.git_dir}", "read-tree", self.head, env={"GIT_INDEX_FILE": str(index)})
        return index

    def commit(self, index: Path, branch: str, message: str) -> None:
        """Commit an index on a new branch that starts at `head`, with the user's own identity.

        Not at what HEAD is by now: a commit that was made meanwhile is not in the index, which would revert it.

        Raises:
            GitError: git knows no identity.
        """
        at = f"--git-dir={self.git_dir}"
        tree = run(at, "write-tree", env={"GIT_INDEX_FILE": str(index)}).text
        made = run(
            *(at, "-c", "user.useConfigOnly=true", "commit-tree", "-p", self.head, "-m", message, tree), accept=(0, 128)
        )
        if made.code:
            raise GitError(f"git does not commit: {reason(made)}", "git config user.name and user.email")
        run(at, "update-ref", f"refs/heads/{branch}", made.text, "")

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


def list_files(folder: Path) -> list[str]:
    """List all files below a folder that are in git or could be added to it; everything where there is no git."""
    result = run("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=folder, accept=(0, 128))
    if result.code == 0:
        return [path for path in os.fsdecode(result.stdout).split("\0") if path]
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()]


def check_branch_name(name: str) -> None:
    """Refuse a name that no branch can have.

    Raises:
        UsageError: it is one.
    """
    if name.startswith("-") or run("check-ref-format", f"refs/heads/{name}", accept=(0, 1)).code:
        raise UsageError(f"{name!r} can't be the name of a branch", "choose another name with --branch")


def list_unmerged(folder: Path) -> tuple[str, ...]:
    """List the files below a folder that have a conflict in the index still; none where there is no git."""
    result = run("ls-files", "-z", "--unmerged", cwd=folder, accept=(0, 128))
    stages = os.fsdecode(result.stdout).split("\0") if result.code == 0 else []
    return tuple(dict.fromkeys(stage.split("\t", 1)[1] for stage in stages if stage))


def commit_stream(ref: str, tree: Tree, parent: str | None = None) -> bytes:
    """One commit in the language of git-fast-import(1). The first of a stream is mark :1."""
    lines = [f"commit {ref}\n".encode()]
    if parent is None:
        lines.append(b"mark :1\n")
    lines.append(b"committer scaffold <> 0 +0000\ndata 0\n")
    if parent:
        lines.append(f"from {parent}\ndeleteall\n".encode())
    for path, entry in tree.items():
        quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines.append(f'M {entry.mode:o} inline "{quoted}"\ndata {len(entry.data)}\n'.encode("utf-8", "surrogateescape"))
        lines.append(entry.data + b"\n")
    return b"".join(lines)
