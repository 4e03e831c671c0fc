"""`scaffold new` and `scaffold list` as a user meets them: exit code, stdout, stderr, and what is on the disk after."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold import mirror
from scaffold.languages import LANGUAGES
from scaffold.rendering.worker import ReleaseWorker
from tests.conftest import Run


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_happy_path(scaffold: Run, work: Path) -> None:
    ran = scaffold("new", "orders", "--lang", "go")
    assert (ran.code, ran.stderr) == (0, "")
    first, *rest = ran.stdout.splitlines()
    assert first.startswith("made orders from blueprint v")
    assert rest == [
        "next:",
        "  cd orders",
        "  docker compose up --build --wait",
        "  curl http://127.0.0.1:8080/",
    ]
    assert names(work) == ["orders"]
    assert git(work / "orders", "status", "--porcelain") == ""
    assert git(work / "orders", "log", "--format=%an %s").startswith("Tess Tester orders, from blueprint v")
    assert git(work / "orders", "branch", "--show-current") == "main"


def test_json(scaffold: Run) -> None:
    ran = scaffold("new", "orders", "--lang", "go", "--json", "--port", "9090", "--network", "platform")
    document = json.loads(ran.stdout)
    assert document["answers"] == {
        "name": "orders",
        "language": "go",
        "description": "The orders service",
        "port": 9090,
        "network": "platform",
        "network_shared": True,
        "builder_image": "",
        "runtime_image": "",
        "registry": "",
        "ci": "github",
    }
    assert document["committed"] is True
    create = "docker network inspect platform >/dev/null 2>&1 || docker network create platform"
    assert document["next"][1:3] == [create, "docker compose up --build --wait"]
    assert "go.mod" in document["files"]


def test_network_of_the_same_name_is_joined_too(scaffold: Run) -> None:
    ran = scaffold("new", "orders", "--lang", "go", "--json", "--network", "orders")
    assert json.loads(ran.stdout)["answers"]["network_shared"] is True


@pytest.mark.parametrize("alias", ["golang", "GO", "Go"])
def test_alias(scaffold: Run, alias: str) -> None:
    ran = scaffold("new", "orders", "--lang", alias, "--json", "--dry-run")
    assert json.loads(ran.stdout)["answers"]["language"] == "go"


def test_dry_run_lists_and_writes_nothing(scaffold: Run, work: Path) -> None:
    ran = scaffold("new", "orders", "--lang", "go", "--dry-run")
    assert ran.code == 0
    assert ".copier-answers.yml" in ran.stdout.splitlines()
    assert "main.go" in ran.stdout.splitlines()
    assert names(work) == []


def test_data_file_and_data(scaffold: Run, work: Path) -> None:
    (work / "answers.yml").write_text("port: 9000\nci: none\nlanguage: golang\n")
    ran = scaffold("new", "orders", "--data-file", "answers.yml", "-d", "ci=gitlab", "--json")
    answers = json.loads(ran.stdout)["answers"]
    assert (answers["port"], answers["ci"], answers["language"]) == (9000, "gitlab", "go")


DATA = [
    ("port: [1]", "port can't be [1]: it must be a whole number", "try again with another port"),
    ("port: 8080.5", "port can't be 8080.5: it must be a whole number", "try again with another port"),
    ("port: true", "port can't be True: it must be a whole number", "try again with another port"),
    ("network_shared: maybe", "network_shared can't be 'maybe': it must be yes or no", "another network_shared"),
    ("description: 2026-01-01", "description can't be 2026-01-01: it must be text, in quotes", "another description"),
    ("a: [1", "is no valid YAML: expected ',' or ']', but got '<stream end>' in line 2, column 1\n", "mend the file"),
    ("a: b: c", "is no valid YAML: mapping values are not allowed here in line 1, column 5", "mend the file"),
]


@pytest.mark.parametrize(("text", "message", "hint"), DATA, ids=[text for text, _, _ in DATA])
def test_a_data_file_that_does_not_do(scaffold: Run, work: Path, text: str, message: str, hint: str) -> None:
    (work / "answers.yml").write_text(f"{text}\n")
    ran = scaffold("new", "orders", "--lang", "go", "--data-file", "answers.yml")
    assert (ran.code, names(work)) == (2, ["answers.yml"])
    assert message in ran.stderr
    assert hint in ran.stderr


@pytest.mark.parametrize("text", ["yes", "TRUE", "on", "1", " t "])
def test_a_boolean(scaffold: Run, text: str) -> None:
    ran = scaffold("new", "orders", "--lang", "go", "-d", f"network_shared={text}", "--json", "--dry-run")
    assert json.loads(ran.stdout)["answers"]["network_shared"] is True


def test_what_is_said_twice_is_fine(scaffold: Run) -> None:
    said = ["-d", "name=orders", "-d", "language=golang", "-d", "port=9000", "-d", "network_shared=yes"]
    ran = scaffold("new", "orders", "-l", "go", "--port", "9000", "--network", "shared", *said, "--json", "--dry-run")
    assert (ran.code, ran.stderr) == (0, "")


def test_a_name_from_the_answers(scaffold: Run, work: Path) -> None:
    assert scaffold("new", "-d", "name=orders", "--lang", "go").code == 0
    (work / "answers.yml").write_text("name: billing\nlanguage: go\n")
    assert scaffold("new", "--data-file", "answers.yml").code == 0
    # As with all else, the command line goes before the file.
    ran = scaffold("new", "carts", "--data-file", "answers.yml", "--json")
    assert json.loads(ran.stdout)["answers"]["name"] == "carts"
    assert names(work) == ["answers.yml", "billing", "carts", "orders"]


def test_the_name_for_another_blueprint_is_what_it_asks_for(scaffold: Run, work: Path) -> None:
    (work / "own").mkdir()
    (work / "own" / "copier.yml").write_text("name: {type: str, default: x}\n")
    (work / "own" / "a.txt.jinja").write_text("{{ name }}")
    assert scaffold("new", "toy", "--blueprint", "./own", "-d", "name=Jane Doe").code == 0
    assert (work / "toy" / "a.txt").read_text() == "Jane Doe"


def test_an_older_release(scaffold: Run, work: Path) -> None:
    ran = scaffold("new", "orders", "--lang", "golang", "--blueprint", "@0.1.0")
    assert ran.stdout.startswith("made orders from blueprint v0.1.0\n")
    assert "_src_path: https://scaffold.invalid/" in (work / "orders" / ".copier-answers.yml").read_text()


def test_a_folder_whose_folder_is_a_template(scaffold: Run, work: Path) -> None:
    (work / "inner").mkdir()
    (work / "inner" / "copier.yml").touch()
    ran = scaffold("new", "toy", "--blueprint", ".")
    assert (ran.code, names(work)) == (3, ["inner"])
    assert "hint: there is one in its folder 'inner'" in ran.stderr


def test_what_no_update_will_work_on(scaffold: Run, work: Path) -> None:
    (work / "own").mkdir()
    (work / "own" / "copier.yml").touch()
    ran = scaffold("new", "toy", "--blueprint", "./own")
    assert ran.code == 0
    assert ran.stderr == "note: scaffold update can't work on it, for its blueprint writes no .copier-answers.yml\n"


@pytest.mark.parametrize("given", [True, False])
def test_a_secret_question_without_a_default(scaffold: Run, work: Path, given: bool) -> None:
    (work / "own").mkdir()
    (work / "own" / "copier.yml").write_text("token: {type: str, secret: true}\n")
    ran = scaffold("new", "toy", "--blueprint", "./own", *(["-d", "token=hunter2"] if given else []))
    assert ran.code == 3
    assert "the blueprint's question 'token' is none: Secret question requires a default value" in ran.stderr
    assert "hunter2" not in ran.stderr + ran.stdout


@pytest.mark.parametrize("question", ["int, default: 1", "bool, default: no", "str, default: a, choices: [a, b]"])
def test_a_secret_is_not_repeated(scaffold: Run, work: Path, question: str) -> None:
    (work / "own").mkdir()
    (work / "own" / "copier.yml").write_text(f"token: {{type: {question}, secret: true}}\n")
    ran = scaffold("new", "toy", "--blueprint", "./own", "-d", "token=hunter2")
    assert (ran.code, "token can't be what was given: " in ran.stderr) == (2, True)
    assert "hunter2" not in ran.stderr + ran.stdout


def test_several_choices_are_a_list(scaffold: Run, work: Path) -> None:
    (work / "own").mkdir()
    (work / "own" / "copier.yml").write_text(
        "c: {type: str, multiselect: true, choices: [a, b], default: [a]}\n"
        "n: {type: int, multiselect: true, choices: [1, 2], default: [1, 2]}\n"
    )
    assert scaffold("new", "toy", "--blueprint", "./own", "-d", "c=[a, b]", "-d", "n=[1]", "--dry-run").code == 0
    ran = scaffold("new", "toy", "--blueprint", "./own", "-d", "c=a,b")
    assert (ran.code, "c can't be 'a,b': it must be a list such as [a, b]" in ran.stderr) == (2, True)


def test_the_users_own_name_for_the_first_branch(scaffold: Run, work: Path, tmp_path: Path) -> None:
    with (tmp_path / "home" / ".gitconfig").open("a") as config:
        config.write("[init]\n\tdefaultBranch = trunk\n")
    assert scaffold("new", "orders", "--lang", "go").code == 0
    assert git(work / "orders", "branch", "--show-current") == "trunk"


def test_a_dry_run_has_nothing_next(scaffold: Run) -> None:
    ran = scaffold("new", "orders", "--lang", "go", "--dry-run", "--json")
    assert json.loads(ran.stdout)["next"] == []


def test_into(scaffold: Run, work: Path) -> None:
    (work / "deep").mkdir()
    assert scaffold("new", "orders", "--lang", "go", "--into", "deep").code == 0
    assert (work / "deep" / "orders" / "main.go").is_file()


@pytest.mark.parametrize(
    ("folder", "enter"),
    [
        ("deep", "cd deep/orders"),
        ("WORK/deep", "cd deep/orders"),
        ("../else where", "cd '../else where/orders'"),
        ("PARENT/else where", "cd 'PARENT/else where/orders'"),
    ],
)
def test_next_is_said_from_where_the_user_stands(scaffold: Run, work: Path, folder: str, enter: str) -> None:
    for path in (work / "deep", work.parent / "else where"):
        path.mkdir()
    into, enter = (text.replace("WORK", str(work)).replace("PARENT", str(work.parent)) for text in (folder, enter))
    ran = scaffold("new", "orders", "--lang", "go", "--no-git", "--into", into)
    next_ = ran.stdout.splitlines()[3].strip()
    assert next_ == enter
    subprocess.run(["sh", "-c", f"{next_} && ls main.go"], cwd=work, check=True)


def test_an_empty_folder_is_taken(scaffold: Run, work: Path) -> None:
    (work / "orders").mkdir()
    assert scaffold("new", "orders", "--lang", "go").code == 0


def test_no_git(scaffold: Run, work: Path) -> None:
    ran = scaffold("new", "orders", "--lang", "go", "--no-git")
    assert "git: --no-git was given" in ran.stdout
    assert not (work / "orders" / ".git").exists()


def test_never_a_repository_inside_another(scaffold: Run, work: Path) -> None:
    git(work, "init", "--quiet")
    ran = scaffold("new", "orders", "--lang", "go")
    assert f"git: it lies in the repository '{work}', so commit it there" in ran.stdout
    assert not (work / "orders" / ".git").exists()


def test_without_an_identity_the_files_stay_staged(scaffold: Run, work: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / ".gitconfig").unlink()
    ran = scaffold("new", "orders", "--lang", "go")
    assert ran.code == 0
    assert "staged but not committed: git does not know you: git config --global user.name" in ran.stdout
    assert "A  main.go" in git(work / "orders", "status", "--porcelain").splitlines()
    assert not (tmp_path / "home" / ".gitconfig").exists()
    assert "user" not in (work / "orders" / ".git" / "config").read_text()


@pytest.mark.parametrize("setting", ["[init]\n\ttemplateDir = {}/..\n", "[core]\n\thooksPath = {}\n"])
@pytest.mark.parametrize(
    ("hook", "note"),
    [
        ("pre-commit", "staged but not committed: no ticket number"),
        ("commit-msg", "staged but not committed: no ticket number"),
        ("reference-transaction", "staged but not committed: ref updates aborted by hook"),
        ("post-index-change", ""),
        ("post-commit", ""),
    ],
)
def test_a_hook_that_refuses_leaves_the_files_staged(
    setting: str, hook: str, note: str, scaffold: Run, work: Path, tmp_path: Path
) -> None:
    hooks = tmp_path / "templates" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / hook).write_text("#!/bin/sh\necho no ticket number >&2\nexit 1\n")
    (hooks / hook).chmod(0o755)
    with (tmp_path / "home" / ".gitconfig").open("a") as config:
        config.write(setting.format(hooks))
    ran = scaffold("new", "orders", "--lang", "go")
    assert (ran.code, note in ran.stdout) == (0, True)
    status = git(work / "orders", "status", "--porcelain").splitlines()
    assert ("A  main.go" in status) == bool(note)


def test_a_global_ignore_file_leaves_nothing_out(scaffold: Run, work: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / "ignore").write_text("*.go\n.github\n")
    with (tmp_path / "home" / ".gitconfig").open("a") as config:
        config.write(f"[core]\n\texcludesFile = {tmp_path / 'home' / 'ignore'}\n")
    assert scaffold("new", "orders", "--lang", "go").code == 0
    assert "main.go" in git(work / "orders", "ls-files").splitlines()


MISTAKES = [
    (["new"], 2, "the name of the service is missing", "type scaffold new NAME --lang LANG"),
    (["new", "orders"], 2, "the language is missing", "type scaffold new NAME --lang LANG"),
    (["new", "orders", "--lang", "gol"], 2, "there is no language 'gol'", "did you mean go? the languages are"),
    (["new", "My Orders", "--lang", "go"], 2, "name can't be 'My Orders': it must be", "did you mean my-orders?"),
    (["new", "2", "--lang", "go"], 2, "name can't be '2': it must be", "try again with another name"),
    (["new", ".", "--lang", "go"], 2, "'.' can't be the name of a folder", "--into DIR says where"),
    (
        ["new", "x", "--lang", "go", "--data", "language=java"],
        2,
        "language is to be both 'go' and 'java'",
        "say it once",
    ),
    (["new", "x", "--lang", "go", "--data", "name=y"], 2, "name is to be both 'x' and 'y'", "say it once"),
    (["new", "x", "-l", "go", "-d", "port=9000", "--port", "9001"], 2, "port is to be both '9001' and '9000'", "once"),
    (["new", "x", "-l", "go", "--network", "n", "-d", "network_shared=no"], 2, "network_shared is to be both", "once"),
    (
        ["new", "x", "-l", "go", "-d", "network_shared=maybe"],
        2,
        "network_shared can't be 'maybe': it must be yes or no",
        "",
    ),
    (
        ["new", "x", "-l", "go", "--port", "9_090"],
        2,
        "port can't be '9_090': it must be a whole number",
        "another port",
    ),
    (["new", "x", "-l", "go", "--port", "\uff19\uff10\uff19\uff10"], 2, "it must be a whole number", "another port"),
    (["new", "x", "-l", "go", "--blueprint", "."], 3, "holds no copier.yml, so it is no Copier template", "name a"),
    (["new", "x", "-l", "go", "--blueprint", "@v99"], 3, "the built-in blueprints have no release 'v99'", "the newest"),
    (["new", "on", "--lang", "go"], 2, "name can't be 'on': it must not be a word that YAML", "another name"),
    (["new", "-x", "--lang", "go"], 2, "No such option: -x", ""),
    (["new", "\udcff", "--lang", "go"], 2, "name can't be '\\udcff'", "another name"),
    (["new", "y[/b]", "--lang", "go"], 2, "the name 'y[/b]' is a path", "with --into DIR"),
    (["new", "a/b", "--lang", "go"], 2, "the name 'a/b' is a path", "with --into DIR"),
    (["new", "o" * 256, "--lang", "go"], 2, "can't be the name of a folder", "choose another name"),
    (["new", "o" * 41, "--lang", "go"], 2, "at most 40", "another name"),
    (["new", "orders", "--lang", "go", "--port", "80"], 2, "port can't be '80': it must be a number from 1024", "port"),
    (["new", "orders", "--lang", "go", "--port", "x"], 2, "port can't be 'x': it must be a whole number", "port"),
    (["new", "orders", "--lang", "go", "--network", "A b"], 2, "network can't be 'A b'", "another network"),
    (["new", "orders", "--lang", "go", "--network", "host"], 2, "docker or YAML keeps for itself", "another network"),
    (["new", "orders", "--lang", "go", "-d", "prt=1"], 2, "asks no question 'prt'", "did you mean port?"),
    (["new", "orders", "--lang", "go", "-d", "family=scripted"], 2, "asks no question 'family'", "it asks name"),
    (["new", "orders", "--lang", "go", "-d", "port"], 2, "--data 'port' is no KEY=VALUE", "--data port=9090"),
    (["new", "orders", "--lang", "go", "-d", "ci=jenkins"], 2, "ci can't be 'jenkins'", "another ci"),
    (["new", "orders", "--lang", "go", "--data-file", "no.yml"], 2, "can't read 'no.yml'", "check the path"),
    (["new", "orders", "--lang", "go", "--into", "no/where"], 3, "there is no folder 'no/where'", "mkdir -p no/where"),
    (["new", "orders", "--blueprint", "/no/where"], 3, "'/no/where' is no blueprint", "give a URL"),
    (["new", "orders", "--blueprint", "--upload-pack=x"], 3, "'--upload-pack=x' is no blueprint", "give a URL"),
    (["new", "orders", "--blueprint", "ext::sh -c id"], 3, "is no blueprint", "give a URL"),
    (
        ["new", "orders", "--lang", "go", "--blueprint", "https://scaffold.invalid/blueprints.git@v99"],
        3,
        "v99",
        "newest",
    ),
    (["new", "orders", "extra", "--lang", "go"], 2, "unexpected extra argument", ""),
    (["nwe"], 2, "No such command 'nwe'", ""),
]


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"), MISTAKES, ids=lambda v: " ".join(v)[:50] if isinstance(v, list) else ""
)
def test_mistake(scaffold: Run, work: Path, arguments: list[str], code: int, message: str, hint: str) -> None:
    ran = scaffold(*arguments)
    said = " ".join(ran.stderr.replace("│", " ").split())
    assert (ran.code, ran.stdout) == (code, "")
    assert message in said
    assert hint in said
    assert "Traceback" not in said
    assert names(work) == []


HOSTILE = [
    'a"b',
    "a$(id)",
    "a`id`",
    "a\nRUN id",
    "a\\",
    "<b>",
    "{{ 7*7 }}",
    "${X}",
    "a#b",
    " a",
    "a ",
    "",
    "%s",
    "x" * 121,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_description_can_inject_nothing(scaffold: Run, work: Path, text: str) -> None:
    ran = scaffold("new", "orders", "--lang", "go", "--description", text)
    assert (ran.code, names(work)) == (2, [])
    assert "description can't be" in ran.stderr


@pytest.mark.parametrize("answer", ["builder_image", "runtime_image", "registry"])
@pytest.mark.parametrize(
    "text", ["a b", "a\nRUN id", "$(id)", "-x", "https://host/x", "a;b", "A/b", "x:", "a//b@", "a'b"]
)
def test_an_image_can_inject_nothing(scaffold: Run, work: Path, answer: str, text: str) -> None:
    ran = scaffold("new", "orders", "--lang", "go", "-d", f"{answer}={text}")
    assert (ran.code, names(work)) == (2, [])
    assert f"{answer} can't be" in ran.stderr


def test_a_company_image_is_taken(scaffold: Run, work: Path) -> None:
    image = "registry.example.com:5000/acme/golang:1.27-Team_A"
    assert scaffold("new", "orders", "--lang", "go", "-d", f"builder_image={image}").code == 0
    assert (work / "orders" / "Dockerfile").read_text().startswith(f"ARG BUILDER_IMAGE={image}\n")


def test_a_folder_in_use(scaffold: Run, work: Path) -> None:
    (work / "orders").mkdir()
    (work / "orders" / "precious").write_text("mine")
    ran = scaffold("new", "orders", "--lang", "go")
    assert ran.code == 3
    assert "error: the folder 'orders' exists and is not empty\nhint: choose another name" in ran.stderr
    assert (work / "orders" / "precious").read_text() == "mine"
    assert names(work) == ["orders"]


def test_a_file_in_the_way(scaffold: Run, work: Path) -> None:
    (work / "orders").write_text("mine")
    ran = scaffold("new", "orders", "--lang", "go")
    assert (ran.code, (work / "orders").read_text()) == (3, "mine")
    assert "exists and is no folder" in ran.stderr


def test_no_git_installed(scaffold_process: Run, work: Path, tmp_path: Path) -> None:
    ran = scaffold_process(
        "new", "orders", "--lang", "go", env={"PATH": str(tmp_path), "SCAFFOLD_CACHE_DIR": str(tmp_path / "c")}
    )
    assert ran.code == 3
    assert ran.stderr == "error: git is not installed\nhint: install git 2.38 or newer and try again\n"
    assert names(work) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [
        "list",
        *(pytest.param(words, marks=pytest.mark.exhaustive) for words in ("list --json", "new --help", "--version")),
    ],
)
def test_where_output_can_not_go(arguments: str, work: Path) -> None:
    command = f"{Path(sys.executable).with_name('scaffold')} {arguments}"

    def run(redirection: str) -> tuple[int, str]:
        ran = subprocess.run(["sh", "-c", f"{command} {redirection}"], cwd=work, capture_output=True, text=True)
        return ran.returncode, ran.stderr

    said = "error: can't write: No space left on device\nhint: make room where the output goes, and in TMPDIR\n"
    assert run("> /dev/full") == (3, said)
    assert run("> /dev/full 2>&1") == (3, "")
    assert run(">&-") == run(">&- 2>&- <&-") == (0, "")


@pytest.mark.skipif(not shutil.which("setpriv") or os.geteuid() != 0, reason="only root may be somebody else")
def test_a_user_without_a_home() -> None:
    """As in a container that runs with any number for its user."""
    environment = {key: value for key, value in os.environ.items() if key not in ("HOME", "SCAFFOLD_CACHE_DIR")}
    command = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", sys.executable, "-m", "scaffold", "list"]
    ran = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0
    or not shutil.which("unshare")
    or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0,
    reason="mounts need root",
)


@needs_mounts
@pytest.mark.parametrize(
    ("options", "message"),
    [("ro,size=1m", "can't write into"), ("size=16k", "is full")],
    ids=["read-only", "full"],
)
def test_a_disk_that_takes_nothing(work: Path, options: str, message: str) -> None:
    # A file system of this process's own, whose size is the test's.
    disk = work / "disk"
    disk.mkdir()
    script = (
        f"mount -t tmpfs -o {options} none {disk} && {sys.executable} -m scaffold new orders --lang go --into {disk}; "
    )
    script += f"echo $?; ls -A {disk}"
    process = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert process.stdout == "3\n"
    assert message in process.stderr
    assert "hint: " in process.stderr


@pytest.mark.parametrize("command", [1, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in range(2, 6)), 6])
def test_interrupted(work: Path, command: int) -> None:
    """^C as each of the git commands begins: before the project is rendered, while it is staged, and after."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name("scaffold"), "new", "orders", "--lang", "go", "--verbose"],
        cwd=work,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    for _ in range(command):
        assert process.stderr.readline().startswith("+ git ")
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    if process.wait(timeout=30) == 0:
        assert (work / "orders" / "main.go").is_file()
    else:
        assert process.returncode == 130
        assert all(line.startswith("+ ") for line in rest.splitlines())
        assert names(work) == []
    assert [name for name in names(work) if name != "orders"] == []


def test_list(scaffold: Run) -> None:
    ran = scaffold("list")
    assert ran.code == 0
    for language in LANGUAGES.values():
        assert f"{language.builder_image} -> {language.runtime_image}" in ran.stdout
    assert "compiled: build a package" in ran.stdout


def test_list_json(scaffold: Run) -> None:
    document = json.loads(scaffold("list", "--json").stdout)
    assert [entry["language"] for entry in document["languages"]] == list(LANGUAGES)
    assert document["release"].startswith("v")


def test_version(scaffold_process: Run) -> None:
    ran = scaffold_process("--version")
    assert (ran.code, ran.stdout.split()[0]) == (0, "scaffold")


def test_completion_of_languages(scaffold_process: Run) -> None:
    env = {"COMP_WORDS": "scaffold new orders --lang r", "COMP_CWORD": "4", "_SCAFFOLD_COMPLETE": "complete_bash"}
    ran = scaffold_process(env=env)
    assert ran.stdout.split() == ["ruby", "rust"]


def test_verbose_shows_the_commands(scaffold_process: Run) -> None:
    ran = scaffold_process("new", "orders", "--lang", "go", "-v")
    assert "+ git init --quiet --initial-branch main" in ran.stderr


def test_what_is_shown_of_commands_moves_no_cursor(scaffold_process: Run) -> None:
    ran = scaffold_process("new", "orders", "--lang", "go", "-v", "--blueprint", "file:///no\x1b[2J.git")
    assert "+ git clone" in ran.stderr
    assert "\x1b" not in ran.stderr


def test_a_bug_in_the_rendering_of_ours_is_ours(scaffold: Run, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AttributeError("of a Copier to come")

    monkeypatch.setattr(ReleaseWorker, "run_copy", fail)
    ran = scaffold("new", "orders", "--lang", "go")
    assert (ran.code, "scaffold has a bug and stopped" in ran.stderr) == (70, True)
    assert names(work) == []


def test_a_spoiled_copy_of_the_store_is_named(scaffold: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_CACHE_DIR", str(tmp_path / "own cache"))
    monkeypatch.setattr(mirror, "_mirror", mirror._mirror.__wrapped__)
    assert scaffold("list").code == 0
    (copy,) = (tmp_path / "own cache").glob("store-*.git")
    (copy / "HEAD").unlink()
    ran = scaffold("new", "orders", "--lang", "go")
    assert (ran.code, f"rm -r '{copy}'" in ran.stderr) == (3, True)


@pytest.mark.parametrize("arguments", [["--help"], ["new", "--help"], ["list"], ["--version"]])
def test_copier_is_not_imported(arguments: list[str]) -> None:
    code = (
        "import sys; sys.argv = ['scaffold', *sys.argv[1:]]\n"
        "from scaffold.cli import main\n"
        "try: main()\n"
        "finally: print('copier' in sys.modules, file=sys.stderr)"
    )
    process = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert process.stderr.splitlines()[-1] == "False"


def test_a_bug_is_one_sentence_and_a_log(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['scaffold', 'list']\n"
        "from scaffold.blueprint import Blueprint\n"
        "Blueprint.newest = lambda self: 1 / 0\n"
        "from scaffold.cli import main; main()"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert process.returncode == 70
    log = next(tmp_path.glob("scaffold-*.log"))
    assert process.stderr == f"error: scaffold has a bug and stopped\nhint: please report it with the file {log}\n"
    assert "ZeroDivisionError" in log.read_text()
