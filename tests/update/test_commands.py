"""`scaffold check`, `diff` and `update` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.update.conftest import Make
from tests.update.test_survive import BOTH, CLASH, LINES, MINE, THEIRS
from tests.update.toys import COPIER_YML, File, Project, Template, footprint, git, put, snapshot

ASK_PORT = "name:\n  type: str\n  default: toy\nport:\n  type: int\n  default: 8080\n"
PORT = {"copier.yml": ASK_PORT, "port.txt.jinja": LINES + "port {{ port }}\n"}


def test_check_says_up_to_date(make: Make) -> None:
    project = make({"a.txt": LINES})
    ran = project.scaffold("check", project.path)
    assert (ran.code, ran.stdout, ran.stderr) == (0, "up to date: on v1.0.0, the newest release\n", "")


def test_check_says_behind(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    ran = project.scaffold("check", project.path)
    assert (ran.code, ran.stdout.splitlines()[0]) == (1, "behind: on v1.0.0, and v1.1.0 changes something here")


def test_a_release_that_touches_nothing_here_is_no_news(make: Make) -> None:
    conditional = {"copier.yml": ASK_PORT, "{% if port == 1 %}one.txt{% endif %}": "one\n"}
    project = make(conditional, {"{% if port == 1 %}one.txt{% endif %}": "two\n"})
    ran = project.scaffold("check", project.path)
    assert (ran.code, ran.stdout) == (0, "up to date: on v1.0.0, and v1.1.0 changes nothing here\n")
    assert project.scaffold("diff", project.path).stdout == ""
    assert "up to date" in project.scaffold("update", project.path).stdout
    assert project.git("status", "--porcelain") == ""


def test_the_name_of_a_release_alone_is_no_news_unless_it_is_asked_for(make: Make) -> None:
    project = make({"a.txt": "one\n"}, {"copier.yml": COPIER_YML + "# new\n"})
    assert project.scaffold("check", project.path, "--files").stdout.count("\n") == 1
    dry = json.loads(project.scaffold("update", project.path, "--dry-run", "--json").stdout)
    assert (dry["up_to_date"], dry["files"]) == (True, [])
    assert project.update("--to", "v1.1.0").files == {".copier-answers.yml": "updated"}
    assert "_commit: v1.1.0\n" in project.read(".copier-answers.yml")


def test_a_release_whose_every_change_the_user_has_is_no_news(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS}).put({"a.txt": THEIRS})
    assert project.scaffold("check", project.path).code == 0


def test_states_of_files(make: Make, template: Template) -> None:
    names = ("behind", "edited", "both", "missing", "stale", "current", "current-too")
    template.release("v0.9.0", {f"{name}.txt": f"{name} 0\n" for name in names})
    ones = {f"{name}.txt": f"{name} 1\n" for name in names}
    twos = {f"{name}.txt": f"{name} 2\n" for name in ("behind", "both", "current-too")}
    project = make(ones, twos)
    project.put({"edited.txt": "mine\n", "both.txt": "mine\n", "missing.txt": None, "stale.txt": "stale 0\n"})
    project.put({"current-too.txt": "current-too 2\n", "own.txt": "own\n"})
    before = footprint(project.path)
    ran = project.scaffold("check", project.path, "--files", "--json")
    document = json.loads(ran.stdout)
    assert (ran.code, footprint(project.path)) == (1, before)
    assert document == {
        "path": str(project.path),
        "blueprint": str(template.folder),
        "recorded": "v1.0.0",
        "newest": "v1.1.0",
        "update_changes_something": True,
        "interrupted": False,
        "conflicts": [],
        "files": {
            ".copier-answers.yml": "behind",
            "behind.txt": "behind",
            "both.txt": "both",
            "edited.txt": "edited",
            "missing.txt": "missing",
            "stale.txt": "stale",
        },
    }
    assert "stale    stale.txt" in project.scaffold("check", project.path, "--files").stdout


def test_states_of_files_that_the_update_leaves_alone(make: Make) -> None:
    yml = "_skip_if_exists: ['keep*']\nname:\n  type: str\n  default: toy\n"
    names = ("a.env", "b.env", "keep1.txt", "keep2.txt")
    project = make({"copier.yml": yml, **dict.fromkeys(names, LINES)}, {**dict.fromkeys(names, THEIRS), "c.txt": "c\n"})
    project.git("rm", "--quiet", "--cached", "a.env", "b.env")
    project.put({".gitignore": "*.env\n", "a.env": MINE, "keep1.txt": MINE})
    files = json.loads(project.scaffold("check", project.path, "--files", "--json").stdout)["files"]
    # What nobody edited is as it should be where the blueprint leaves it alone, and gets updated where git ignores it.
    edited = dict.fromkeys(("a.env", "keep1.txt"), "edited")
    assert files == {**edited, ".copier-answers.yml": "behind", "b.env": "behind", "c.txt": "behind"}


def test_states_of_files_on_the_newest_release(make: Make) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES}).put({"a.txt": MINE, "b.txt": None})
    ran = project.scaffold("check", project.path, "--files", "--json")
    assert (ran.code, json.loads(ran.stdout)["files"]) == (0, {"a.txt": "edited", "b.txt": "missing"})


def test_diff_of_the_users_own(make: Make) -> None:
    project = make({"a.txt": LINES, "b.txt": "b\n"}, {"a.txt": THEIRS}).put({"a.txt": MINE, "own.txt": "own\n"})
    ran = project.scaffold("diff", project.path, "--mine")
    assert ran.code == 0
    assert "-line 3\n+line 3, mine\n" in ran.stdout
    assert "theirs" not in ran.stdout
    assert "own.txt" not in ran.stdout
    assert ".copier-answers.yml" not in ran.stdout


def test_diff_of_a_file_that_the_user_renamed(make: Make) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES + "b\n", "c.txt": "c\n"}, {"b.txt": THEIRS + "b\n"})
    project.git("mv", "a.txt", "moved.txt")
    project.git("mv", "b.txt", "also.txt")
    project.commit()
    patch = project.scaffold("diff", project.path, "--mine").stdout
    assert "rename from a.txt\nrename to moved.txt\n" in patch
    assert "deleted" not in patch
    ran = project.scaffold("check", project.path, "--files", "--json")
    files = {".copier-answers.yml": "behind", "moved.txt": "renamed", "also.txt": "behind"}
    assert json.loads(ran.stdout)["files"] == files


@pytest.mark.parametrize(
    "yml",
    [
        "name: {type: str, validator: no}\n",
        "name: {type: str}\nmore: {type: str}\n",
        "name: {type: str}\n_jinja_extensions: [x]\n",
        "name: {type: str}\n_migrations: [touch x]\n",
    ],
)
def test_diff_of_the_users_own_asks_nothing_of_the_newest_release(make: Make, yml: str) -> None:
    """A real template took a choice away: what its projects had changed could be shown no more."""
    project = make({"a.txt": LINES}, {"copier.yml": yml, "a.txt": THEIRS, "b.txt": "b\n"})
    project.put({"a.txt": MINE, "b.txt": "own\n"})
    assert project.scaffold("diff", project.path).code == 3
    ran = project.scaffold("diff", project.path, "--mine")
    assert (ran.code, ran.stdout.count("diff --git"), "+line 3, mine\n" in ran.stdout) == (0, 1, True)


@pytest.mark.parametrize("option", [["--to", "v1.1.0"], ["--data", "name=x"]])
def test_diff_of_the_users_own_goes_nowhere(make: Make, option: list[str]) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    ran = project.scaffold("diff", project.path, "--mine", *option)
    assert (ran.code, "--mine shows what you changed" in ran.stderr) == (2, True)


def test_diff_of_new_answers(make: Make) -> None:
    project = make(PORT)
    assert "-port 8080\n+port 9090\n" in project.scaffold("diff", project.path, "--data", "port=9090").stdout


def test_a_patch_in_a_file_has_no_colours(make: Make, scaffold_process: Run) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    env = {"FORCE_COLOR": "1", "NO_COLOR": "", "TERM": "xterm-256color"}
    ran = scaffold_process("diff", project.path, env=env)
    assert ran.stdout.startswith("diff --git ")
    assert "\x1b" not in ran.stdout


def test_diff_to_a_release(make: Make, template: Template) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    template.release("v1.2.0", {"a.txt": CLASH})
    assert "+line 17, theirs" in project.scaffold("diff", project.path, "--to", "1.1.0").stdout
    assert "+line 3, theirs" in project.scaffold("diff", project.path).stdout


TASTES = """
[diff]
    noPrefix = true
    mnemonicPrefix = true
    external = false
    renames = false
    renameLimit = 1
    context = 0
    interHunkContext = 9
    orderFile = /no/such/file
    algorithm = patience
    relative = true
    suppressBlankEmpty = true
    wsErrorHighlight = all
    colorMoved = zebra
    wordRegex = .
    submodule = log
    srcPrefix = x/
    dstPrefix = y/
[color]
    ui = always
[core]
    pager = false
    quotePath = true
    abbrev = 4
"""


def test_a_patch_is_nobodys_taste(make: Make, tmp_path: Path) -> None:
    names = {"z.txt": LINES, "ü.txt": LINES, "b.txt": LINES + "x\n" * 9, "c.txt": "\n" * 9 + LINES}
    project = make({**names, "bin": b"\0\1"}, {**names, "b.txt": None, "bb.txt": LINES + "x\n" * 8, "bin": b"\0\2"})
    project.put({"z.txt": MINE})
    patches = [project.scaffold("diff", project.path, *options).stdout for options in ([], ["--mine"])]
    with (tmp_path / "home" / ".gitconfig").open("a") as config:
        config.write(TASTES)
    assert [project.scaffold("diff", project.path, *options).stdout for options in ([], ["--mine"])] == patches
    assert "rename from b.txt\nrename to bb.txt\n" in patches[0]
    (tmp_path / "patch").write_text(patches[0])
    project.git("apply", tmp_path / "patch")
    assert (project.has("b.txt"), project.has("bb.txt")) == (False, True)


def test_a_patch_of_bytes_that_are_no_utf8(make: Make, work: Path) -> None:
    project = make({"a.txt": b"caf\xe9\n"}, {"a.txt": b"caf\xe9 au lait\n"})
    code = f"scaffold diff {project.path} | git -C {project.path} apply"
    subprocess.run(["sh", "-c", f"PATH={Path(sys.executable).parent}:$PATH; {code}"], check=True, cwd=work)
    assert (project.path / "a.txt").read_bytes() == b"caf\xe9 au lait\n"


def test_what_an_update_says(make: Make, template: Template) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES, "c.txt": LINES, "d.txt": LINES, "e.txt": LINES, "g.txt": "g\n"})
    project.put({"a.txt": MINE, "b.txt": MINE, "e.txt": MINE, "d.txt": None})
    new = {"a.txt": CLASH, "b.txt": THEIRS, "c.txt": THEIRS, "d.txt": THEIRS, "f.txt": "f\n", "g.txt": None}
    template.release("v1.1.0", {"x": "x"}, "One more file.\n\nBecause it was missing.")
    template.release("v1.2.0", {**new, "x": None})
    template.release("v1.3.0", {"c.txt": CLASH}, "Line 3 is better now.")
    ran = project.scaffold("update", project.path)
    assert (ran.code, ran.stderr) == (1, "")
    assert ran.stdout.splitlines() == [
        "v1.1.0  One more file.",
        "",
        "Because it was missing.",
        "v1.3.0  Line 3 is better now.",
        "conflict",
        "  a.txt  both sides changed the same lines",
        "merged",
        "  b.txt  the blueprint's change was joined with yours",
        "updated",
        "  .copier-answers.yml  the blueprint changed it, and you never edited it",
        "  c.txt  the blueprint changed it, and you never edited it",
        "added",
        "  f.txt  the blueprint added it",
        "deleted",
        "  g.txt  the blueprint took it away, and you never edited it",
        "kept",
        "  e.txt  you edited it, and the blueprint did not change it",
        "kept deleted",
        "  d.txt  you deleted it",
        "1 to resolve: a.txt",
        "edit them or take git mergetool, then git add and git commit",
        f"or back to the last commit: git -C {project.path} add -u . && "
        f"git -C {project.path} restore --source=HEAD --staged --worktree .",
    ]


def test_notes_have_their_lines(make: Make, template: Template) -> None:
    notes = "Go: faster.\nRust: smaller.\n\nAnd a paragraph."
    project = make({"a": "1\n"})
    template.release("v1.1.0", {"a": "2\n"}, notes)
    shown = json.loads(project.scaffold("update", project.path, "--dry-run", "--json").stdout)["notes"]
    assert shown == [{"release": "v1.1.0", "text": notes}]


def test_the_notes_are_those_between(make: Make, template: Template) -> None:
    template.release("v0.9.0", {"a.txt": "0\n"}, "zero nine")
    template.release("v1.0.0", {"a.txt": "1\n"}, "one")
    project = make(None)
    template.release("v1.1.0", {"a.txt": "2\n"}, "one one")
    template.release("v1.2.0", {"a.txt": "3\n"}, "one two")
    ran = project.scaffold("update", project.path, "--to", "v1.1.0", "--json")
    assert json.loads(ran.stdout)["notes"] == [{"release": "v1.1.0", "text": "one one"}]
    ran = project.commit().scaffold("update", project.path, "--json")
    assert json.loads(ran.stdout)["notes"] == [{"release": "v1.2.0", "text": "one two"}]


def test_update_to_a_release(make: Make, template: Template) -> None:
    project = make({"a.txt": "1\n"}, {"a.txt": "2\n"})
    template.release("v1.2.0", {"a.txt": "3\n"})
    assert project.scaffold("update", project.path, "--to", "1.1.0").code == 0
    assert project.commit().read("a.txt") == "2\n"
    ran = project.scaffold("update", project.path, "--to", "v1.0.0")
    assert ran.code == 2
    assert "v1.0.0 is older than v1.1.0, which the project is on" in ran.stderr
    ran = project.scaffold("update", project.path, "--to", "v9")
    assert (ran.code, "have no release 'v9'\nhint: the newest is v1.2.0" in ran.stderr) == (3, True)


@pytest.mark.parametrize("odd_tag", [False, True])
def test_never_a_downgrade_from_a_commit_after_a_tag(
    template: Template, scaffold: Run, work: Path, odd_tag: bool
) -> None:
    template.release("v1.0.0", {"a.txt": "1\n"}).release("odd", {"a.txt": "2\n"})
    if not odd_tag:
        git(template.folder, "tag", "--delete", "odd")
    scaffold("new", "head", "--blueprint", f"{template.folder}@main")
    project = Project(work / "head", scaffold)
    assert project.read("a.txt") == "2\n"
    assert ("_commit: odd\n" if odd_tag else "_commit: v1.0.0-1-g") in project.read(".copier-answers.yml")
    assert scaffold("check", project.path).code == 0
    assert project.update().document["up_to_date"]
    template.release("v1.1.0", {"a.txt": "3\n"})
    assert project.update().files["a.txt"] == "updated"


def test_prereleases_are_for_those_who_ask(make: Make, template: Template) -> None:
    project = make({"a.txt": "1\n"})
    template.release("v2.0.0a1", {"a.txt": "2\n"}).release("v2.0.0rc1", {"a.txt": "3\n"})
    assert project.scaffold("check", project.path).code == 0
    assert project.scaffold("update", project.path, "--to", "v2.0.0a1").code == 0
    assert project.commit().read("a.txt") == "2\n"
    # On a pre-release, the older stable release is none to go to.
    assert project.scaffold("check", project.path).code == 0
    template.release("v2.0.0", {"a.txt": "4\n"})
    assert project.update().files["a.txt"] == "updated"


def test_new_answers(make: Make) -> None:
    project = make(PORT).put({"port.txt": MINE + "port 8080\n"})
    done = project.update("--data", "port=9090")
    assert done.files == {".copier-answers.yml": "updated", "port.txt": "merged"}
    assert project.read("port.txt") == MINE + "port 9090\n"
    assert "port: 9090\n" in project.read(".copier-answers.yml")
    assert done.document["notes"] == []
    assert done.reason("port.txt") == "a new answer's change was joined with yours"
    assert project.update("--data", "port=9090").document["up_to_date"]


def test_new_answers_are_what_it_is_updated_to(make: Make) -> None:
    project = make(PORT)
    ran = project.scaffold("update", project.path, "--data", "port=9090", "--branch", "side")
    assert "  port.txt  a new answer changed it, and you never edited it\n" in ran.stdout
    assert project.git("log", "-1", "--format=%s", "side") == "Update to new answers"
    ran = project.scaffold("update", project.path, "--data", "port=9090")
    assert "updated to the new answers: git diff --cached" in ran.stdout


def test_new_answers_and_a_new_release(make: Make) -> None:
    project = make(PORT, {"port.txt.jinja": THEIRS + "port {{ port }}\n"}).put({"port.txt": MINE + "port 8080\n"})
    project.scaffold("update", project.path, "-d", "port=9090")
    assert project.read("port.txt") == BOTH + "port 9090\n"


def test_a_new_question_takes_its_default(make: Make) -> None:
    project = make({"copier.yml": "name:\n  type: str\n  default: toy\n"}, PORT)
    assert project.update().files["port.txt"] == "added"
    assert "port: 8080\n" in project.read(".copier-answers.yml")


def test_a_new_question_without_a_default(make: Make) -> None:
    project = make({}, {**PORT, "copier.yml": ASK_PORT.replace("  default: 8080\n", "")})
    ran = project.scaffold("update", project.path)
    assert (ran.code, ran.stderr) == (2, "error: the answer 'port' is missing\nhint: add --data port=VALUE\n")
    for command in ("check", "diff"):  # which take no --data
        ran = project.scaffold(command, project.path)
        assert (ran.code, ran.stdout) == (3, "")
        assert ran.stderr == (
            "error: v1.1.0 wants one answer more: the answer 'port' is missing\n"
            "hint: scaffold update --data port=VALUE\n"
        )
    assert project.update("--data", "port=9090").code == 0


def test_an_answer_that_the_new_release_does_not_take(make: Make) -> None:
    strict = ASK_PORT + '  validator: "{% if port < 9000 %}must be 9000 or more{% endif %}"\n'
    project = make(PORT, {"copier.yml": strict, "b.txt": "b\n"})
    for command in ("check", "diff", "update"):
        ran = project.scaffold(command, project.path)
        assert ran.code == 3
        assert "v1.1.0 does not take what .copier-answers.yml has: port can't be 8080: it must be 9000" in ran.stderr
        assert "hint: scaffold update --data port=VALUE" in ran.stderr
    assert project.update("--data", "port=9090").code == 0


MISTAKES = [
    (["--data", "prt=1"], 2, "the blueprint asks no question 'prt'", "did you mean port?"),
    (["--data", "port"], 2, "--data 'port' is no KEY=VALUE", "--data port=9090"),
    (["--data", "port=x"], 2, "port can't be 'x': it must be a whole number", "try again with another port"),
    (["--data-file", "no.yml"], 2, "can't read 'no.yml'", "check the path"),
    (["--to", "--help"], 3, "have no release '--help'", "the newest is"),
    (["--to", "a..b"], 3, "have no release 'a..b'", "the newest is"),
    (["--to", "HEAD@{1}"], 3, "have no release", "the newest is"),
    (["--branch", "-x"], 2, "'-x' can't be the name of a branch", "choose another name"),
    (["--branch", "a b"], 2, "'a b' can't be the name of a branch", "choose another name"),
    (["--branch", "main"], 3, "there is a branch 'main' already", "choose another name"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"), MISTAKES, ids=lambda v: " ".join(v) if isinstance(v, list) else ""
)
def test_mistake(make: Make, arguments: list[str], code: int, message: str, hint: str) -> None:
    project = make(PORT, {"b.txt": "b\n"})
    before = footprint(project.path)
    ran = project.scaffold("update", project.path, *arguments)
    assert (ran.code, ran.stdout, footprint(project.path)) == (code, "", before)
    assert message in ran.stderr
    assert hint in ran.stderr


def test_a_branch(make: Make) -> None:
    project = make({"a.txt": LINES, "old.txt": "old\n"}, {"a.txt": THEIRS, "old.txt": None, "new/b.txt": "b\n"})
    project.put({"a.txt": MINE})
    before, head = snapshot(project.path), project.git("rev-parse", "HEAD")
    ran = project.scaffold("update", project.path, "--branch", "update/v1.1.0")
    assert ran.code == 0
    assert "committed on branch update/v1.1.0: git merge update/v1.1.0" in ran.stdout
    assert (snapshot(project.path), project.git("status", "--porcelain")) == (before, "")
    assert project.git("rev-parse", "HEAD", "update/v1.1.0^") == f"{head}\n{head}"
    assert project.git("log", "-1", "--format=%an %s", "update/v1.1.0") == "Tess Tester Update to blueprint v1.1.0"
    project.git("merge", "--quiet", "update/v1.1.0")
    assert (project.read("a.txt"), project.read("new/b.txt"), project.has("old.txt")) == (BOTH, "b\n", False)
    assert project.scaffold("check", project.path).code == 0


def test_a_branch_that_would_be_made(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    ran = project.scaffold("update", project.path, "--dry-run", "--branch", "side", "--json")
    document = json.loads(ran.stdout)
    assert (document["branch"], document["landed"]) == ("side", False)
    assert project.scaffold("update", project.path, "--dry-run", "--branch", "a b").code == 2
    assert project.git("branch", "--list", "side") == ""


def test_a_branch_takes_no_conflict(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": CLASH}).put({"a.txt": MINE})
    before = footprint(project.path / ".git" / "refs")
    ran = project.scaffold("update", project.path, "--branch", "side")
    assert (ran.code, footprint(project.path / ".git" / "refs")) == (1, before)
    assert "not landed: a branch takes no conflicts; update without --branch" in ran.stdout
    assert project.git("status", "--porcelain") == ""


def test_a_branch_of_a_user_without_a_name(make: Make, tmp_path: Path) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    (tmp_path / "home" / ".gitconfig").write_text("")
    ran = project.scaffold("update", project.path, "--branch", "side")
    assert (ran.code, "hint: git config user.name and user.email" in ran.stderr) == (3, True)
    assert project.git("branch", "--list", "side") == ""


@pytest.mark.parametrize(
    ("there", "name", "why"),
    [
        ("side", "side", "there is a branch 'side' already\n"),
        ("side", "side/v1", "there is a branch 'side' already, so none can be 'side/v1'\n"),
        ("side/v1", "side", "there is a branch 'side/v1' already, so none can be 'side'\n"),
    ],
)
def test_a_branch_that_there_is_no_room_for(make: Make, there: str, name: str, why: str) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    project.git("branch", there)
    before = footprint(project.path)
    ran = project.scaffold("update", project.path, "--branch", name)
    assert (ran.code, ran.stderr) == (3, f"error: {why}hint: choose another name with --branch\n")
    assert footprint(project.path) == before


@pytest.mark.parametrize(
    "name", ["a..b", "a.lock", "a.lock/b", "a/", "/a", "a//b", ".a", "a.", "a b", "@{x", "-a", "@"]
)
def test_what_no_branch_can_be_called(make: Make, name: str) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    ran = project.scaffold("update", project.path, f"--branch={name}")
    assert (ran.code, f"error: {name!r} can't be the name of a branch" in ran.stderr) == (2, True)


@pytest.mark.parametrize("name", ["a", "a/b.c", "lock", "a/lock", "HEAD/a", "ä", "v1.1.0-rc_1", "HEADs"])
def test_what_a_branch_can_be_called(make: Make, name: str) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    assert project.scaffold("update", project.path, "--branch", name).code == 0
    assert project.git("show", f"refs/heads/{name}:a.txt") + "\n" == THEIRS


def test_a_branch_in_a_monorepo_with_something_staged(make: Make, work: Path) -> None:
    git(work, "init", "--quiet", "--initial-branch", "main")
    project = make(
        {"a b.txt": LINES, 'quo"te\\.txt': LINES, "old/x": LINES}, {"a b.txt": THEIRS, "old/x": None, "old": "x\n"}
    )
    put(work, {"other.txt": "staged\n"})
    git(work, "add", "other.txt")
    assert project.scaffold("update", project.path, "--branch", "side").code == 0
    assert git(work, "diff", "--name-status", "main", "side").splitlines() == [
        "M\ttoy/.copier-answers.yml",
        "M\ttoy/a b.txt",
        "A\ttoy/old",
        "D\ttoy/old/x",
    ]
    assert git(work, "status", "--porcelain") == "A  other.txt"


def test_a_branch_filters_no_link(make: Make) -> None:
    yml = "_preserve_symlinks: true\n" + COPIER_YML
    project = make({"copier.yml": yml, "link": File("a", link=True)}, {"link": File("b", link=True)})
    project.git("config", "filter.up.clean", "tr a-z A-Z")
    (project.path / ".git" / "info" / "attributes").write_text("* filter=up\n")
    project.git("add", "--renormalize", ".")
    project.commit()
    assert project.scaffold("update", project.path, "--branch", "side").code == 0
    assert project.git("show", "side:link") == "b"


def test_a_branch_has_what_git_add_would_have_made_of_the_files(make: Make) -> None:
    project = make({"a.txt": LINES, "raw": LINES}, {"a.txt": THEIRS, "raw": THEIRS, "b.bat": LINES, "sub/c.txt": LINES})
    project.git("config", "filter.up.clean", "tr a-z A-Z")
    attributes = "sub/c.txt filter=up\n*.bat text eol=crlf\n"
    (project.path / ".git" / "info" / "attributes").write_text(attributes)
    project.git("config", "core.autocrlf", "true")
    assert project.scaffold("update", project.path, "--branch", "side").code == 0
    made = [project.git("cat-file", "-s", f"side:{name}") for name in ("a.txt", "raw", "b.bat", "sub/c.txt")]
    assert made == [str(len(text)) for text in (THEIRS, THEIRS, LINES, LINES)]
    assert project.git("show", "side:sub/c.txt") + "\n" == LINES.upper()
    # The same as without a branch.
    assert project.scaffold("update", project.path).code == 0
    assert project.git("diff", "--cached", "--stat", "side") == ""


def test_a_dry_run_says_that_nothing_was_written(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    assert project.scaffold("update", project.path, "--dry-run").stdout.endswith("nothing was written\n")


def test_json(make: Make, template: Template) -> None:
    project = make({"a.txt": LINES}, {"a.txt": CLASH}).put({"a.txt": MINE})
    document = json.loads(project.scaffold("update", project.path, "--json").stdout)
    assert document == {
        "path": str(project.path),
        "blueprint": str(template.folder),
        "from": "v1.0.0",
        "to": "v1.1.0",
        "up_to_date": False,
        "landed": True,
        "branch": None,
        "recovered": False,
        "unverified": None,
        "conflicts": ["a.txt"],
        "files": [
            {
                "path": ".copier-answers.yml",
                "outcome": "updated",
                "reason": "the blueprint changed it, and you never edited it",
                "old_path": None,
            },
            {"path": "a.txt", "outcome": "conflict", "reason": "both sides changed the same lines", "old_path": None},
        ],
        "notes": [],
    }


def test_verbose_shows_the_commands(make: Make, scaffold_process: Run) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    assert "+ git " in scaffold_process("update", project.path, "-v").stderr


def test_what_the_new_release_leaves_out_is_left_alone(make: Make, template: Template) -> None:
    yml = "name:\n  type: str\n  default: toy\n_exclude: [copier.yml, .git, {}]\n"
    update = "\"{% if _copier_operation == 'update' %}example.txt{% endif %}\""
    project = make({"copier.yml": yml.format("x"), "example.txt": LINES, "kept.txt": LINES, "a.txt": LINES})
    template.release("v1.1.0", {"copier.yml": yml.format(f"{update}, kept.txt"), "a.txt": THEIRS})
    project.put({"example.txt": MINE})
    done = project.update()
    assert done.files == {".copier-answers.yml": "updated", "a.txt": "updated"}
    assert (project.read("example.txt"), project.read("kept.txt")) == (MINE, LINES)
