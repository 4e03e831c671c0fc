"""^C, a kill and a full disk in the middle of an update: the project is as it was or as it should be, never in between.

An update changes the world by few system calls of Python's: it makes folders and files in its staging folder, links the
lock, and renames. Each of these calls is counted here and the process killed before it, one after the other.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scaffold import journal, landing, mirror
from scaffold.errors import ScaffoldError
from scaffold.landing import STAGING
from scaffold.plan import find_move, make_plan
from scaffold.work_tree import WorkTree
from tests.cli.test_new import needs_mounts
from tests.update.conftest import Make
from tests.update.test_survive import BOTH, CLASH, LINES, MINE, THEIRS
from tests.update.toys import File, Project, git, put, snapshot

# Every step of an update, killed and failing: a minute of processor time, so not for every run.
pytestmark = pytest.mark.exhaustive

OLD = {"a.txt": LINES, "gone/old.txt": "old\n", "swap": "file\n", "c.txt": LINES, "run.sh": LINES}
NEW = {
    "a.txt": THEIRS,
    "gone/old.txt": None,
    "swap": None,
    "swap/in.txt": "in\n",
    "new/deep/n.txt": "n\n",
    "run.sh": File(LINES, executable=True),
}

CALLS = [(os, name) for name in ("rename", "replace", "link", "mkdir", "rmdir", "unlink", "symlink")]
CALLS += [(shutil, "rmtree"), (shutil, "copyfile")]


@dataclass(frozen=True)
class Ended:
    """How a hooked process ended, what it said on stderr, and how many calls it made that change the project."""

    code: int
    stderr: str
    calls: int


def run_hooked(project: Project, run: Callable[[], object], at: int, act: Callable[[], None]) -> Ended:
    """Run something in a process of its own, and act at the n-th of its calls that change something in the project.

    The process is a fork: importing everything anew for each of a hundred kills would take minutes.
    """
    pipe, stderr = os.pipe(), tempfile.TemporaryFile("w+")  # noqa: SIM115 - the fork writes to it, and we close it below
    child = os.fork()
    if child == 0:
        count = 0

        def hook(module: Any, name: str) -> None:
            real = getattr(module, name)

            def called(*args: Any, **kwargs: Any) -> Any:
                nonlocal count
                if any(str(project.path) in str(argument) for argument in args[:2]):
                    count += 1
                    if count == at and name == "rmtree":
                        with suppress(OSError):  # as it does itself
                            act()
                    elif count == at:
                        act()
                return real(*args, **kwargs)

            setattr(module, name, called)

        for module, name in CALLS:
            hook(module, name)
        code = 70
        try:
            os.dup2(stderr.fileno(), 2)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            run()
            code = 0
        except KeyboardInterrupt:
            code = 130
        except SystemExit as end:
            code = int(end.code or 0)
        except ScaffoldError as error:
            os.write(2, f"{error.message}; {error.hint}".encode())
            code = 3
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os.write(pipe[1], str(count).encode())
            os._exit(code)
    os.close(pipe[1])
    _, status = os.waitpid(child, 0)
    with os.fdopen(pipe[0]) as counted, stderr:
        stderr.seek(0)
        return Ended(os.waitstatus_to_exitcode(status), stderr.read(), int(counted.read() or 0))


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def nothing() -> None:
    """Let it go on."""


def whole(project: Project) -> tuple[dict[str, tuple[int, bytes]], str]:
    """All of the project and of its index."""
    files = {path: file for path, file in snapshot(project.path).items() if not path.startswith(STAGING)}
    return files, project.git("ls-files", "--stage")


class States:
    """A project before an update and after it, and any number of copies to be interrupted."""

    def __init__(self, project: Project) -> None:
        self._original = project
        mirror._mirror.cache_clear()
        self.merge = make_plan(find_move(project.path)).merge
        self.before = whole(project)
        done = self.copy("done")
        self.calls = self.land(done, 0, nothing).calls
        self.after = whole(done)
        assert self.after != self.before

    def copy(self, name: str) -> Project:
        path = self._original.path.parent / name / "toy"
        shutil.copytree(self._original.path, path, symlinks=True)
        return Project(path, self._original.scaffold)

    def land(self, project: Project, at: int, act: Callable[[], None]) -> Ended:
        work_tree = WorkTree(project.path, project.path / ".git", "")
        return run_hooked(project, lambda: landing.land(project.path, work_tree, self.merge), at, act)

    def half_way(self) -> Project:
        """A project whose update was killed among its renames."""
        for at in range(1, self.calls):
            project = self.copy(f"half-{at}")
            self.land(project, at, kill)
            if whole(project) not in (self.before, self.after):
                return project
        raise AssertionError("no step is half way")


@pytest.fixture
def states(make: Make) -> States:
    return States(make(OLD, NEW).put({"a.txt": MINE}))


@pytest.fixture
def conflict(make: Make) -> States:
    return States(make(OLD, {**NEW, "c.txt": CLASH}).put({"a.txt": MINE, "c.txt": MINE}))


def check_whole(project: Project, states: States) -> str:
    found = whole(project)
    assert found in (states.before, states.after)
    assert not (project.path / STAGING).exists()
    assert [p.name for p in (project.path / ".git").iterdir() if "scaffold" in p.name or p.suffix == ".lock"] == []
    return "before" if found == states.before else "after"


@pytest.mark.parametrize("which", ["states", "conflict"])
def test_killed_at_every_step(which: str, request: pytest.FixtureRequest) -> None:
    states: States = request.getfixturevalue(which)
    assert states.calls > 15
    ends = []
    for at in range(1, states.calls + 1):
        project = states.copy(f"kill-{at}")
        assert states.land(project, at, kill).code == -signal.SIGKILL
        if whole(project) not in (states.before, states.after):
            # Until it is ended git can't commit what is half done.
            assert (project.path / ".git" / "index.lock").exists()
            assert landing.is_interrupted(project.path)
        assert project.has(".copier-answers.yml")
        landing.recover(project.path)
        ends.append(check_whole(project, states))
    # Before the renames began it is as it was, and after that as it should be.
    assert ends == sorted(ends, reverse=True)
    assert set(ends) == {"before", "after"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_at_every_step(states: States, number: int) -> None:
    ends = []
    for at in range(1, states.calls + 1):
        project = states.copy(f"{number}-{at}")
        ran = states.land(project, at, lambda: signal.raise_signal(number))
        assert ran.code == 128 + number, ran.stderr
        ends.append(check_whole(project, states))
    assert ends == sorted(ends, reverse=True)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_call_that_fails_at_every_step(states: States, number: int) -> None:
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    ends = set()
    for at in range(1, states.calls + 1):
        project = states.copy(f"fail-{number}-{at}")
        ran = states.land(project, at, fail)
        if ran.code == 0 or (project.path / STAGING).exists():  # what could not be removed is, once it can
            landing.recover(project.path)
        end = check_whole(project, states)
        ends.add(end)
        assert (ran.code, end) in ((0, "after"), (3, "before")), ran.stderr
        if ran.code:
            assert ("is full; " if number == errno.ENOSPC else "can't write to") in ran.stderr
            assert "nothing was changed" in ran.stderr
    assert ends == {"before", "after"}


def test_a_call_that_fails_and_all_that_follow(states: States) -> None:
    """Nothing can be taken back then; what has begun is ended once it can be."""
    ends, stopped = set(), 0
    for at in range(1, states.calls + 1):
        project = states.copy(f"dead-{at}")

        def fail(*_: object, **__: object) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        def die() -> None:
            for module, name in CALLS:
                if module is os:
                    setattr(module, name, fail)
            fail()

        ran = states.land(project, at, die)
        assert ran.code in (0, 3), ran.stderr
        stopped += "stopped half way" in ran.stderr
        if (project.path / STAGING).exists():
            landing.recover(project.path)
        end = check_whole(project, states)
        ends.add(end)
        assert ("nothing was changed" in ran.stderr) <= (end == "before")
    assert (ends, stopped > 0) == ({"before", "after"}, True)


def test_recovery_is_killed_too(states: States) -> None:
    first = states.half_way()
    for at in range(1, 40):
        project = Project(first.path.parent.parent / f"again-{at}" / "toy", first.scaffold)
        shutil.copytree(first.path, project.path, symlinks=True)
        # A copy lies elsewhere, and so its lock is another's: as if it had been made there.
        (project.path / ".git" / "index.lock").write_bytes(b"scaffold update of %b\n" % os.fsencode(project.path))
        ended = run_hooked(project, partial(landing.recover, project.path), at, kill)
        landing.recover(project.path)
        assert check_whole(project, states) == "after"
        if ended.code == 0:
            return
    raise AssertionError("it never ended")


def test_a_kill_is_told(states: States) -> None:
    project = states.half_way()
    ran = project.scaffold("check", project.path)
    assert (ran.code, "an update was interrupted here: scaffold update ends it" in ran.stderr) == (1, True)
    assert json.loads(project.scaffold("check", project.path, "--json").stdout)["interrupted"] is True
    assert "ended an update that was interrupted" in project.scaffold("update", project.path).stdout


def test_a_dry_run_does_not_end_it(states: States) -> None:
    project = states.half_way()
    before = whole(project)
    project.scaffold("update", project.path, "--dry-run")
    assert whole(project) == before


def test_an_edit_after_the_kill_is_not_lost(states: States) -> None:
    for at in range(states.calls, 0, -1):
        project = states.copy(f"edit-{at}")
        states.land(project, at, kill)
        if project.has("a.txt") and project.read("a.txt") == MINE and list((project.path / ".git").glob("scaffold-*")):
            break
    (project.path / "a.txt").write_text("my new edit\n")
    ran = project.scaffold("update", project.path)
    assert ran.code == 3
    assert f"error: 'a.txt' was edited after an update of '{project.path}' was interrupted\n" in ran.stderr
    assert project.read("a.txt") == "my new edit\n"
    (project.path / "a.txt").rename(project.path.parent / "aside")
    assert project.scaffold("update", project.path).code == 0
    assert whole(project) == states.after


def test_the_lock_was_taken_away_and_git_used(states: States) -> None:
    """git's own hint for a lock is to delete it."""
    project = states.half_way()
    (project.path / ".git" / "index.lock").unlink()
    put(project.path, {"mine.txt": "mine\n"})
    project.git("add", "mine.txt")
    assert project.scaffold("update", project.path).code == 0
    assert "mine.txt" in project.git("ls-files").splitlines()
    assert snapshot(project.path) == {**states.after[0], "mine.txt": snapshot(project.path)["mine.txt"]}


def test_the_staging_folder_was_taken_away(states: States) -> None:
    project = states.half_way()
    shutil.rmtree(project.path / STAGING)
    ran = project.scaffold("update", project.path)
    assert ran.code == 3
    assert "not committed" in ran.stderr
    (project.path / ".git" / "index.lock").unlink()
    project.git("reset", "--quiet", "--hard")
    project.git("clean", "--quiet", "-d", "--force")
    assert project.scaffold("update", project.path).code == 0
    assert check_whole(project, states) == "after"


def test_a_killed_update_of_another_project_of_the_repository(make: Make, work: Path) -> None:
    git(work, "init", "--quiet", ".")
    first = make(OLD, into=work)
    (work / "other").mkdir()
    second = make(None, NEW, into=work / "other")
    for at in range(1, 100):
        run_hooked(first, lambda: first.scaffold("update", first.path), at, kill)
        if (work / ".git" / "index.lock").exists():
            break
        shutil.rmtree(first.path / STAGING, ignore_errors=True)
    ran = second.scaffold("update", second.path)
    assert ran.code == 3
    assert f"hint: an update was interrupted, or still runs: scaffold update {first.path} ends it\n" in ran.stderr
    assert first.scaffold("update", first.path).code == 0
    assert second.scaffold("update", second.path).code == 0


def test_two_updates_at_once(states: States) -> None:
    project = states.copy("twice")
    command = [Path(sys.executable).with_name("scaffold"), "update", str(project.path)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(process.communicate(timeout=60), process.returncode) for process in running]
    assert {code for _, code in ended} <= {0, 3}
    assert 0 in {code for _, code in ended}
    assert check_whole(project, states) == "after"


def test_a_running_update_is_not_taken_for_a_killed_one(states: States) -> None:
    project = states.copy("running")
    with landing._alone(project.path):
        (project.path / STAGING).mkdir()
        ran = project.scaffold("update", project.path)
        assert (ran.code, "another update of" in ran.stderr) == (3, True)
        assert (project.path / STAGING).is_dir()


def test_what_a_clone_brings_is_no_journal(make: Make, tmp_path: Path) -> None:
    """A staging folder in somebody's repository must not tell us what to move where."""
    project = make(OLD, NEW)
    outside = tmp_path / "outside"
    outside.write_text("outside\n")
    evil = {"changes": {"../../outside": True, ".git/hooks/pre-commit": True}, "before": {}}
    files = {"files/../../x": "x", "journal.json": json.dumps({**evil, "prefix": "", "lock": str(outside)})}
    put(project.path / STAGING, {"journal.json": files["journal.json"], "files/.git-x": "x", "index": "x"})
    project.git("add", "--all", "--force")
    project.git("commit", "--quiet", "-m", "evil")
    project.scaffold("update", project.path)
    assert outside.read_text() == "outside\n"
    assert not (project.path / ".git" / "hooks" / "pre-commit").exists()


def test_a_link_for_a_staging_folder(make: Make, tmp_path: Path) -> None:
    project = make(OLD, NEW)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("x")
    project.put({STAGING: File(str(tmp_path / "outside"), link=True)})
    ran = project.scaffold("update", project.path)
    assert ran.code == 3
    assert (tmp_path / "outside" / "file").read_text() == "x"
    assert project.git("status", "--porcelain") == ""


def test_a_signal_that_another_thread_takes(states: States, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a second thread shows progress: a mask of the main thread's alone would not hold ^C back."""
    project = states.copy("thread")
    real = journal._Step.do
    stop = threading.Event()
    threading.Thread(target=stop.wait, daemon=True).start()

    def do(self: journal._Step) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        real(self)

    monkeypatch.setattr(journal._Step, "do", do)
    ran = project.scaffold("update", project.path)
    stop.set()
    assert ran.code == 130
    assert check_whole(project, states) == "after"


@pytest.mark.parametrize("made_of_it", ["ValueError('x')", "ScaffoldError('x')"])
def test_a_library_makes_something_else_of_it(made_of_it: str, work: Path) -> None:
    """As pydantic's core does while Copier is imported."""
    code = f"""
import signal, sys
from scaffold.operations import check
from scaffold.errors import ScaffoldError
def interrupted(*_, **__):
    try: signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt: raise {made_of_it}
check.check = interrupted
sys.argv = ["scaffold", "check"]
from scaffold.cli import main
main()
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=work, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


@pytest.mark.parametrize("wait", [0, 0.2, 0.4, 0.6, 0.8])
def test_interrupted_at_some_time(states: States, wait: float) -> None:
    project = states.copy("some-time")
    process = subprocess.Popen(
        [Path(sys.executable).with_name("scaffold"), "update", str(project.path), "--verbose"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Before its first command it may still be Python that starts, on which we have no influence.
    assert process.stderr
    process.stderr.readline()
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    # Killed by the signal: it came when all was done and Python itself was ending.
    assert process.returncode in (0, 130, -signal.SIGINT)
    assert "Traceback" not in stderr
    check_whole(project, states)


@needs_mounts
@pytest.mark.parametrize("free", [4, 40, 80, 120])
def test_a_full_disk(make: Make, work: Path, free: int) -> None:
    """A real one, that is full at one point or another."""
    big = os.urandom(40_000).hex()
    project = make({"a.txt": "a\n"}, {"a.txt": "b\n", "big.txt": big})
    disk = work / "disk"
    disk.mkdir()
    script = f"""
        mount -t tmpfs -o size=2m none {disk} && cp -a {project.path} {disk}/toy && cd {disk}/toy || exit 9
        git status >/dev/null; git ls-files -s >{work}/before
        left=$(df --output=avail -k . | tail -1); head -c $(( (left - {free}) * 1024 )) /dev/zero >{disk}/fill
        {sys.executable} -m scaffold update; echo $?
        rm {disk}/fill; git ls-files -s | diff - {work}/before && git status --porcelain; ls .git/*.lock .git/*scaf*
        {sys.executable} -m scaffold update >/dev/null; echo $?; cat a.txt
    """
    ran = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == ["3", "0", "b"], ran.stderr
    assert "hint: " in ran.stderr


@needs_mounts
def test_a_git_folder_on_another_disk(make: Make, work: Path) -> None:
    """A rename does not reach from one disk to another."""
    project = make(OLD, {**NEW, "c.txt": CLASH}).put({"a.txt": MINE, "c.txt": MINE})
    disk = work / "disk"
    disk.mkdir()
    script = f"""
        mount -t tmpfs none {disk} && git clone --quiet --bare {project.path} {disk}/bare.git || exit 9
        git --git-dir={disk}/bare.git worktree add --quiet {work}/linked main && cd {work}/linked || exit 9
        {sys.executable} -m scaffold update >/dev/null; echo $?; git status --porcelain; git fsck --no-dangling
    """
    ran = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == [
        "1",
        "M  .copier-answers.yml",
        "M  a.txt",
        "UU c.txt",
        "D  gone/old.txt",
        "A  new/deep/n.txt",
        "M  run.sh",
        "D  swap",
        "A  swap/in.txt",
    ], ran.stderr
    assert (work / "linked" / "a.txt").read_text() == BOTH


def test_a_read_only_project(make: Make) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    project = make(OLD, NEW)
    project.path.chmod(0o555)
    ran = project.scaffold("update", project.path)
    project.path.chmod(0o755)
    assert (ran.code, "nothing was changed" in ran.stderr) == (3, True)
