"""`scaffold image`: what each stage costs."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import pytest

from scaffold import docker
from scaffold.operations import image as operation
from scaffold.operations.image import measure

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("good_image")]
BROKEN = Path(__file__).parent / "broken"


def test_measures_every_stage_and_leaves_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = secrets.token_hex(6)
    monkeypatch.setattr(operation.secrets, "token_hex", lambda _: tag)
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
    assert docker.docker("images", "--quiet", f"scaffold-image:{tag}") == ""


@pytest.mark.parametrize(
    ("dockerfile", "stages", "builder"),
    [
        ("FROM scratch\nCOPY a /a\nCOPY a /b\n", [("stage-0", 2, True)], ""),
        (
            "FROM scratch\nCOPY a /\nFROM scratch AS Named\nCOPY --from=0 /a /\nFROM scratch\nCOPY --from=named /a /\n",
            [("stage-0", 1, False), ("named", 1, True), ("stage-2", 1, True)],
            "named",
        ),
    ],
    ids=["one", "three"],
)
def test_measures_stages_without_a_name(
    tmp_path: Path, dockerfile: str, stages: list[tuple[str, int, bool]], builder: str
) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    (tmp_path / "a").write_text(f"{tmp_path}\n", encoding="utf-8")
    cost = measure(tmp_path)
    assert [(stage.name, stage.steps, stage.size is not None) for stage in cost.stages] == stages
    assert cost.builder == builder
    assert cost.final_size > 0
