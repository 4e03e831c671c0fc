"""Refs: what there is a name for in the history of a blueprint, and which commit a name means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scaffold import git
from scaffold.mirror import HEAD, hint_of_damage

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/+-]*\Z")
_FIELDS = (
    *("refname", "objecttype", "objectname", "objectname:short", "*objecttype", "*objectname", "HEAD"),
    *("contents", "contents:signature"),
)


@dataclass(frozen=True)
class Ref:
    """A branch or a tag.

    Attributes:
        name: all of it, such as `refs/tags/v1.0.0`.
        commit: the full hash.
        short: as much of it as it takes.
        is_head: whether this branch was HEAD when the history was copied.
        notes: the message of an annotated tag.
    """

    name: str
    commit: str
    short: str
    is_head: bool
    notes: str

    @property
    def tag(self) -> str:
        """The name of a tag, empty for a branch."""
        return self.name.removeprefix("refs/tags/") if self.name.startswith("refs/tags/") else ""


def read_refs(repository: Path) -> tuple[Ref, ...]:
    """Read all branches and tags of a mirror.

    Raises:
        GitError: it is damaged.
    """
    form = "".join(f"%({field})%00" for field in _FIELDS)
    command = (f"--git-dir={repository}", "for-each-ref", f"--format={form}", "refs/tags", "refs/heads", HEAD)
    listed = git.run(*command, hint=hint_of_damage(repository)).text.split("\0")
    found = []
    fields = zip(*[iter(listed)] * len(_FIELDS), strict=False)
    for name, kind, own, short, peeled_kind, peeled, head, message, signature in fields:
        if (peeled_kind or kind) not in ("commit", "tag"):
            continue  # a tag may be on a file or a folder, too
        # Only an annotated tag says what changed; a plain one has the message of its commit.
        notes = message.removesuffix(signature).strip() if peeled else ""
        found.append(Ref(name.lstrip("\n"), peeled or own, short, head == "*", notes))
    return tuple(found)


def find_commit(repository: Path, refs: Sequence[Ref], name: str) -> tuple[str, str] | None:
    """Return the hash of the commit that a name means, and what `git describe --tags --always` calls it, if any.

    Args:
        repository: a mirror.
        refs: all that it has.
        name: a branch, a tag, a hash, what `git describe` said or `HEAD`: untrusted.
    """
    heads = {HEAD, *(ref.name for ref in refs if ref.is_head)} if name == "HEAD" else {f"refs/heads/{name}"}
    # HEAD is where it was when it was last asked for, or else as it was copied.
    tips = sorted((ref for ref in refs if ref.name in heads), key=lambda ref: ref.name != HEAD)
    if tips and not any(ref.tag for ref in refs):
        return tips[0].commit, tips[0].short  # there is no tag to call it by
    if not _NAME.match(name) or ".." in name:
        return None
    asked = tips[0].name if tips and name == "HEAD" else name
    form = ("--max-count=1", "--no-commit-header", "--format=%H %(describe:tags=true) %h")
    found = git.run(f"--git-dir={repository}", "rev-list", *form, asked, "--", accept=(0, 128))
    if found.code or not found.text:
        return None
    commit, described, *_ = found.text.split()
    return commit, described
