"""`scaffold` and Copier on the same work, taking turns in one run: `pytest -m bench -s tests/bench`.

Both start as a user starts them, a process each, with warm caches. Nothing is asserted about time, which is the
machine's; what is printed are ratios, which are less so. The budgets: new at most 1.0, update at most 0.5.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scaffold.operations import release as operation
from tests.conftest import BLUEPRINTS
from tests.update.toys import git, put

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
BIN = Path(sys.executable).parent

pytestmark = pytest.mark.bench


def timed(*command: str | Path, cwd: Path) -> float:
    start = time.perf_counter()
    ran = subprocess.run([BIN / str(command[0]), *command[1:]], cwd=cwd, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return time.perf_counter() - start


def show(what: str, pairs: list[tuple[float, float]], budget: float) -> None:
    ours, theirs = (sorted(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"\n{what:32} ours {statistics.median(ours):6.3f} s  copier {statistics.median(theirs):6.3f} s", end="")
    print(f"  ratio {ratio:5.2f}  (budget {budget}; best of each {ours[0] / theirs[0]:.2f}; {len(pairs)} rounds)")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two releases of the blueprints, on this machine: no network is measured."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "copier-cache"))
    folder = tmp_path / "blueprints"
    shutil.copytree(BLUEPRINTS, folder)
    operation.release("1.0.0", "one", folder, tmp_path / "bundle")
    main, common = folder / "native" / "go" / "main.go", folder / "common" / "compose.yaml.jinja"
    put(folder, {"native/go/main.go": main.read_text() + "// theirs\n", "native/go/more.go": "package main\n"})
    put(folder, {"common/compose.yaml.jinja": "# theirs\n" + common.read_text()})
    operation.release("1.1.0", "two", folder, tmp_path / "bundle")
    git(tmp_path, "clone", "--quiet", "--bare", "bundle", "host.git")
    return tmp_path / "host.git"


def test_new(host: Path, work: Path) -> None:
    answers = ("-d", "name=toy", "-d", "language=go")
    built_in, from_host = [], []
    for number in range(ROUNDS + 1):
        theirs = timed("copier", "copy", "--quiet", "--defaults", *answers, host, f"copier-{number}", cwd=work)
        ours = timed("scaffold", "new", f"host-{number}", "--blueprint", host, "-d", "language=go", cwd=work)
        store = timed("scaffold", "new", f"store-{number}", "--lang", "go", cwd=work)
        if number:  # the first one fills the caches
            from_host.append((ours, theirs))
            built_in.append((store, theirs))
    show("new, from the built-in store", built_in, 1.0)
    show("new, from a repository", from_host, 1.0)


def test_update(host: Path, work: Path) -> None:
    timed("scaffold", "new", "toy", "--blueprint", f"{host}@v1.0.0", "-d", "language=go", cwd=work)
    toy = work / "toy"
    put(toy, {"main.go": (toy / "main.go").read_text().replace("package main", "// mine\npackage main", 1)})
    git(toy, "commit", "--quiet", "--all", "-m", "mine")
    pairs, checks = [], []
    for number in range(ROUNDS + 1):
        folders = [work / f"{who}-{number}" for who in ("ours", "theirs")]
        for folder in folders:
            git(work, "clone", "--quiet", toy, folder)
        check = timed_check(folders[0])
        ours = timed("scaffold", "update", folders[0], cwd=work)
        theirs = timed("copier", "update", "--quiet", "--defaults", cwd=folders[1])
        assert (folders[0] / "main.go").read_text() == (folders[1] / "main.go").read_text()
        if number:
            pairs.append((ours, theirs))
            checks.append((check, theirs))
    show("update", pairs, 0.5)
    show("check, against copier update", checks, 0.5)


def timed_check(folder: Path) -> float:
    start = time.perf_counter()
    ran = subprocess.run([BIN / "scaffold", "check", folder], capture_output=True, check=False)
    assert ran.returncode == 1
    return time.perf_counter() - start
