"""Migrations: what a release wants to be run in a project on the way to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from copier._main import as_operation
from copier._types import Phase

from scaffold.blueprint import Blueprint, Release
from scaffold.rendering.worker import ReleaseTemplate, make_worker, stdout_to_stderr, translated

Stage = Literal["before", "after"]
_STAGES: tuple[Stage, Stage] = ("before", "after")


def has_migrations(blueprint: Blueprint, recorded: Release, target: Release) -> bool:
    """Whether the way from one release to another has migrations."""
    with translated(target):
        old, new = (ReleaseTemplate.of(blueprint, release) for release in (recorded, target))
        return any(new.migration_tasks(stage, old) for stage in _STAGES)


def run_migrations(
    blueprint: Blueprint, recorded: Release, target: Release, stage: Stage, answers: Mapping[str, Any], folder: Path
) -> None:
    """Run the migrations of one stage in a folder that holds a project. They are somebody's code.

    Raises:
        BlueprintError: one of them failed.
    """
    with translated(target):
        old, new = (ReleaseTemplate.of(blueprint, release) for release in (recorded, target))
        with make_worker(new, folder, answers, trust=True) as worker, stdout_to_stderr():
            if stage == "after":
                with Phase.use(Phase.PROMPT):
                    as_operation("update")(worker._ask)()
            with Phase.use(Phase.MIGRATE):
                as_operation("update")(worker._execute_tasks)(new.migration_tasks(stage, old))
