"""Blueprint: where a blueprint comes from, and which releases it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scaffold import git
from scaffold.errors import BlueprintError
from scaffold.mirror import checkout, mirror, mirror_bundle
from scaffold.refs import Ref, find_commit, read_refs

#: The built-in blueprints. RFC 2606 keeps `.invalid` from ever being registered, so no stranger can serve it.
STORE_URL = "https://scaffold.invalid/blueprints.git"
#: The history behind STORE_URL: all releases, in one file that needs no network.
STORE_BUNDLE = Path(__file__).parent / "blueprints.bundle"

_SHORTCUTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
_URL = re.compile(r"(?:https?|ssh|git|file)://[^\s-][^\s]*\Z|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[^\s:-][^\s]*\Z")
_DESCRIBED = re.compile(r"(?P<tag>.+)-(?P<count>[0-9]+)-g[0-9a-f]+\Z")


@dataclass(frozen=True)
class Release:
    """One state of a blueprint.

    Attributes:
        source: what the answers record as `_src_path`.
        ref: what they record as `_commit`: a tag, or what `git describe` says; None for a folder without versions.
        commit: the full hash; None for a folder without versions.
        version: the tag as a PEP 440 version, where it is one; a post-release of it for a commit after the tag.
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
    """A Copier template by its URL or path, the built-in one by default.

    Attributes:
        source: the URL or path as a person or an answers file has it: untrusted.
        home: the folder that a relative path may start from too, if not from this process's own.
    """

    source: str = STORE_URL
    home: Path | None = None

    @classmethod
    def parse(cls, text: str) -> tuple[Blueprint, str | None]:
        """Split `SOURCE[@REF]` as a user types it; without a source it means the built-in blueprints.

        Raises:
            BlueprintError: the source is no URL that is safe to ask, and no folder.
        """
        if text.startswith("@"):
            return cls(), text.removeprefix("@")
        source, separator, ref = text.rpartition("@")
        # In `git@host:path` and `https://user@host/path` what follows the @ is no ref.
        if not separator or not source or "/" in ref or ":" in ref or _exists(Path(text)):
            source, ref = text, ""
        path = cls(source)._path
        blueprint = cls(str(path) if path else source)
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
        if not self._url and not self._path:
            raise BlueprintError(
                f"{self.source!r} is no blueprint: neither a git URL nor a folder",
                "give a URL such as https://host/repo.git",
            )

    @cached_property
    def releases(self) -> tuple[Release, ...]:
        """All tags that are PEP 440 versions, oldest first; none for a folder without versions.

        Raises:
            BlueprintError: the source can't be reached.
        """
        tags = {ref.tag: ref for ref in self._refs if ref.tag}
        found = [
            Release(self.source, tag, ref.commit, version, ref.notes)
            for tag, ref in tags.items()
            if (version := parse_version(tag))
        ]
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
        # By its own name first: there may be another one that is called so but for a `v`.
        named = {f"{prefix}{release.version}": release for prefix in ("", "v") for release in self.releases}
        named |= {release.ref: release for release in self.releases if release.ref}
        if ref in named:
            return named[ref]
        if found := find_commit(repository, self._refs, ref):
            commit, described = found
            # A hash may look like a version: 1234567, 12a3456.
            version = None if commit.startswith(described) else parse_version(described)
            return Release(self.source, described, commit, version)
        newest = f"the newest is {self.releases[-1].ref}" if self.releases else "it has no releases"
        raise BlueprintError(f"{self._title} have no release {ref!r}", newest)

    def is_older(self, release: Release, other: Release) -> bool:
        """Whether a release came before another: by their versions, or by the history where one has none."""
        if release.version and other.version:
            return release.version < other.version
        if not (release.commit and other.commit) or release.commit == other.commit:
            return False
        at = f"--git-dir={self._repository}"
        return git.run(at, "merge-base", "--is-ancestor", release.commit, other.commit, accept=(0, 1)).code == 0

    def checkout(self, release: Release) -> Path:
        """Return a folder with the files of a release. It is this process's own, and is gone when that ends.

        Raises:
            BlueprintError, GitError: the files can't be had.
        """
        if (repository := self._repository) and release.commit:
            return checkout(repository, release.commit, self.address)
        self.check_source()
        return self._path or Path(self.source)

    @contextmanager
    def checking_out(self, *releases: Release) -> Iterator[None]:
        """Have git write the files of releases while the body runs, which is for what takes long as well.

        Where that fails nothing is raised: `checkout` does so, when it is asked for the files.
        """
        from concurrent.futures import ThreadPoolExecutor  # here, because most commands check nothing out

        with ThreadPoolExecutor() as pool:
            for release in dict.fromkeys(releases):
                pool.submit(self.checkout, release)
            yield

    @property
    def address(self) -> str:
        """What git is to be given: the URL with Copier's shortcuts written out, or the whole path.

        Raises:
            BlueprintError: the source is no URL that is safe to ask, and no folder.
        """
        self.check_source()
        return self._url or str(self._path)

    @property
    def _title(self) -> str:
        return "the built-in blueprints" if self.is_builtin else f"the blueprints of {self.source!r}"

    @property
    def _url(self) -> str | None:
        """What git calls the source, with Copier's shortcuts written out; None unless it is a URL that runs nothing."""
        url = self.source.removeprefix("git+")
        for shortcut, host in _SHORTCUTS.items():
            if url.startswith(shortcut):
                url = host + url.removeprefix(shortcut).lstrip("/").removesuffix(".git") + ".git"
        return url if _URL.match(url) and "::" not in url else None

    @property
    def _path(self) -> Path | None:
        """The folder or bundle that the source is: as Copier takes it, from the current folder; else from the home."""
        if not self.source or self._url or self.source.startswith("-") or "::" in self.source:
            return None
        try:
            path = Path(self.source).expanduser()
        except RuntimeError:  # the home of a user who is not there
            return None
        places = [path.absolute(), *([self.home / path] if self.home else [])]
        return next((place.resolve() for place in places if _exists(place)), None)

    @cached_property
    def _refs(self) -> tuple[Ref, ...]:
        return read_refs(self._repository) if self._repository else ()

    @cached_property
    def _repository(self) -> Path | None:
        """The git directory that has the history, or None for a folder that has none."""
        if self.is_builtin:
            return mirror_bundle(STORE_BUNDLE)
        self.check_source()
        if self._url:
            return mirror(self._url)
        path = self._path
        if path and (path.is_file() or (path / ".git").exists() or (path / "HEAD").is_file()):
            return mirror(str(path))
        return None


def parse_version(ref: str) -> Version | None:
    """Read a tag as a PEP 440 version, and what `git describe` says of a commit after a tag as a post-release."""
    described = _DESCRIBED.match(ref)
    try:
        return Version(f"{described['tag']}.post{described['count']}" if described else ref)
    except InvalidVersion:
        return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False
