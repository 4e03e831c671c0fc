"""Migrating: run a blueprint's migrations in a copy of the project, so that a preview shows what they do.

Copier runs them in the project itself, where nothing can undo them and a preview would have to leave them out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from scaffold import git
from scaffold.blueprint import Blueprint, Release
from scaffold.errors import BlueprintError
from scaffold.merge import Merge
from scaffold.ours import Ours
from scaffold.outcomes import FileOutcome, Outcome
from scaffold.project import Project
from scaffold.tree import Tree, remove_empty_parents


class Migration:
    """A project on the way from one release to another, and the copy of it that the migrations work on."""

    def __init__(self, project: Project, blueprint: Blueprint, recorded: Release, target: Release) -> None:
        self._way = (blueprint, recorded, target)
        self._project = project

    def is_needed(self, trust: bool) -> bool:
        """Whether there is any.

        Raises:
            BlueprintError: there is, and the blueprint is not trusted.
        """
        from scaffold.rendering import has_migrations

        blueprint, recorded, target = self._way
        if not has_migrations(blueprint, recorded, target):
            return False
        if not trust:
            raise BlueprintError(
                f"the blueprint {blueprint.source!r} wants to run code: "
                f"migrations from {recorded.label} to {target.label}",
                "read it, and add --trust if you trust it",
            )
        return True

    @contextmanager
    def copy(self, known: Iterable[str]) -> Iterator[Project]:
        """Give a copy of the project on which the migrations that come before the merge have been run.

        Args:
            known: files to have in it although git may ignore them.
        """
        from scaffold.rendering import run_migrations

        with tempfile.TemporaryDirectory(prefix="scaffold-") as temporary:
            folder = Path(temporary) / self._project.path.name
            Ours.read(self._project, known).tree.write(folder)
            git.run("init", "--quiet", cwd=folder)
            git.run("add", "--all", cwd=folder)  # for those that use `git mv`
            run_migrations(*self._way, "before", {}, folder)
            yield Project.open(folder)

    def finish(self, copy: Project, merged: Merge, known: Iterable[str], answers: Mapping[str, Any]) -> Merge:
        """Run the migrations that come after the merge, and return the merge with what all of them did."""
        from scaffold.rendering import run_migrations

        known = [*known]
        for path, entry in merged.changes.items():
            if entry is None:
                (copy.path / path).unlink()
                remove_empty_parents(copy.path / path, copy.path)
        Tree({path: entry for path, entry in merged.changes.items() if entry}).write(copy.path)
        run_migrations(*self._way, "after", answers, copy.path)
        mine, result = Ours.read(self._project, known), Ours.read(copy, known).tree
        ours = mine.tree
        listed = {outcome.path for outcome in merged.outcomes}
        changed = sorted(path for path in {*ours, *result} if ours.get(path) != result.get(path))
        outcomes = [_outcome(path, ours, result) for path in changed if path not in listed]
        outcomes += [
            replace(outcome, reason=f"{outcome.reason}; a migration changed it")
            if result.get(outcome.path) != merged.result.get(outcome.path)
            else outcome
            for outcome in merged.outcomes
        ]
        ordered = tuple(sorted(outcomes, key=lambda outcome: outcome.path))
        return replace(merged, ours=ours, result=result, outcomes=ordered, disk=mine.disk, blobs=mine.blobs)


def _outcome(path: str, ours: Tree, result: Tree) -> FileOutcome:
    if path not in result:
        return FileOutcome(path, Outcome.DELETED, "a migration deleted it")
    if path not in ours:
        return FileOutcome(path, Outcome.ADDED, "a migration added it")
    return FileOutcome(path, Outcome.UPDATED, "a migration changed it")
