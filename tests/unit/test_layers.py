"""Imports point one way, and the adapters keep to their rooms."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

# From the top down; a module may import from its own layer and from those below.
LAYERS = (
    {"cli", "__main__"},
    {"operations"},
    {"plan", "landing", "committing", "contract"},
    {"journal", "staging", "migrating", "project_merge"},
    {"merge"},
    {"line_ends"},
    {"outcomes", "ours"},
    {"project", "blueprint", "rendering", "scratch", "docker"},
    {"refs"},
    {"mirror", "work_tree"},
    {"git", "docker_errors"},
    {"objects"},
    {"tree", "attributes", "strict_yaml", "languages", "dockerfile", "buildlog", "signals", "locks"},
    {"errors"},
)
MODULES = sorted((ROOT / "scaffold").rglob("*.py"))


def layer(module: str) -> int:
    parts = module.split(".")
    name = parts[1] if len(parts) > 1 else ""
    return next(number for number, names in enumerate(LAYERS) if name in names)


def imports(file: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            module = node.module or ""
            found += [f"{module}.{alias.name}" for alias in node.names] if module == "scaffold" else [module]
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_down(file: Path) -> None:
    own = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    if own == "scaffold.__init__":
        assert imports(file) == []
        return
    for name in imports(file):
        if name.startswith("scaffold."):
            assert layer(name) >= layer(own), f"{own} imports {name}"


@pytest.mark.parametrize(
    ("library", "room"),
    [("copier", "rendering/"), ("typer", "cli/"), ("rich", "cli/")],
)
def test_only_one_room_imports(library: str, room: str) -> None:
    users = [
        str(f.relative_to(ROOT / "scaffold")) for f in MODULES if any(n.split(".")[0] == library for n in imports(f))
    ]
    assert users
    assert all(user.startswith(room) for user in users), users


def test_only_adapters_start_processes() -> None:
    users = {f.name for f in MODULES if "subprocess" in imports(f)}
    assert users <= {"git.py", "docker.py"}


def test_only_the_command_line_prints() -> None:
    for file in MODULES:
        if "cli" not in file.parts:
            calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
            assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"], file
