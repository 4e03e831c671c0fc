"""Line ends: give the sides of a merge those that the user has, or every line would count as edited."""

from __future__ import annotations

from scaffold.outcomes import renames
from scaffold.tree import SYMLINK, Entry, Tree


def match_line_ends(base: Tree, ours: Tree, theirs: Tree) -> tuple[Tree, Tree]:
    """Return base and theirs with the line ends that ours has, where the user, or git for them, changed those.

    A file that one of the sides moved is looked up by its other name.
    """
    if not any(b"\r\n" in entry.data for side in (base, ours) for entry in side.values()):
        return base, theirs
    here = {old: new for new, old in renames(base, ours).items()}
    before = renames(base, theirs)

    def match(path: str, entry: Entry) -> Entry:
        old = path if path in base else before.get(path, path)
        mine, was = ours.get(path) or ours.get(old) or ours.get(here.get(old, "")), base.get(old)
        if mine is None or SYMLINK in (mine.mode, entry.mode) or b"\0" in entry.data:
            return entry
        plain = entry.data.replace(b"\r\n", b"\n")
        # Where both have them, or neither has, they are the blueprint's own, and may change.
        if is_crlf(mine.data) and not (was and b"\r\n" in was.data):
            return Entry(entry.mode, plain.replace(b"\n", b"\r\n"))
        if was and is_crlf(was.data) and b"\n" in mine.data and b"\r\n" not in mine.data:
            return Entry(entry.mode, plain)
        return entry

    matched = [Tree({path: match(path, entry) for path, entry in side.items()}) for side in (base, theirs)]
    return matched[0], matched[1]


def is_crlf(data: bytes) -> bool:
    """Whether these are lines of text that all end in CRLF."""
    return b"\0" not in data and 0 < data.count(b"\r\n") == data.count(b"\n")
