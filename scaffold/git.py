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

from scaffold.errors import GitError

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
        raise GitError(f"git {_verb(arguments)} failed: {reason(result)}", own_hint(result) or hint)
    return result


def _verb(arguments: Sequence[str | Path]) -> str:
    """What git was asked to do: the first of its arguments that is neither an option nor a setting."""
    words = [str(argument) for argument in arguments]
    return next(word for before, word in pairwise(["", *words, "git"]) if before != "-c" and not word.startswith("-"))


def own_hint(result: Result) -> str:
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
