"""The scenarios that Copier's own tests have for `copier update`, told anew and held against `scaffold update`.

Where the two end alike, a test says so and no more. Where they differ:

=====================================  ========================================  =======================================
what                                   Copier 9.19                               ours, and why
=====================================  ========================================  =======================================
an edit to a file that the release     gone from the work tree, exit code 0      goes along with the file: nobody asked
renames                                                                          for it to be thrown away
an edit to a file that the release     gone from the work tree, exit code 0      a conflict: only its author knows
deletes                                                                          whether it is still wanted
a conflict                             exit code 0                               exit code 1: it is no success, and a
                                                                                 script has to know
the index                              a conflict has its stages, the rest is     so has ours, and the rest is staged:
                                       left unstaged                             `git diff` shows what is left to do
markers                                "before updating", "after updating"       "yours", "blueprint v1.1.0": they say
                                                                                 who wants what
a second hunk whose context changed    may be rejected (.rej, or a marker in     merged: git looks at three versions of
                                       the wrong place), by `context_lines`      the file, not at a patch with context
a `_skip_if_exists` file that the      made again                                stays deleted: to delete it is an edit
user deleted                                                                     too; the blueprint made it once
an ignored file of the template that   overwritten                               kept: it is in no commit, so nothing
the user edited                                                                  could bring it back
migrations                             run in the project, and a failure leaves  run in a copy: a preview shows what
                                       it half done; `--pretend` shows nothing   they do, and a failure changes nothing
`--conflict rej`                       .rej files                                there are none: git's own tools know
                                                                                 markers and stages
a question that an update could ask    asked                                     its recorded answer or its default, or
                                                                                 `--data`: an update runs unattended
a recorded answer that the release     its default instead, silently             a sentence, and `--data` for another:
does not take any more                                                           it was the user who chose it
an answers file with an unknown or a   taken as it is, so that the diff starts   refused: what it starts from would not
missing key                            from a tree that never was                be what the project came from
hooks                                  run (commit hooks in throwaway            none of commits and checkouts is run
                                       repositories)
a template that is a dirty work tree   its changes are taken, with HEAD          what is committed is taken: it can be
                                                                                 had again
=====================================  ========================================  =======================================
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run, sample
from tests.update.conftest import Make
from tests.update.test_survive import BOTH, CLASH, LINES, MINE, THEIRS
from tests.update.toys import File, Project, Template, git, put


def copier_update(project: Project, folder: Path) -> tuple[int, Project]:
    """Let the real Copier update a copy of a project."""
    shutil.copytree(project.path, folder, symlinks=True)
    command = [Path(sys.executable).with_name("copier"), "update", "--defaults", "--quiet", "--trust"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return ran.returncode, Project(folder, project.scaffold)


# Where they differ, Copier is asked, so that the table above is true for as long as these tests pass. It starts so many
# processes that they are not among the fast tests.


@pytest.mark.exhaustive
def test_an_edit_to_a_renamed_file(make: Make, tmp_path: Path) -> None:
    project = make({"a.txt": LINES}, {"a.txt": None, "b.txt": THEIRS}).put({"a.txt": MINE})
    code, theirs = copier_update(project, tmp_path / "copier")
    assert (code, theirs.has("a.txt"), theirs.read("b.txt")) == (0, False, THEIRS)
    assert project.update().code == 0
    assert project.read("b.txt") == BOTH


@pytest.mark.exhaustive
def test_an_edit_to_a_deleted_file(make: Make, tmp_path: Path) -> None:
    project = make({"a.txt": LINES}, {"a.txt": None, "b.txt": "b\n"}).put({"a.txt": MINE})
    code, theirs = copier_update(project, tmp_path / "copier")
    assert (code, theirs.has("a.txt")) == (0, False)
    assert (project.update().code, project.read("a.txt")) == (1, MINE)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["README.md", "spa ces", 'qu`o"tes', "m4â4ñ4a"])
def test_conflicted_files_are_unmerged(name: str, make: Make, tmp_path: Path) -> None:
    project = make({name: LINES, "other": "1\n"}, {name: CLASH, "other": "2\n"}).put({name: MINE})
    code, theirs = copier_update(project, tmp_path / "copier")
    assert (code, "<<<<<<< before updating\n" in theirs.read(name)) == (0, True)
    assert project.update().code == 1
    unmerged = [line.split("\t")[1] for line in git(project.path, "ls-files", "-u", "-z").split("\0") if line]
    assert unmerged == [name] * 3
    assert project.git("diff", "--name-only", "-z", "--", "other") == ""


@pytest.mark.exhaustive
def test_a_skipped_file_that_the_user_deleted(make: Make, tmp_path: Path) -> None:
    yml = "_skip_if_exists: [skip.txt]\nname: {type: str, default: toy}\n"
    project = make({"copier.yml": yml, "skip.txt": "1\n", "a.txt": "1\n"}, {"a.txt": "2\n"}).put({"skip.txt": None})
    _, theirs = copier_update(project, tmp_path / "copier")
    assert theirs.has("skip.txt")
    assert project.update().files["skip.txt"] == "kept deleted"


@pytest.mark.exhaustive
def test_an_ignored_file_that_the_user_edited(make: Make, tmp_path: Path) -> None:
    project = make({".env": "VERSION=1\n"}, {".env": "VERSION=2\n", "b": "b\n"})
    project.git("rm", "--quiet", "--cached", ".env")
    project.put({".gitignore": ".env\n", ".env": "VERSION=1\nSECRET=mine\n"})
    _, theirs = copier_update(project, tmp_path / "copier")
    assert "SECRET" not in theirs.read(".env")
    assert project.update().code == 0
    assert project.read(".env") == "VERSION=1\nSECRET=mine\n"


# Where they end alike.


def test_releases_answers_and_edits_one_after_the_other(make: Make, template: Template) -> None:
    ask = "project: {{type: str, default: {}}}\nauthor: {{type: str, default: {}}}\n"
    text = "Hello.\n\nI am {{ author }}, and build {{ project }}.\n\nThanks for your attention.\n"
    project = make({"copier.yml": ask.format("a boat", "Anne"), "intro.txt.jinja": text})
    project.put({"intro.txt": project.read("intro.txt").replace("attention", "time")})
    later = text.replace(", and build", ".\n\nI build")
    template.release("v1.1.0", {"copier.yml": ask.format("a ship", "Bea"), "intro.txt.jinja": later})
    assert project.update().code == 0
    # Recorded answers stay, whatever the new defaults are.
    assert project.read("intro.txt") == "Hello.\n\nI am Anne.\n\nI build a boat.\n\nThanks for your time.\n"
    done = project.commit().update("-d", "author=Cleo", "-d", "project=a raft")
    assert done.code == 0
    assert project.read("intro.txt") == "Hello.\n\nI am Cleo.\n\nI build a raft.\n\nThanks for your time.\n"


def test_from_a_tag_to_head(make: Make, template: Template) -> None:
    project = make({"a.txt": "1\n"}, {"a.txt": "2\n"})
    git(template.folder, "tag", "--delete", "v1.1.0")
    assert project.scaffold("check", project.path).code == 0
    assert project.scaffold("update", project.path, "--to", "HEAD").code == 0
    assert project.read("a.txt") == "2\n"
    assert f"_commit: {git(template.folder, 'describe', '--tags')}\n" in project.read(".copier-answers.yml")


@pytest.mark.parametrize("pattern", ["skip_me", "/skip_me", "{{ 'skip_me' }}"])
@pytest.mark.parametrize("sub", [".", "sub"])
def test_a_skipped_file(pattern: str, sub: str, make: Make, work: Path) -> None:
    if sub == "sub":
        git(work, "init", "--quiet")
    yml = f'_skip_if_exists: ["{pattern}"]\nname: {{type: str, default: toy}}\n'
    project = make({"copier.yml": yml, "skip_me": "1\n"}, {"skip_me": "3\n", "b": "b\n"}).put({"skip_me": "2\n"})
    assert project.update().files["skip_me"] == "kept"
    assert project.read("skip_me") == "2\n"


NAMES = [
    "plain",
    "âñ",
    "white space",
    " leading",
    "trailing ",
    "   many   ",
    "\ttab\t",
    "\a\f\n\t\vcontrol",
    "back\\slash",
    "!special",
    "wild*",
]


@pytest.mark.parametrize("name", sample(NAMES))
def test_a_deleted_path_stays_deleted_and_is_no_pattern(name: str, make: Make) -> None:
    old = {name: "foo\n", "wildly": "bar\n", f"sub/{name}": "keep\n"}
    project = make(old, {name: "bar\n", "wildly": "baz\n"}).put({name: None})
    assert project.update().files[name] == "kept deleted"
    assert (project.read("wildly"), project.read(f"sub/{name}"), project.has(name)) == ("baz\n", "keep\n", False)


def test_the_answers_file_is_always_written(make: Make) -> None:
    files = {"copier.yml": "flag: {type: bool, default: true}\n", "a.jinja": "{{ flag }}\n"}
    project = make(files, {"copier.yml": "flag: {type: bool, default: false}\n", "b": "b\n"})
    assert project.update().code == 0
    assert (project.read("a"), "_commit: v1.1.0\nflag: true" in sorted_answers(project)) == ("True\n", True)


def sorted_answers(project: Project) -> str:
    lines = project.read(".copier-answers.yml").splitlines()
    return "\n".join(line for line in lines if not line.startswith(("#", "_src_path")))


def test_removed_files_and_folders(make: Make) -> None:
    theirs = {"1.txt": "1", "two/2.txt": "2", "three/sub/3.txt": "3", "four/4.txt": "4", "survivor.txt": "s"}
    mine = {"I.txt": "I", "own/II.txt": "II", "three/own/III.txt": "III", "four/IV.txt": "IV"}
    gone = {name: None for name in theirs if name != "survivor.txt"}
    project = make(theirs, {**gone, "6.txt": "6"}).put({**mine, ".gitignore": "survivor.txt\n"})
    assert project.update().code == 0
    files = {".copier-answers.yml", ".gitignore", "survivor.txt", "6.txt", *mine}
    assert set(git(project.path, "ls-files").splitlines()) == files
    assert not project.has("three/sub")
    assert not project.has("two")


def test_both_add_lines_at_one_place(make: Make) -> None:
    yml, more = "b: {type: bool, default: true}\n", "c: {type: bool, default: false}\n"
    text = "aaa🐍\n{%- if b %}\nbbb🐍\n{%- endif %}\nzzz🐍\n"
    later = text.replace("\nzzz", "\n{%- if c %}\nccc🐍\n{%- endif %}\nzzz")
    project = make({"copier.yml": yml, "a.jinja": text}, {"copier.yml": yml + more, "a.jinja": later})
    project.put({"a": "aaa🐍\nbbb🐍\njjj🐍\nzzz🐍\n"})
    ran = project.scaffold("update", project.path, "-d", "c=true")
    assert ran.code == 1
    marked = "<<<<<<< yours\njjj🐍\n=======\nccc🐍\n>>>>>>> blueprint v1.1.0\n"
    assert project.read("a") == f"aaa🐍\nbbb🐍\n{marked}zzz🐍\n"


def test_blocks_that_look_alike(make: Make) -> None:
    def block(number: str, new: str = "") -> str:
        same = "    print('as the next')\n"
        return f"def function_{number}():\n{same * 2}{new}{same * 2}    print('the last')\n\n"

    project = make({"a.py": block("one") + block("two")}, {"a.py": block("zero") + block("one") + block("two")})
    project.put({"a.py": block("one") + block("two", "    print('new')\n")})
    assert project.update().code == 0
    # Without any context_lines to choose.
    assert project.read("a.py") == block("zero") + block("one") + block("two", "    print('new')\n")


def test_the_same_change_on_both_sides_is_no_conflict(make: Make) -> None:
    project = make({"a": "1", "b": "1"}, {"a": "2", "b": "2"}).put({"a": "2"})
    assert project.update().document["conflicts"] == []


def test_a_new_file_on_both_sides(make: Make) -> None:
    mine = "tests:\n  script:\n    - ./test.sh\n\npages:\n  script:\n    - ./deploy.sh\n"
    project = make({}, {"ci.yml": "tests:\n  script:\n    - ./test.sh --slow\n"}).put({"ci.yml": mine})
    assert project.update().document["conflicts"] == ["ci.yml"]
    assert project.read("ci.yml").startswith("tests:\n  script:\n<<<<<<< yours\n    - ./test.sh\n")
    assert "./deploy.sh" in project.read("ci.yml")


def test_a_new_file_on_both_sides_by_a_migration(make: Make) -> None:
    """The release moves a file that the user edited, and its migration copies the edit there first."""
    command = "mkdir -p ci && git show HEAD:ci.yml > /dev/null 2>&1; cp ci.yml ci/main.yml && git add ci/main.yml"
    migration = f"_migrations: [{{when: \"{{{{ _stage == 'before' }}}}\", command: '{command}'}}]\n"
    name = "name: {type: str, default: toy}\n"
    new = {"copier.yml": name + migration, "ci/main.yml": "tests: slow\n", "ci.yml": "include: ci/main.yml\n"}
    project = make({"ci.yml": "tests: fast\n"}, new).put({"ci.yml": "tests: fast\npages: mine\n"})
    ran = project.scaffold("update", project.path, "--trust")
    assert ran.code == 1
    assert "pages: mine" in project.read("ci/main.yml")
    assert "<<<<<<< yours" in project.read("ci/main.yml")


def test_a_computed_value_is_neither_recorded_nor_validated(make: Make) -> None:
    yml = "computed: {type: str, default: foo, when: false, validator: 'never seen'}\n"
    project = make({"copier.yml": yml}, {"a.jinja": "{{ computed }}\n"})
    assert project.update().code == 0
    assert (project.read("a"), "computed:" in project.read(".copier-answers.yml")) == ("foo\n", False)


def test_a_value_that_is_computed_at_times(make: Make) -> None:
    yml = "first: {type: bool}\nsecond: {type: bool, default: '{{ first }}', when: '{{ first }}'}\n"
    yml = yml.replace("{type: bool}", "{type: bool, default: true}")
    project = make({"copier.yml": yml, "log.jinja": "{{ first }} {{ second }}"})
    for first, text in (("false", "False False"), ("true", "True True")):
        assert project.update("-d", f"first={first}").code == 0
        project.commit()
        assert (project.read("log"), "second:" in project.read(".copier-answers.yml")) == (text, first == "true")


def test_a_secret_that_its_own_validator_refuses(make: Make) -> None:
    yml = "token: {type: str, secret: true, default: '', validator: \"{% if token == '' %}empty{% endif %}\"}\n"
    project = make({"copier.yml": yml, ".gitignore": ".env\n", ".env.jinja": "TOKEN={{ token }}"})
    project.git("rm", "--quiet", "--cached", ".env")
    project.commit()
    assert project.update("-d", "token=$up3r").code == 0
    assert (project.read(".env"), "token:" in project.read(".copier-answers.yml")) == ("TOKEN=$up3r", False)


def test_a_file_that_becomes_ignored_and_is_not_any_more(make: Make, template: Template) -> None:
    project = make({".gitignore": "", ".env": "x"}, {".gitignore": ".env"})
    assert project.update().code == 0
    project.commit()
    template.release("v1.2.0", {".gitignore": ""})
    assert project.update().code == 0
    assert ".env" in project.git("ls-files").splitlines()


def test_an_ignored_file_of_the_template_is_updated(make: Make) -> None:
    project = make({".env": "VERSION=1"}, {".env": "VERSION=2"})
    project.git("rm", "--quiet", "--cached", ".env")
    project.put({".gitignore": ".env\n"})
    assert project.update().code == 0
    assert project.read(".env") == "VERSION=2"


def test_answers_with_umlauts(make: Make) -> None:
    yml = "umlaut: {type: str, default: äöü}\n"
    project = make({"copier.yml": yml}, {"a.jinja": "{{ umlaut }}\n"})
    assert project.update().code == 0
    assert project.read("a") == "äöü\n"


def test_copiers_own_settings_as_json(make: Make) -> None:
    project = make({"conf.json.jinja": "{{ _copier_conf.os | to_json }}"}, {"b": "b\n"})
    assert project.update().code == 0


@pytest.mark.parametrize("file_mode", ["true", "false"])
@pytest.mark.parametrize("bits", [(False, True), (True, False)])
def test_executable_bits(file_mode: str, bits: tuple[bool, bool], make: Make) -> None:
    project = make({"run.sh": File(LINES, executable=bits[0])}, {"run.sh": File(CLASH, executable=bits[1])})
    project.put({"run.sh": File(MINE, executable=bits[0])})
    project.git("config", "core.fileMode", file_mode)
    # With a conflict in the content at that.
    assert project.scaffold("update", project.path).code == 1
    assert os.access(project.path / "run.sh", os.X_OK) is bits[1]
    modes = [line.split()[0] for line in project.git("ls-files", "-s", "run.sh").splitlines()]
    assert modes[0] == ("100755" if bits[0] else "100644")
    assert modes[2] == ("100755" if bits[1] else "100644")


@pytest.mark.parametrize("hook", ["post-checkout", "pre-commit", "commit-msg"])
def test_hooks_that_fail_are_in_nobodys_way(hook: str, make: Make) -> None:
    project = make({"a": LINES}, {"a": CLASH}).put({"a": MINE})
    put(project.path / ".git", {f"hooks/{hook}": File("#!/bin/sh\nexit 1\n", executable=True)})
    assert project.scaffold("update", project.path).code == 1
    assert "<<<<<<< yours" in project.read("a")


def test_a_shallow_clone_of_the_project(make: Make, tmp_path: Path, scaffold: Run) -> None:
    project = make({"a": LINES}, {"a": THEIRS}).put({"a": MINE})
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{project.path}", "shallow")
    assert Project(tmp_path / "shallow", scaffold).update().code == 0
    assert (tmp_path / "shallow" / "a").read_text() == BOTH
