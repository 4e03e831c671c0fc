"""Fixtures for everything that moves a project from one release to another."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import scaffold.cli.app
from scaffold import mirror
from scaffold.operations import release as operation
from tests.conftest import BLUEPRINTS, Ran, Run
from tests.update.toys import Content, Project, Template, git, put


@pytest.fixture
def scaffold(scaffold: Run, work: Path) -> Run:
    """The command line; each run asks anew which releases there are, as a process of its own does."""

    def run(*arguments: str | Path, cwd: Path = work) -> Ran:
        mirror._mirror.cache_clear()
        return scaffold(*arguments, cwd=cwd)

    return run


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return Template.make(tmp_path / "template")


Make = Callable[..., Project]


@pytest.fixture
def make(template: Template, scaffold: Run, work: Path) -> Make:
    """Make a project of a template that has these files in v1.0.0 and those in v1.1.0."""

    def make(
        old: Mapping[str, Content] | None = None, new: Mapping[str, Content] | None = None, *, into: Path = work
    ) -> Project:
        if old is not None:
            template.release("v1.0.0", old)
        ran = scaffold("new", "toy", "--blueprint", str(template.folder), "--into", into)
        assert ran.code == 0, ran.stderr
        if new is not None:
            template.release("v1.1.0", new)
        project = Project(into / "toy", scaffold)
        if not (project.path / ".git").exists():
            git(project.path, "add", "--all")
            git(project.path, "commit", "--quiet", "-m", "toy")
        return project

    return make


Cut = Callable[[str, Mapping[str, Content]], Path]
#: The folder of the blueprint that most stores of tests change.
GO = "native/go"


@pytest.fixture
def cut(tmp_path: Path) -> Cut:
    """Cut a release of the blueprints with some files replaced, and return a bundle that ends with it."""
    folder, bundle = tmp_path / "blueprints", tmp_path / "store.bundle"
    shutil.copytree(BLUEPRINTS, folder)

    def cut(version: str, files: Mapping[str, Content]) -> Path:
        put(folder, files)
        operation.release(version, f"what {version} brings", folder, bundle)
        return Path(shutil.copy(bundle, tmp_path / f"{version}.bundle"))

    return cut


@pytest.fixture
def stores(cut: Cut) -> tuple[Path, Path]:
    """A store with one release, and the same store with one more."""
    return cut("1.0.0", {f"{GO}/doc.go": "package main\n"}), cut("1.1.0", {f"{GO}/doc.go": "// Doc.\npackage main\n"})
