"""A malicious blueprint: without --trust it writes regular files below the project, or nothing at all."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_terminal import Terminal
from tests.conftest import Run, sample
from tests.update.conftest import Make
from tests.update.test_survive import LINES, MINE, THEIRS
from tests.update.toys import Content, File, Template, footprint, git, put, snapshot

NAME = "name: {type: str, default: toy}\n"

Attempt = Callable[[dict[str, Content]], str]


@pytest.fixture
def attempt(template: Template, scaffold: Run, work: Path, tmp_path: Path) -> Attempt:
    """Offer files as a first release to `new`, and as a second one to `update`: both refuse, and nothing has changed.

    Returns the sentence.
    """

    def attempt(files: dict[str, Content]) -> str:
        (tmp_path / "outside").mkdir()
        put(tmp_path, {"outside/file": "outside\n"})
        template.release("v1.0.0", {"copier.yml": NAME, "a.txt": LINES})
        assert scaffold("new", "good", "--blueprint", template.folder).code == 0
        template.release("v1.1.0", files)
        outside = footprint(tmp_path / "outside")
        before = footprint(work)
        said = []
        for arguments in (
            ["new", "bad", "--blueprint", template.folder],
            ["new", "bad", "--blueprint", template.folder, "--dry-run"],
            ["check", work / "good"],
            ["diff", work / "good"],
            ["update", work / "good"],
        ):
            ran = scaffold(*arguments)
            assert (ran.code, ran.stdout) == (3, ""), (arguments, ran)
            assert "hint: " in ran.stderr
            assert "Traceback" not in ran.stderr
            assert footprint(work) == before
            assert footprint(tmp_path / "outside") == outside
            said.append(ran.stderr)
        assert not (tmp_path / "owned").exists()
        return said[0]

    return attempt


# Code.

CODE = {
    "tasks": "_tasks: ['touch {owned}']\n",
    "tasks as a list": "_tasks: [[touch, '{owned}']]\n",
    "tasks with a condition": "_tasks: [{{command: 'touch {owned}', when: true}}]\n",
    "extensions": "_jinja_extensions: [os.system]\n",
    "extensions of its own": "_jinja_extensions: [extensions.py:Evil]\n",
}


@pytest.mark.parametrize("kind", sample(CODE, every=2))
@pytest.mark.parametrize("trusted", ["nowhere", "in the user's Copier settings"])
def test_code_needs_trust(
    kind: str, trusted: str, attempt: Attempt, template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trusted != "nowhere":
        settings = tmp_path / "home" / "settings.yml"
        settings.write_text(f"trust:\n  - {template.folder}\n  - {tmp_path}/\n")
        monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    said = attempt({"copier.yml": NAME + CODE[kind].format(owned=tmp_path / "owned")})
    assert re.search("wants to run code: (tasks|jinja extensions)\n", said)
    assert "hint: read it, and add --trust if you trust it\n" in said


@pytest.mark.parametrize(
    "expression",
    sample(
        [
            "{{ ''.__class__.__mro__[1].__subclasses__() }}",
            "{{ self.__init__.__globals__ }}",
            "{{ cycler.__init__.__globals__.os.system('touch OWNED') }}",
            "{{ _copier_conf.settings.from_file.__func__.__globals__ }}",
            "{{ lipsum.__globals__['os'].popen('touch OWNED').read() }}",
            "{{ '' | attr('__class__') }}{{ ''['__class__']['__base__'] }}",
            "{{ namespace.__init__.__globals__ }}",
            "{{ 1 / 0 }}",
            "{{ 'a' * 10 ** 11 }}",
            "{{ range(10 ** 9) | list }}",
            "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
            "{{ nothing.of.this }}",
            "{% if %}",
            "{{ 'x' | no_such_filter }}",
            "{% include 'no/such/file' %}",
            "{% include '../../../../etc/passwd' %}",
            "{% include '/etc/passwd' %}",
            "{% extends '../outside' %}",
            "{% import 'copier.yml' as x %}{{ x.__init__.__globals__ }}",
        ]
    ),
)
def test_jinja_is_a_sandbox_and_its_failure_a_sentence(expression: str, attempt: Attempt, tmp_path: Path) -> None:
    said = attempt({"evil.txt.jinja": expression.replace("OWNED", str(tmp_path / "owned"))})
    assert "does not render: " in said


@pytest.mark.parametrize(
    ("filter_", "text"),
    [
        ("{{ '/etc/passwd' | fileglob }}", r"(?!.*root:).*"),
        ("{{ '/etc/passwd' | hash }}", r"[0-9a-f]+"),
        ("{{ '/etc/passwd' | realpath }}", r"/etc/passwd"),
    ],
)
def test_filters_read_no_content(filter_: str, text: str, template: Template, scaffold: Run, work: Path) -> None:
    template.release("v1.0.0", {"a.txt.jinja": filter_})
    assert scaffold("new", "toy", "--blueprint", template.folder).code == 0
    assert re.fullmatch(text, (work / "toy" / "a.txt").read_text())


# Names.

GIT_NAMES = [
    "{{ '.git' }}/hooks/pre-commit",
    "{{ '.GIT' }}/hooks/pre-commit",
    "{{ '.Git' }}/config",
    "{{ '.git ' }}/hooks/pre-commit",
    "{{ '.git.' }}/hooks/pre-commit",
    "{{ '.git...  ' }}/config",
    "{{ 'git~1' }}/hooks/pre-commit",
    "{{ 'GIT~1' }}/config",
    "{{ '.g\\u200cit' }}/config",
    "{{ '.git::$INDEX_ALLOCATION' }}/config",
    "sub/{{ '.git' }}/hooks/post-checkout",
    "{{ '.git' }}",
    "sub/{{ '.git' }}",
    "{{ '.gi' ~ 't' }}/hooks/pre-commit",
]


@pytest.mark.parametrize("name", sample(GIT_NAMES))
def test_gits_own_folder_is_never_written(name: str, attempt: Attempt) -> None:
    yml = "_exclude: [copier.yml]\n" + NAME
    said = attempt({"copier.yml": yml, name: File("#!/bin/sh\ntouch owned\n", executable=True)})
    assert "which git keeps for itself\nhint: do not use this blueprint" in said


OUT = [
    "{{ '..' }}/escaped.txt",
    "{{ '..' }}/{{ '..' }}/escaped.txt",
    "sub/{{ '..' }}/{{ '..' }}/{{ '..' }}/escaped.txt",
    "sub/{{ ['..', '..', 'escaped.txt'] | join(_copier_conf.sep) }}",
    "{{ _copier_conf.sep }}tmp{{ _copier_conf.sep }}scaffold-escaped.txt",
    "{{ _copier_conf.sep ~ 'tmp' }}/scaffold-escaped/escaped.txt",
    "{% yield item from ['..'] %}{{ item }}{% endyield %}/escaped.txt",
]


@pytest.mark.parametrize("name", sample(OUT, every=2))
def test_no_way_out_by_a_name(name: str, attempt: Attempt) -> None:
    attempt({name: "escaped\n"})
    assert not Path("/tmp/scaffold-escaped").exists()
    assert not Path("/tmp/scaffold-escaped.txt").exists()


@pytest.mark.parametrize("setting", ["_answers_file: ../answers.yml", "_answers_file: /tmp/scaffold-answers.yml"])
def test_no_way_out_by_the_answers_file(setting: str, attempt: Attempt) -> None:
    attempt({"copier.yml": f"{setting}\n{NAME}"})
    assert not Path("/tmp/scaffold-answers.yml").exists()


@pytest.mark.parametrize("folder", ["../outside", "/etc", "{{ '..' }}", "a/../../.."])
def test_no_way_out_by_the_subdirectory(folder: str, attempt: Attempt) -> None:
    attempt({"copier.yml": f'_subdirectory: "{folder}"\n{NAME}'})


def test_a_name_that_is_too_long(attempt: Attempt) -> None:
    assert "can't render" in attempt({"{{ 'x' * 300 }}": "x"})


def test_a_name_with_control_characters_moves_no_cursor(make: Make) -> None:
    project = make({"a.txt": LINES}, {"{{ 'evil\\u001b[2J\\u0007' }}.txt": "x"})
    ran = project.scaffold("update", project.path)
    assert ran.code == 0
    assert "\x1b" not in ran.stdout
    assert "\x07" not in ran.stdout


def test_notes_with_control_characters_move_no_cursor(make: Make, template: Template) -> None:
    project = make({"a.txt": LINES})
    template.release("v1.1.0", {"a.txt": THEIRS}, "better\x1b]0;evil\x07\x01\rindeed")
    ran = project.scaffold("update", project.path)
    assert ran.code == 0
    assert re.search("v1.1.0  better.*indeed", ran.stdout)
    assert not set("\x1b\x07\x01\r") & set(ran.stdout)


@pytest.mark.parametrize("command", ["check --files", "diff", "update --dry-run", "update"])
def test_a_terminal_obeys_no_blueprint(command: str, make: Make) -> None:
    """Names, what git says of them, and lines of a patch: none clears the screen or names the window."""
    evil = "evil\x1b[2J\x1b]0;owned\x9c"
    project = make({f"{evil}.txt": LINES}, {f"{evil}.txt": None, "b.txt": f"{evil}\n\u202egnp\n"})
    project.put({f"{evil}.txt": MINE})
    verb, *options = command.split()
    terminal = Terminal([verb, str(project.path), *options], project.path.parent)
    assert terminal.end() == (0 if verb == "diff" else 1)
    assert "evil\\x1b[2J\\x1b]0;owned\\x9c" in terminal.seen
    assert ("\\u202egnp" in terminal.seen) == (verb == "diff")
    assert [code for code in ("\x1b[2J", "\x1b]", "\x9c", "\u202e") if code in terminal.seen] == []


# Links.

PRESERVE = f"_preserve_symlinks: true\n{NAME}"


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../outside/file", "..", "a/../../outside", "sub/../../outside/file", "/"]
)
def test_a_link_that_leads_out(target: str, attempt: Attempt) -> None:
    assert "outside the project" in attempt({"copier.yml": PRESERVE, "link": File(target, link=True), "sub/x": "x"})


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside/file", "/etc"])
def test_the_content_of_what_a_link_leads_to(target: str, attempt: Attempt) -> None:
    attempt({"link": File(target, link=True)})


def test_a_link_by_its_rendered_target(attempt: Attempt) -> None:
    assert "outside the project" in attempt(
        {"copier.yml": PRESERVE, "link.jinja": File("{{ '/etc/passwd' }}", link=True)}
    )


def test_a_file_through_a_link_of_the_blueprint(attempt: Attempt, tmp_path: Path) -> None:
    attempt({"copier.yml": PRESERVE, "{{ 'sub' }}": File(str(tmp_path / "outside"), link=True), "sub/file": "x"})


@pytest.mark.parametrize("link", ["src", "src/deep"])
def test_the_users_own_link_leads_out(link: str, make: Make, tmp_path: Path) -> None:
    """The update has files below a folder for which the user put a link to elsewhere."""
    names = ("src/deep/a.txt", "src/deep/b.txt", "src/deep/gone.txt")
    project = make(dict.fromkeys(names, LINES), {names[0]: THEIRS, names[2]: None, "src/deep/new.txt": "new\n"})
    outside = tmp_path / "outside"
    (project.path / link).rename(outside)
    (project.path / link).symlink_to(outside)
    project.commit()
    before = footprint(outside)
    for arguments in ([], ["--branch", "side"]):
        ran = project.scaffold("update", project.path, *arguments)
        assert ran.code in (0, 1, 3), ran.stderr
        assert footprint(outside) == before
        project.git("reset", "--quiet", "--hard")


def test_a_link_for_a_file(make: Make, tmp_path: Path) -> None:
    project = make({"a.txt": LINES, "b.txt": LINES}, {"a.txt": THEIRS, "b.txt": None})
    put(tmp_path, {"outside/a": "outside\n", "outside/b": "outside\n"})
    project.put({name: File(str(tmp_path / "outside" / name[0]), link=True) for name in ("a.txt", "b.txt")})
    done = project.update()
    assert done.code == 1
    assert (tmp_path / "outside" / "a").read_text() == (tmp_path / "outside" / "b").read_text() == "outside\n"


# Kinds of files, and other mischief.


def test_a_pipe_in_a_folder(tmp_path: Path, scaffold: Run, work: Path) -> None:
    put(tmp_path / "plain", {"copier.yml": NAME, "a.txt": "x"})
    os.mkfifo(tmp_path / "plain" / "pipe.jinja")
    process = subprocess.Popen(["sh", "-c", f"sleep 20; : > {tmp_path}/plain/pipe.jinja"], stdin=subprocess.DEVNULL)
    try:
        ran = scaffold("new", "toy", "--blueprint", tmp_path / "plain")
    finally:
        process.terminate()
        process.wait()
    assert (ran.code, list(work.iterdir())) == (3, [])


def test_setuid_is_not_kept(tmp_path: Path, scaffold: Run, work: Path) -> None:
    put(tmp_path / "plain", {"copier.yml": NAME, "a.sh": "x"})
    (tmp_path / "plain" / "a.sh").chmod(0o6777)
    assert scaffold("new", "toy", "--blueprint", tmp_path / "plain", "--no-git").code == 0
    assert stat.S_IMODE((work / "toy" / "a.sh").stat().st_mode) & 0o7022 == 0


def test_external_data_of_the_machine(attempt: Attempt) -> None:
    yml = "_external_data: {secret: '../../../../../../etc/hostname'}\n" + NAME
    attempt({"copier.yml": yml, "a.txt.jinja": "{{ _external_data.secret }}"})


@pytest.mark.parametrize("pattern", ["/etc/*.conf", "../*"])
def test_an_include_of_questions_from_outside(pattern: str, attempt: Attempt) -> None:
    attempt({"copier.yml": f"---\n!include {pattern}\n---\n{NAME}"})


BROKEN_YML = [
    "a: [",
    "- 1\n- 2\n",
    "5",
    "name: {type: no-such-type}",
    "name: {type: str, unknown: x}",
    "name: {type: str, validator: '{{ 1 / 0 }}'}",
    "name: {type: str, choices: 5}",
    "_envops: [x]",
    "_envops: {undefined: os.system}",
    "_exclude: 5",
    "_subdirectory: [a]",
    "_min_copier_version: x",
    "_templates_suffix: 5",
    "_skip_if_exists: ['{{ nothing.of.this }}']",
    "_answers_file: '{{ nothing.of.this }}'",
    "now: {type: str}",
    "? [a]\n: b\n",
    "[" * 1000,
    "name: !!python/object/apply:os.system ['touch owned']",
]


@pytest.mark.parametrize("yml", BROKEN_YML, ids=[text[:30] for text in BROKEN_YML])
def test_a_broken_copier_yml_is_a_sentence(yml: str, template: Template, scaffold: Run, work: Path) -> None:
    template.release("v1.0.0", {"copier.yml": yml, "a.txt.jinja": "{{ x }}"})
    ran = scaffold("new", "toy", "--blueprint", template.folder)
    assert ran.code in (0, 2, 3), ran.stderr
    assert "scaffold has a bug" not in ran.stderr
    if ran.code:
        assert list(work.iterdir()) == []
        assert "hint: " in ran.stderr


def test_two_copier_ymls(attempt: Attempt) -> None:
    attempt({"copier.yaml": NAME})


def test_attributes_run_no_filter_of_theirs(make: Make, template: Template, tmp_path: Path) -> None:
    """Attributes name filters and drivers; what these run is said by settings, which no clone brings."""
    attributes = "* filter=evil diff=evil merge=evil text=auto eol=crlf\n"
    project = make({"a.txt": LINES}, {".gitattributes": attributes, "a.txt": THEIRS})
    git(template.folder, "config", "filter.evil.smudge", f"touch {tmp_path}/owned")
    git(template.folder, "config", "merge.evil.driver", f"touch {tmp_path}/owned")
    assert project.scaffold("update", project.path).code in (0, 1, 3)
    assert not (tmp_path / "owned").exists()


def test_a_tree_that_no_git_would_check_out(template: Template, scaffold: Run, work: Path) -> None:
    blob = git(template.folder, "hash-object", "-w", "--stdin", stdin="x")
    for name in (".git", "..", ".", ".GIT"):
        inner = git(template.folder, "mktree", stdin=f"100755 blob {blob}\tpre-commit\n")
        tree = git(template.folder, "mktree", stdin=f"040000 tree {inner}\t{name}\n")
        commit = git(template.folder, "commit-tree", tree, "-m", "evil")
        git(template.folder, "tag", "--force", "v9.0.0", commit)
        ran = scaffold("new", "toy", "--blueprint", template.folder)
        assert (ran.code, list(work.iterdir())) == (3, []), name
        assert "hint: " in ran.stderr


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_a_tag_that_is_no_commit(kind: str, template: Template, scaffold: Run) -> None:
    template.release("v1.0.0", {"a.txt": "x"})
    name = git(template.folder, "rev-parse", "HEAD:a.txt" if kind == "blob" else "HEAD^{tree}")
    git(template.folder, "tag", "v9.0.0", name)
    ran = scaffold("new", "toy", "--blueprint", template.folder)
    assert (ran.code, "from blueprint v1.0.0" in ran.stdout) == (0, True), ran.stderr


def test_a_tag_message_with_separators(template: Template, make: Make) -> None:
    project = make({"a.txt": LINES})
    template.release("v1.1.0", {"a.txt": THEIRS}, "one\x01two\n\nv9.9.9\x01x")
    assert project.update().document["to"] == "v1.1.0"


def test_a_submodule_of_this_machine(template: Template, scaffold: Run, tmp_path: Path) -> None:
    """A blueprint from elsewhere must not bring in repositories of this machine."""
    put(tmp_path / "private", {"secret.txt": "secret\n"})
    git(tmp_path / "private", "init", "--quiet")
    git(tmp_path / "private", "add", "--all")
    git(tmp_path / "private", "commit", "--quiet", "-m", "x")
    git(
        template.folder,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        tmp_path / "private",
        "parts",
    )
    template.release("v1.0.0", {})
    git(tmp_path, "config", "--global", f"url.{template.folder}.insteadOf", "https://git.example.com/toy.git")
    # The blueprint itself is fetched by a file's path here, which stands for a host.
    ran = scaffold("new", "toy", "--blueprint", "https://git.example.com/toy.git")
    assert (ran.code, "can't get the submodules" in ran.stderr) == (3, True)


@pytest.mark.parametrize("command", ["!touch owned", "--upload-pack=touch owned"])
def test_a_submodule_that_runs_a_command(command: str, template: Template, scaffold: Run, tmp_path: Path) -> None:
    modules = f'[submodule "x"]\n\tpath = x\n\turl = {command}\n\tupdate = {command}\n'
    put(template.folder, {".gitmodules": modules})
    template.release("v1.0.0", {})
    scaffold("new", "toy", "--blueprint", template.folder)
    assert list(tmp_path.rglob("owned")) == []


def test_huge_output_is_fine(make: Make) -> None:
    project = make({"a.txt": LINES}, {"big.txt.jinja": "{% for n in range(100000) %}0123456789abcdef\n{% endfor %}"})
    assert project.scaffold("update", project.path).code == 0
    assert len(project.read("big.txt")) == 1_700_000


def test_hooks_of_a_template_folder_are_not_run(template: Template, make: Make, tmp_path: Path) -> None:
    for name in ("post-checkout", "post-index-change", "pre-auto-gc", "reference-transaction"):
        put(template.folder / ".git", {f"hooks/{name}": File(f"#!/bin/sh\ntouch {tmp_path}/owned\n", executable=True)})
    template.release("v1.0.0", {"a.txt": LINES})
    template.release("v1.1.0", {"a.txt": THEIRS})
    (tmp_path / "owned").unlink(missing_ok=True)
    project = make(None)
    template_state = snapshot(template.folder)
    assert project.scaffold("update", project.path).code == 0
    assert not (tmp_path / "owned").exists()
    assert snapshot(template.folder) == template_state
