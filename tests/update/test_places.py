"""Where a project may lie, and in which state of its repository it is updated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.update.conftest import Make
from tests.update.test_survive import BOTH, CLASH, LINES, MINE, THEIRS
from tests.update.toys import Project, Template, footprint, git, put

OLD = {"a.txt": LINES, "old.txt": "old\n", "sub/b.txt": LINES}
NEW = {"a.txt": THEIRS, "old.txt": None, "new.txt": "new\n", "sub/b.txt": CLASH}


def edited(project: Project) -> Project:
    return project.put({"a.txt": MINE, "sub/b.txt": MINE})


def check_done(project: Project) -> None:
    done = project.update()
    assert (done.code, done.document["conflicts"]) == (1, ["sub/b.txt"])
    assert (project.read("a.txt"), project.read("new.txt"), project.has("old.txt")) == (BOTH, "new\n", False)


@pytest.fixture
def monorepo(work: Path) -> Path:
    folder = work / "mono"
    (folder / "services").mkdir(parents=True)
    (folder / "README").write_text("mono\n")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "mono")
    return folder


def test_a_subfolder_of_a_monorepo(make: Make, monorepo: Path) -> None:
    project = edited(make(OLD, NEW, into=monorepo / "services"))
    check_done(project)
    assert "UU services/toy/sub/b.txt" in git(monorepo, "status", "--porcelain").splitlines()


def test_two_projects_of_a_monorepo(make: Make, monorepo: Path) -> None:
    first = make(OLD, into=monorepo / "services")
    (monorepo / "tools").mkdir()
    second = make(None, NEW, into=monorepo / "tools")
    assert first.update().code == second.update().code == 0
    assert git(monorepo, "diff", "--name-only") == ""
    assert len(git(monorepo, "diff", "--cached", "--name-only").splitlines()) == 10


def test_unrelated_dirt_elsewhere_in_the_monorepo(make: Make, monorepo: Path) -> None:
    project = edited(make(OLD, NEW, into=monorepo / "services"))
    (monorepo / "README").write_text("edited\n")
    (monorepo / "staged").write_text("staged\n")
    git(monorepo, "add", "staged")
    (monorepo / "untracked").write_text("untracked\n")
    check_done(project)
    status = git(monorepo, "status", "--porcelain", "--", "README", "staged", "untracked").splitlines()
    assert status == [" M README", "A  staged", "?? untracked"]


@pytest.mark.parametrize("state", ["edited", "staged", "untracked", "deleted"])
def test_dirt_in_the_project_is_refused(make: Make, state: str) -> None:
    project = make(OLD, NEW)
    if state == "deleted":
        (project.path / "a.txt").unlink()
    else:
        (project.path / ("mine.txt" if state == "untracked" else "a.txt")).write_text("mine\n")
    if state == "staged":
        project.git("add", "a.txt")
    before = footprint(project.path)
    ran = project.scaffold("update", project.path)
    assert (ran.code, ran.stdout, footprint(project.path)) == (3, "", before)
    assert "error: there are changes that are not committed: " in ran.stderr
    assert "hint: commit them, or put them away: git stash --include-untracked\n" in ran.stderr
    # To look is always allowed.
    assert project.scaffold("update", project.path, "--dry-run").code in (0, 1)
    assert project.scaffold("check", project.path).code == 1
    git(project.path, "stash", "--include-untracked")
    assert project.scaffold("update", project.path).code == 0


def test_many_changes_are_counted(make: Make) -> None:
    project = make(OLD, NEW).put({f"{n}.txt": "x" for n in range(5)}, commit=False)
    assert "0.txt, 1.txt, 2.txt and 2 more" in project.scaffold("update", project.path).stderr


def test_a_linked_work_tree(make: Make, work: Path, scaffold: Run) -> None:
    project = edited(make(OLD, NEW))
    project.git("worktree", "add", "--quiet", "-b", "side", work / "side")
    before = project.git("status", "--porcelain")
    check_done(Project(work / "side", scaffold))
    assert project.git("status", "--porcelain") == before == ""


def test_a_submodule(make: Make, monorepo: Path, scaffold: Run) -> None:
    project = edited(make(OLD, NEW))
    git(monorepo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", project.path, "toy")
    git(monorepo, "commit", "--quiet", "-m", "submodule")
    git(monorepo / "toy", "config", "user.name", "Tess")
    check_done(Project(monorepo / "toy", scaffold))


@pytest.mark.parametrize("clash", [False, True])
def test_a_submodule_where_the_blueprint_adds_a_file(make: Make, template: Template, clash: bool) -> None:
    project = make({"a.txt": LINES}, {"a.txt": CLASH, "sub/new.txt": "new\n"}).put({"a.txt": MINE if clash else LINES})
    git(project.path, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", template.folder, "sub")
    project.commit()
    before = project.git("ls-files", "--stage")
    ran = project.scaffold("update", project.path)
    assert ran.code == 3
    assert "'sub' is in the way of 'sub/new.txt', and is no file of this repository" in ran.stderr
    assert project.git("ls-files", "--stage") == before
    assert project.git("status", "--porcelain") == ""


def test_a_submodule_in_the_place_of_files_of_the_blueprint(make: Make, tmp_path: Path) -> None:
    """Somebody made a repository of its own of a folder that the blueprint had made."""
    project = make({"a.txt": LINES, "sub/b.txt": LINES}, {"a.txt": THEIRS, "sub/b.txt": THEIRS})
    git(tmp_path, "init", "--quiet", "library")
    put(tmp_path / "library", {"b.txt": LINES})
    git(tmp_path / "library", "add", "--all")
    git(tmp_path / "library", "commit", "--quiet", "-m", "library")
    project.git("rm", "--quiet", "-r", "sub")
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", tmp_path / "library", "sub")
    done = project.commit().update()
    assert done.files == {".copier-answers.yml": "updated", "a.txt": "updated", "sub/b.txt": "kept"}
    assert done.reason("sub/b.txt") == "it is in sub, a repository of its own"
    assert git(project.path / "sub", "status", "--porcelain") == ""


@pytest.mark.parametrize("new", ["sub/new.txt", "sub"])
@pytest.mark.parametrize("arguments", [[], ["--dry-run"], ["--branch", "side"]])
def test_a_submodule_that_was_not_cloned(
    make: Make, template: Template, scaffold: Run, work: Path, new: str, arguments: list[str]
) -> None:
    """As `git clone` leaves it: an empty folder, which git alone knows to be one."""
    project = make({"a.txt": LINES}, {"a.txt": THEIRS, new: "new\n"})
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", template.folder, "sub")
    project.commit()
    git(work, "clone", "--quiet", project.path, "clone")
    before = footprint(work / "clone")
    ran = scaffold("update", work / "clone", *arguments)
    assert (ran.code, footprint(work / "clone")) == (3, before)
    assert f"'sub' is in the way of {new!r}, and is no file of this repository" in ran.stderr


@pytest.mark.parametrize("arguments", [[], ["--branch", "side"]])
def test_a_submodule_that_was_not_cloned_in_the_place_of_files(
    make: Make, template: Template, scaffold: Run, work: Path, arguments: list[str]
) -> None:
    project = make({"a.txt": LINES, "sub/b.txt": LINES}, {"a.txt": THEIRS, "sub/b.txt": THEIRS})
    project.git("rm", "--quiet", "-r", "sub")
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", template.folder, "sub")
    project.commit()
    git(work, "clone", "--quiet", project.path, "clone")
    clone = Project(work / "clone", scaffold)
    files = json.loads(scaffold("update", clone.path, "--json", *arguments).stdout)["files"]
    assert [file["outcome"] for file in files if file["path"] == "sub/b.txt"] == ["kept"]
    if arguments:
        assert clone.git("ls-tree", "side", "sub").split()[0] == "160000"


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_a_project_that_the_repository_ignores(make: Make, monorepo: Path, arguments: list[str]) -> None:
    project = edited(make(OLD, NEW, into=monorepo / "services"))
    (monorepo / ".gitignore").write_text("/services/\n")
    git(monorepo, "rm", "--quiet", "-r", "--cached", "services")
    git(monorepo, "add", ".gitignore")
    git(monorepo, "commit", "--quiet", "-m", "ignored")
    before = footprint(monorepo)
    ran = project.scaffold("update", project.path, *arguments)
    assert (ran.code, footprint(monorepo)) == (3, before)
    assert "git ignores '.copier-answers.yml', so nothing could be undone\nhint: git add --force" in ran.stderr


def test_a_separate_git_folder(make: Make, work: Path) -> None:
    project = edited(make(OLD, NEW))
    project.git("init", "--quiet", "--separate-git-dir", work / "elsewhere.git")
    assert (project.path / ".git").is_file()
    check_done(project)


def test_a_detached_head(make: Make) -> None:
    project = edited(make(OLD, NEW))
    project.git("checkout", "--quiet", "--detach")
    check_done(project)


def test_below_the_project_is_no_project(make: Make) -> None:
    project = make(OLD, NEW)
    ran = project.scaffold("update", project.path / "sub")
    assert (ran.code, "holds no .copier-answers.yml" in ran.stderr) == (3, True)


def test_from_inside_the_project(make: Make) -> None:
    project = make(OLD, NEW)
    assert project.scaffold("update", cwd=project.path).code == 0
    assert project.has("new.txt")


def test_through_a_link(make: Make, work: Path) -> None:
    project = make(OLD, NEW)
    (work / "link").symlink_to(project.path)
    assert project.scaffold("update", work / "link").code == 0
    assert project.has("new.txt")


def test_no_commit_yet(template: Template, make: Make, scaffold: Run) -> None:
    project = make(OLD)
    project.git("update-ref", "-d", "HEAD")
    template.release("v1.1.0", NEW)
    ran = scaffold("update", project.path)
    assert ran.code == 3
    assert f"error: '{project.path}' has no commit yet, so an update could not be undone\n" in ran.stderr
    assert "hint: git add --all && git commit, then update\n" in ran.stderr
    assert scaffold("update", project.path, "--dry-run").code == 0
    project.commit()
    assert scaffold("update", project.path).code == 0


def test_no_repository(make: Make, scaffold: Run) -> None:
    project = make(OLD, NEW)
    project.git("status")
    (project.path / ".git").rename(project.path.parent / "git")
    ran = scaffold("update", project.path)
    assert ran.code == 3
    assert "is in no git repository, so an update could not be undone\nhint: git init && " in ran.stderr
    assert scaffold("check", project.path).code == 1


@pytest.mark.parametrize("verb", ["merge", "rebase", "cherry-pick", "revert"])
def test_something_else_under_way(make: Make, verb: str) -> None:
    project = make(OLD, NEW)
    project.git("checkout", "--quiet", "-b", "side")
    project.put({"a.txt": MINE}).git("checkout", "--quiet", "main")
    project.put({"a.txt": CLASH})
    project.git(verb, "HEAD~1" if verb == "revert" else "side", check=False)
    project.git("checkout", "--quiet", "--theirs", "a.txt", check=False)
    before = footprint(project.path)
    ran = project.scaffold("update", project.path)
    assert (ran.code, footprint(project.path)) == (3, before)
    if verb != "revert":
        assert f"error: a git {verb} is under way in '{project.path}'\n" in ran.stderr
        assert f"hint: git {verb} --continue, or --abort\n" in ran.stderr


def test_a_conflict_in_the_answers_is_named(make: Make) -> None:
    project = make(OLD, NEW)
    text = project.read(".copier-answers.yml")
    project.put({".copier-answers.yml": f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> side\n"})
    ran = project.scaffold("update", project.path)
    assert (ran.code, "has conflict markers\nhint: resolve the conflict first\n" in ran.stderr) == (3, True)


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_where_an_update_is_prepared(make: Make, kind: str) -> None:
    project = make(OLD, NEW).put({".gitignore": ".scaffold-update\n"})
    place = project.path / ".scaffold-update"
    place.touch() if kind == "file" else place.symlink_to("nowhere")
    ran = project.scaffold("update", project.path)
    assert (ran.code, f"'{place}' is in the way of the update\nhint: move it away" in ran.stderr) == (3, True)
    assert project.git("status", "--porcelain") == ""


def test_a_lock_of_gits(make: Make) -> None:
    project = make(OLD, NEW)
    (project.path / ".git" / "index.lock").write_text("")
    before = footprint(project.path)
    ran = project.scaffold("update", project.path)
    assert (ran.code, footprint(project.path)) == (3, before)
    assert "error: git is at work here: " in ran.stderr
    assert "if no git runs, delete that file" in ran.stderr


def test_sparse_checkout(make: Make) -> None:
    project = make(OLD, {**NEW, "sub/b.txt": LINES})
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")
    # What is left out is not deleted, and what the release leaves alone needs not be here.
    assert not project.has("sub")
    done = project.update()
    assert (done.files["a.txt"], "sub/b.txt" in done.files, project.has("sub")) == ("updated", False, False)
    assert project.git("ls-files", "-v", "sub/b.txt") == "S sub/b.txt"
    assert project.git("show", ":sub/b.txt") + "\n" == LINES


@pytest.mark.parametrize("new", [THEIRS, None])
@pytest.mark.parametrize("command", [["check"], ["diff"], ["update"]])
def test_sparse_checkout_without_what_the_release_changes(make: Make, new: str | None, command: list[str]) -> None:
    project = make(OLD, {**NEW, "sub/b.txt": new})
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")
    before = footprint(project.path)
    ran = project.scaffold(*command, project.path)
    assert (ran.code, footprint(project.path)) == (3, before)
    assert "error: 'sub/b.txt' is not here, git is told not to miss it, and the update needs it\n" in ran.stderr
    assert "hint: git sparse-checkout disable, or git update-index --no-assume-unchanged sub/b.txt" in ran.stderr


@pytest.mark.parametrize(("own", "new"), [("docs", "docs/new.txt"), ("docs/mine.txt", "docs")])
@pytest.mark.parametrize("arguments", [[], ["--dry-run"], ["--branch", "side"]])
def test_sparse_checkout_with_something_of_the_users_in_the_way(
    make: Make, own: str, new: str, arguments: list[str]
) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS, new: "new\n"}).put({own: "mine\n"})
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/docs")
    assert not project.has("docs")
    before = footprint(project.path)
    ran = project.scaffold("update", project.path, *arguments)
    assert (ran.code, footprint(project.path)) == (3, before)
    assert f"error: {own!r} is not here, git is told not to miss it, and the update needs it\n" in ran.stderr


@pytest.mark.parametrize("arguments", [[], ["--branch", "side"]])
def test_a_disk_that_ignores_case(make: Make, arguments: list[str]) -> None:
    project = make({"readme.md": LINES, "a.txt": LINES}, {"readme.md": None, "README.md": LINES, "docs/b.txt": "b\n"})
    project.put({"Docs/mine.txt": "mine\n"}).git("config", "core.ignoreCase", "true")
    assert project.scaffold("update", project.path, *arguments).code == 0
    listed = project.git("ls-tree", "-r", "--name-only", "side") if arguments else project.git("ls-files")
    assert listed.splitlines() == [".copier-answers.yml", "Docs/mine.txt", "README.md", "a.txt", "docs/b.txt"]


def test_a_file_that_is_called_like_a_side_of_the_patch(make: Make) -> None:
    project = make({"new": LINES, "old": LINES}, {"new": THEIRS})
    ran = project.scaffold("diff", cwd=project.path)
    assert (ran.code, "diff --git a/new b/new" in ran.stdout) == (0, True)


def test_split_index(make: Make) -> None:
    project = edited(make(OLD, NEW))
    project.git("update-index", "--split-index")
    assert project.scaffold("update", project.path).code == 1
    assert (project.read("a.txt"), project.git("diff", "--name-only", "--diff-filter=U")) == (BOTH, "sub/b.txt")


def test_sha256(make: Make, work: Path) -> None:
    project = make(OLD, NEW)
    (project.path / ".git").rename(work / "old-git")
    project.git("init", "--quiet", "--object-format=sha256")
    edited(project.commit())
    check_done(project)


@pytest.mark.parametrize("linked", [False, True])
def test_attributes_that_are_in_no_commit_hold(make: Make, monorepo: Path, scaffold: Run, linked: bool) -> None:
    old, new = {"a.lock": LINES, "b.txt": LINES}, {"a.lock": THEIRS, "b.txt": THEIRS}
    project = make(old, new, into=monorepo / "services").put(
        {"a.lock": MINE, "b.txt": MINE, ".gitattributes": "* merge\n"}
    )
    put(monorepo / ".git", {"info/attributes": "*.lock -merge\n/b.txt -merge\n"})
    if linked:
        git(monorepo, "worktree", "add", "--quiet", "-b", "side", monorepo.parent / "side")
        project = Project(monorepo.parent / "side" / "services" / "toy", scaffold)
    done = project.update()
    assert [done.files[name] for name in ("a.lock", "b.txt")] == ["conflict", "merged"]


@pytest.mark.parametrize("command", [["check"], ["update"], ["update", "--branch", "side"]])
def test_a_folder_with_a_line_break_in_its_name(make: Make, work: Path, command: list[str]) -> None:
    (work / "two\nlines").mkdir()
    project = make(OLD, NEW, into=work / "two\nlines")
    ran = project.scaffold(*command, project.path)
    if command == ["check"]:
        assert ran.code == 1
    else:
        assert (ran.code, "has a line break in it\nhint: give its folder another name" in ran.stderr) == (3, True)


def test_attributes_of_folders_hold(make: Make) -> None:
    names = ("s p/a.lock", "s p/deep/b.lock", "s p/deep/c.txt", "d.lock")
    project = make(dict.fromkeys(names, LINES), dict.fromkeys(names, THEIRS))
    attributes = {
        "s p/.gitattributes": "# locks\n*.lock -merge\n",
        "s p/deep/.gitattributes": "/c.txt -merge\nb.lock merge\n",
    }
    done = project.put({**dict.fromkeys(names, MINE), **attributes}).update()
    assert [done.files[name] for name in names] == ["conflict", "merged", "conflict", "merged"]


def test_attributes_of_the_monorepo_hold(make: Make, monorepo: Path) -> None:
    (monorepo / ".gitattributes").write_text("*.lock -merge\nservices/toy/*.md merge=union\n/*.txt -merge\n")
    old, new = {"a.lock": LINES, "b.md": "x\n", "a.txt": LINES}, {"a.lock": THEIRS, "b.md": "x\nb\n", "a.txt": THEIRS}
    project = make(old, new, into=monorepo / "services").put({"a.lock": MINE, "b.md": "x\na\n", "a.txt": MINE})
    done = project.update()
    assert [done.files[name] for name in ("a.lock", "b.md", "a.txt")] == ["conflict", "merged", "merged"]
