"""The only place that runs git."""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import GitError
from scaffold.tree import Tree

log = logging.getLogger("scaffold.commands")

# What would make git look at another repository than the one it is pointed at.
_FOREIGN = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
}

# `ext::` and its like run commands (git-config(1), protocol.allow); these do not.
_PROTOCOLS = "file:git:http:https:ssh"


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
) -> Result:
    """Run one git process, away from the user's terminal, and wait for it.

    Args:
        arguments: what follows `git`.
        cwd: where it runs; this folder unless told.
        stdin: what it reads; nothing unless told.
        env: variables on top of the user's own.
        accept: the exit codes that are no error.

    Raises:
        GitError: git is not installed, or ended with another exit code.
    """
    command = ["git", *map(str, arguments)]
    log.debug("%s", shlex.join(command))
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
        verb = next((str(a) for a in arguments if str(a) in _VERBS), "git")
        raise GitError(f"git {verb} failed: {_reason(result)}", "run the same command with -v to see what was tried")
    return result


_VERBS = {"add", "clone", "fetch", "init", "for-each-ref", "merge-tree", "read-tree", "rev-parse", "push", "bundle"}


def _reason(result: Result) -> str:
    """The one line of git's complaint that says most."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    for line in lines:
        if line.startswith(("fatal:", "error:")):
            return line.split(":", 1)[1].strip()
    return lines[-1] if lines else f"exit code {result.code}"


def work_tree_above(folder: Path) -> Path | None:
    """Return the top of the repository that a folder lies in, or None where it lies in none."""
    result = run("rev-parse", "--show-toplevel", cwd=folder, accept=(0, 128))
    return Path(result.text) if result.code == 0 else None


def first_commit(folder: Path, message: str) -> str | None:
    """Make a folder a repository whose first commit holds every file in it.

    The user's identity is used as it is and never guessed or set. Without one, or where a hook or a signing key says
    no, the files stay staged.

    Returns:
        None when the commit was made, else the reason why not.

    Raises:
        GitError: the repository can't be made or a file can't be added.
    """
    run("init", "--quiet", "--initial-branch", "main", cwd=folder)
    # --force: a global ignore file of the user must not leave out what the blueprint has.
    run("add", "--all", "--force", cwd=folder)
    result = run("-c", "user.useConfigOnly=true", "commit", "--quiet", "-m", message, cwd=folder, accept=(0, 1, 128))
    if result.code == 0:
        return None
    if "useConfigOnly" in result.stderr or "tell me who you are" in result.stderr:
        return "git does not know your name and e-mail address"
    return _reason(result)


def write_tree(at: str, tree: Tree) -> str:
    """Write a Tree into the object database of a repository and return its hash.

    Args:
        at: the option that names the repository, such as `--git-dir=PATH`.
        tree: what to write.

    Two processes, however many files: `fast-import` takes them all in one stream.
    """
    stream = [b"commit refs/scaffold/tree\ncommitter scaffold <> 0 +0000\ndata 0\n"]
    for path, entry in tree.items():
        quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        stream.append(
            f'M {entry.mode:o} inline "{quoted}"\ndata {len(entry.data)}\n'.encode("utf-8", "surrogateescape")
        )
        stream.append(entry.data + b"\n")
    run(at, "fast-import", "--quiet", "--force", stdin=b"".join(stream))
    return run(at, "rev-parse", "refs/scaffold/tree^{tree}").text
