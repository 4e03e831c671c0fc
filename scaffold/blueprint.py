"""Blueprint: where a blueprint comes from, and which releases it has."""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scaffold import git
from scaffold.errors import BlueprintError, GitError

#: The built-in blueprints. RFC 2606 keeps `.invalid` from ever being registered, so no stranger can serve it.
STORE_URL = "https://scaffold.invalid/blueprints.git"
#: The history behind STORE_URL: all releases, in one file that needs no network.
STORE_BUNDLE = Path(__file__).parent / "blueprints.bundle"

_SHORTCUTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
_URL = re.compile(r"(?:git\+)?(?:https?|ssh|git|file)://[^\s-][^\s]*\Z|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[^\s:-][^\s]*\Z")
_REF = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/+-]*\Z")


@dataclass(frozen=True)
class Release:
    """One state of a blueprint.

    Attributes:
        source: what the answers record as `_src_path`.
        ref: what they record as `_commit`: a tag, or what `git describe` says; None for a folder without versions.
        commit: the full hash; None for a folder without versions.
        version: the tag as a PEP 440 version, where it is one.
        notes: the message of an annotated tag: what changed and why.
    """

    source: str
    ref: str | None
    commit: str | None = None
    version: Version | None = None
    notes: str = ""

    @property
    def label(self) -> str:
        """How people call it."""
        return self.ref or "unversioned"


@dataclass(frozen=True)
class Blueprint:
    """A Copier template by its URL or path, the built-in one by default."""

    source: str = STORE_URL

    @classmethod
    def parse(cls, text: str) -> tuple[Blueprint, str | None]:
        """Split `SOURCE[@REF]` as a user types it.

        Raises:
            BlueprintError: the source is no URL that is safe to ask, and no folder.
        """
        source, separator, ref = text.rpartition("@")
        # In `git@host:path` and `https://user@host/path` what follows the @ is no ref.
        if not separator or not source or "/" in ref or ":" in ref:
            source, ref = text, ""
        blueprint = cls(str(Path(source).resolve()) if Path(source).is_dir() else source)
        blueprint.check_source()
        return blueprint, ref or None

    @property
    def is_builtin(self) -> bool:
        """Whether this is the store that ships with scaffold."""
        return self.source == STORE_URL

    def check_source(self) -> None:
        """Refuse, before git sees it, a source that could be an option, a command or nothing at all.

        Raises:
            BlueprintError: it is none of an allowed URL, a `gh:` or `gl:` shortcut, and an existing folder or bundle.
        """
        if _URL.match(self._url) and "::" not in self._url:
            return
        if Path(self.source).is_absolute() and Path(self.source).exists():
            return
        raise BlueprintError(
            f"{self.source!r} is no blueprint: neither a git URL nor a folder",
            "give a URL such as https://host/repo.git",
        )

    @cached_property
    def releases(self) -> tuple[Release, ...]:
        """All tags that are PEP 440 versions, oldest first; none for a folder without versions.

        Raises:
            GitError: the source can't be reached.
        """
        if not (repository := self._repository):
            return ()
        result = git.run(
            f"--git-dir={repository}",
            "for-each-ref",
            "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(contents:subject)%0a%0a%(contents:body)%01",
            "refs/tags",
        )
        found = []
        for record in filter(None, result.text.split("\x01")):
            tag, own, peeled, message = record.lstrip("\n").split("\0")
            try:
                # Only an annotated tag says what changed; a plain one has the message of its commit.
                notes = message.strip() if peeled else ""
                found.append(Release(self.source, tag, peeled or own, Version(tag), notes))
            except InvalidVersion:
                continue
        return tuple(sorted(found, key=lambda release: release.version or Version("0")))

    def newest(self) -> Release:
        """The newest release that is no pre-release; else the newest of all; else what HEAD or the folder holds.

        Raises:
            BlueprintError: the source can't be reached, or holds nothing.
        """
        stable = [release for release in self.releases if release.version and not release.version.is_prerelease]
        if found := stable or self.releases:
            return found[-1]
        return self.release("HEAD") if self._repository else Release(self.source, None)

    def release(self, ref: str) -> Release:
        """Find a release by its tag, with or without the `v`, or any commit by a name that git knows.

        Raises:
            BlueprintError: there is none of that name.
        """
        if not (repository := self._repository):
            raise BlueprintError(
                f"{self.source!r} has no releases", "leave out the version, or make it a git repository"
            )
        for release in self.releases:
            if ref in (release.ref, f"{release.version}", f"v{release.version}"):
                return release
        if _REF.match(ref) and ".." not in ref:
            at = f"--git-dir={repository}"
            # A commit that `git describe` named, as Copier records it, is found by git as it is.
            found = git.run(at, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", accept=(0, 1, 128))
            if found.code == 0:
                described = git.run(at, "describe", "--tags", "--always", found.text)
                return Release(self.source, described.text, found.text)
        newest = f"the newest is {self.releases[-1].ref}" if self.releases else "it has no releases"
        raise BlueprintError(f"{self._title} have no release {ref!r}", newest)

    def checkout(self, release: Release) -> Path:
        """Return a folder with the files of a release. It is this process's own, and is gone when that ends.

        Raises:
            BlueprintError, GitError: the files can't be had.
        """
        if release.commit is None:
            return Path(self.source)
        return _checkout(self._repository, release.commit)

    @property
    def _title(self) -> str:
        return "the built-in blueprints" if self.is_builtin else f"the blueprints of {self.source!r}"

    @property
    def _url(self) -> str:
        for shortcut, url in _SHORTCUTS.items():
            if self.source.startswith(shortcut):
                return url + self.source.removeprefix(shortcut)
        return self.source

    @cached_property
    def _repository(self) -> Path | None:
        """The git directory that has the history, or None for a folder that has none."""
        self.check_source()
        if self.is_builtin:
            digest = hashlib.sha256(STORE_BUNDLE.read_bytes()).hexdigest()[:16]
            return _mirror(str(STORE_BUNDLE), f"store-{digest}.git", refresh=False)
        local = Path(self.source)
        if local.is_dir():
            return next((path for path in (local / ".git", local) if (path / "HEAD").is_file()), None)
        url = self._url.removeprefix("git+")
        digest = hashlib.sha256(url.encode()).hexdigest()[:16]
        return _mirror(url, f"mirror-{digest}.git", refresh=True)


def cache_folder() -> Path:
    """Where copies of blueprints are kept between runs; all of it can be deleted at any time."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("SCAFFOLD_CACHE_DIR") or Path(base) / "scaffold")


@cache
def _mirror(url: str, name: str, *, refresh: bool) -> Path:
    """A bare copy of a repository, brought up to date once a process if asked to."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    except OSError:  # a read-only home costs speed and nothing else
        folder = _scratch()
        work = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    mirror = folder / name
    try:
        if mirror.is_dir():
            if refresh:
                git.run(
                    f"--git-dir={mirror}",
                    "fetch",
                    "--quiet",
                    "--prune",
                    "--tags",
                    "--force",
                    "origin",
                    "+refs/*:refs/*",
                )
            return mirror
        git.run("clone", "--quiet", "--mirror", "--", url, work / "git")
        try:
            (work / "git").rename(mirror)
        except OSError:
            if not mirror.is_dir():  # else another process was first, with the same
                raise
    except GitError as error:
        if not shutil.which("git"):
            raise
        raise BlueprintError(
            f"can't get the blueprint {url!r}: {error.message}", "check the address and the network"
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return mirror


@cache
def _scratch() -> Path:
    """A folder of this process's own, gone when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="scaffold-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _checkout(repository: Path, commit: str) -> Path:
    folder = _scratch() / commit
    folder.mkdir()
    # Not `git archive`: it leaves out what `export-ignore` names, which a clone, and so Copier, has.
    git.run(
        f"--git-dir={repository}",
        f"--work-tree={folder}",
        "-c",
        "core.autocrlf=false",
        "read-tree",
        "--reset",
        "-u",
        commit,
        env={"GIT_INDEX_FILE": str(folder) + ".index"},
    )
    return folder
