"""What a person at a terminal meets: the questions of `scaffold new`, and lines that fit 80 columns."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.update.toys import Template

SCAFFOLD = Path(sys.executable).with_name("scaffold")


class Terminal:
    """A program on a terminal of 80 columns, that a test types to."""

    def __init__(self, arguments: list[str], cwd: Path) -> None:
        ours, theirs = pty.openpty()
        env = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
        self.process = subprocess.Popen(
            [SCAFFOLD, *arguments], cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self._handle = ours
        self.seen = ""

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 30
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if select.select([self._handle], [], [], 0.1)[0]:
                self._read()

    def type(self, line: str) -> None:
        self.type_raw(f"{line}\n".encode())

    def type_raw(self, data: bytes) -> None:
        os.write(self._handle, data)

    def end(self) -> int:
        deadline = time.monotonic() + 30
        try:
            while time.monotonic() < deadline:
                if select.select([self._handle], [], [], 0.1)[0] and not self._read():
                    break
        except OSError:  # the other end is closed
            pass
        return self.process.wait(30)

    def _read(self) -> bytes:
        data = os.read(self._handle, 65536)
        self.seen += data.decode()
        return data


def test_new_asks_for_just_what_is_missing(work: Path) -> None:
    terminal = Terminal(["new"], work)
    terminal.wait_for("name of the service")
    terminal.type("orders")
    terminal.wait_for("go, rust, swift: compile one binary")
    terminal.wait_for("language: ")
    terminal.type("gol")
    terminal.wait_for("did you mean go?")
    terminal.type("golang")
    assert terminal.end() == 0
    assert "port" not in terminal.seen.split("made ")[0]
    assert (work / "orders" / "main.go").is_file()


def test_new_asks_only_for_the_language(work: Path) -> None:
    terminal = Terminal(["new", "orders"], work)
    terminal.wait_for("language: ")
    assert "name of the service" not in terminal.seen
    terminal.type("go")
    assert terminal.end() == 0


def test_what_can_not_be_is_told_at_once(work: Path) -> None:
    (work / "taken").mkdir()
    (work / "taken" / "x").touch()
    terminal = Terminal(["new"], work)
    terminal.wait_for("name of the service: ")
    terminal.type("My Orders")
    terminal.wait_for("did you mean my-orders?")
    terminal.type("taken")
    terminal.wait_for("exists and is not empty")
    terminal.type("orders")
    terminal.wait_for("language: ")
    terminal.type("go")
    assert terminal.end() == 0
    terminal = Terminal(["new", "taken"], work)
    assert (terminal.end(), "language: " in terminal.seen) == (3, False)


@pytest.mark.parametrize("arguments", [["new"], ["new", "orders"]])
def test_the_end_of_the_input_ends_the_questions(work: Path, arguments: list[str]) -> None:
    terminal = Terminal(arguments, work)
    terminal.wait_for("name of the service: " if arguments == ["new"] else "language: ")
    for _ in range(100):
        if terminal.process.poll() is None:  # readline may not be waiting yet
            terminal.type_raw(b"\x04")
            time.sleep(0.3)
    assert (terminal.end(), "is missing" in terminal.seen) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_question(work: Path, number: int) -> None:
    terminal = Terminal(["new", "orders"], work)
    terminal.wait_for("language: ")
    # Python's readline may not be waiting yet when its prompt is seen, and misses a signal then; a person is slower.
    for _ in range(100):
        if terminal.process.poll() is None:
            terminal.process.send_signal(number)
            time.sleep(0.3)
    assert terminal.end() == 128 + number
    assert "Traceback" not in terminal.seen
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["new", "--help"], ["update", "--help"]])
def test_lines_fit_a_terminal_of_80_columns(work: Path, arguments: list[str]) -> None:
    terminal = Terminal(arguments, work)
    assert terminal.end() == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.seen)
    too_long = [line for line in plain.splitlines() if len(line) > 80 and " -> " not in line]
    assert too_long == []


@pytest.mark.skipif(
    not shutil.which("setsid"), reason="setsid, of util-linux, is what gives a child the terminal for its own"
)
def test_the_terminal_is_closed_under_way(work: Path, tmp_path: Path) -> None:
    """It is gone then: what is cleaned up is, and nothing is written to it any more."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (work / ".copier-answers.yml").write_text("_src_path: file:///dev/zero/no.git\n_commit: v1\n")
    # A git that waits, so that there is something under way; and says when it does.
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f"#!/bin/sh\ntouch {tmp_path}/waits\nexec sleep 60\n")
    git.chmod(0o755)
    env = {**os.environ, "TERM": "xterm", "TMPDIR": str(temporary), "PATH": f"{git.parent}:{os.environ['PATH']}"}
    ours, theirs = pty.openpty()
    # With the terminal for its own: the system tells those that it is closed.
    command = ["setsid", "--ctty", SCAFFOLD, "check"]
    process = subprocess.Popen(command, cwd=work, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    while not (tmp_path / "waits").exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.close(ours)
    assert process.wait(30) == 129
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("arguments", [["new", "y[/b]", "--lang", "go"], ["new", "go", "y[/b]"], ["y[/b]"]])
def test_brackets_are_no_markup(work: Path, arguments: list[str]) -> None:
    terminal = Terminal(arguments, work)
    assert terminal.end() == 2
    assert "y[/b]" in terminal.seen


def test_a_closed_pipe_is_no_error(work: Path) -> None:
    command = f"{SCAFFOLD} list | head -1; {SCAFFOLD} new --help | true"
    process = subprocess.run(["sh", "-c", command], cwd=work, capture_output=True, text=True, check=False)
    assert process.stderr == ""


def test_a_patch_in_colours(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scaffold: Run) -> None:
    template = Template.make(tmp_path / "template").release("v1.0.0", {"a.txt": "same\nold\n"})
    assert scaffold("new", "toy", "--blueprint", template.folder).code == 0
    template.release("v1.1.0", {"a.txt": "same\nnew\n"})
    monkeypatch.delenv("NO_COLOR")
    terminal = Terminal(["diff", "toy"], work)
    assert terminal.end() == 0
    patch = terminal.seen.split("diff --git a/a.txt")[1]
    assert patch.endswith("\r\n same\r\n\x1b[31m-old\x1b[0m\r\n\x1b[32m+new\x1b[0m\r\n")
    assert "\x1b[36m@@ -1,2 +1,2 @@\x1b[0m\r\n" in patch
