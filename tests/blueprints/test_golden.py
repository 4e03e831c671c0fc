"""Golden trees: every file of every language, compared whole, and what other answers change in them."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path
from typing import Any

import pytest

from scaffold.tree import EXECUTABLE, Entry, Tree
from tests.blueprints.conftest import KEYS, render_folder

GOLDEN = Path(__file__).parent / "golden"

VARIATIONS: dict[str, dict[str, Any]] = {
    "shared-network": {"network": "platform"},
    "mirror": {"registry": "mirror.example.com:5000/docker"},
    "own-images": {
        "builder_image": "registry.example.com/acme/builder:3.9",
        "runtime_image": "registry.example.com/acme/runtime@sha256:" + "0" * 64,
    },
    "gitlab": {"ci": "gitlab"},
    "no-ci": {"ci": "none"},
    "other-words": {"name": "a-1-b", "description": "Bücher: über 100 Stück (täglich)!", "port": 9090},
}


def show(tree: Tree) -> dict[str, str]:
    return {path: f"{entry.mode:o}\n{entry.data.decode()}" for path, entry in tree.items()}


@pytest.mark.parametrize("language", KEYS)
def test_tree(language: str, request: pytest.FixtureRequest) -> None:
    tree = render_folder(language).tree
    folder = GOLDEN / language
    if request.config.getoption("--update-golden"):
        shutil.rmtree(folder, ignore_errors=True)
        # A golden .gitignore or .dockerignore must not work on this repository.
        Tree({f"{path}.golden": entry for path, entry in tree.items()}).write(folder)
    golden = Tree(
        {path.removesuffix(".golden"): entry for path, entry in Tree.read(folder).items() if path.endswith(".golden")}
    )
    assert show(tree) == show(golden)


@pytest.mark.parametrize("language", KEYS)
@pytest.mark.parametrize("variation", VARIATIONS)
def test_variation(language: str, variation: str, request: pytest.FixtureRequest) -> None:
    """What the answers change against the plain tree, as a patch: no more than it should be, and no less."""
    plain, varied = render_folder(language).tree, render_folder(language, **VARIATIONS[variation]).tree
    patch = "".join(_patch(path, plain.get(path), varied.get(path)) for path in sorted({*plain, *varied}))
    golden = GOLDEN / "variations" / variation / f"{language}.patch"
    if request.config.getoption("--update-golden"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(patch)
    assert patch
    assert patch == golden.read_text()


def _patch(path: str, old: Entry | None, new: Entry | None) -> str:
    assert EXECUTABLE not in ((old.mode if old else 0), (new.mode if new else 0)) or (old and new and old.mode == new.mode)
    lines = [(entry.data.decode().splitlines(keepends=True) if entry else []) for entry in (old, new)]
    return "".join(difflib.unified_diff(*lines, f"plain/{path}", f"varied/{path}", n=0))
