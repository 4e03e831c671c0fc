"""What every test shares: git and caches that know nothing of the machine's user, and the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLUEPRINTS = ROOT / "blueprints"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden trees instead of comparing")


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
def scaffold(tmp_path: Path) -> Run:
    """Run the command as a user does: a process of its own, in an empty folder, with no terminal."""
    work = tmp_path / "work"
    work.mkdir()

    def run(*arguments: str | Path, cwd: Path = work, env: dict[str, str] | None = None) -> Ran:
        process = subprocess.run(
            [sys.executable, "-m", "scaffold", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(process.returncode, process.stdout, process.stderr)

    return run


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The folder that `scaffold` runs in unless told."""
    return tmp_path / "work"
