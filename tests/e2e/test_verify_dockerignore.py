"""What the engine itself takes for the build context is what the changed copies hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffold import docker
from scaffold.contract.breaking import copy_context
from scaffold.contract.dockerignore import ALWAYS_SENT, ignored_in

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("engine")]
FILES = (
    ".editorconfig",
    "a.go",
    "a.md",
    "docs/a.md",
    "docs/api.json",
    "src/a.go",
    "src/b/a.go",
    "src/b/node_modules/x/a.go",
)


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "**/node_modules\n*.md",
        "*\n!src\nsrc/b",
        ".editorconfig\n!.editorconfig\nDockerfile",
        "docs\n!docs/api.json\n# no\n/src/*/",
        "**/*.go\n!src/?.go",
        "src/**\n!**/b",
        "src/b\n!src",
        "!src\n[a-c].*\n**json\n*/b/**/a.go",
    ],
)
def test_copies_what_the_engine_would_see(tmp_path: Path, lines: str) -> None:
    project = tmp_path / "project"
    for name in FILES:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name, encoding="utf-8")
    (project / "Dockerfile").write_text("FROM scratch\nCOPY . /\n", encoding="utf-8")
    (project / ".dockerignore").write_text(lines, encoding="utf-8")
    seen = tmp_path / "seen"
    docker.docker("build", f"--output=type=local,dest={seen}", str(project))
    expected = _files(seen) - {*ALWAYS_SENT}
    ignored = ignored_in(project)
    assert {name for name in FILES if not ignored.match(name)} == expected
    assert _files(copy_context(project, tmp_path / "copy")) - {*ALWAYS_SENT} == expected


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
