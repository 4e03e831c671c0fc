"""The wheel: it has the blueprints in it, and makes the same project as the checkout does, with no network."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

from scaffold.blueprint import STORE_BUNDLE
from scaffold.languages import LANGUAGES
from scaffold.tree import Tree
from tests.conftest import ROOT, Run


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # Without an option it builds the source distribution, and the wheel from that, as a packager does.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("scaffold_blueprints-*.whl"))


def test_contents(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("scaffold/blueprints.bundle") == STORE_BUNDLE.read_bytes()
        tops = {name.split("/")[0] for name in archive.namelist()}
        metadata = next(archive.read(n).decode() for n in archive.namelist() if n.endswith("/METADATA"))
        licenses = [name for name in archive.namelist() if name.endswith("/LICENSE")]
    assert len(licenses) == 1
    assert {top for top in tops if not top.endswith(".dist-info")} == {"scaffold"}
    assert "Name: scaffold-blueprints\n" in metadata


def test_no_reader_is_told_to_install_somebody_elses_package() -> None:
    files = [*ROOT.glob("*.md"), *(ROOT / "blueprints").rglob("*.md*"), *(ROOT / "scaffold").rglob("*.py")]
    for file in files:
        text = file.read_text()
        for installer in ("pip install", "pipx install", "uv tool install", "uvx"):
            assert f"{installer} scaffold\n" not in text, file
            assert f"{installer} scaffold " not in text, file
            assert f"{installer} scaffold`" not in text, file


def test_the_wheel_makes_the_same_project(wheel: Path, tmp_path: Path, scaffold: Run, work: Path) -> None:
    # Dependencies come from the environment of the tests: only scaffold itself is installed, and from nowhere else.
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    site = next((tmp_path / "venv" / "lib").glob("python3*/site-packages"))
    python = tmp_path / "venv" / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        str(wheel),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    (site / "dependencies.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    away = tmp_path / "away"
    away.mkdir()
    code = (
        "import sys, socket, scaffold\n"
        f"assert scaffold.__file__.startswith({str(site)!r}), scaffold.__file__\n"
        "def refuse(*_): raise OSError('no network')\n"
        "socket.socket.connect = refuse\n"
        "sys.argv = ['scaffold', 'new', 'orders', '--lang', 'go', '--no-git']\n"
        "from scaffold.cli import main; main()"
    )
    env = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "GIT_CONFIG_NOSYSTEM": "1",
        "http_proxy": "http://127.0.0.1:1",
    }
    process = subprocess.run([python, "-P", "-c", code], cwd=away, env=env, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stderr) == (0, "")
    assert scaffold("new", "orders", "--lang", "go", "--no-git").code == 0
    assert dict(Tree.read(away / "orders")) == dict(Tree.read(work / "orders"))


def test_the_hosted_workflow_runs_every_language() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    assert set(workflow["jobs"]["languages"]["strategy"]["matrix"]["language"]) == set(LANGUAGES)
