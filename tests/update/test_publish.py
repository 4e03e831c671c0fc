"""`scaffold blueprint publish`: the store on a git host of the user's, and the real Copier on projects from there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold import blueprint
from tests.conftest import Ran, Run
from tests.update.toys import Project, git, snapshot


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A bare repository, as a git host has it."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "host.git")
    return tmp_path / "host.git"


def copier(folder: Path, *arguments: str) -> Ran:
    command = [Path(sys.executable).with_name("copier"), *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_publish(stores: tuple[Path, Path], host: Path, scaffold: Run) -> None:
    ran = scaffold("blueprint", "publish", host, "--bundle", stores[0])
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == f"published v1.0.0\nmake projects from it: scaffold new NAME --blueprint {host}\n"
    first = git(host, "show-ref")
    ran = scaffold("blueprint", "publish", host, "--bundle", stores[1], "--json")
    assert json.loads(ran.stdout) == {"url": str(host), "pushed": ["v1.1.0"], "present": ["v1.0.0"]}
    # The same commits and tags as in the store, and none that was there has moved.
    heads = subprocess.run(
        ["git", "bundle", "list-heads", stores[1]], capture_output=True, text=True, check=True
    ).stdout
    assert set(git(host, "show-ref").splitlines()) == {
        line for line in heads.splitlines() if not line.endswith(" HEAD")
    }
    assert {line for line in first.splitlines() if "tags" in line} < set(git(host, "show-ref").splitlines())
    assert scaffold("blueprint", "publish", host, "--bundle", stores[1]).stdout.startswith("nothing to publish")


def test_the_built_in_store(host: Path, scaffold: Run) -> None:
    assert scaffold("blueprint", "publish", host).code == 0
    assert blueprint.Blueprint().newest().commit == git(host, "rev-parse", "main")


def test_a_tag_that_is_another_is_not_moved(stores: tuple[Path, Path], host: Path, scaffold: Run) -> None:
    scaffold("blueprint", "publish", host, "--bundle", stores[0])
    git(host, "tag", "v1.1.0", "v1.0.0")
    before = git(host, "show-ref")
    ran = scaffold("blueprint", "publish", host, "--bundle", stores[1])
    assert (ran.code, git(host, "show-ref")) == (3, before)
    assert f"error: '{host}' has another v1.1.0, and what is released is never moved\n" in ran.stderr
    assert "hint: publish to a repository of its own\n" in ran.stderr


def test_a_branch_with_another_history(stores: tuple[Path, Path], host: Path, scaffold: Run, work: Path) -> None:
    git(work, "init", "--quiet", "--initial-branch", "main")
    git(work, "commit", "--quiet", "--allow-empty", "-m", "other")
    git(work, "push", "--quiet", host, "main")
    before = git(host, "show-ref")
    ran = scaffold("blueprint", "publish", host, "--bundle", stores[0])
    assert (ran.code, git(host, "show-ref")) == (3, before)
    assert "has another main" in ran.stderr


def test_a_repository_that_somebody_works_in(stores: tuple[Path, Path], scaffold: Run, work: Path) -> None:
    git(work, "init", "--quiet", "--initial-branch", "main", "theirs")
    ran = scaffold("blueprint", "publish", work / "theirs", "--bundle", stores[0])
    assert (ran.code, git(work / "theirs", "for-each-ref")) == (3, "")
    assert (
        "is a repository that somebody works in, and main is checked out there\nhint: publish to a bare" in ran.stderr
    )


@pytest.mark.parametrize("url", ["ext::sh -c 'touch owned'", "--receive-pack=touch owned", "no/where", "ftp://host/x"])
def test_a_hostile_url(url: str, scaffold: Run, tmp_path: Path) -> None:
    ran = scaffold("blueprint", "publish", "--", url)
    assert (ran.code, "is nothing to publish to" in ran.stderr, "hint: " in ran.stderr) == (3, True, True)
    assert list(tmp_path.rglob("owned")) == []


def test_a_shortcut_of_copiers(stores: tuple[Path, Path], host: Path, scaffold: Run, tmp_path: Path) -> None:
    with (tmp_path / "home" / ".gitconfig").open("a") as config:
        config.write(f'[url "file://{host}"]\n\tinsteadOf = https://github.com/acme/bp.git\n')
    ran = scaffold("blueprint", "publish", "gh:acme/bp", "--bundle", stores[0])
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.endswith("scaffold new NAME --blueprint gh:acme/bp\n")
    assert git(host, "tag") == "v1.0.0"


def test_an_unreachable_host(scaffold: Run, tmp_path: Path) -> None:
    ran = scaffold("blueprint", "publish", f"file://{tmp_path}/no.git")
    assert (ran.code, "can't publish to" in ran.stderr, "hint: check the address" in ran.stderr) == (3, True, True)


def test_a_bundle_that_is_not_there(scaffold: Run, host: Path) -> None:
    ran = scaffold("blueprint", "publish", host, "--bundle", "no.bundle")
    assert (ran.code, "there is no store 'no.bundle'" in ran.stderr) == (3, True)


@pytest.mark.parametrize(
    "way", ["made from the host", pytest.param("made from the store", marks=pytest.mark.exhaustive)]
)
def test_copier_update_works_then(
    way: str,
    stores: tuple[Path, Path],
    host: Path,
    scaffold: Run,
    work: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "copier"))
    scaffold("blueprint", "publish", host, "--bundle", stores[0])
    if way == "made from the host":
        assert scaffold("new", "toy", "--blueprint", host, "-d", "language=go").code == 0
    else:
        monkeypatch.setattr(blueprint, "STORE_BUNDLE", stores[0])
        assert scaffold("new", "toy", "--lang", "go").code == 0
    project = Project(work / "toy", scaffold)
    answers = project.read(".copier-answers.yml").replace(blueprint.STORE_URL, str(host))
    project.put({".copier-answers.yml": answers, "main.go": project.read("main.go") + "\n// mine\n"})
    shutil.copytree(project.path, tmp_path / "toy", symlinks=True)
    scaffold("blueprint", "publish", host, "--bundle", stores[1])

    ran = copier(tmp_path / "toy", "update", "--defaults", "--quiet")
    assert ran.code == 0, ran.stderr
    assert (tmp_path / "toy" / "doc.go").read_text() == "// Doc.\npackage main\n"
    # And our own update of the same project gives the same files.
    assert project.update().code == 0
    assert snapshot(project.path) == snapshot(tmp_path / "toy")
