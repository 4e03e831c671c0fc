"""Ours: the files of a project as git has them, and what an update has to know of them besides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scaffold.project import Project
from scaffold.tree import Entry, Tree
from scaffold.work_tree import Listed, list_files

_SUBMODULE = 0o160000


@dataclass(frozen=True)
class Ours:
    """Files of a project.

    Attributes:
        tree: the files as git has them.
        disk: those of them that lie on the disk in another form, as some file systems want it (`core.fileMode`,
            `core.symlinks`): with other executable bits, or a link as a file.
        listed: what git says of each file of the project, be it in `tree` or not.
    """

    tree: Tree
    disk: Mapping[str, Entry]
    listed: Mapping[str, Listed]

    @classmethod
    def read(cls, project: Project, known: Iterable[str], listed: Mapping[str, Listed] | None = None) -> Ours:
        """Read those of the known files that are there, or also all that git lists unless its list is given."""
        if listed is None:
            listed = list_files(project.path)
            known = {*known, *listed}
        disk = project.read(known)
        tree = Tree({path: _as_git_has(entry, listed.get(path)) for path, entry in disk.items()})
        return cls(tree, {path: entry for path, entry in disk.items() if entry != tree[path]}, listed)

    def of_copy(self, copy: Project, known: Iterable[str] = ()) -> Ours:
        """Return the files of a copy of the project, in which files may have been changed, with what git says of ours.

        Args:
            copy: one in a repository of its own.
            known: files that are to be read although git may ignore them.
        """
        listed = {**dict.fromkeys(list_files(copy.path), Listed()), **self.listed}
        tree, ignored = copy.read({*listed, *self.tree, *known}), {*self.ignored}
        return Ours(tree, {}, {path: found for path, found in listed.items() if path not in ignored})

    @classmethod
    def read_for_merge(cls, project: Project, known: Collection[str], base: Collection[str]) -> Ours:
        """Read what a merge has to know.

        Only the blueprint's files, unless one is missing or something is in its place: then all, for it may have been
        renamed to one of them.

        Args:
            project: where they lie.
            known: the blueprint's files.
            base: those that the project had when it was made or last updated.
        """
        ours = cls.read(project, known, list_files(project.path))
        missing = {*base} - {*ours.tree} - ours.absent
        if missing or any(project.is_taken(path) for path in known if path not in ours.tree):
            return cls.read(project, {*known, *ours.listed}, ours.listed)
        return ours

    @property
    def ignored(self) -> list[str]:
        """The files that are there and that git has not, nor would take."""
        return [path for path in self.tree if path not in self.listed]

    @property
    def submodules(self) -> set[str]:
        """The folders that are repositories of their own."""
        return {path for path, listed in self.listed.items() if listed.mode == _SUBMODULE}

    @property
    def unseen(self) -> set[str]:
        """The files that are there and that git is told not to look at."""
        return {path for path in self.tree if path in self.listed and not self.listed[path].is_seen}

    @property
    def absent(self) -> set[str]:
        """The files that git has, and is told not to miss: in a sparse checkout they are left out."""
        return {path for path, listed in self.listed.items() if not listed.is_seen and path not in self.tree}

    @property
    def blobs(self) -> dict[str, str]:
        """The hash of what git's index has, for each file in it."""
        return {path: self.listed[path].blob for path in self.tree if path in self.listed}


def _as_git_has(entry: Entry, listed: Listed | None) -> Entry:
    """Give a file the mode that git's index has for it, unless git sees that it was changed."""
    return entry if listed is None or listed.mode is None or listed.is_changed else Entry(listed.mode, entry.data)
