"""Cut a release of the blueprints: one commit and one tag more in the bundle that ships with scaffold."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from scaffold import git
from scaffold.blueprint import STORE_BUNDLE, parse_version
from scaffold.errors import BlueprintError, UsageError
from scaffold.objects import ObjectStore
from scaffold.tree import Tree
from scaffold.work_tree import list_files

# The same for every release and every user, so that the same sources give the same bytes on every machine.
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_DEFAULT_HASH": "sha1",
} | {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "scaffold"),
        ("EMAIL", "scaffold@scaffold.invalid"),
        ("DATE", "2026-01-01T00:00:00+00:00"),
    )
}


@dataclass(frozen=True)
class CutRelease:
    """A release that was cut: its tag, the hash of its commit, and the bundle that holds it."""

    tag: str
    commit: str
    bundle: Path


def release(version: str, notes: str, folder: Path, bundle: Path = STORE_BUNDLE) -> CutRelease:
    """Append what a blueprints folder holds to a bundle, as the newest release.

    Args:
        version: a PEP 440 version above all that the bundle has, with or without a `v`.
        notes: what changed and why, shown to everybody who updates.
        folder: the Copier root.
        bundle: made if it is missing.

    Raises:
        UsageError: the version is none, or not above the newest; the notes are empty.
        BlueprintError: the folder is no Copier root, or did not change.
    """
    if (number := parse_version(version)) is None:
        raise UsageError(f"{version!r} is no version", "give one such as 1.2.0")
    if not notes.strip():
        raise UsageError("a release needs notes", "say what changed with --notes TEXT")
    if not (folder / "copier.yml").is_file():
        raise BlueprintError(f"{str(folder)!r} holds no copier.yml", "name the folder of the blueprints")
    tag = f"v{number}"
    with tempfile.TemporaryDirectory(prefix="scaffold-") as temporary:
        repository = Path(temporary) / "git"
        _open(repository, bundle)
        at = f"--git-dir={repository}"
        parent = _check_order(at, number)
        # No more of the folder than git would have: no caches, and no copies that an editor makes.
        tree = ObjectStore(repository / "objects").write_tree(Tree.read(folder, list_files(folder)))
        if parent and git.run(at, "rev-parse", f"{parent}^{{tree}}").text == tree:
            raise BlueprintError(f"the blueprints did not change since {parent}", "change something before a release")
        parents = ["-p", git.run(at, "rev-parse", f"{parent}^{{commit}}").text] if parent else []
        commit = git.run(at, "commit-tree", tree, *parents, "-m", f"blueprints {tag}", env=_ENVIRONMENT).text
        git.run(at, "update-ref", "refs/heads/main", commit)
        git.run(
            at,
            "tag",
            "--annotate",
            "--no-sign",
            "--cleanup=verbatim",
            "-m",
            notes.strip(),
            tag,
            commit,
            env=_ENVIRONMENT,
        )
        packed = Path(temporary) / "bundle"
        _pack(at, packed)
        _replace(bundle, packed.read_bytes())
    return CutRelease(tag, commit, bundle)


def _replace(bundle: Path, data: bytes) -> None:
    staging = bundle.with_name(f".{bundle.name}.new")
    try:
        staging.write_bytes(data)
        staging.replace(bundle)
    except OSError as error:
        raise BlueprintError(
            f"can't write {str(bundle)!r}: {error.strerror}", "choose another --bundle FILE"
        ) from error
    finally:
        staging.unlink(missing_ok=True)


def _pack(at: str, bundle: Path) -> None:
    """Write all releases into one file, whose bytes depend on nothing but them.

    All deltas are made anew, by one thread: with more, they differ from run to run. Nothing is compressed: that differs
    from one zlib to another, and a wheel is compressed anyway, better as a whole.
    """
    options = [f"pack.{key}={value}" for key, value in (("threads", 1), ("window", 10), ("depth", 50))]
    fixed = [part for option in ("core.compression=0", *options) for part in ("-c", option)]
    git.run(at, *fixed, "repack", "--quiet", "-a", "-d", "-F", env=_ENVIRONMENT)
    command = ("bundle", "create", "--quiet", "--version=2", bundle, "HEAD", "main", "--tags")
    git.run(at, *fixed, *command, env=_ENVIRONMENT)


def _open(repository: Path, bundle: Path) -> None:
    git.run("init", "--quiet", "--bare", "--initial-branch", "main", repository, env=_ENVIRONMENT)
    if bundle.exists():
        git.run(*(f"--git-dir={repository}", "fetch", "--quiet", bundle.resolve(), "+refs/*:refs/*"), env=_ENVIRONMENT)


def _check_order(at: str, number: Version) -> str | None:
    """Return the newest tag that is there, which the new one has to be above."""
    tags = {version: tag for tag in git.run(at, "tag", "--list").text.split() if (version := parse_version(tag))}
    if not tags:
        return None
    newest = max(tags)
    if newest >= number:
        raise UsageError(f"v{number} is not above {tags[newest]}, the newest release", "give a higher version")
    return tags[newest]
