"""What every test shares: git and caches that know nothing of the machine's user, and the command line."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scaffold.cli import main

ROOT = Path(__file__).parent.parent
BLUEPRINTS = ROOT / "blueprints"
# Where toolchains and docker's plugins are, which a home of the test's own does not have.
HOME = Path.home()
DOCKER_CONFIG = os.environ.get("DOCKER_CONFIG") or str(HOME / ".docker")


def pytest_configure() -> None:
    """Be interruptible, whoever started us: `nohup` and `&` leave signals ignored, which children inherit."""
    os.umask(0o022)  # what files are compared with; some systems give their users 002
    for number, handler in [(signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)]:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden trees instead of comparing")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the tests that wait evenly among those that compute, so that no worker has many of them in a row."""
    waiting = [item for item in items if item.get_closest_marker("waits")]
    computing = [item for item in items if not item.get_closest_marker("waits")]
    for number, item in enumerate(waiting):
        computing.insert(number * (len(items) // len(waiting)), item)
    items[:] = computing


def sample(cases: Iterable[object], every: int = 4) -> list[object]:
    """Cases for `parametrize`, where many are of one kind: each n-th is for every run, the others for exhaustive ones.

    A case of several arguments is a tuple.
    """

    def marked(number: int, case: object) -> object:
        arguments = case if isinstance(case, tuple) else (case,)
        return pytest.param(*arguments, marks=pytest.mark.exhaustive if number % every else ())

    return [marked(number, case) for number, case in enumerate(cases)]


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copies of blueprints, made once a session and not in the user's home."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session_cache: Path) -> None:
    """A home of the test's own, with an identity for git and nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Tess Tester\n\temail = tess@example.com\n")
    for name in [name for name in os.environ if name.startswith(("GIT_", "COPIER_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DOCKER_CONFIG", DOCKER_CONFIG)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("SCAFFOLD_CACHE_DIR", str(session_cache))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


Run = Callable[..., Ran]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty folder, in which `scaffold` runs unless told otherwise."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def scaffold(work: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process, which spares the import of Copier: with no terminal, in an empty folder."""

    def run(*arguments: str | Path, cwd: Path = work) -> Ran:
        stdout, stderr = io.StringIO(), io.StringIO()
        with monkeypatch.context() as context, Path(os.devnull).open() as nothing:
            context.chdir(cwd)
            context.setattr(sys, "argv", ["scaffold", *map(str, arguments)])
            for name, stream in (("stdin", nothing), ("stdout", stdout), ("stderr", stderr)):
                context.setattr(sys, name, stream)
            code = 0
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        return Ran(code, stdout.getvalue(), stderr.getvalue())

    return run


@pytest.fixture
def scaffold_process(work: Path) -> Run:
    """Run the command as a user does, in a process of its own."""

    def run(*arguments: str | Path, cwd: Path = work, env: dict[str, str] | None = None) -> Ran:
        process = subprocess.run(
            [Path(sys.executable).with_name("scaffold"), *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran(process.returncode, process.stdout, process.stderr)

    return run
