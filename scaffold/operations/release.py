"""Cut a release of the blueprints: one commit and one tag more in the bundle that ships with scaffold."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scaffold import git
from scaffold.blueprint import STORE_BUNDLE
from scaffold.errors import BlueprintError, UsageError
from scaffold.tree import Tree

# The same for every release, so that the same sources give the same commits on every machine.
_IDENTITY = {
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
    try:
        number = Version(version)
    except InvalidVersion:
        raise UsageError(f"{version!r} is no version", "give one such as 1.2.0") from None
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
        tree = git.write_tree(at, Tree.read(folder))
        if parent and git.run(at, "rev-parse", f"{parent}^{{tree}}").text == tree:
            raise BlueprintError(f"the blueprints did not change since {parent}", "change something before a release")
        parents = ["-p", git.run(at, "rev-parse", f"{parent}^{{commit}}").text] if parent else []
        commit = git.run(at, "commit-tree", tree, *parents, "-m", f"blueprints {tag}", env=_IDENTITY).text
        git.run(at, "update-ref", "refs/heads/main", commit)
        git.run(
            at, "tag", "--annotate", "--no-sign", "--cleanup=verbatim", "-m", notes.strip(), tag, commit, env=_IDENTITY
        )
        packed = Path(temporary) / "bundle"
        # One thread: with more, git packs the same objects differently from run to run.
        git.run(
            at, "-c", "pack.threads=1", "bundle", "create", "--quiet", "--version=2", packed, "HEAD", "main", "--tags"
        )
        staging = bundle.with_name(f".{bundle.name}.new")
        staging.write_bytes(packed.read_bytes())
        staging.replace(bundle)
    return CutRelease(tag, commit, bundle)


def _open(repository: Path, bundle: Path) -> None:
    git.run("init", "--quiet", "--bare", "--initial-branch", "main", repository)
    if bundle.exists():
        git.run(f"--git-dir={repository}", "fetch", "--quiet", bundle.resolve(), "+refs/*:refs/*")


def _check_order(at: str, number: Version) -> str | None:
    """Return the newest tag that is there, which the new one has to be above."""
    tags = git.run(at, "tag", "--list").text.split()
    newest = max(tags, key=Version, default=None)
    if newest and Version(newest) >= number:
        raise UsageError(f"v{number} is not above {newest}, the newest release", "give a higher version")
    return newest
