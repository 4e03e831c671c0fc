"""`scaffold image`: what each stage costs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scaffold import docker
from scaffold.operations.image import measure

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("good_image")]
BROKEN = Path(__file__).parent / "broken"


def test_measures_every_stage_and_leaves_no_image(tmp_path: Path) -> None:
    project = shutil.copytree(BROKEN, tmp_path / "project")
    (project / "requirements.txt").write_text(f"# {tmp_path}\n", encoding="utf-8")
    first = measure(project)
    assert [stage.name for stage in first.stages] == ["deps", "test", "build", "final"]
    assert first.builder == "build"
    assert 0 < first.final_size < first.builder_size
    assert all(stage.size > 0 and stage.steps > 0 for stage in first.stages)
    assert first.stages[0].cached < first.stages[0].steps, "a new requirements.txt is a new layer"
    again = measure(project)
    assert all(stage.cached == stage.steps and stage.seconds == 0 for stage in again.stages)
    assert [stage.size for stage in again.stages] == [stage.size for stage in first.stages]
    assert docker.docker("images", "--quiet", "scaffold-image") == ""
