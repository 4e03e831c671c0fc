"""Mirror: copies of a blueprint's history, kept between runs, and folders with the files of one release."""

from __future__ import annotations

import atexit
import hashlib
import os
import shlex
import shutil
import tempfile
from functools import cache
from pathlib import Path

from scaffold import git
from scaffold.errors import BlueprintError, GitError
from scaffold.locks import locked

# A template that comes from elsewhere must not bring repositories of this machine in by a submodule.
_REMOTE_PROTOCOLS = "git:http:https:ssh"

# A blueprint's files are what is in it, and not how the user likes files of their own.
_PLAIN = tuple(
    part
    for setting in ("core.autocrlf=false", "core.eol=lf", f"core.attributesFile={os.devnull}")
    for part in ("-c", setting)
)
#: The ref of a mirror that says what HEAD was at its origin when it was last asked; none right after it was made.
HEAD = "refs/scaffold/head"

_NO_SYSTEM_ATTRIBUTES = {"GIT_ATTR_NOSYSTEM": "1"}


def cache_folder() -> Path:
    """Where copies of blueprints are kept between runs; all of it can be deleted at any time."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("SCAFFOLD_CACHE_DIR") or Path(base) / "scaffold")


def mirror_bundle(bundle: Path) -> Path:
    """Return a bare repository with what a bundle holds; it is made once for every content of the bundle.

    Raises:
        BlueprintError: it is no bundle.
    """
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()[:16]
    return _mirror(str(bundle), f"store-{digest}.git", refresh=False)


def mirror(url: str) -> Path:
    """Return a bare copy of a repository by its URL or path, brought up to date once a process.

    A repository on this machine is copied too: git would obey the settings in one that somebody else prepared.

    Raises:
        BlueprintError: it can't be reached.
    """
    return _mirror(url, f"mirror-{hashlib.sha256(url.encode()).hexdigest()[:16]}.git", refresh=True)


@cache
def _mirror(url: str, name: str, *, refresh: bool) -> Path:
    folder, work = _make_work_folder()
    copy = folder / name
    hint = "check the address and the network" if refresh else f"check that file, and that there is room in {folder}"
    try:
        if copy.is_dir():
            if refresh:
                with locked(copy, wait=True):  # two that fetch the same news are in each other's way
                    _fetch(copy, hint)
            return copy
        git.run("clone", "--quiet", "--mirror", "--no-local", "--", url, work / "git", hint=hint)
        try:
            (work / "git").rename(copy)
        except OSError:
            if not copy.is_dir():  # else another process was first, with the same
                raise
    except GitError as error:
        if not shutil.which("git"):
            raise
        raise BlueprintError(f"can't get the blueprint {url!r}: {error.message}", error.hint) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return copy


def _fetch(copy: Path, hint: str) -> None:
    command = (f"--git-dir={copy}", *git.NO_UPKEEP, "fetch", "--quiet", "--prune", "--tags", "--force", "origin")
    # What HEAD means there may change, and the one of a mirror is never brought up to date.
    head = git.run(*command, "+refs/*:refs/*", f"+HEAD:{HEAD}", accept=(0, 128), hint=hint)
    if head.code:  # it can mean nothing at all, too
        git.run(*command, "+refs/*:refs/*", hint=hint)


def hint_of_damage(repository: Path) -> str:
    """What to do when git can't read a mirror, which a full disk or a hand may have spoiled."""
    return f"delete what scaffold keeps of it, and try again: rm -r {shlex.quote(str(repository))}"


def _make_work_folder() -> tuple[Path, Path]:
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        return folder, Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    except (OSError, RuntimeError):  # a home that is read-only, or not there, costs speed and nothing else
        return _scratch(), Path(tempfile.mkdtemp(prefix=".new-", dir=_scratch()))


@cache
def _scratch() -> Path:
    """A folder of this process's own, gone when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="scaffold-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def checkout(repository: Path, commit: str, url: str) -> Path:
    """Return a folder with the files of a commit, those of its submodules included.

    Args:
        repository: a mirror.
        commit: the hash of one of its commits.
        url: where the mirror came from; the URLs of submodules may be relative to it.

    Raises:
        GitError: the commit can't be checked out.
        BlueprintError: a submodule can't be had.
    """
    folder = _scratch() / commit
    folder.mkdir(exist_ok=True)
    # Not `git archive`: it leaves out what `export-ignore` names, which a clone, and so Copier, has.
    git.run(
        *(f"--git-dir={repository}", f"--work-tree={folder}", *_PLAIN, "read-tree", "--reset", "-u", commit),
        env={"GIT_INDEX_FILE": str(folder) + ".index", **_NO_SYSTEM_ATTRIBUTES},
        hint=hint_of_damage(repository),
    )
    if (folder / ".gitmodules").is_file():
        shutil.rmtree(folder)
        _clone_with_submodules(repository, commit, url, folder)
    return folder


def _clone_with_submodules(repository: Path, commit: str, url: str, folder: Path) -> None:
    git.run(*_PLAIN, "clone", "--quiet", "--no-checkout", "--shared", "--", repository, folder)
    git.run("config", "remote.origin.url", url, cwd=folder)
    git.run(*_PLAIN, "checkout", "--quiet", "--detach", commit, cwd=folder, env=_NO_SYSTEM_ATTRIBUTES)
    try:
        git.run(
            *(*_PLAIN, "submodule", "--quiet", "update", "--checkout", "--init", "--recursive", "--force"),
            cwd=folder,
            env=_NO_SYSTEM_ATTRIBUTES | ({} if Path(url).exists() else {"GIT_ALLOW_PROTOCOL": _REMOTE_PROTOCOLS}),
        )
    except GitError as error:
        raise BlueprintError(
            f"can't get the submodules of the blueprint {url!r}: {error.message}", "check their addresses"
        ) from error
    for path in [folder / ".git", *folder.rglob(".git")]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
