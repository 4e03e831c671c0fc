"""What `scaffold new` renders is what Copier renders, byte for byte; and what is counted: git processes and imports."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import copier
import plumbum
import pytest

from scaffold.blueprint import STORE_BUNDLE, STORE_URL
from scaffold.languages import LANGUAGES
from tests.conftest import BLUEPRINTS, ROOT, Run
from tests.update.conftest import Make
from tests.update.test_store import NEWEST, STORE
from tests.update.test_survive import CLASH, LINES, MINE, THEIRS
from tests.update.toys import File, Template, git, snapshot

ANSWERS = {"name": "toy", "port": 9090, "network": "platform", "network_shared": True, "ci": "gitlab"}


@pytest.fixture
def copier_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which the recorded URL leads to the bundle, as its user may set git up."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "copier"))
    git(tmp_path, "config", "--global", f"url.{STORE_BUNDLE}.insteadOf", STORE_URL)


def copy(source: str | Path, target: Path, answers: dict[str, object]) -> None:
    """`copier copy`, without --trust and without any other option. Its git is told of this test's home."""
    with plumbum.local.env(HOME=os.environ["HOME"], GIT_CONFIG_NOSYSTEM="1"):
        copier.run_copy(str(source), target, answers, defaults=True, quiet=True)


def scaffold_new(scaffold: Run, language: str, *arguments: str | Path) -> None:
    answers = [part for key, value in ANSWERS.items() if key != "name" for part in ("-d", f"{key}={value}")]
    ran = scaffold("new", "toy", "--lang", language, "--no-git", *answers, *arguments)
    assert ran.code == 0, ran.stderr


@pytest.mark.exhaustive
@pytest.mark.usefixtures("copier_world")
@pytest.mark.parametrize("language", sorted(STORE[NEWEST][1]))
def test_a_bare_copier_copy_of_the_recorded_url(language: str, scaffold: Run, work: Path, tmp_path: Path) -> None:
    scaffold_new(scaffold, language)
    copy(STORE_URL, tmp_path / "toy", {**ANSWERS, "language": language})
    assert snapshot(work / "toy") == snapshot(tmp_path / "toy")
    assert f"_src_path: {STORE_URL}\n" in (tmp_path / "toy" / ".copier-answers.yml").read_text()


@pytest.mark.parametrize(
    "language",
    [
        pytest.param(key, marks=[] if key in ("java", "node", "go") else pytest.mark.exhaustive)
        for key in sorted(LANGUAGES)
    ],
)
def test_a_bare_copier_copy_of_the_folder(language: str, scaffold: Run, work: Path, tmp_path: Path) -> None:
    scaffold_new(scaffold, language, "--blueprint", BLUEPRINTS)
    copy(BLUEPRINTS, tmp_path / "toy", {**ANSWERS, "language": language})
    assert snapshot(work / "toy") == snapshot(tmp_path / "toy")


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", sorted(STORE[NEWEST][1]))
def test_the_folder_gives_the_same_but_for_the_origin(language: str, scaffold: Run, work: Path, tmp_path: Path) -> None:
    scaffold_new(scaffold, language)
    copy(BLUEPRINTS, tmp_path / "toy", {**ANSWERS, "language": language})
    ours, theirs = snapshot(work / "toy"), snapshot(tmp_path / "toy")
    answers = [found.pop(".copier-answers.yml")[1].decode() for found in (ours, theirs)]
    assert ours == theirs
    assert len({re.sub(r"(?m)^_(src_path|commit): .*\n", "", text) for text in answers}) == 1


ODD = {
    "copier.yml": (
        "_preserve_symlinks: true\n_exclude: [copier.yml, .git, '*.bak', '!keep.bak']\n_skip_if_exists: [keep.txt]\n"
        "_secret_questions: [token]\n_message_after_copy: hello\n_envops: {trim_blocks: true}\n"
        "name: {type: str, default: toy}\ntoken: {type: str, default: t}\nmany: {type: yaml, default: [a, b]}\n"
    ),
    "run.sh.jinja": File("#!/bin/sh\necho {{ name }}\n", executable=True),
    "plain.sh": File("x", executable=True),
    "link": File("plain.sh", link=True),
    "a.bin": b"\0\xff\xfe",
    "crlf.txt": "a\r\nb\r\n",
    "drop.bak": "x",
    "keep.bak": "x",
    "{{ name }}/{{ _copier_conf.os }}-{{ _folder_name }}.txt.jinja": "{{ _copier_conf.vcs_ref_hash }} {{ token }}\n",
    "{% yield item from many %}{{ item }}{% endyield %}/f.txt.jinja": "{{ item }}\n",
    "{% if name == 'other' %}never{% endif %}": "x",
    "empty.txt": "",
    "answers.json.jinja": "{{ _copier_answers | to_json }} {{ _copier_operation is defined }}\n",
    ".gitattributes": "*.txt export-subst\nempty.txt export-ignore\nwin.txt text eol=crlf\n",
    "win.txt": "a\nb\n",
}


def test_a_template_that_uses_what_copier_has(
    template: Template, scaffold: Run, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "copier"))
    template.release("v1.0.0", ODD)
    assert scaffold("new", "toy", "--no-git", "--blueprint", template.folder).code == 0
    copy(template.folder, tmp_path / "toy", {"name": "toy"})
    assert snapshot(work / "toy") == snapshot(tmp_path / "toy")


# What is counted.


def started(log: Path) -> list[str]:
    """The git processes that were not started by git itself."""
    events = [json.loads(line) for line in log.read_text().splitlines()]
    return [" ".join(event["argv"]) for event in events if event["event"] == "start" and "/" not in event["sid"]]


OLD = {"a.txt": LINES, "b.txt": LINES, "c.txt": LINES, "d.txt": LINES, "e.env": LINES}
NEW = {"a.txt": CLASH, "b.txt": None, "b2.txt": THEIRS, "c.txt": None, "d.txt": THEIRS, "e.env": THEIRS}


@pytest.mark.parametrize("cache", ["warm", "cold"])
@pytest.mark.parametrize(
    ("tags", "arguments", "most"),
    [
        (True, [], 10),
        (True, ["--to", "v1.1.0"], 10),
        (True, ["--to", "main"], 11),
        (True, ["--branch", "update/v1.1.0"], 12),
        (False, [], 12),
        (False, ["--to", "main"], 12),
    ],
)
def test_git_processes_of_an_update(
    make: Make,
    template: Template,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache: str,
    tags: bool,
    arguments: list[str],
    most: int,
) -> None:
    """The worst case: conflicts, renames, deletions on both sides, and an ignored file."""
    clash = "--branch" not in arguments  # which takes none
    template.release("v1.0.0", OLD)
    if not tags:
        git(template.folder, "tag", "--delete", "v1.0.0")
    project = make(None, NEW)
    if not tags:
        git(template.folder, "tag", "--delete", "v1.1.0")
    project.put({"a.txt": MINE if clash else LINES, "b.txt": MINE, "d.txt": None, ".gitignore": "*.env\n"})
    project.git("rm", "--quiet", "--cached", "e.env")
    project.commit()
    if cache == "cold":
        monkeypatch.setenv("SCAFFOLD_CACHE_DIR", str(tmp_path / "cold"))
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
    assert project.scaffold("update", project.path, *arguments).code == (1 if clash else 0)
    # The one for the news of a blueprint from elsewhere is among them.
    commands = started(tmp_path / "trace")
    assert len([command for command in commands if " fetch " in command or " clone " in command]) == 1
    assert len(commands) <= most, "\n".join(commands)


@pytest.mark.skipif(len(STORE) < 2, reason="the store has one release")
def test_git_processes_of_an_update_of_a_service(
    scaffold: Run, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next(iter(STORE))
    language = sorted(STORE[first][1])[0]
    scaffold("new", "toy", "--lang", language, "--blueprint", f"{STORE_URL}@{first}")
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
    assert scaffold("update", work / "toy").code == 0
    assert len(started(tmp_path / "trace")) <= 12, started(tmp_path / "trace")


IMPORTS = """
import sys
sys.argv = ["scaffold", *sys.argv[1:]]
from scaffold.cli import main
try: main()
finally: print("copier" in sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"], ["update"]])
def test_copier_is_not_imported_on_the_newest_release(arguments: list[str], scaffold: Run, work: Path) -> None:
    assert scaffold("new", "toy", "--lang", sorted(STORE[NEWEST][1])[0]).code == 0
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTS, *arguments, str(work / "toy")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (ran.returncode, ran.stderr) == (0, "False\n")
