"""What must survive an update: every edit, whatever the new release does to the file.

`Project.update` holds on the way that check, diff and the dry run wrote nothing and said what then was done, that the
index has what `git status` needs, and that a second update is none.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Run, sample
from tests.update.conftest import Make
from tests.update.toys import COPIER_YML, File, footprint, git, put

LINES = "".join(f"line {number}\n" for number in range(1, 21))
MINE = LINES.replace("line 3\n", "line 3, mine\n")
THEIRS = LINES.replace("line 17\n", "line 17, theirs\n")
BOTH = MINE.replace("line 17\n", "line 17, theirs\n")
CLASH = LINES.replace("line 3\n", "line 3, theirs\n")


def test_nobody_edited(make: Make) -> None:
    project = make({"a.txt": LINES, "old.txt": "gone\n"}, {"a.txt": THEIRS, "old.txt": None, "new.txt": "new\n"})
    done = project.update()
    assert done.files == {
        ".copier-answers.yml": "updated",
        "a.txt": "updated",
        "new.txt": "added",
        "old.txt": "deleted",
    }
    assert (project.read("a.txt"), project.read("new.txt"), project.has("old.txt")) == (THEIRS, "new\n", False)
    assert project.git("status", "--porcelain").splitlines() == [
        "M  .copier-answers.yml",
        "M  a.txt",
        "A  new.txt",
        "D  old.txt",
    ]


def test_both_edited_different_places(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS}).put({"a.txt": MINE})
    assert project.update().files["a.txt"] == "merged"
    assert project.read("a.txt") == BOTH


def test_both_edited_the_same_place(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": CLASH}).put({"a.txt": MINE})
    done = project.update()
    assert (done.code, done.files["a.txt"]) == (1, "conflict")
    assert (
        "line 2\n<<<<<<< yours\nline 3, mine\n=======\nline 3, theirs\n>>>>>>> blueprint v1.1.0\nline 4\n"
        in project.read("a.txt")
    )
    stages = [project.git("show", f":{stage}:a.txt") + "\n" for stage in (1, 2, 3)]
    assert stages == [LINES, MINE, CLASH]
    assert "UU a.txt" in project.git("status", "--porcelain").splitlines()
    # `git mergetool` and `git checkout --theirs` work as after a merge of git's own.
    project.git("checkout", "--theirs", "a.txt")
    assert project.read("a.txt") == CLASH
    project.git("checkout", "--ours", "a.txt")
    assert project.read("a.txt") == MINE


def test_mergetool_finds_the_conflict(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": CLASH}).put({"a.txt": MINE})
    project.update()
    tool = 'cat "$BASE" "$LOCAL" "$REMOTE" > "$MERGED"'
    project.git("-c", f"mergetool.all.cmd={tool}", "-c", "mergetool.all.trustExitCode=true", "mergetool", "--tool=all")
    assert project.read("a.txt") == LINES + MINE + CLASH


def test_edit_equal_on_both_sides(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS, "b.txt": "b\n"}).put({"a.txt": THEIRS})
    assert "a.txt" not in project.update().files


def test_edit_to_a_renamed_file(make: Make) -> None:
    project = make({"old/name.txt": LINES}, {"old/name.txt": None, "new/name.txt": THEIRS}).put({"old/name.txt": MINE})
    done = project.update()
    assert done.files["new/name.txt"] == "renamed"
    assert done.reason("new/name.txt") == "the blueprint moved it from old/name.txt, and your edit went along"
    assert (project.read("new/name.txt"), project.has("old")) == (BOTH, False)
    assert "old/name.txt" not in done.files


def test_rename_of_a_file_that_nobody_edited(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": None, "b.txt": LINES})
    done = project.update()
    assert (done.files["b.txt"], done.reason("b.txt")) == ("renamed", "the blueprint moved it from a.txt")


def test_clashing_edit_to_a_renamed_file(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": None, "b.txt": CLASH}).put({"a.txt": MINE})
    done = project.update()
    assert (done.code, done.files["b.txt"]) == (1, "conflict")
    assert ">>>>>>> blueprint v1.1.0:b.txt\n" in project.read("b.txt")
    assert "line 3, mine" in project.read("b.txt")


def test_edit_to_a_deleted_file(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": None, "b.txt": "b\n"}).put({"a.txt": MINE})
    done = project.update()
    assert (done.code, done.files["a.txt"]) == (1, "conflict")
    assert project.read("a.txt") == MINE
    assert project.git("show", ":2:a.txt") + "\n" == MINE
    assert done.reason("a.txt") == "the blueprint took it away, and you edited it"


def test_edit_to_a_file_that_is_split(make: Make) -> None:
    top, end = LINES[:-100], LINES[-100:]
    project = make({"a.txt": LINES}, {"a.txt": top, "b.txt": end}).put({"a.txt": MINE})
    done = project.update()
    assert (done.files["a.txt"], done.files["b.txt"]) == ("merged", "added")
    assert project.read("a.txt") == top.replace("line 3\n", "line 3, mine\n")


def test_edit_to_the_part_that_is_split_off(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": LINES[:-100], "b.txt": LINES[-100:]})
    project.put({"a.txt": LINES.replace("line 19\n", "line 19, mine\n")})
    done = project.update()
    assert (done.code, done.files["a.txt"]) == (1, "conflict")
    assert "line 19, mine" in project.read("a.txt")


def test_both_add_the_same_file(make: Make) -> None:
    project = make({}, {"a.txt": "theirs\n"}).put({"a.txt": "mine\n"})
    done = project.update()
    assert (done.code, done.files["a.txt"]) == (1, "conflict")
    assert project.read("a.txt") == "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> blueprint v1.1.0\n"
    assert "AA a.txt" in project.git("status", "--porcelain").splitlines()


@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("old", [LINES, None])
def test_a_file_here_and_a_link_there(make: Make, mine: bool, old: str | None) -> None:
    link = File("b.txt", link=True)
    common = {"copier.yml": f"_preserve_symlinks: true\n{COPIER_YML}", "b.txt": "b\n"}
    project = make(common | ({"a.txt": old} if old else {}), {"a.txt": CLASH if mine else link})
    project.put({"a.txt": link if mine else CLASH})
    done = project.update()
    assert (done.code, done.files["a.txt"]) == (1, "conflict")
    assert done.reason("a.txt") == (
        "a link of yours, a file of the blueprint's, which git checkout --theirs takes"
        if mine
        else "a file of yours, a link of the blueprint's, which git checkout --theirs takes"
    )
    assert (project.path / "a.txt").is_symlink() == mine
    stages = {2: "b.txt" if mine else CLASH, 3: CLASH if mine else "b.txt"} | ({1: LINES} if old else {})
    assert {stage: project.git("show", f":{stage}:a.txt") for stage in stages} == {
        stage: text.rstrip("\n") for stage, text in stages.items()
    }
    project.git("checkout", "--theirs", "a.txt")
    assert (project.path / "a.txt").is_symlink() != mine


def test_both_add_the_same_content(make: Make) -> None:
    project = make({}, {"a.txt": "same\n"}).put({"a.txt": "same\n"})
    assert project.update().document["up_to_date"]


def test_a_file_that_the_user_deleted(make: Make) -> None:
    project = make({"a.txt": LINES, "b.txt": "b\n"}, {"a.txt": THEIRS, "b.txt": "b2\n"}).put({"a.txt": None})
    done = project.update()
    assert (done.code, done.files["a.txt"], project.has("a.txt")) == (0, "kept deleted", False)


def test_a_deleted_file_that_the_blueprint_renames(make: Make) -> None:
    project = make({"a.txt": LINES, "c.txt": "c\n"}, {"a.txt": None, "b.txt": THEIRS, "c.txt": "c2\n"})
    project.put({"a.txt": None})
    done = project.update()
    assert (done.code, done.files["b.txt"], project.has("b.txt")) == (0, "kept deleted", False)
    assert done.reason("b.txt") == "you deleted it as a.txt"


def test_a_deleted_file_that_the_blueprint_deletes_too(make: Make) -> None:
    project = make({"a.txt": LINES, "c.txt": "c\n"}, {"a.txt": None, "c.txt": "c2\n"}).put({"a.txt": None})
    assert "a.txt" not in project.update().files


def test_a_file_that_the_user_renamed(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS}).put({"a.txt": None, "mine.txt": LINES})
    done = project.update()
    assert done.files["mine.txt"] == "merged"
    assert (project.read("mine.txt"), project.has("a.txt")) == (THEIRS, False)


def test_a_file_that_the_user_renamed_and_edited(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS}).put({"a.txt": None, "mine.txt": MINE})
    project.update()
    assert (project.read("mine.txt"), project.has("a.txt")) == (BOTH, False)


@pytest.mark.parametrize("with_others", [False, True])
def test_a_renamed_file_that_the_blueprint_deletes(make: Make, with_others: bool) -> None:
    others = {"z.txt": CLASH} if with_others else {}
    project = make({"a.txt": LINES, "z.txt": LINES}, {"a.txt": None, **others})
    project.put({"a.txt": None, "mine.txt": MINE, **({"z.txt": MINE} if with_others else {})})
    done = project.update()
    # The same whether or not other files are in dispute.
    assert (done.code, done.files["mine.txt"], project.read("mine.txt")) == (1, "conflict", MINE)


def test_both_renamed(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": None, "theirs.txt": THEIRS}).put({"a.txt": None, "mine.txt": MINE})
    done = project.update()
    assert done.code == 1
    assert "line 3, mine" in project.read("mine.txt")
    assert "line 17, theirs" in project.read("theirs.txt")


def test_both_renamed_alike(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": None, "b.txt": THEIRS}).put({"a.txt": None, "b.txt": MINE})
    assert project.update().code == 0
    assert project.read("b.txt") == BOTH


def test_the_users_own_files_are_not_looked_at(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS}).put({"own/own.txt": "own\n", "b.bin": b"\0\xff"})
    done = project.update()
    assert set(done.files) == {".copier-answers.yml", "a.txt"}


@pytest.mark.parametrize("bits", [(True, False), (False, True)])
def test_executable_bit_of_the_blueprint(make: Make, bits: tuple[bool, bool]) -> None:
    project = make({"run.sh": File(LINES, executable=bits[0])}, {"run.sh": File(THEIRS, executable=bits[1])})
    project.put({"run.sh": File(MINE, executable=bits[0])})
    project.update()
    assert (project.read("run.sh"), os.access(project.path / "run.sh", os.X_OK)) == (BOTH, bits[1])
    assert project.git("ls-files", "-s", "run.sh").startswith("100755" if bits[1] else "100644")


def test_executable_bit_of_the_user(make: Make) -> None:
    project = make({"run.sh": LINES}, {"run.sh": THEIRS}).put({"run.sh": File(LINES, executable=True)})
    project.update()
    assert (project.read("run.sh"), os.access(project.path / "run.sh", os.X_OK)) == (THEIRS, True)


def test_executable_bit_where_git_does_not_look(make: Make) -> None:
    project = make({"run.sh": LINES}, {"run.sh": File(LINES, executable=True), "new.sh": File("x", executable=True)})
    project.git("config", "core.fileMode", "false")
    project.update()
    assert [line.split()[0] for line in project.git("ls-files", "-s", "*.sh").splitlines()] == ["100755", "100755"]


@pytest.mark.parametrize("executable", [False, True])
def test_a_file_system_without_executable_bits(make: Make, executable: bool) -> None:
    """As on Windows' disks: one for all, whatever git has."""
    old = {"run.sh": File(LINES, executable=True), "own.sh": File(LINES, executable=True), "a.txt": LINES}
    new = {"run.sh": File(THEIRS, executable=True), "a.txt": THEIRS, "new.sh": File("x", executable=True)}
    project = make(old, {**new, "b.txt": LINES}).put({"own.sh": File(MINE, executable=True)})
    project.git("config", "core.fileMode", "false")
    for path in ("run.sh", "own.sh", "a.txt"):
        (project.path / path).chmod(0o755 if executable else 0o644)
    document = json.loads(project.scaffold("update", project.path, "--json").stdout)
    outcomes = {file["path"]: file["outcome"] for file in document["files"]}
    others = {".copier-answers.yml": "updated", "new.sh": "added", "b.txt": "added", "own.sh": "kept"}
    assert outcomes == {**others, "run.sh": "updated", "a.txt": "updated"}
    modes = {line.split("\t")[1]: line.split()[0] for line in project.git("ls-files", "-s").splitlines()}
    scripts = dict.fromkeys(("run.sh", "own.sh", "new.sh"), "100755")
    assert modes == {**scripts, **dict.fromkeys(("a.txt", "b.txt", ".copier-answers.yml"), "100644")}


@pytest.mark.parametrize("clash", [False, True])
def test_a_file_system_without_links(make: Make, clash: bool) -> None:
    """There git writes what a link holds into a file."""
    yml = "_preserve_symlinks: true\nname:\n  type: str\n  default: toy\n"
    old = {"copier.yml": yml, "a.txt": LINES, "link": File("a.txt", link=True), "other": File("a.txt", link=True)}
    project = make(old, {"b.txt": "b\n", "link": File("b.txt", link=True), "a.txt": CLASH if clash else THEIRS})
    project.put({"a.txt": MINE}).git("config", "core.symlinks", "false")
    for name in ("link", "other"):
        (project.path / name).unlink()
        (project.path / name).write_text("a.txt")
    assert project.git("status", "--porcelain") == ""
    document = json.loads(project.scaffold("update", project.path, "--json").stdout)
    outcomes = {file["path"]: file["outcome"] for file in document["files"]}
    assert (outcomes["link"], "other" in outcomes) == ("updated", False)
    assert project.git("show", ":link") == "b.txt"
    modes = [project.git("ls-files", "-s", name).split()[0] for name in ("link", "other")]
    assert modes == ["120000", "120000"]


def test_symlinks(make: Make) -> None:
    yml = "_preserve_symlinks: true\nname:\n  type: str\n  default: toy\n"
    old = {"copier.yml": yml, "a.txt": LINES, "link": File("a.txt", link=True), "other": File("a.txt", link=True)}
    new = {"b.txt": "b\n", "link": File("b.txt", link=True), "other": File("b.txt", link=True)}
    project = make(old, {**new, "new": File("a.txt", link=True)}).put({"other": File("own.txt", link=True)})
    done = project.update()
    assert done.files["link"] == "updated"
    assert done.files["other"] == "conflict"
    assert [str((project.path / name).readlink()) for name in ("link", "new", "other")] == ["b.txt", "a.txt", "own.txt"]


def test_a_link_becomes_a_file_and_a_file_a_link(make: Make) -> None:
    yml = "_preserve_symlinks: true\nname:\n  type: str\n  default: toy\n"
    old = {"copier.yml": yml, "a": File("c", link=True), "b": "b\n", "c": "c\n"}
    project = make(old, {"a": "a\n", "b": File("c", link=True)})
    project.update()
    assert (project.path / "b").is_symlink()
    assert not (project.path / "a").is_symlink()
    assert project.read("c") == "c\n"


def test_binary(make: Make) -> None:
    old, new, mine = (bytes([0, 255, n]) * 500 for n in (1, 2, 3))
    project = make({"a.bin": old, "b.bin": old, "c.bin": old}, {"a.bin": new, "b.bin": new})
    project.put({"b.bin": mine, "c.bin": mine})
    done = project.update()
    assert [done.files[name] for name in ("a.bin", "b.bin", "c.bin")] == ["updated", "conflict", "kept"]
    assert [(project.path / name).read_bytes() for name in ("a.bin", "b.bin", "c.bin")] == [new, mine, mine]
    stages = project.git("ls-files", "-s", "b.bin").splitlines()
    assert [line.split()[2] for line in stages] == ["1", "2", "3"]


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def test_crlf_of_the_user(make: Make) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES}, {"a.txt": THEIRS, "b.txt": CLASH})
    project.put({"a.txt": crlf(MINE), "b.txt": crlf(MINE)})
    done = project.update()
    assert (done.files["a.txt"], done.files["b.txt"]) == ("merged", "conflict")
    assert project.read("a.txt") == crlf(BOTH)
    assert "line 4\r\n" in project.read("b.txt")


def test_the_stages_of_a_conflict_where_git_has_crlf(make: Make) -> None:
    """What is in git with CRLF stays so, although `core.autocrlf` would have new files there without."""
    project = make({"a.txt": LINES}, {"a.txt": CLASH}).put({"a.txt": crlf(MINE)})
    project.git("config", "core.autocrlf", "true")
    assert project.git("status", "--porcelain") == ""
    assert project.update().files["a.txt"] == "conflict"
    sizes = [int(project.git("cat-file", "-s", f":{stage}:a.txt")) for stage in (1, 2, 3)]
    assert sizes == [len(crlf(text)) for text in (LINES, MINE, CLASH)]


def test_crlf_of_the_blueprint(make: Make) -> None:
    project = make({"a.bat": crlf(LINES), "b.bat": crlf(LINES)}, {"a.bat": crlf(THEIRS), "b.bat": LINES})
    project.put({"a.bat": crlf(MINE)})
    project.update()
    # What the blueprint has in CRLF, and turns into LF, is its own to turn.
    assert (project.read("a.bat"), project.read("b.bat")) == (crlf(BOTH), LINES)


def test_crlf_of_a_blueprint_where_git_has_none(make: Make) -> None:
    """Attributes of the project have LF in git, and so in the work tree."""
    project = make({"a.cmd": crlf(LINES), "b.cmd": crlf(LINES)}, {"a.cmd": crlf(THEIRS), "b.cmd": crlf(THEIRS)})
    done = project.put({".gitattributes": "* text=auto\n", "a.cmd": LINES, "b.cmd": MINE}).update()
    assert (done.files["a.cmd"], done.files["b.cmd"]) == ("updated", "merged")
    assert (project.read("a.cmd"), project.read("b.cmd")) == (THEIRS, BOTH)


@pytest.mark.parametrize("who", ["the blueprint", "the user"])
def test_crlf_of_git_in_a_file_that_moves(make: Make, who: str) -> None:
    new = {"a.txt": None, "c.txt": THEIRS} if who == "the blueprint" else {"a.txt": THEIRS}
    project = make({"a.txt": LINES}, new)
    project.git("config", "core.autocrlf", "true")
    project.put({"a.txt": crlf(MINE)} if who == "the blueprint" else {"a.txt": None, "c.txt": crlf(MINE)})
    done = project.update()
    assert done.files["c.txt"] == ("renamed" if who == "the blueprint" else "merged")
    assert project.read("c.txt") == crlf(BOTH)


@pytest.mark.parametrize("arguments", [[], ["--branch", "side"]])
def test_a_git_that_minds_line_ends(make: Make, arguments: list[str]) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS, "b.txt": "b\n"})
    project.git("config", "core.autocrlf", "true")
    project.git("config", "core.safecrlf", "true")
    assert project.scaffold("update", project.path, *arguments).code == 0


def test_attributes_that_the_release_takes_away(make: Make) -> None:
    project = make(
        {".gitattributes": "*.bat text eol=crlf\n", "a.bat": crlf(LINES)}, {".gitattributes": None, "a.bat": LINES}
    )
    project.update()
    assert project.git("status", "--porcelain", "a.bat") in ("", "M  a.bat")


@pytest.mark.parametrize("how", ["config", "attributes"])
def test_crlf_of_git(make: Make, how: str) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES}, {"a.txt": THEIRS, "b.txt": CLASH}).put({"b.txt": MINE})
    if how == "config":
        project.git("config", "core.autocrlf", "true")
    else:
        project.put({".gitattributes": "*.txt text eol=crlf\n"})
    for name in ("a.txt", "b.txt"):
        (project.path / name).unlink()
    project.git("checkout", "--", ".")
    assert project.read("a.txt") == crlf(LINES)
    project.update()
    assert project.read("a.txt") == crlf(THEIRS)
    # In the repository they are LF still, all three stages of a conflict too.
    assert project.git("ls-files", "--eol", "a.txt").startswith("i/lf")
    assert [project.git("show", f":{stage}:b.txt") + "\n" for stage in (1, 2, 3)] == [LINES, MINE, CLASH]
    project.put({"b.txt": crlf(MINE)}, commit=False).git("add", "b.txt")
    assert project.git("diff", "--cached", "--stat", "b.txt") == ""


NAMES = [
    "naïve ünïcode 名前.txt",
    "with space.txt",
    'quote".txt',
    "tab\t.txt",
    "back\\slash.txt",
    "-dash.txt",
    ":(top).txt",
]


@pytest.mark.parametrize("name", sample(NAMES, every=2))
def test_names(make: Make, name: str) -> None:
    old = {name: LINES, f"clash {name}": LINES, f"gone {name}": LINES}
    project = make(old, {name: THEIRS, f"clash {name}": CLASH, f"gone {name}": None, f"new {name}": "new\n"})
    project.put({f"clash {name}": MINE, name: MINE})
    project.git("config", "core.quotePath", "false")
    done = project.update()
    assert (done.files[name], done.files[f"clash {name}"], done.files[f"new {name}"]) == ("merged", "conflict", "added")
    assert project.read(name) == BOTH


def test_a_name_that_is_no_utf8(make: Make) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    project = make({name: LINES}, {name: THEIRS}).put({name: MINE})
    assert project.scaffold("update", project.path).code == 0
    assert project.read(name) == BOTH


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_a_name_that_is_no_utf8_is_printed(arguments: list[str], make: Make, scaffold_process: Run) -> None:
    project = make({"a.txt": LINES}, {os.fsdecode(b"caf\xe9.txt"): "x"})
    ran = scaffold_process("update", project.path, "--dry-run", *arguments)
    assert (ran.code, ran.stderr) == (0, "")
    assert "caf\\udce9.txt" in ran.stdout


def test_a_name_with_a_newline(make: Make) -> None:
    project = make({"a\nb.txt": LINES}, {"a\nb.txt": CLASH}).put({"a\nb.txt": MINE})
    assert project.update().files["a\nb.txt"] == "conflict"


def test_no_newline_at_the_end(make: Make) -> None:
    project = make({"a.txt": LINES + "end"}, {"a.txt": THEIRS + "end"}).put({"a.txt": MINE + "end"})
    project.update()
    assert project.read("a.txt") == BOTH + "end"


def test_empty_files(make: Make) -> None:
    project = make({"a": "", "b": "", "c": "x\n"}, {"a": "a\n", "c": "", "d": ""}).put({"b": "b\n"})
    done = project.update()
    assert [project.read(name) for name in "abcd"] == ["a\n", "b\n", "", ""]
    assert done.files["b"] == "kept"


def test_a_file_becomes_a_folder(make: Make) -> None:
    project = make({"a": "a\n"}, {"a": None, "a/b": "b\n"})
    project.update()
    assert project.read("a/b") == "b\n"


def test_a_folder_becomes_a_file(make: Make) -> None:
    project = make({"a/b": "b\n"}, {"a/b": None, "a": "a\n"})
    project.update()
    assert project.read("a") == "a\n"


def test_a_folder_with_a_file_of_the_users_in_the_way_of_a_file(make: Make) -> None:
    project = make({"a/b": LINES}, {"a/b": None, "a": "theirs\n"}).put({"a/own": "own\n"})
    done = project.update()
    assert done.code == 1
    assert project.read("a/own") == "own\n"
    assert project.read("a~blueprint-v1-1-0") == "theirs\n"


def test_a_file_of_the_users_in_the_way_of_a_folder(make: Make) -> None:
    project = make({}, {"a/b": "theirs\n"}).put({"a": "own\n"})
    done = project.update()
    assert done.code == 1
    assert (project.read("a/b"), project.read("a~yours")) == ("theirs\n", "own\n")


@pytest.mark.parametrize("old", [{}, {"docs/x.txt": "x\n"}])
def test_empty_folders_of_the_user_in_the_place_of_a_file(make: Make, old: dict[str, str]) -> None:
    project = make({"a": "a\n", **old}, {**dict.fromkeys(old), "docs": "docs\n"})
    (project.path / "docs" / "empty" / "deep").mkdir(parents=True)
    project.update()
    assert project.read("docs") == "docs\n"


def test_an_ignored_file_in_the_place_of_a_folder(make: Make) -> None:
    project = make({"conf": LINES, "a": "a\n"}, {"conf": None, "conf/x": "x\n"})
    project.git("rm", "--quiet", "--cached", "conf")
    project.put({".gitignore": "/conf\n", "conf": MINE})
    before = footprint(project.path)
    ran = project.scaffold("update", project.path)
    assert (ran.code, footprint(project.path)) == (3, before)
    assert "error: 'conf' is in the way of 'conf/x', and is left alone\nhint: move it away" in ran.stderr


def test_an_ignored_file_that_was_another(make: Make) -> None:
    project = make({".env.example": LINES}, {".env.example": CLASH, ".env": "new\n"})
    done = project.put({".gitignore": ".env\n", ".env.example": None, ".env": MINE}).update()
    assert (done.files[".env"], done.files[".env.example"], project.read(".env")) == ("kept", "kept deleted", MINE)


def test_empty_folders_of_the_user_stay(make: Make) -> None:
    project = make({"a/b": "b\n"}, {"a/b": None, "c/d": "d\n"})
    (project.path / "empty").mkdir()
    (project.path / "c" / "d").mkdir(parents=True)
    project.update()
    assert (project.has("empty"), project.has("a"), project.read("c/d")) == (True, False, "d\n")


# Files that git ignores: what the user has there is in no commit, so nothing could bring it back.


def test_an_ignored_file_where_the_blueprint_adds_one(make: Make) -> None:
    project = make({".gitignore": "*.env\n"}, {".gitignore": "*.env\n", "a.env": "theirs\n", "b.txt": "b\n"})
    project.put({"a.env": "secret\n"})
    done = project.update()
    assert (done.files["a.env"], project.read("a.env")) == ("kept", "secret\n")
    assert "a.env" not in project.git("ls-files").splitlines()


@pytest.mark.parametrize("clash", [False, True])
def test_an_ignored_file_of_the_blueprint_that_the_user_edited(make: Make, clash: bool) -> None:
    project = make({"a.env": LINES}, {"a.env": CLASH if clash else THEIRS, "b.txt": "b\n"})
    project.git("rm", "--quiet", "--cached", "a.env")
    project.put({".gitignore": "*.env\n", "a.env": MINE})
    done = project.update()
    assert (done.files["a.env"], project.read("a.env")) == ("kept", MINE)


def test_an_ignored_file_of_the_blueprint_that_nobody_edited(make: Make) -> None:
    project = make({"a.env": LINES, "old.env": LINES}, {"a.env": THEIRS, "old.env": None, "b.txt": "b\n"})
    project.git("rm", "--quiet", "--cached", "a.env", "old.env")
    project.put({".gitignore": "*.env\n"})
    done = project.update()
    assert (done.files["a.env"], project.read("a.env"), project.has("old.env")) == ("updated", THEIRS, False)
    # What the user told git not to know stays unknown to it.
    assert project.git("ls-files", "*.env") == ""


def test_an_ignored_file_is_on_no_branch(make: Make) -> None:
    project = make({"a.env": LINES, "old.env": LINES}, {"a.env": THEIRS, "old.env": None, "b.txt": "b\n"})
    project.git("rm", "--quiet", "--cached", "a.env", "old.env")
    project.put({".gitignore": "*.env\n"})
    document = json.loads(project.scaffold("update", project.path, "--branch", "side", "--json").stdout)
    outcomes = {file["path"]: (file["outcome"], file["reason"]) for file in document["files"]}
    kept = ("kept", "git ignores it, so it is on no branch")
    assert (outcomes["a.env"], outcomes["old.env"]) == (kept, kept)
    assert (project.read("a.env"), project.read("old.env")) == (LINES, LINES)
    assert project.git("diff", "--name-only", "main", "side").splitlines() == [".copier-answers.yml", "b.txt"]


@pytest.mark.parametrize("name", ["build", "build/deep/out.bin"])
def test_an_ignored_folder_in_the_way(make: Make, name: str) -> None:
    project = make({".gitignore": "/build/\n/build\n"}, {"build" if name != "build" else "build/x": "theirs\n"})
    project.put({name: "precious\n"})
    before = project.git("status", "--porcelain")
    ran = project.scaffold("update", project.path)
    assert (ran.code, project.git("status", "--porcelain")) == (3, before)
    assert "'build' is in the way" in ran.stderr
    assert project.read(name) == "precious\n"


def test_skip_if_exists(make: Make) -> None:
    yml = "_skip_if_exists: ['keep*.txt']\nname:\n  type: str\n  default: toy\n"
    old = {"copier.yml": yml, "keep.txt": LINES, "keep2.txt": LINES}
    project = make(old, {"keep.txt": THEIRS, "keep2.txt": THEIRS, "keep-new.txt": "x\n"}).put({"keep.txt": MINE})
    done = project.update()
    assert [done.files.get(name) for name in ("keep.txt", "keep2.txt", "keep-new.txt")] == ["kept", "kept", "added"]
    assert (project.read("keep.txt"), project.read("keep2.txt")) == (MINE, LINES)


def test_merge_attributes_of_the_project_hold(make: Make) -> None:
    project = make({"a.lock": LINES, "b.md": "x\n"}, {"a.lock": THEIRS, "b.md": "x\ntheirs\n"})
    project.put({".gitattributes": "*.lock -merge\n*.md merge=union\n", "a.lock": MINE, "b.md": "x\nmine\n"})
    done = project.update()
    assert (done.files["a.lock"], project.read("a.lock")) == ("conflict", MINE)
    assert project.read("b.md") == "x\nmine\ntheirs\n"


def test_the_answers_file_is_the_blueprints(make: Make) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    text = project.read(".copier-answers.yml")
    project.put({".copier-answers.yml": "# a note of mine\n" + text.replace("\n", " # my own\n", 1)})
    done = project.update()
    assert done.code == 0
    assert "_commit: v1.1.0\n" in project.read(".copier-answers.yml")


@pytest.mark.parametrize("edited", [False, True])
def test_merge_attributes_that_the_blueprint_takes_away(make: Make, edited: bool) -> None:
    old, new = {".gitattributes": "*.txt -diff\n", "a.txt": LINES}, {".gitattributes": None, "a.txt": CLASH}
    done = (project := make(old, new).put({"a.txt": MINE if edited else LINES})).update()
    assert (done.files[".gitattributes"], done.files["a.txt"]) == ("deleted", "conflict" if edited else "updated")
    assert not project.has(".gitattributes")
    assert "D  .gitattributes" in project.git("status", "--porcelain").splitlines()


def test_edits_to_binaries_that_change_names(make: Make) -> None:
    one, two = bytes(range(256)) * 40, bytes(range(255, -1, -1)) * 40
    project = make({"a.bin": one, "b.bin": two}, {"a.bin": None, "b.bin": None, "z.bin": one, "y.bin": two})
    done = project.put({"a.bin": one + b"mine", "b.bin": two + b"mine"}).update()
    old_paths = {file["path"]: file["old_path"] for file in done.document["files"]}
    assert (old_paths["z.bin"], old_paths["y.bin"]) == ("a.bin", "b.bin")


@pytest.mark.parametrize("clash", [False, True])
def test_names_that_look_like_options(make: Make, clash: bool) -> None:
    old, new = {"-a": LINES, "--remove": LINES, "-z": LINES}, {"-a": CLASH, "--remove": CLASH, "-z": None}
    done = make(old, new).put({"-a": MINE if clash else LINES}).update()
    assert (done.files["-a"], done.files["--remove"], done.files["-z"]) == (
        "conflict" if clash else "updated",
        "updated",
        "deleted",
    )


@pytest.mark.parametrize("bit", ["--skip-worktree", "--assume-unchanged"])
@pytest.mark.parametrize("arguments", [[], ["--branch", "up"], ["--dry-run"]])
def test_an_edit_that_git_is_told_not_to_see(make: Make, bit: str, arguments: list[str]) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES}, {"a.txt": THEIRS})
    project.git("update-index", bit, "a.txt", "b.txt")
    project.put({"a.txt": MINE, "b.txt": MINE}, commit=False)
    before = footprint(project.path)
    ran = project.scaffold("update", project.path, *arguments)
    assert (ran.code, footprint(project.path)) == (3, before)
    assert "git is told not to look at 'a.txt'" in ran.stderr
    assert "hint: git update-index --no-skip-worktree --no-assume-unchanged a.txt" in ran.stderr


def test_a_file_that_git_overlooks_and_nobody_changes(make: Make) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES}, {"a.txt": THEIRS})
    project.git("update-index", "--skip-worktree", "b.txt")
    project.put({"b.txt": MINE}, commit=False)
    assert project.scaffold("update", project.path).code == 0
    assert (project.read("a.txt"), project.read("b.txt")) == (THEIRS, MINE)
    assert project.git("ls-files", "-v", "b.txt") == "S b.txt"


def test_an_edit_elsewhere_that_git_knows_by_the_time_of_its_index(make: Make, work: Path) -> None:
    """One of the same size, as old as the index: git looks into such a file, unless the index seems newer."""
    git(work, "init", "--quiet", "--initial-branch", "main")
    git(work, "config", "core.trustCtime", "false")
    other, index = work / "other.txt", work / ".git" / "index"
    other.write_text("111111\n")
    project = make({"a.txt": LINES}, {"a.txt": THEIRS})
    other.write_text("222222\n")
    os.utime(other, (1_000_000_000, 1_000_000_000))
    git(work, "add", "other.txt")
    other.write_text("333333\n")
    for file in (other, index):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    assert project.scaffold("update", project.path).code == 0
    assert "MM other.txt" in git(work, "status", "--porcelain").splitlines()


@pytest.mark.parametrize("clash", [False, True])
@pytest.mark.parametrize("limit", [10, 100_000])
def test_folders_files_and_links_change_places(
    make: Make, monkeypatch: pytest.MonkeyPatch, clash: bool, limit: int
) -> None:
    """However many command lines the names need."""
    monkeypatch.setattr("scaffold.staging._COMMAND_LINE", limit)
    yml = COPIER_YML + "_preserve_symlinks: true\n"
    old = {"copier.yml": yml, "a.txt": LINES, "d/x": "x\n", "f": "f\n", "g/h": "h\n"}
    new = {"a.txt": CLASH, "d/x": None, "e/x": "x\n", "d": File("e", link=True), "f": None, "f/i": "i\n", "g/h": None}
    project = make(old, {**new, "g": "g\n"}).put({"a.txt": MINE if clash else LINES})
    assert project.update().code == clash
    staged = project.git("ls-files", "--stage").splitlines()
    assert {line.split("\t")[1] for line in staged} >= {"d", "e/x", "f/i", "g"}
    assert next(line for line in staged if line.endswith("\td")).startswith("120000 ")


def test_files_of_git_lfs_stay_pointers(make: Make) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES}, {"a.txt": THEIRS, "b.txt": CLASH})
    # A filter as git-lfs has one: what is committed is not what lies on the disk.
    project.git("config", "filter.up.clean", "tr a-z A-Z")
    project.git("config", "filter.up.smudge", "tr A-Z a-z")
    project.put({".gitattributes": "*.txt filter=up\n", "b.txt": MINE})
    project.git("add", "--renormalize", ".")
    project.commit()
    project.update()
    assert project.read("a.txt") == THEIRS
    assert project.git("show", ":a.txt") + "\n" == THEIRS.upper()
    assert [project.git("show", f":{n}:b.txt") + "\n" for n in (1, 2, 3)] == [t.upper() for t in (LINES, MINE, CLASH)]


SETTINGS = {
    "the project's": "",
    "the user's": "[core]\n\thooksPath = {}\n",
    "in every new repository": "[init]\n\ttemplateDir = {}/..\n",
}


@pytest.mark.parametrize("new", [CLASH, THEIRS])
@pytest.mark.parametrize("where", SETTINGS)
def test_hooks_of_the_user_are_not_run(
    new: str, where: str, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make({"a.txt": LINES, "old.txt": "old\n"}, {"a.txt": new, "old.txt": None, "b.txt": "b\n"})
    project.put({"a.txt": MINE})
    hooks = (project.path / ".git" if where == "the project's" else tmp_path / "shared") / "hooks"
    for name in ("pre-commit", "commit-msg", "post-commit", "post-checkout", "post-index-change"):
        put(hooks, {name: File(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\n", executable=True)})
    put(hooks, {"reference-transaction": File(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n", executable=True)})
    with (tmp_path / "home" / ".gitconfig").open("a") as config:
        config.write(SETTINGS[where].format(hooks))
    monkeypatch.setenv("SCAFFOLD_CACHE_DIR", str(tmp_path / "cache"))
    codes = [project.scaffold("update", project.path, *options).code for options in (["--branch", "side"], [])]
    assert codes == [int(new == CLASH)] * 2
    assert list(tmp_path.glob("ran*")) == []


FOREIGN = [
    *("GIT_LITERAL_PATHSPECS=1", "GIT_GLOB_PATHSPECS=1", "GIT_NOGLOB_PATHSPECS=1", "GIT_ICASE_PATHSPECS=1"),
    *("GIT_DIFF_OPTS=--unified=0", "GIT_EXTERNAL_DIFF=false", "GIT_CONFIG=/dev/null", "GIT_QUARANTINE_PATH=/tmp"),
    *("GIT_DIR=/tmp", "GIT_INDEX_FILE=/tmp/index", "GIT_WORK_TREE=/tmp", "GIT_OBJECT_DIRECTORY=/tmp"),
    *("GIT_DEFAULT_HASH=sha256", "GIT_TRACE=1", "GIT_GRAFT_FILE=/tmp/no", "GIT_SHALLOW_FILE=/tmp/no"),
    *("GIT_REPLACE_REF_BASE=refs/heads", "GIT_ATTR_SOURCE=HEAD", "GIT_INDEX_VERSION=4", "GIT_FLUSH=1"),
]


@pytest.mark.parametrize("settings", [FOREIGN, *(pytest.param([one], marks=pytest.mark.exhaustive) for one in FOREIGN)])
def test_the_environment_of_a_hook_or_a_script(
    settings: list[str], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = {"a.txt": LINES, "*.txt": LINES, "c.txt": LINES}, {"a.txt": THEIRS, "*.txt": THEIRS, "c.txt": CLASH}
    project = make(old, new).put({"a.txt": MINE, "c.txt": MINE})
    patch = project.scaffold("diff", project.path).stdout
    with monkeypatch.context() as context:
        for setting in settings:
            context.setenv(*setting.split("=", 1))
        context.setenv("SCAFFOLD_CACHE_DIR", str(project.path.parent / "cache"))
        assert project.scaffold("diff", project.path).stdout == patch
        assert project.scaffold("update", project.path).code == 1
    assert [project.read(name) for name in ("a.txt", "*.txt")] == [BOTH, THEIRS]
    assert project.git("status", "--porcelain").splitlines() == [
        "M  *.txt",
        "M  .copier-answers.yml",
        "M  a.txt",
        "UU c.txt",
    ]


def test_an_old_git_is_named(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make({"a.txt": LINES}, {"a.txt": THEIRS}).put({"a.txt": MINE})
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    script = (
        f'#!/bin/sh\ncase "$*" in *merge-tree*) echo "usage: git merge-tree" >&2; exit 129;; esac\nexec {real} "$@"\n'
    )
    put(tmp_path / "bin", {"git": File(script, executable=True)})
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    ran = project.scaffold("update", project.path)
    assert (ran.code, "hint: upgrade to git 2.38 or newer" in ran.stderr) == (3, True)
    assert git(project.path, "status", "--porcelain") == ""
