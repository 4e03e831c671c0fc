"""Push the releases of a store to a git host, from where Copier itself can read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scaffold import git
from scaffold.blueprint import STORE_BUNDLE, Blueprint
from scaffold.errors import BlueprintError, GitError
from scaffold.mirror import mirror_bundle


@dataclass(frozen=True)
class Published:
    """What a publication did: the tags that are new at the URL, and those that were there already."""

    url: str
    pushed: tuple[str, ...]
    present: tuple[str, ...]


def publish(url: str, bundle: Path = STORE_BUNDLE) -> Published:
    """Push the main branch and all releases of a store, all of them or none, and move nothing that is there.

    Args:
        url: a git URL, or the path of a bare repository.
        bundle: the store.

    Raises:
        BlueprintError: the URL is none, or there is no store.
        GitError: the repository can't be reached, or has another history or another release of the same name.
    """
    try:
        target = Blueprint(url).address
    except BlueprintError as error:
        raise BlueprintError(
            f"{url!r} is nothing to publish to: neither a git URL nor a folder",
            "give a URL such as https://host/repo.git, or make a repository: git init --bare FOLDER",
        ) from error
    if not bundle.is_file():
        raise BlueprintError(f"there is no store {str(bundle)!r}", "name a bundle with --bundle FILE")
    at = f"--git-dir={mirror_bundle(bundle)}"
    command = (
        "push",
        "--atomic",
        "--porcelain",
        "--",
        target,
        "refs/heads/main",
        "refs/tags/*:refs/tags/*",
    )
    result = git.run(at, *command, accept=(0, 1, 128))
    lines = [line.split("\t") for line in result.text.splitlines() if line.count("\t") == 2]
    if result.code:
        refused = [(ref, note) for flag, ref, note in lines if flag == "!" and "atomic" not in note]
        if any("checked out" in note for _, note in refused):
            raise GitError(
                f"{url!r} is a repository that somebody works in, and main is checked out there",
                "publish to a bare one: git init --bare FOLDER",
            )
        raise _refused(url, [ref for ref, _ in refused], git.reason(result))
    tags = {ref.split(":")[1].removeprefix("refs/tags/"): flag for flag, ref, _ in lines if "refs/tags/" in ref}
    return Published(
        url,
        tuple(tag for tag, flag in tags.items() if flag == "*"),
        tuple(tag for tag, flag in tags.items() if flag == "="),
    )


def _refused(url: str, refs: list[str], reason: str) -> GitError:
    if refs:
        names = ", ".join(ref.split(":")[1].removeprefix("refs/tags/").removeprefix("refs/heads/") for ref in refs)
        return GitError(
            f"{url!r} has another {names}, and what is released is never moved", "publish to a repository of its own"
        )
    return GitError(f"can't publish to {url!r}: {reason}", "check the address, and that you may push there")
