"""The store: one bundle, append-only, rebuilt byte for byte, and enough for every update with no network."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from packaging.version import Version

from scaffold import blueprint, mirror
from scaffold.blueprint import STORE_BUNDLE, Blueprint, Release
from scaffold.errors import GitError
from scaffold.languages import LANGUAGES
from scaffold.operations import release as operation
from scaffold.tree import Tree
from tests.conftest import BLUEPRINTS, Run
from tests.update.conftest import GO, Cut
from tests.update.toys import Project, footprint, git, put

RELEASES = Path(__file__).with_name("releases.txt")


def read_bundle() -> dict[str, tuple[str, set[str]]]:
    """The releases of the store: their commit, and the languages that they have."""
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "git"
        subprocess.run(["git", "clone", "--quiet", "--mirror", STORE_BUNDLE, repository], check=True)
        found = {}
        for tag in sorted(git(repository, "tag").split(), key=Version):
            files = git(repository, "ls-tree", "-r", "-z", "--name-only", tag).split("\0")
            keys = {path.split("/")[1] for path in files if path.count("/") > 1}
            found[tag] = (git(repository, "rev-parse", f"{tag}^{{commit}}"), keys & set(LANGUAGES))
        return found


STORE = read_bundle()
NEWEST = list(STORE)[-1]
#: What comes after the newest release: the blueprints as they are here.
NEXT = "v999.0.0"
# One language by default.
PAIRS = [
    pytest.param(language, old, new, marks=[] if language == "go" else pytest.mark.exhaustive)
    for old, new in itertools.combinations([*STORE, NEXT], 2)
    for language in sorted(STORE[old][1])
    if new == NEXT or language in STORE[new][1]
]


def test_released_tags_never_move() -> None:
    """A tag and its commit, once in the list, are there for good; a new release adds its line."""
    listed = dict(line.split() for line in RELEASES.read_text().splitlines() if line and not line.startswith("#"))
    assert listed == {tag: commit for tag, (commit, _) in STORE.items()}


def test_the_newest_release_is_what_the_blueprints_folder_holds() -> None:
    store = Blueprint()
    held = Tree.read(BLUEPRINTS, git(BLUEPRINTS, "ls-files").splitlines())
    released = Tree.read(store.checkout(store.newest()))
    changed = sorted(path for path in {*held, *released} if held.get(path) != released.get(path))
    assert changed == [], "cut a release: scaffold blueprint release VERSION --notes TEXT"


def test_releases_are_checked_out_while_something_else_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    store, begun = Blueprint(), threading.Event()

    def checkout(repository: Path, commit: str, url: str) -> Path:
        begun.set()
        return mirror.checkout(repository, commit, url)

    monkeypatch.setattr("scaffold.blueprint.checkout", checkout)
    # Another process of scaffold's would not have it yet.
    mirror.checkout.cache_clear()
    with store.checking_out(store.newest(), store.newest()):
        assert begun.wait(timeout=20)
    assert mirror.checkout.cache_info().misses == 1
    assert (store.checkout(store.newest()) / "copier.yml").is_file()
    assert mirror.checkout.cache_info().misses == 1


def test_a_release_that_can_not_be_checked_out_is_refused_when_it_is_needed() -> None:
    store, missing = Blueprint(), Release("any", "v9", "0" * 40)
    with store.checking_out(missing):
        pass
    with pytest.raises(GitError, match="git read-tree failed"):
        store.checkout(missing)


def test_it_is_rebuilt_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing that a user may have set up gets in.
    put(
        tmp_path / "home",
        {".gitconfig": "[pack]\n\twindow = 250\n[i18n]\n\tcommitEncoding = latin1\n[core]\n\tautocrlf = true\n"},
    )
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    store = Blueprint()
    for number, release in enumerate(store.releases):
        folder = tmp_path / f"release-{number}"
        shutil.copytree(store.checkout(release), folder)
        made = operation.release(str(release.version), release.notes, folder, tmp_path / "bundle")
        assert (made.tag, made.commit) == (release.ref, release.commit)
    assert (tmp_path / "bundle").read_bytes() == STORE_BUNDLE.read_bytes()


def test_every_release_says_what_changed() -> None:
    assert all(release.notes for release in Blueprint().releases)


# Every language, every release to every later one.


@pytest.mark.parametrize(("language", "old", "new"), PAIRS)
def test_every_language_from_every_release(
    language: str, old: str, new: str, scaffold: Run, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = scaffold("new", "toy", "--lang", language, "--blueprint", f"{blueprint.STORE_URL}@{old}")
    assert ran.code == 0, ran.stderr
    project = Project(work / "toy", scaffold)
    project.put({"README.md": "# Mine\n\n" + project.read("README.md"), "own.txt": "own\n"})
    if new == NEXT:
        shutil.copy(STORE_BUNDLE, tmp_path / "next.bundle")
        shutil.copytree(BLUEPRINTS, tmp_path / "next", dirs_exist_ok=True)
        # So that it differs from the newest, in a file of every language.
        readme = tmp_path / "next" / "common" / "README.md.jinja"
        readme.write_text(readme.read_text() + "\nThe end.\n")
        operation.release(NEXT, "next", tmp_path / "next", tmp_path / "next.bundle")
        monkeypatch.setattr(blueprint, "STORE_BUNDLE", tmp_path / "next.bundle")
    else:
        ran = scaffold("update", project.path, "--to", new, "--json")
        conflicts = json.loads(ran.stdout)["conflicts"]
        assert ran.code == bool(conflicts)
    if new == NEXT:
        done = project.update()
        conflicts = done.document["conflicts"]
        assert not done.document["up_to_date"]
    assert set(conflicts) <= {"README.md"}
    assert "# Mine" in project.read("README.md")
    assert project.read("own.txt") == "own\n"
    # What nobody edited is as if it had been made of the new release.
    of = () if new == NEXT else ("--blueprint", f"{blueprint.STORE_URL}@{new}")
    fresh = scaffold("new", "toy", "--lang", language, "--into", tmp_path, "--no-git", *of)
    assert fresh.code == 0, fresh.stderr
    untouched = {path for path in Tree.read(tmp_path / "toy") if path != "README.md"}
    assert Tree.read(project.path, untouched) == Tree.read(tmp_path / "toy", untouched)


# A store of the test's own, so that it has releases to go to.


def test_another_machine_with_a_newer_scaffold_and_no_network(
    stores: tuple[Path, Path],
    scaffold: Run,
    work: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(blueprint, "STORE_BUNDLE", stores[0])
    assert scaffold("new", "toy", "--lang", "go").code == 0
    # Elsewhere: nothing of the first machine is left but what a clone brings.
    git(tmp_path, "clone", "--quiet", work / "toy", tmp_path / "elsewhere")
    shutil.rmtree(work / "toy")
    monkeypatch.setenv("SCAFFOLD_CACHE_DIR", str(tmp_path / "other-cache"))
    monkeypatch.setattr(blueprint, "STORE_BUNDLE", stores[1])
    caplog.set_level("DEBUG", logger="scaffold.commands")
    done = Project(tmp_path / "elsewhere", scaffold).update()
    assert done.files == {".copier-answers.yml": "updated", "doc.go": "updated"}
    assert done.document["notes"] == [{"release": "v1.1.0", "text": "what 1.1.0 brings"}]
    assert "git --git-dir=" in caplog.text
    assert "scaffold.invalid" not in caplog.text


def test_answers_of_a_newer_store(
    stores: tuple[Path, Path], scaffold: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blueprint, "STORE_BUNDLE", stores[1])
    assert scaffold("new", "toy", "--lang", "go").code == 0
    monkeypatch.setattr(blueprint, "STORE_BUNDLE", stores[0])
    before = footprint(work / "toy")
    for arguments in (["check"], ["diff"], ["update"], ["update", "--to", "v1.0.0"], ["update", "-d", "port=9090"]):
        ran = scaffold(arguments[0], work / "toy", *arguments[1:])
        assert (ran.code, footprint(work / "toy")) == (3, before)
        assert "came from release v1.1.0, and this scaffold knows none above v1.0.0\n" in ran.stderr
        assert "hint: upgrade scaffold\n" in ran.stderr


def test_a_pre_release_is_no_newer_store(cut: Cut, scaffold: Run, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut("1.0.0", {})
    monkeypatch.setattr(blueprint, "STORE_BUNDLE", cut("2.0.0rc1", {f"{GO}/doc.go": "package main\n"}))
    assert scaffold("new", "toy", "--lang", "go", "--blueprint", "@v2.0.0rc1").code == 0
    ran = scaffold("check", work / "toy")
    assert (ran.code, ran.stdout) == (0, "up to date: on v2.0.0rc1, the newest release\n")


def test_a_stranger_can_not_serve_the_source() -> None:
    # RFC 2606: no name below .invalid will ever be registered.
    assert blueprint.STORE_URL.split("/")[2].endswith(".invalid")


def test_releases_are_appended(cut: Cut) -> None:
    first, second = cut("1.0.0", {}), cut("1.1.0", {"new": "x"})
    heads = [
        set(
            subprocess.run(
                ["git", "bundle", "list-heads", file], capture_output=True, text=True, check=True
            ).stdout.splitlines()
        )
        for file in (first, second)
    ]
    tags = [{line for line in found if "refs/tags/" in line} for found in heads]
    assert tags[0] < tags[1]


def test_what_git_ignores_is_not_released(tmp_path: Path) -> None:
    put(tmp_path / "b", {"copier.yml": "", "a.txt": "a", ".gitignore": "*.pyc\n", "x.pyc": "x", "deep/x.pyc": "x"})
    git(tmp_path / "b", "init", "--quiet")
    made = operation.release("1.0.0", "one", tmp_path / "b", tmp_path / "bundle")
    git(tmp_path, "clone", "--quiet", made.bundle, "clone")
    assert git(tmp_path / "clone", "ls-files").split() == [".gitignore", "a.txt", "copier.yml"]


MISTAKES = [
    (["one"], 2, "'one' is no version", "give one such as 1.2.0"),
    (["0.9.0"], 2, "v0.9.0 is not above v1.0.0, the newest release", "give a higher version"),
    (["1.0"], 2, "v1.0 is not above v1.0.0", "give a higher version"),
    (["1.1.0"], 3, "the blueprints did not change since v1.0.0", "change something before a release"),
    (["1.1.0", "--notes", " "], 2, "a release needs notes", "say what changed"),
    (["1.1.0", "--folder", "no"], 3, "'no' holds no copier.yml", "name the folder of the blueprints"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"), MISTAKES, ids=lambda v: " ".join(v) if isinstance(v, list) else ""
)
def test_mistake(arguments: list[str], code: int, message: str, hint: str, scaffold: Run, work: Path) -> None:
    put(work / "b", {"copier.yml": "", "a.txt": "a"})
    options = ["--folder", "b", "--bundle", "bundle", "--notes", "x"]
    assert scaffold("blueprint", "release", "1.0.0", *options).stdout.startswith("released v1.0.0 (")
    before = (work / "bundle").read_bytes()
    ran = scaffold("blueprint", "release", *options, *arguments)
    assert (ran.code, ran.stdout) == (code, "")
    assert message in ran.stderr
    assert hint in ran.stderr
    assert (work / "bundle").read_bytes() == before
    assert sorted(path.name for path in work.iterdir()) == ["b", "bundle"]


def test_a_bundle_whose_name_has_brackets(scaffold: Run, work: Path) -> None:
    put(work / "b", {"copier.yml": "", "a.txt": "a"})
    (work / "w[" / "b]").mkdir(parents=True)
    ran = scaffold("blueprint", "release", "1.0.0", "--folder", "b", "--bundle", "w[/b]/s.bundle", "--notes", "x")
    assert (ran.code, ran.stderr, ran.stdout.endswith(" into w[/b]/s.bundle\n")) == (0, "", True)


def test_a_bundle_that_can_not_be_written(scaffold: Run, work: Path) -> None:
    put(work / "b", {"copier.yml": "", "a.txt": "a"})
    ran = scaffold("blueprint", "release", "1.0.0", "--folder", "b", "--bundle", "no/where", "--notes", "x")
    assert (ran.code, "can't write 'no/where'" in ran.stderr) == (3, True)
