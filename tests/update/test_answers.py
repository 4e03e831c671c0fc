"""Answers that are missing, hand-edited, of the wrong type or hostile: a sentence and a hint, and nothing run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Run, sample
from tests.update.conftest import Make
from tests.update.toys import File, Project, Template, footprint, git, put

YML = """
name: {type: str, default: toy}
port: {type: int, default: 8080}
debug: {type: bool, default: false}
ratio: {type: float, default: 0.5}
colours: {type: str, multiselect: true, choices: [red, green], default: [red]}
extra: {type: yaml, default: {}}
blob: {type: json, default: "{}"}
kind: {type: str, choices: [one, two], default: one}
hidden: {type: str, default: x, when: "{{ debug }}"}
shout: {type: str, default: "{{ name | upper }}", when: false}
"""
FILES = {"copier.yml": YML, "a.txt.jinja": "{{ name }} {{ port }} {{ shout }}\n"}
ANSWERS = ".copier-answers.yml"


@pytest.fixture
def project(make: Make) -> Project:
    return make(FILES, {"b.txt": "b\n"})


def check_refused(project: Project, message: str, hint: str = "", code: int = 3) -> None:
    project.commit()
    before = footprint(project.path)
    for command in ("check", "diff", "update"):
        ran = project.scaffold(command, project.path)
        assert (ran.code, ran.stdout) == (code, ""), (command, ran)
        assert message in ran.stderr, ran.stderr
        assert "hint: " in ran.stderr
        assert hint in ran.stderr, ran.stderr
        assert "Traceback" not in ran.stderr
        assert footprint(project.path) == before


def edit(project: Project, pattern: str, replacement: str) -> Project:
    text = project.read(ANSWERS)
    new = re.sub(pattern, lambda _: replacement, text, count=1, flags=re.MULTILINE)
    assert new != text
    return project.put({ANSWERS: new}, commit=False)


def test_no_answers_file(project: Project) -> None:
    project.put({ANSWERS: None}, commit=False)
    check_refused(project, f"holds no {ANSWERS}, so no blueprint made it", "name a project's folder")


def test_a_new_answer_is_not_blamed_on_the_recorded_ones(make: Make) -> None:
    project = make(FILES)
    for arguments in (["port=x"], ["debug=maybe"], ["ratio=1_0"]):
        ran = project.scaffold("update", project.path, "--data", *arguments)
        assert (ran.code, ANSWERS in ran.stderr) == (2, False)


def test_no_project(project: Project) -> None:
    (project.path / "deep" / "er").mkdir(parents=True)
    hint = f"hint: name the project that it is a part of: {project.path}\n"
    for name, message in (("no", "there is no "), ("a.txt", "is no folder\n"), ("deep/er", f"holds no {ANSWERS}")):
        ran = project.scaffold("update", project.path / name)
        assert (ran.code, message in ran.stderr) == (3, True)
        assert (hint in ran.stderr) == (name != "no")


def test_an_empty_answers_file(project: Project) -> None:
    project.put({ANSWERS: ""}, commit=False)
    check_refused(project, "holds no answers by name", f"git checkout HEAD -- {ANSWERS}")


def test_a_folder_for_an_answers_file(project: Project) -> None:
    project.put({ANSWERS: None, f"{ANSWERS}/x": "x"}, commit=False)
    check_refused(project, "holds no .copier-answers.yml")


def test_a_link_for_an_answers_file(project: Project, tmp_path: Path) -> None:
    (tmp_path / "outside.yml").write_text(project.read(ANSWERS))
    project.put({ANSWERS: File(str(tmp_path / "outside.yml"), link=True)}, commit=False)
    check_refused(project, "holds no .copier-answers.yml")


BROKEN = [
    (": : :", "is no valid YAML"),
    ("- a\n- b\n", "holds no answers by name"),
    ("1: 2\n", "holds no answers by name"),
    ("just text", "holds no answers by name"),
    ("? [a, b]\n: c\n", "is no valid YAML"),
    ("a: !!python/object/apply:os.system ['touch /tmp/scaffold-owned']\n", "is no valid YAML"),
    ("[" * 1000, "is no valid YAML"),
    ("a: &a [*a]\n", "is no valid YAML: its aliases make too much of it"),
    ("a: !!timestamp x\n", "is no valid YAML"),
    ("a: \x07\n", "is no valid YAML"),
    ("a: 1\n---\nb: 2\n", "is no valid YAML"),
    ("_commit: v1.0.0\n", "does not say which blueprint made it: _src_path is None"),
    ("_src_path: [a]\n", "does not say which blueprint made it: _src_path is ['a']"),
    ("_src_path: ''\n", "does not say which blueprint made it"),
]


@pytest.mark.parametrize(("text", "message"), sample(BROKEN, every=3), ids=[text[:20] for text, _ in BROKEN])
def test_no_answers_at_all(project: Project, text: str, message: str) -> None:
    project.put({ANSWERS: text}, commit=False)
    check_refused(project, message, "restore it from git")


def test_bytes_that_are_no_utf8(project: Project) -> None:
    project.put({ANSWERS: b"name: caf\xe9\n"}, commit=False)
    check_refused(project, "can't read")


def test_a_billion_laughs(project: Project) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    project.put({ANSWERS: project.read(ANSWERS) + "\n".join(lines) + "\n"}, commit=False)
    check_refused(project, "is no valid YAML: its aliases make too much of it")


def test_a_key_twice(project: Project) -> None:
    edit(project, "^port: 8080", "port: 8080\nport: 9090")
    check_refused(project, "the key 'port' stands twice", "restore it")


def test_an_unknown_key(project: Project) -> None:
    edit(project, "^port: 8080", "port: 8080\nprot: 1")
    check_refused(project, "has the answer 'prot', and v1.0.0 asks no such question", "take the line prot out")


def test_a_missing_key(project: Project) -> None:
    edit(project, "^port: 8080\n", "")
    check_refused(project, "lacks the answer 'port'", f"restore it: git checkout HEAD -- {ANSWERS}")


@pytest.mark.parametrize("line", ["hidden: x", "shout: TOY"])
def test_an_answer_that_an_older_copier_recorded(project: Project, line: str) -> None:
    edit(project, "^port: 8080", f"port: 8080\n{line}")
    assert project.commit().update().code == 0
    assert line not in project.read(ANSWERS)


WRONG = [
    ("port: 8080", "port: many", "port can't be 'many': it must be a whole number"),
    ("port: 8080", "port: [1]", "port can't be [1]"),
    ("port: 8080", "port: null", "port can't be None"),
    ("port: 8080", "port: .inf", "port can't be inf"),
    ("port: 8080", "port: .nan", "port can't be nan"),
    ("port: 8080", "port: 2026-01-01", "port can't be 2026-01-01: it must be a whole number"),
    ("name: toy", "name: null", "name can't be None"),
    ("ratio: 0.5", "ratio: half", "ratio can't be 'half'"),
    ("kind: one", "kind: three", "kind can't be 'three'"),
    ("kind: one", "kind: [one]", "kind can't be ['one']"),
    ("colours:\n- red", "colours: 'red: ['", "colours can't be"),
    ("colours:\n- red", "colours: red", "colours can't be 'red'"),
    ("colours:\n- red", "colours: 5", "colours can't be 5"),
]


@pytest.mark.parametrize(("old", "new", "message"), sample(WRONG, every=3), ids=[new for _, new, _ in WRONG])
def test_the_wrong_type(project: Project, old: str, new: str, message: str) -> None:
    edit(project, f"^{old}$", new)
    check_refused(project, f"in {ANSWERS} {message}", f"git checkout HEAD -- {ANSWERS}")


ODD = [
    ("port: 8080", "port: '8080'"),
    ("name: toy", "name: '{{ 7 * 7 }}'"),
    ("name: toy", 'name: "a\\0b\\e[31m"'),
    ("name: toy", "name: 'a\n\n  b'"),
    ("extra: {}", "extra: {a: {b: [1, 2, {c: null}]}}"),
    ("debug: false", "debug: 'yes'"),
    ("ratio: 0.5", "ratio: 1e3"),
]


@pytest.mark.parametrize(("old", "new"), sample(ODD, every=3), ids=[new for _, new in ODD])
def test_hand_edited_and_taken(project: Project, old: str, new: str) -> None:
    edit(project, f"^{old}$", new)
    project.commit()
    if "debug" in new:  # it makes the blueprint ask one more
        check_refused(project, "lacks the answer 'hidden'")
        return
    assert project.scaffold("update", project.path).code == 0
    assert "49" not in project.read("a.txt")


# What the answers say of their blueprint is checked before git sees it.

SOURCES = [
    "--upload-pack=touch owned",
    "-u./owned",
    "ext::sh -c 'touch owned'",
    "ext::touch% owned",
    "fd::17/foo",
    "git+ext::touch owned",
    "https://host/x::ext::touch",
    "file::/etc",
    "ftp://host/x.git",
    "data:text/plain,x",
    "ssh://-oProxyCommand=touch owned/x",
    "ssh://-oProxyCommand=x/y",
    "-oProxyCommand=x:y",
    "git@-oProxyCommand=x:y",
    "host with space:x",
    "https://host/a b",
    "https://-x/y",
    "no/such/folder",
    "/no/such/folder",
    "~nobody-of-that-name/x",
    "x" * 5000,
    "a\0b",
    "https://host/\nname",
]


@pytest.mark.parametrize("source", sample(SOURCES), ids=[source[:30].replace("\0", "NUL") for source in SOURCES])
def test_a_hostile_source(project: Project, source: str, tmp_path: Path) -> None:
    edit(project, "^_src_path: .*$", f"_src_path: {json.dumps(source)}")
    check_refused(project, "is no blueprint: neither a git URL nor a folder", "give a URL such as")
    assert list(tmp_path.rglob("owned")) == []


REFS = [
    "--help",
    "--upload-pack=x",
    "-",
    "HEAD~1",
    "v1.0.0^{tree}",
    ":/x",
    "@{-1}",
    "a..b",
    "v1.0.0 x",
    "no-such",
    "../x",
]


@pytest.mark.parametrize("ref", ["HEAD", "main"])
def test_a_ref_that_moves(project: Project, ref: str) -> None:
    edit(project, "^_commit: .*$", f"_commit: {ref}")
    check_refused(
        project, f"{ANSWERS} records '{ref}', which is another commit every day", f"git checkout HEAD -- {ANSWERS}"
    )


def test_a_branch_that_looks_like_a_commit(project: Project, template: Template) -> None:
    git(template.folder, "branch", "dev-g")
    edit(project, "^_commit: .*$", "_commit: dev-g")
    check_refused(project, f"{ANSWERS} records 'dev-g', which is another commit every day", "git checkout HEAD")


@pytest.mark.parametrize("ref", sample(REFS))
def test_a_hostile_ref(project: Project, ref: str) -> None:
    edit(project, "^_commit: .*$", f"_commit: {json.dumps(ref)}")
    check_refused(project, f"have no release {ref!r}", "the newest is v1.1.0")


@pytest.mark.parametrize("ref", ["1.0", "5", "[v1]", "{}", "2026-01-01"])
def test_a_ref_that_is_no_text(project: Project, ref: str) -> None:
    edit(project, "^_commit: .*$", f"_commit: {ref}")
    check_refused(project, "which is no text", "restore it")


def test_no_ref(project: Project) -> None:
    edit(project, "^_commit: .*\n", "")
    check_refused(project, "which has no versions to compare with", "make it again from a blueprint with tags")


def test_a_blueprint_without_versions(template: Template, scaffold: Run, work: Path) -> None:
    template.release("v1.0.0", FILES)
    put(work / "plain", {path.name: path.read_bytes() for path in template.folder.iterdir() if path.is_file()})
    assert scaffold("new", "toy", "--blueprint", "./plain").code == 0
    check_refused(Project(work / "toy", scaffold), "which has no versions to compare with")


def test_a_prepared_repository_is_not_obeyed(project: Project, scaffold: Run, tmp_path: Path) -> None:
    """What a clone brings along may look like a repository: git would run what the settings in it say."""
    evil = project.path / "docs"
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", "--bare", template, evil)
    hook = tmp_path / "hook"
    put(tmp_path, {"hook": File(f"#!/bin/sh\ntouch {tmp_path}/owned\n", executable=True)})
    for setting in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "uploadpack.packObjectsHook"):
        git(evil, "config", setting, str(hook))
    put(evil, {f"hooks/{name}": File(hook.read_bytes(), executable=True) for name in ("post-checkout", "pre-receive")})
    edit(project, "^_src_path: .*$", "_src_path: docs")
    project.commit()
    for command in ("check", "diff", "update"):
        assert scaffold(command, project.path, cwd=project.path).code in (0, 1)
    assert not (tmp_path / "owned").exists()


# Sources that Copier takes, and so do we.


@pytest.mark.parametrize("source", ["../../template", "../../template/", "./../../template"])
def test_a_relative_source(project: Project, source: str) -> None:
    edit(project, "^_src_path: .*$", f"_src_path: {source}")
    project.commit()
    assert project.update().code == 0  # from elsewhere: it is relative to the project
    assert f"_src_path: {source}\n" in project.read(ANSWERS)
    assert project.scaffold("check", cwd=project.path).code == 0  # and from inside, as with Copier


def test_a_source_below_home(project: Project, tmp_path: Path) -> None:
    (tmp_path / "template").rename(tmp_path / "home" / "template")
    edit(project, "^_src_path: .*$", "_src_path: ~/template")
    assert project.commit().update().code == 0
    assert "_src_path: ~/template\n" in project.read(ANSWERS)


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("gh:acme/toy", "https://github.com/acme/toy.git"),
        ("gh:acme/toy.git", "https://github.com/acme/toy.git"),
        ("gl:acme/group/toy", "https://gitlab.com/acme/group/toy.git"),
        ("git+https://git.example.com/toy", "https://git.example.com/toy"),
        ("git@git.example.com:toy.git", "git@git.example.com:toy.git"),
    ],
)
def test_a_shortcut(project: Project, source: str, url: str, tmp_path: Path) -> None:
    git(tmp_path, "config", "--global", f"url.file://{tmp_path}/template.insteadOf", url)
    edit(project, "^_src_path: .*$", f"_src_path: {source}")
    assert project.commit().update().code == 0
    assert f"_src_path: {source}\n" in project.read(ANSWERS)


def test_a_bundle(template: Template, scaffold: Run, work: Path) -> None:
    template.release("v1.0.0", FILES)
    git(template.folder, "bundle", "create", "--quiet", work / "toy.bundle", "--all")
    assert scaffold("new", "toy", "--blueprint", "toy.bundle").code == 0
    template.release("v1.1.0", {"b.txt": "b\n"})
    git(template.folder, "bundle", "create", "--quiet", work / "toy.bundle", "--all")
    assert Project(work / "toy", scaffold).update().files["b.txt"] == "added"


def test_a_template_in_a_linked_work_tree(template: Template, scaffold: Run, work: Path) -> None:
    template.release("v1.0.0", FILES)
    git(template.folder, "worktree", "add", "--quiet", "--detach", work / "side")
    assert scaffold("new", "toy", "--blueprint", "side").code == 0
    template.release("v1.1.0", {"b.txt": "b\n"})
    assert Project(work / "toy", scaffold).update().files["b.txt"] == "added"


def test_an_unreachable_source(project: Project, tmp_path: Path) -> None:
    (tmp_path / "template").rename(tmp_path / "moved")
    check_refused(project, "is no blueprint: neither a git URL nor a folder")
    edit(project, "^_src_path: .*$", f"_src_path: file://{tmp_path}/template")
    check_refused(project, f"can't get the blueprint 'file://{tmp_path}/template'", "check the address and the network")


# Another name for the answers file.


def own_name(template: Template, tag: str) -> None:
    put(template.folder, {"copier.yml": f"_answers_file: .copier-answers.toy.yml\n{YML}"})
    template.release(tag, {"a.txt.jinja": "{{ name }} {{ port }}\n"})


def test_an_answers_file_of_the_blueprints_own_name(template: Template, make: Make) -> None:
    own_name(template, "v1.0.0")
    project = make(None, {"b.txt": "b\n"})
    assert project.has(".copier-answers.toy.yml")
    done = project.update()
    assert done.files == {".copier-answers.toy.yml": "updated", "b.txt": "added"}
    project.commit()
    assert project.update("--data", "port=9090").files == {".copier-answers.toy.yml": "updated", "a.txt": "updated"}


def test_an_answers_file_of_the_users_own_name(project: Project) -> None:
    project.git("mv", ANSWERS, ".copier-answers.mine.yml")
    done = project.commit().update()
    assert done.files == {".copier-answers.mine.yml": "updated", "b.txt": "added"}
    assert not project.has(ANSWERS)


def test_a_release_that_renames_the_answers_file(template: Template, make: Make) -> None:
    project = make(FILES)
    own_name(template, "v1.1.0")
    done = project.update()
    assert done.files[".copier-answers.toy.yml"] in ("renamed", "added")
    assert not project.has(ANSWERS)


def test_several_blueprints(project: Project) -> None:
    text = project.read(ANSWERS)
    project.put({ANSWERS: None, ".copier-answers.a.yml": text, ".copier-answers.b.yml": text}, commit=False)
    check_refused(
        project,
        "comes from several blueprints: .copier-answers.a.yml, .copier-answers.b.yml",
        "copier update --answers-file NAME",
    )


def test_a_blueprint_that_writes_no_answers(template: Template, make: Make) -> None:
    project = make({**FILES, "a.txt": "x"})
    text = project.read(ANSWERS)
    (template.folder / "{{ _copier_conf.answers_file }}.jinja").unlink()
    git(template.folder, "commit", "--quiet", "--all", "-m", "no answers")
    git(template.folder, "tag", "--force", "v1.0.0")
    template.release("v1.1.0", {"b.txt": "b"})
    project.put({ANSWERS: text})
    check_refused(project, f"writes no {ANSWERS}", "its authors have to add one")
