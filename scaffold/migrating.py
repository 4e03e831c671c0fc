"""Migrating: run a blueprint's migrations in a copy of the project, so that a preview shows what they do.

Copier runs them in the project itself, where nothing can undo them and a preview would have to leave them out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
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
    def copy(self, ours: Ours) -> Iterator[Project]:
        """Give a copy of the project on which the migrations that come before the merge have been run."""
        from scaffold.rendering import run_migrations

        with tempfile.TemporaryDirectory(prefix="scaffold-") as temporary:
            folder = Path(temporary) / self._project.path.name
            ours.tree.write(folder)
            git.run("init", "--quiet", cwd=folder)
            git.run("add", "--all", "--force", cwd=folder)  # for those that use `git mv`
            run_migrations(*self._way, "before", {}, folder)
            yield Project.open(folder)

    def finish(self, copy: Project, ours: Ours, merged: Merge, answers: Mapping[str, Any]) -> Merge:
        """Run the migrations that come after the merge, and return the merge with what all of them did.

        Args:
            copy: that of the project.
            ours: the files of the project itself.
            merged: what the copy is merged to.
            answers: what the new release records.
        """
        from scaffold.rendering import run_migrations

        for path, entry in merged.changes.items():
            if entry is None:
                (copy.path / path).unlink()
                remove_empty_parents(copy.path / path, copy.path)
        Tree({path: entry for path, entry in merged.changes.items() if entry}).write(copy.path)
        run_migrations(*self._way, "after", answers, copy.path)
        result = ours.of_copy(copy, merged.result).tree
        listed = {outcome.path for outcome in merged.outcomes}
        changed = sorted(path for path in {*ours.tree, *result} if ours.tree.get(path) != result.get(path))
        outcomes = [_outcome(path, ours.tree, result) for path in changed if path not in listed]
        for outcome in merged.outcomes:
            if result.get(outcome.path) == merged.result.get(outcome.path):
                outcomes.append(outcome)
            elif outcome.path in result or outcome.path not in ours.tree:
                outcomes.append(replace(outcome, reason=f"{outcome.reason}; a migration changed it"))
            else:
                outcomes.append(_outcome(outcome.path, ours.tree, result))
        return replace(
            merged,
            ours=ours.tree,
            result=result,
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.path)),
            stages={path: sides for path, sides in merged.stages.items() if path in result},
            disk=ours.disk,
            blobs=ours.blobs,
        )


def _outcome(path: str, ours: Tree, result: Tree) -> FileOutcome:
    if path not in result:
        return FileOutcome(path, Outcome.DELETED, "a migration deleted it")
    if path not in ours:
        return FileOutcome(path, Outcome.ADDED, "a migration added it")
    return FileOutcome(path, Outcome.UPDATED, "a migration changed it")
