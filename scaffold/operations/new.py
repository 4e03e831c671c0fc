"""Make a new project."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shlex
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yaml import YAMLError

from scaffold.blueprint import Blueprint, Release
from scaffold.errors import AnswerError, ProjectError, ScaffoldError, UsageError
from scaffold.signals import signals_held
from scaffold.strict_yaml import load_yaml
from scaffold.work_tree import WorkTree, first_commit

if TYPE_CHECKING:
    from scaffold.rendering import Rendering

_REMOVALS = 100  # 5 s


@dataclass(frozen=True)
class NewProject:
    """A project that was made, or would be.

    Attributes:
        path: its folder.
        release: what it was made from.
        rendering: its files and answers.
        git_note: why there is no first commit, or the empty text where there is one.
        made: whether it was made.
    """

    path: Path
    release: Release
    rendering: Rendering
    git_note: str = ""
    made: bool = True

    @property
    def next_commands(self) -> tuple[str, ...]:
        """What to type next, to see the service answer; only how to get there where nothing is known about it."""
        if not self.made:
            return ()
        answers = self.rendering.answers
        here, path = Path.cwd(), self.path.absolute()
        enter = f"cd {shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else self.path))}"
        if "compose.yaml" not in self.rendering.tree or "port" not in answers:
            return (enter,)
        network = shlex.quote(str(answers.get("network")))
        create = f"docker network inspect {network} >/dev/null 2>&1 || docker network create {network}"
        return (
            enter,
            *([create] if answers.get("network_shared") else []),
            "docker compose up --build --wait",
            f"curl http://127.0.0.1:{answers['port']}/",
        )

    @property
    def why_not_updatable(self) -> str:
        """Why no update will ever find its way from here; empty where it will."""
        file = self.rendering.answers_file
        if file not in self.rendering.tree:
            return f"its blueprint writes no {file}"
        if not self.release.ref:
            return "its blueprint has no versions"
        if not self._recorded:
            return f"its blueprint writes no answers into {file}"
        missing = next((key for key in ("_src_path", "_commit") if not isinstance(self._recorded.get(key), str)), None)
        return f"its blueprint writes no {missing} into {file}" if missing else ""

    @property
    def other_source(self) -> str:
        """What updates will come from, where the blueprint writes down another than it was made from; else empty."""
        source = self._recorded.get("_src_path")
        return source if isinstance(source, str) and source != self.release.source else ""

    @cached_property
    def _recorded(self) -> Mapping[str, Any]:
        """What the file with the answers says, which a blueprint may write as it likes; empty where that is nothing."""
        entry = self.rendering.tree.get(self.rendering.answers_file)
        try:
            found = load_yaml(entry.data.decode("utf-8", "replace")) if entry else None
        except YAMLError:
            return {}
        return found if isinstance(found, dict) else {}

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "path": str(self.path),
            "blueprint": self.release.source,
            "release": self.release.ref,
            "answers": dict(self.rendering.answers),
            "files": list(self.rendering.tree),
            "committed": not self.git_note,
            "git": self.git_note or None,
            "next": list(self.next_commands),
        }


def new(
    name: str,
    answers: Mapping[str, Any],
    *,
    into: Path,
    source: str | None = None,
    use_git: bool = True,
    dry_run: bool = False,
    trust: bool = False,
) -> NewProject:
    """Make the project `name` in a folder of that name below `into`, whole or not at all.

    Args:
        name: the folder's name, and the answer `name` where the blueprint asks for it.
        answers: further answers, by the name of their question.
        into: the folder to make it in.
        source: `SOURCE[@REF]` of a blueprint; the newest built-in release unless told.
        use_git: make it a repository with a first commit, unless it lands inside of one.
        dry_run: render it, write nothing.
        trust: allow the blueprint to run code.

    Raises:
        UsageError: an answer is not accepted.
        ProjectError: the destination can't be used.
        BlueprintError, GitError: the blueprint can't be had or does not render.
    """
    destination = _find_destination(name, into)
    release, rendering = _render(name, answers, source, trust=trust)
    if dry_run:
        return NewProject(destination, release, rendering, "nothing was written", made=False)
    return NewProject(destination, release, rendering, _put(rendering, destination, release, use_git))


def check_name(name: str, *, into: Path, source: str | None = None) -> None:
    """Refuse a name for a service of the built-in blueprints, before its other answers are known.

    Args:
        name: the name.
        into: the folder to make it in.
        source: `SOURCE[@REF]` of the built-in blueprints.

    Raises:
        UsageError: it can't be a name.
        ProjectError: there is something of that name.
    """
    _find_destination(name, into)
    _render(name, {}, source)


def _render(
    name: str, answers: Mapping[str, Any], source: str | None, *, trust: bool = False
) -> tuple[Release, Rendering]:
    blueprint, ref = Blueprint.parse(source) if source else (Blueprint(), None)
    release = blueprint.release(ref) if ref else blueprint.newest()
    with blueprint.checking_out(release):
        from scaffold.rendering import render  # here, because it imports Copier, which takes longer
    try:
        return release, render(blueprint, release, answers, known={"name": name}, folder_name=name, trust=trust)
    except AnswerError as error:
        near = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
        if error.question != "name" or near in ("", name):
            raise
        raise AnswerError(error.message, f"did you mean {near}?", error.question) from error


def _find_destination(name: str, into: Path) -> Path:
    """Return the folder that a project goes to, and refuse one that is in use or can't be made.

    Raises:
        UsageError, ProjectError: it is.
    """
    if name in (".", "..") or len(os.fsencode(name)) > 255:
        raise UsageError(
            f"{name!r} can't be the name of a folder", "choose another name; --into DIR says where it goes"
        )
    if "/" in name or "\0" in name:
        raise UsageError(f"the name {name!r} is a path", "give a name, and its folder with --into DIR")
    destination = into / name
    if destination.is_symlink() or (destination.exists() and not destination.is_dir()):
        raise ProjectError(
            f"{str(destination)!r} exists and is no folder", "choose another name, or --into another folder"
        )
    if destination.is_dir() and any(destination.iterdir()):
        raise ProjectError(
            f"the folder {str(destination)!r} exists and is not empty", "choose another name, or --into another folder"
        )
    if not destination.parent.is_dir():
        raise ProjectError(f"there is no folder {str(destination.parent)!r}", f"mkdir -p {destination.parent}")
    return destination


def _put(rendering: Rendering, destination: Path, release: Release, use_git: bool) -> str:
    """Write the project beside its destination and move it there in one step; return the note about git."""
    staging: Path | None = None
    try:
        staging = destination.parent / f".{destination.name[:80]}.{secrets.token_hex(4)}"
        staging.mkdir()
        rendering.tree.write(staging)
        note = _commit(staging, destination, release) if use_git else "--no-git was given"
        staging.replace(destination)
    except OSError as error:
        raise _refused(error, destination) from error
    finally:
        if staging is not None:
            _remove(staging)
    return note


def _remove(staging: Path) -> None:
    """Remove a folder in which a git that ^C has killed may still be writing for a moment."""
    with signals_held():
        for _ in range(_REMOVALS):
            shutil.rmtree(staging, ignore_errors=True)
            if not staging.exists():
                return
            time.sleep(0.05)


def _commit(staging: Path, destination: Path, release: Release) -> str:
    if work_tree := WorkTree.find(destination.parent):
        return f"it lies in the repository {str(work_tree.top)!r}, so commit it there"
    reason = first_commit(staging, f"{destination.name}, from blueprint {release.label}")
    return f"the files are staged but not committed: {reason}" if reason else ""


def _refused(error: OSError, destination: Path) -> ScaffoldError:
    parent = str(destination.parent)
    match error.errno:
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return ProjectError(f"can't write into {parent!r}: {error.strerror}", "choose another folder with --into")
        case errno.ENOSPC | errno.EDQUOT:
            return ProjectError(f"the disk of {parent!r} is full", "make room and try again; nothing was left behind")
        case errno.ENOTEMPTY | errno.EEXIST:
            return ProjectError(f"{str(destination)!r} was made by somebody else meanwhile", "choose another name")
    return ProjectError(
        f"can't make {str(destination)!r}: {error.strerror or error}", "choose another folder with --into"
    )
