"""Toy blueprints with releases, and projects made of them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import Ran, Run

COPIER_YML = "name:\n  type: str\n  default: toy\n"
ANSWERS = "{{ _copier_conf.answers_file }}.jinja"


@dataclass(frozen=True)
class File:
    """A file that is more than its content: executable, or a link to `content`."""

    content: str | bytes
    executable: bool = False
    link: bool = False


Content = str | bytes | File | None


def put(folder: Path, files: Mapping[str, Content]) -> None:
    """Write files below a folder; None deletes one."""
    for name in [name for name, content in files.items() if content is None]:
        path = folder / name
        path.unlink()
        while path.parent != folder and not any(path.parent.iterdir()):
            path = path.parent
            path.rmdir()
    for name, content in files.items():
        if content is None:
            continue
        path = folder / name
        file = content if isinstance(content, File) else File(content)
        if os.path.lexists(path):
            path.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
        data = file.content if isinstance(file.content, bytes) else file.content.encode()
        if file.link:
            path.symlink_to(os.fsdecode(data))
        else:
            path.write_bytes(data)
            path.chmod(0o755 if file.executable else 0o644)


def git(folder: Path, *arguments: str | Path, check: bool = True, stdin: str | None = None) -> str:
    """Run git in a folder, as the user would, and return what it prints."""
    process = subprocess.run(
        ["git", *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False, input=stdin
    )
    assert not check or process.returncode == 0, process.stderr
    return process.stdout.rstrip("\n")


@dataclass(frozen=True)
class Template:
    """A git repository that holds a Copier template, one tagged release after the other."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Template:
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch", "main")
        put(folder, {"copier.yml": COPIER_YML, ANSWERS: "{{ _copier_answers | to_nice_yaml -}}\n"})
        return cls(folder)

    def release(self, tag: str, files: Mapping[str, Content], notes: str = "") -> Template:
        put(self.folder, files)
        git(self.folder, "add", "--all", "--force")
        git(self.folder, "commit", "--quiet", "--allow-empty", "-m", f"release {tag}")
        git(self.folder, "tag", *(["-a", "-m", notes] if notes else []), tag)
        return self


def walk(folder: Path, *, with_git: bool = False) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        if not with_git and ".git" in folders:
            folders.remove(".git")
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from (Path(place) / name for name in [*names, *links] if with_git or name != ".git")


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder but git's own, with its mode and content."""
    found = {}
    for path in walk(folder):
        link = path.is_symlink()
        data = os.fsencode(path.readlink()) if link else path.read_bytes()
        found[path.relative_to(folder).as_posix()] = (path.lstat().st_mode if not link else stat.S_IFLNK, data)
    return found


def footprint(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Every file below a folder, git's own included, so precisely that a write of the same bytes is seen."""
    found = {}
    for path in walk(folder, with_git=True):
        status = path.lstat()
        data = b"" if path.is_symlink() else path.read_bytes()
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_mtime_ns, status.st_ino, data)
    return found


@dataclass(frozen=True)
class Outcome:
    """How an update ended."""

    code: int
    files: dict[str, str]
    document: dict[str, Any]

    def reason(self, path: str) -> str:
        return next(file["reason"] for file in self.document["files"] if file["path"] == path)


@dataclass(frozen=True)
class Project:
    """A project in a repository, and the command line to move it with."""

    path: Path
    scaffold: Run

    def put(self, files: Mapping[str, Content], *, commit: bool = True) -> Project:
        put(self.path, files)
        return self.commit() if commit else self

    def commit(self, message: str = "edit") -> Project:
        git(self.path, "add", "--all")
        git(self.path, "commit", "--quiet", "--allow-empty", "-m", message)
        return self

    def git(self, *arguments: str | Path, check: bool = True) -> str:
        return git(self.path, *arguments, check=check)

    def read(self, name: str) -> str:
        return (self.path / name).read_bytes().decode()

    def has(self, name: str) -> bool:
        return os.path.lexists(self.path / name)

    def update(self, *arguments: str) -> Outcome:
        """Update, and hold on the way that what was shown is what is done, and that it is done once."""
        top = Path(self.git("rev-parse", "--show-toplevel"))
        before, print_before = snapshot(self.path), footprint(top)
        check = self.scaffold("check", self.path, "--json", "--files")
        dry = self.scaffold("update", self.path, "--dry-run", "--json", *arguments)
        patch = None if arguments else self.scaffold("diff", self.path)
        assert footprint(top) == print_before, "a preview wrote something"
        ran = self.scaffold("update", self.path, "--json", *arguments)
        assert ran.code in (0, 1), ran.stderr
        document, shown = json.loads(ran.stdout), json.loads(dry.stdout)
        assert (ran.code, document["files"]) == (dry.code, shown["files"])
        files = {file["path"]: file["outcome"] for file in document["files"]}
        assert len(files) == len(document["files"]), "a file is listed twice"
        if patch:
            assert check.code == (0 if document["up_to_date"] else 1)
            assert _patched(before, patch) == snapshot(self.path)
        self._check_index(document)
        if ran.code == 0:
            self._check_second_update()
        return Outcome(ran.code, files, document)

    def _check_index(self, document: dict[str, Any]) -> None:
        unmerged = {line.split("\t", 1)[1] for line in self.git("ls-files", "-u", "-z").split("\0") if line}
        assert unmerged == set(document["conflicts"])
        left = [line for line in self.git("status", "--porcelain", "--", ".").splitlines() if line[1] != " "]
        assert [line for line in left if "U" not in line[:2] and line[:2] not in ("AA", "DD")] == []

    def _check_second_update(self) -> None:
        after = footprint(self.path)
        again = self.scaffold("update", self.path)
        assert (again.code, again.stdout.split(":")[0]) == (0, "up to date")
        assert {k: v[0::3] for k, v in footprint(self.path).items()} == {k: v[0::3] for k, v in after.items()}


def _patched(before: dict[str, tuple[int, bytes]], patch: Ran) -> dict[str, tuple[int, bytes]]:
    """Apply what `scaffold diff` printed to a copy of what was there, with git."""
    assert patch.code == 0
    folder = Path(tempfile.mkdtemp())
    for name, (mode, data) in before.items():
        put(folder, {name: File(data, executable=bool(mode & 0o100), link=stat.S_ISLNK(mode))})
    if patch.stdout:
        data = patch.stdout.encode("utf-8", "surrogateescape")
        subprocess.run(["git", "apply", "-"], cwd=folder, input=data, check=True)
    found = snapshot(folder)
    shutil.rmtree(folder)
    return found
