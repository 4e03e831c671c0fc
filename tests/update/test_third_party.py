"""Blueprints of others: whatever a tagged Copier template may have."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.rendering import drawing
from tests.conftest import Run
from tests.update.conftest import Make
from tests.update.test_survive import BOTH, CLASH, LINES, MINE, THEIRS
from tests.update.toys import ANSWERS, File, Project, Template, footprint, git, put

NAME = "name: {type: str, default: toy}\n"

# Migrations.

MIGRATE = """
_migrations:
  - version: v1.1.0
    when: "{{ _stage == 'before' }}"
    command: git mv old.txt new.txt
  - version: v1.1.0
    command: [sh, -c, "echo {{ name }} {{ _version_from }} $VERSION_TO >> log.txt; rm own.txt; echo more >> a.txt"]
  - version: v1.0.0
    command: touch never.txt
"""


def migrated(make: Make, **more: str | None) -> Project:
    project = make({"copier.yml": NAME, "a.txt": LINES}, {"copier.yml": NAME + MIGRATE, "a.txt": THEIRS, **more})
    return project.put({"a.txt": MINE, "old.txt": "old\n", "own.txt": "own\n"})


def test_migrations_need_trust(make: Make) -> None:
    project = migrated(make)
    before = footprint(project.path)
    for command in ("check", "diff", "update"):
        ran = project.scaffold(command, project.path)
        assert (ran.code, footprint(project.path)) == (3, before)
        assert "wants to run code: migrations from v1.0.0 to v1.1.0\nhint: read it, and add --trust" in ran.stderr


@pytest.mark.parametrize(("old", "new"), [("swap/in.txt", "swap"), ("swap", "swap/in.txt")])
def test_migrations_where_a_folder_and_a_file_change_places(make: Make, old: str, new: str) -> None:
    yml = {"copier.yml": NAME + MIGRATE}
    project = make({"copier.yml": NAME, old: "old\n"}, {**yml, old: None, new: "new\n"}).put({"old.txt": "old\n"})
    assert project.scaffold("update", project.path, "--trust").code == 0
    assert project.read(new) == "new\n"


def test_migrations_with_trust(make: Make) -> None:
    project = migrated(make)
    before = footprint(project.path)
    dry = json.loads(project.scaffold("update", project.path, "--trust", "--dry-run", "--json").stdout)
    assert project.scaffold("check", project.path, "--trust").code == 1
    assert "+toy v1.0.0 v1.1.0" in project.scaffold("diff", project.path, "--trust").stdout
    assert footprint(project.path) == before, "a migration was run in the project by a preview"
    ran = project.scaffold("update", project.path, "--trust", "--json")
    document = json.loads(ran.stdout)
    assert document["files"] == dry["files"]
    assert {file["path"]: file["reason"] for file in document["files"]} == {
        ".copier-answers.yml": "the blueprint changed it, and you never edited it",
        "a.txt": "the blueprint's change was joined with yours; a migration changed it",
        "log.txt": "a migration added it",
        "new.txt": "a migration added it",
        "old.txt": "a migration deleted it",
        "own.txt": "a migration deleted it",
    }
    assert project.read("a.txt") == BOTH + "more\n"
    assert project.read("log.txt") == "toy v1.0.0 v1.1.0\n"
    assert (project.read("new.txt"), project.has("own.txt"), project.has("never.txt")) == ("old\n", False, False)
    assert "R  old.txt -> new.txt" in project.git("status", "--porcelain").splitlines()
    project.commit()
    # Done once, and not again.
    assert project.scaffold("update", project.path).stdout.startswith("up to date")


def test_a_migration_keeps_what_git_says_of_files(make: Make, work: Path) -> None:
    """One that is in git although it is ignored, and one that is ignored by the monorepo and has a secret."""
    git(work, "init", "--quiet", "--initial-branch", "main", "mono")
    put(work / "mono", {".gitignore": ".env\nbuild/\n"})
    yml = {"copier.yml": NAME + "_migrations: ['true']\n"}
    old = {"copier.yml": NAME, ".env": LINES, "b.txt": LINES, "c.txt": LINES}
    project = make(old, {**yml, ".env": CLASH, "b.txt": THEIRS, "c.txt": CLASH}, into=work / "mono")
    project.put({".env": MINE, "build/keep.txt": LINES, "b.txt": MINE}, commit=False)
    git(work / "mono", "add", "--force", "toy/build")
    git(work / "mono", "add", "--all")
    git(work / "mono", "commit", "--quiet", "-m", "mono")
    done = json.loads(project.scaffold("update", project.path, "--trust", "--json").stdout)
    files = {file["path"]: file["outcome"] for file in done["files"]}
    assert files == {".copier-answers.yml": "updated", ".env": "kept", "b.txt": "merged", "c.txt": "updated"}
    assert (project.read(".env"), project.read("build/keep.txt")) == (MINE, LINES)
    assert "toy/.env" not in git(work / "mono", "ls-files").splitlines()


def test_a_migration_sees_no_more_than_the_user(make: Make) -> None:
    yml = {"copier.yml": NAME + "_migrations: ['true']\n"}
    project = make({"copier.yml": NAME, "a.txt": LINES, "sub/b.txt": LINES}, {**yml, "sub/b.txt": THEIRS})
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")
    ran = project.scaffold("update", project.path, "--trust")
    assert (ran.code, "'sub/b.txt' is not here" in ran.stderr) == (3, True)
    project.git("sparse-checkout", "disable")
    project.git("update-index", "--assume-unchanged", "sub/b.txt")
    project.put({"sub/b.txt": MINE}, commit=False)
    ran = project.scaffold("update", project.path, "--trust")
    assert (ran.code, "git is told not to look at 'sub/b.txt'" in ran.stderr) == (3, True)


@pytest.mark.parametrize("new", [LINES, CLASH])
def test_a_migration_that_deletes_what_the_user_edited(make: Make, new: str) -> None:
    yml = {"copier.yml": NAME + "_migrations: ['rm b.txt']\n"}
    project = make({"copier.yml": NAME, "b.txt": LINES}, {**yml, "b.txt": new}).put({"b.txt": MINE})
    document = json.loads(project.scaffold("update", project.path, "--trust", "--json").stdout)
    files = {file["path"]: (file["outcome"], file["reason"]) for file in document["files"]}
    assert files["b.txt"] == ("deleted", "a migration deleted it")
    assert (document["conflicts"], project.git("status", "--porcelain", "b.txt")) == ([], "D  b.txt")


def test_a_migration_of_the_answers(make: Make) -> None:
    yml = "title: {type: str, default: none}\n"
    migration = (
        "_migrations: [{when: \"{{ _stage == 'before' }}\", command: sed -i s/^name/title/ .copier-answers.yml}]\n"
    )
    project = make(
        {"copier.yml": NAME, "a.jinja": "{{ name }}"}, {"copier.yml": yml + migration, "a.jinja": "{{ title }}!"}
    )
    assert project.scaffold("update", project.path, "--trust").code == 0
    assert (project.read("a"), "title: toy\n" in project.read(".copier-answers.yml")) == ("toy!", True)


def test_a_migration_that_fails(make: Make) -> None:
    project = make({"copier.yml": NAME}, {"copier.yml": NAME + "_migrations: [exit 3]\n"})
    before = footprint(project.path)
    ran = project.scaffold("update", project.path, "--trust")
    assert (ran.code, footprint(project.path)) == (3, before)
    assert "does not render: Command 'exit 3' returned non-zero exit status 3" in ran.stderr


# Tasks and extensions.


def test_tasks_with_trust(template: Template, scaffold: Run, work: Path) -> None:
    install = "mkdir -p .venv/bin && ln -s /usr/bin/env .venv/bin/python"
    tasks = f"_tasks: [git init -q, echo made > made.txt, {install}, echo loud]\n"
    template.release("v1.0.0", {"copier.yml": NAME + tasks, ".gitignore": ".venv\n", "a.txt": LINES})
    ran = scaffold("new", "toy", "--blueprint", template.folder, "--trust", "--json")
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout)["files"] == [".copier-answers.yml", ".gitignore", "a.txt", "made.txt"]
    project = Project(work / "toy", scaffold).put({"a.txt": MINE})
    template.release("v1.1.0", {"copier.yml": NAME + tasks.replace("echo made", "echo made anew"), "a.txt": THEIRS})
    assert "wants to run code: tasks" in scaffold("update", project.path).stderr
    assert scaffold("update", project.path, "--trust").code == 0
    assert (project.read("a.txt"), project.read("made.txt")) == (BOTH, "made anew\n")
    assert not project.has(".venv")


def test_what_tasks_print_is_not_our_output(template: Template, scaffold_process: Run) -> None:
    template.release("v1.0.0", {"copier.yml": NAME + "_tasks: [echo loud]\n"})
    ran = scaffold_process("new", "toy", "--blueprint", template.folder, "--trust", "--json")
    assert json.loads(ran.stdout)["files"] == [".copier-answers.yml"]
    assert "loud" in ran.stderr


# Submodules in the template.


@pytest.fixture
def library(tmp_path: Path) -> Path:
    put(tmp_path / "library", {"part.txt": "part one\n", "deep/{{ name }}.txt": "x\n"})
    git(tmp_path / "library", "init", "--quiet", "--initial-branch", "main")
    git(tmp_path / "library", "add", "--all")
    git(tmp_path / "library", "commit", "--quiet", "-m", "one")
    return tmp_path / "library"


@pytest.mark.parametrize("relative", [False, True])
def test_submodules(template: Template, make: Make, library: Path, relative: bool) -> None:
    url = "../library" if relative else str(library)
    git(template.folder, "remote", "add", "origin", str(template.folder))
    git(template.folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "parts")
    project = make({})
    assert (project.read("parts/part.txt"), project.read("parts/deep/toy.txt")) == ("part one\n", "x\n")
    assert not project.has("parts/.git")
    (library / "part.txt").write_text("part two\n")
    git(library, "commit", "--quiet", "--all", "-m", "two")
    git(template.folder / "parts", "pull", "--quiet")
    template.release("v1.1.0", {})
    assert project.update().files["parts/part.txt"] == "updated"
    assert project.read("parts/part.txt") == "part two\n"


def test_a_submodule_that_is_gone(template: Template, library: Path, scaffold: Run) -> None:
    git(template.folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "parts")
    template.release("v1.0.0", {})
    library.rename(library.with_name("moved"))
    ran = scaffold("new", "toy", "--blueprint", template.folder)
    assert (ran.code, "can't get the submodules of the blueprint" in ran.stderr) == (3, True)


# Other things that templates have.


def test_subdirectory_suffix_and_envops(make: Make) -> None:
    yml = "_subdirectory: src\n_templates_suffix: .tmpl\n"
    yml += "_envops: {variable_start_string: '[[', variable_end_string: ']]'}\n"
    answers = {
        "src/[[ _copier_conf.answers_file ]].tmpl": "[[ _copier_answers | to_nice_yaml -]]\n",
        "README": "not in it\n",
    }
    files = {"copier.yml": yml + NAME, "src/a.txt.tmpl": "[[ name ]]\n" + LINES, "src/b.jinja": "{{ x }}\n"}
    project = make({**files, **answers}, {"src/a.txt.tmpl": "[[ name ]]\n" + THEIRS})
    project.put({"a.txt": "toy\n" + MINE})
    assert project.update().files["a.txt"] == "merged"
    assert (project.read("a.txt"), project.read("b.jinja"), project.has("README")) == (
        "toy\n" + BOTH,
        "{{ x }}\n",
        False,
    )


def test_the_name_of_the_folder(make: Make) -> None:
    project = make({"a.txt.jinja": "{{ _folder_name }}\n" + LINES}, {"a.txt.jinja": "{{ _folder_name }}\n" + THEIRS})
    assert project.read("a.txt") == "toy\n" + LINES
    project.update()
    assert project.read("a.txt") == "toy\n" + THEIRS


def test_secrets_are_not_recorded_and_can_be_given(make: Make) -> None:
    yml = NAME + "token: {type: str, secret: true, default: none}\n"
    project = make({"copier.yml": yml, "a.txt.jinja": "{{ token }}\n"}, {"b.txt": "b\n"})
    assert "token" not in project.read(".copier-answers.yml")
    assert project.update().code == 0
    assert project.read("a.txt") == "none\n"


def test_conditional_questions(make: Make) -> None:
    yml = "docker: {type: bool, default: false}\nimage: {type: str, default: x, when: '{{ docker }}'}\n"
    files = {"copier.yml": NAME + yml, "{% if docker %}Dockerfile{% endif %}.jinja": "FROM {{ image }}\n"}
    project = make(files)
    done = project.update("-d", "docker=true", "-d", "image=debian")
    assert done.files == {".copier-answers.yml": "updated", "Dockerfile": "added"}
    assert project.commit().update("-d", "docker=false").files == {
        ".copier-answers.yml": "updated",
        "Dockerfile": "deleted",
    }
    assert "image" not in project.read(".copier-answers.yml")


def test_an_answer_that_is_asked_for_no_more_but_used(make: Make) -> None:
    """The OCA's template took a question away whose answer the name of a file goes by; Copier still has it then."""
    workflow = "{% if ci == 'GitHub' %}test.yml{% endif %}.jinja"
    project = make({"copier.yml": NAME + "ci: {type: str, default: GitHub}\n", workflow: LINES}, {"copier.yml": NAME})
    done = project.update()
    assert done.files == {".copier-answers.yml": "updated"}
    assert project.read("test.yml") == LINES
    assert "ci:" not in project.read(".copier-answers.yml")


def test_an_extension_that_is_not_installed(template: Template, scaffold: Run) -> None:
    template.release("v1.0.0", {"copier.yml": NAME + "_jinja_extensions: [no_such_package.Extension]\n"})
    ran = scaffold("new", "toy", "--blueprint", template.folder, "--trust")
    assert (ran.code, "needs what is not installed: No module named 'no_such_package'" in ran.stderr) == (3, True)


def test_tags_with_and_without_a_v(template: Template, make: Make) -> None:
    template.release("0.9", {"a.txt": "0\n"}).release("1.0.0", {"a.txt": "1\n"}).release("latest", {"a.txt": "x\n"})
    project = make(None)
    assert project.read("a.txt") == "1\n"
    template.release("v1.10", {"a.txt": "10\n"}).release("1.9", {"a.txt": "9\n"})
    assert project.update().document["to"] == "v1.10"
    assert project.read("a.txt") == "10\n"


def test_two_tags_of_one_version(template: Template, make: Make) -> None:
    template.release("1.0", {"a.txt": LINES}).release("v1.0", {"a.txt": THEIRS})
    project = make(None)
    recorded = project.read(".copier-answers.yml").split("_commit: ")[1].split()[0]
    project.put({".copier-answers.yml": project.read(".copier-answers.yml").replace(recorded, "v1.0"), "a.txt": THEIRS})
    template.release("v1.1", {"b.txt": "b\n"})
    assert project.update().files == {".copier-answers.yml": "updated", "b.txt": "added"}


def test_a_tag_that_is_no_release(template: Template, make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    git(template.folder, "tag", "v3.0.0", "HEAD:a.txt")
    git(template.folder, "tag", "-a", "-m", "a folder", "v4.0.0", "HEAD^{tree}")
    assert project.update().document["to"] == "v1.1.0"


def test_a_template_without_tags(template: Template, scaffold: Run, work: Path) -> None:
    template.release("x", {"a.txt": LINES})
    git(template.folder, "tag", "--delete", "x")
    assert scaffold("new", "toy", "--blueprint", template.folder).code == 0
    project = Project(work / "toy", scaffold).put({"a.txt": MINE})
    assert scaffold("check", project.path).code == 0
    template.release("x", {"a.txt": THEIRS})
    git(template.folder, "tag", "--delete", "x")
    assert project.update().files["a.txt"] == "merged"


def test_commits_that_look_like_versions(template: Template, scaffold: Run, work: Path) -> None:
    """A short hash of digits alone, the second one below the first."""

    def commit(content: str, numbers: range) -> int:
        template.release("x", {"a.txt": content})
        git(template.folder, "tag", "--delete", "x")
        for second in range(10_000):
            git(template.folder, "commit", "--quiet", "--amend", "--no-edit", "--date", f"@{1_700_000_000 + second}")
            short = git(template.folder, "rev-parse", "--short", "HEAD")
            if short.isdigit() and int(short) in numbers:
                return int(short)
        raise AssertionError("no commit has such a hash")

    first = commit(LINES, range(4_000_000, 10_000_000))
    assert scaffold("new", "toy", "--blueprint", template.folder).code == 0
    commit(THEIRS, range(first))
    assert Project(work / "toy", scaffold).update().files["a.txt"] == "updated"


@pytest.mark.parametrize("tag", [None, "latest"])
def test_a_template_without_tags_whose_branch_gets_another_name(
    template: Template, scaffold: Run, work: Path, tag: str | None
) -> None:
    template.release("x", {"a.txt": LINES})
    git(template.folder, "tag", "--delete", "x")
    if tag:
        git(template.folder, "tag", tag)
    assert scaffold("new", "toy", "--blueprint", template.folder).code == 0
    project = Project(work / "toy", scaffold)
    git(template.folder, "branch", "--quiet", "old")
    git(template.folder, "branch", "--quiet", "--move", "trunk")
    template.release("x", {"a.txt": THEIRS})
    git(template.folder, "tag", "--delete", "x")
    assert project.update().files["a.txt"] == "updated"
    # One that leads nowhere is no reason to leave out what has a name.
    git(template.folder, "symbolic-ref", "HEAD", "refs/heads/nowhere")
    assert scaffold("update", project.path, "--to", "trunk").stdout.startswith("up to date")


YAML = {
    "[2026-01-01]": ["2026-01-01"],
    "{2026-01-01: [1, 2.5, null, true]}": {"2026-01-01": [1, 2.5, None, True]},
    "[.nan, .inf, !!binary aGk=]": ["nan", "inf", "b'hi'"],
    "grüße": "grüße",
}


def test_a_language_that_the_built_in_ones_have_not(template: Template, scaffold: Run, work: Path) -> None:
    template.release("v1.0.0", {"copier.yml": f"{NAME}language: {{type: str}}\n", "a.txt.jinja": "{{ language }}"})
    assert scaffold("new", "toy", "--lang", "kotlin", "--blueprint", template.folder).code == 0
    assert (work / "toy" / "a.txt").read_text() == "kotlin"


def test_answers_that_json_has_not(template: Template, scaffold_process: Run) -> None:
    questions = "".join(f"answer{number}: {{type: yaml}}\n" for number in range(len(YAML)))
    template.release("v1.0.0", {"copier.yml": NAME + questions})
    data = [part for number, text in enumerate(YAML) for part in ("--data", f"answer{number}={text}")]
    arguments = ("new", "toy", "--blueprint", template.folder, "--json", *data)
    ran = scaffold_process(*arguments, env={"PYTHONIOENCODING": "ascii"})
    assert (ran.code, ran.stderr) == (0, "")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    answers = json.loads(ran.stdout, parse_constant=refuse)["answers"]
    assert [answers[f"answer{number}"] for number in range(len(YAML))] == [*YAML.values()]


@pytest.mark.parametrize("answers", ["- 1", "[1,", "1: 2", "text"])
def test_answers_that_are_none(answers: str, make: Make, template: Template) -> None:
    """What the recorded release writes is compared with what is recorded, whatever it is."""
    project = make({"a.txt": "1\n"})
    recorded = project.read(".copier-answers.yml")
    template.release("v1.1.0", {ANSWERS: answers + "\n"}).release("v1.2.0", {"a.txt": "2\n"})
    project.put({".copier-answers.yml": recorded.replace("v1.0.0", "v1.1.0")})
    for command in ("check", "diff", "update"):
        ran = project.scaffold(command, project.path)
        assert ran.code == 3
        assert f"error: '{template.folder}' writes no answers into .copier-answers.yml" in ran.stderr


def test_lots_are_drawn_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real template draws the minute of a job: each update of a project that nobody had edited was a conflict."""
    drawn = "{{ range(99999) | random }} {{ ['x', range(99999) | random] | shuffle }} {{ 10**9 | ans_random }} "
    drawn += "{{ range(99999) | random }} {{ 'de:ad' | random_mac }}\n"
    project = make(
        {"a.txt.jinja": drawn + LINES, "b.txt.jinja": drawn},
        {"a.txt.jinja": drawn + THEIRS, "c.txt.jinja": drawn},
    )
    lots = project.read("b.txt")
    assert project.read("a.txt") not in (lots + LINES, drawn + LINES)
    monkeypatch.setattr(drawing, "_SECRET", "of the next process")
    done = project.update()
    files = {".copier-answers.yml": "updated", "a.txt": "merged", "b.txt": "kept", "c.txt": "added"}
    assert (done.files, done.document["conflicts"]) == (files, [])
    assert (project.read("a.txt").endswith(THEIRS), project.read("b.txt")) == (True, lots)


def test_an_answer_that_a_template_writes_as_nothing(make: Make) -> None:
    """A real template writes its answers by hand: an empty one is null to YAML, and Copier takes its default then."""
    answers = "_commit: {{ _copier_conf.vcs_ref_hash }}\n_src_path: {{ _copier_answers._src_path }}\n"
    answers += "name: {{ name }}\nwhat: {{ what }}\n"
    yml = {"copier.yml": NAME + "what: {type: str, default: ''}\n", ANSWERS: answers}
    project = make({**yml, "a.txt.jinja": "{{ name }} {{ what }}.\n"}, {"b.txt": "b\n"})
    assert "what: \n" in project.read(".copier-answers.yml")
    assert project.update().files == {".copier-answers.yml": "updated", "b.txt": "added"}
    assert project.read("a.txt") == "toy .\n"


def test_the_states_of_files_run_no_code_of_older_releases(
    template: Template, scaffold: Run, work: Path, tmp_path: Path
) -> None:
    """A real template has 150 releases with tasks: `check --files --trust` ran those of each, for minutes."""
    for release in ("v0.1.0", "v0.2.0", "v1.0.0"):
        tasks = f"_tasks: ['echo {release} >> {tmp_path}/log']\n"
        template.release(release, {"copier.yml": NAME + tasks, "a.txt": f"{release}\n", "b.txt": "b\n"})
    assert scaffold("new", "toy", "--trust", "--blueprint", template.folder).code == 0
    project = Project(work / "toy", scaffold).put({"a.txt": "v0.1.0\n", "b.txt": "mine\n"})
    ran = scaffold("check", project.path, "--files", "--json", "--trust")
    assert json.loads(ran.stdout)["files"] == {"a.txt": "stale", "b.txt": "edited"}
    assert set((tmp_path / "log").read_text().splitlines()) == {"v1.0.0"}


def test_twins_that_move(make: Make) -> None:
    """A real template is a template of templates: it moved two equal files, one for itself and one to be rendered."""
    old = {"LICENSE": LINES, "sub/LICENSE.x": LINES}
    project = make(old, {**dict.fromkeys(old), "docs/LICENSE": LINES, "sub/docs/LICENSE.x": LINES})
    done = project.put({"sub/LICENSE.x": None}).update()
    assert (project.has("docs/LICENSE"), project.has("sub/docs/LICENSE.x")) == (True, False)
    assert done.reason("docs/LICENSE") == "the blueprint moved it from LICENSE"
    assert done.reason("sub/docs/LICENSE.x") == "you deleted it as sub/LICENSE.x"


def test_answers_in_a_folder(template: Template, make: Make, scaffold: Run, work: Path) -> None:
    """A real template moved the file with the answers to `.config/`, where nobody looked for it after the update."""
    yml = NAME + "_answers_file: .config/.copier-answers.yml\n"
    project = make({"copier.yml": NAME, "a.txt": "1\n"}, {"copier.yml": yml, "a.txt": "2\n"})
    assert project.update().files[".config/.copier-answers.yml"] == "renamed"
    assert scaffold("new", "other", "--blueprint", template.folder).code == 0
    template.release("v1.2.0", {"a.txt": "3\n"})
    for name in ("toy", "other"):
        assert Project(work / name, scaffold).commit().update().files["a.txt"] == "updated"


def test_a_release_that_is_gone(template: Template, make: Make) -> None:
    project = make({"a.txt": "1\n"}, {"a.txt": "2\n"})
    git(template.folder, "tag", "--delete", "v1.0.0")
    ran = project.scaffold("update", project.path)
    assert (ran.code, "have no release 'v1.0.0'\nhint: the newest is v1.1.0" in ran.stderr) == (3, True)


NO_UPDATE = "scaffold update can't work on it, for its blueprint writes no"


@pytest.mark.parametrize(
    ("answers", "note"),
    [
        (
            "_src_path: gh:a/b\n_commit: v1",
            "its blueprint says that it came from 'gh:a/b', so that is where updates will",
        ),
        ("_src_path: {{ _copier_answers._src_path }}\n_commit: v1", ""),
        ("_src_path: [", f"{NO_UPDATE} answers into .copier-answers.yml"),
        ("_commit: v1", f"{NO_UPDATE} _src_path into .copier-answers.yml"),
        ("_src_path: gh:a/b\n_commit: 1.0", f"{NO_UPDATE} _commit into .copier-answers.yml"),
    ],
)
def test_answers_that_a_template_writes_by_hand(answers: str, note: str, template: Template, scaffold: Run) -> None:
    """A real template wrote its own address down, whatever it was copied from: a stranger's, in its first release."""
    template.release("v1.0.0", {ANSWERS: answers})
    ran = scaffold("new", "toy", "--blueprint", template.folder)
    assert ran.code == 0
    assert " ".join(ran.stderr.split()).startswith(f"note: {note}") if note else ran.stderr == ""


@pytest.mark.parametrize(
    ("yml", "reason"),
    [
        (
            "year:\n  default: {% now 'utc' %}\n",
            "found character '%' that cannot start any token in line 3, column 13 of copier.yml",
        ),
        ("year: {default: *x}\n", "found undefined alias 'x' in line 2, column 17 of copier.yml"),
    ],
)
def test_settings_that_are_no_yaml(yml: str, reason: str, make: Make, template: Template) -> None:
    """A real template had a release of that kind; the file is named as its authors know it, and once."""
    project = make({"a.txt": "1\n"}, {"copier.yml": NAME + yml})
    for arguments in (("update", project.path), ("new", "other", "--blueprint", template.folder)):
        ran = project.scaffold(*arguments)
        assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (3, "", 2)
        assert f"'{template.folder}' has settings that are no valid YAML: {reason}" in ran.stderr


def test_a_copier_that_is_too_old_for_it(make: Make) -> None:
    project = make({"a.txt": "1\n"}, {"copier.yml": NAME + "_min_copier_version: '999.0'\n"})
    ran = project.scaffold("update", project.path)
    assert (ran.code, "requires Copier version >= 999.0" in ran.stderr) == (3, True)


def test_a_project_that_copier_made(template: Template, scaffold: Run, work: Path) -> None:
    from tests.update.test_same_as_copier import copy

    template.release("v1.0.0", {"copier.yml": NAME, "a.txt": LINES, "run.sh": File("x", executable=True)})
    copy(template.folder, work / "toy", {})
    git(work / "toy", "init", "--quiet")
    project = Project(work / "toy", scaffold).put({"a.txt": MINE})
    template.release("v1.1.0", {"a.txt": CLASH, "b.txt": "b\n"})
    done = project.update()
    assert (done.code, done.document["conflicts"]) == (1, ["a.txt"])


@pytest.mark.exhaustive
def test_many_at_once_see_the_same_news(template: Template, make: Make) -> None:
    project = make({"a.txt": "1\n"}, {"a.txt": "2\n"})
    for number in range(100):
        git(template.folder, "update-ref", f"refs/heads/branch-{number}", "HEAD")
    command = [Path(sys.executable).with_name("scaffold"), "check", project.path]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 1)] * 4
