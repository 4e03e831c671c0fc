"""How errors are told, whatever went wrong: a sentence on stderr, a document on stdout where one was asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_new import needs_mounts
from tests.conftest import Run

SCAFFOLD = Path(sys.executable).with_name("scaffold")


@pytest.mark.parametrize(
    ("arguments", "code", "error", "hint"),
    [
        (["new", "orders", "--lang", "gol"], 2, "there is no language 'gol'", "did you mean go?"),
        (["check", "no/where"], 3, "there is no 'no/where'", "name a project's folder"),
        (["update", "--to"], 2, "Option '--to' requires an argument.", ""),
        (["list", "--nope"], 2, "No such option: --nope", ""),
        (["nope"], 2, "No such command 'nope'.", ""),
    ],
    ids=["usage", "project", "value", "option", "command"],
)
def test_json(scaffold: Run, arguments: list[str], code: int, error: str, hint: str) -> None:
    ran = scaffold(arguments[0], "--json", *arguments[1:])
    document = json.loads(ran.stdout)
    assert list(document) == ["error", "hint", "exit_code"]
    assert (ran.code, document["error"], document["exit_code"]) == (code, error, code)
    assert document["hint"].startswith(hint)
    assert ran.stderr
    ran = scaffold(*arguments)
    assert (ran.code, ran.stdout) == (code, "")


@pytest.mark.parametrize("arguments", [["list"], ["new", "x", "--lang", "go"], ["check"], ["update"], ["diff", "."]])
def test_a_folder_that_is_gone(work: Path, arguments: list[str]) -> None:
    code = f'mkdir gone && cd gone && rmdir ../gone && {SCAFFOLD} "$@"'
    ran = subprocess.run(["sh", "-c", code, "sh", *arguments], cwd=work, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr == "error: the folder that this runs in is gone\nhint: cd to one that is there\n"


def run_without_temporary_folder(work: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where no place that Python tries can be written to."""
    # What is there stays, for the checkout may be in one of them.
    seal = "mount --bind $place $place && mount -o remount,bind,ro $place"
    code = f'for place in /tmp /var/tmp /usr/tmp; do [ ! -d $place ] || {{ {seal}; }}; done; cd /proc; exec "$@"'
    env = {**os.environ, "HOME": "/root", "SCAFFOLD_CACHE_DIR": "/nowhere/to/write"} | dict.fromkeys(
        ("TMPDIR", "TEMP", "TMP"), "/proc"
    )
    command = ("unshare", "-m", "sh", "-c", code, "sh", *command)
    return subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, env=env)


@needs_mounts
def test_no_temporary_folder(work: Path) -> None:
    ran = run_without_temporary_folder(work, str(SCAFFOLD), "new", "orders", "--lang", "go", "--dry-run")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr == "error: there is no temporary folder that can be written to\nhint: set TMPDIR to one\n"


@needs_mounts
def test_a_bug_without_a_temporary_folder(work: Path) -> None:
    code = (
        "import sys; sys.argv = ['scaffold', 'list']\n"
        "from scaffold.blueprint import Blueprint\n"
        "Blueprint.newest = lambda self: 1 / 0\n"
        "from scaffold.cli import main; main()"
    )
    ran = run_without_temporary_folder(work, sys.executable, "-c", code)
    assert ran.returncode == 70
    assert ran.stderr.startswith("error: scaffold has a bug and stopped\nhint: please report it with this:\n")
    assert ran.stderr.count("Traceback") == 1
