"""Project: a path and its parsed answers."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scaffold.attributes import read_attributes
from scaffold.errors import ProjectError
from scaffold.strict_yaml import load_yaml
from scaffold.tree import Tree, read_entry

ANSWERS_FILE = ".copier-answers.yml"
_ANSWERS = ".copier-answers*.y*ml"


@dataclass(frozen=True)
class Project:
    """A folder that a blueprint made.

    Attributes:
        path: the folder.
        answers_file: the path in it of the file that has the answers.
        source: the recorded `_src_path`, as it stands there: untrusted.
        ref: the recorded `_commit`, untrusted; None for a blueprint without versions.
        answers: the other answers, untrusted.
    """

    path: Path
    answers_file: str
    source: str
    ref: str | None
    answers: Mapping[str, Any]

    @classmethod
    def open(cls, path: Path) -> Project:
        """Read the answers of the project in a folder.

        They lie in `.copier-answers.yml`, or in the one file like `.copier-answers.docs.yml` or
        `.config/.copier-answers.yml` where a blueprint has a name of its own for it.

        Raises:
            ProjectError: the folder holds no project or several, or its answers can't be read as such.
        """
        name = _find_answers(path)
        file = path / name
        restore = f"restore it from git: git checkout HEAD -- {name}"
        try:
            text = file.read_text(encoding="utf-8")
            answers = load_yaml(text)
        except (OSError, UnicodeDecodeError) as error:
            raise ProjectError(f"can't read {str(file)!r}: {error}", "look at the file") from error
        except yaml.YAMLError as error:
            if text.startswith("<<<<<<< ") or "\n<<<<<<< " in text:
                raise ProjectError(f"{str(file)!r} has conflict markers", "resolve the conflict first") from error
            raise ProjectError(f"{str(file)!r} is no valid YAML: {error}", restore) from error
        if not isinstance(answers, dict) or not all(isinstance(key, str) for key in answers):
            raise ProjectError(f"{str(file)!r} holds no answers by name", restore)
        source, ref = answers.get("_src_path"), answers.get("_commit")
        if not isinstance(source, str) or not source:
            raise ProjectError(f"{str(file)!r} does not say which blueprint made it: _src_path is {source!r}", restore)
        if ref is not None and not isinstance(ref, str):
            raise ProjectError(f"{str(file)!r} records the release {ref!r}, which is no text", restore)
        given = {key: value for key, value in answers.items() if not key.startswith("_")}
        return cls(path.resolve(), name, source, ref, given)

    def read(self, paths: Iterable[str]) -> Tree:
        """Read those of the paths that are files or links of the project; see `read_files`."""
        return read_files(self.path, paths)

    def read_attributes(self, paths: Iterable[str] = ()) -> bytes:
        """Return the git attributes that hold for files; see `read_attributes`."""
        return read_attributes(self.path, paths)

    def is_taken(self, path: str) -> bool:
        """Whether a file can't be made at a path because of what is there: a folder, or a file or link for a parent."""
        parents = [self.path / parent for parent in Path(path).parents if parent != Path()]
        return (self.path / path).is_dir() or any(p.is_symlink() or (p.exists() and not p.is_dir()) for p in parents)

    def find_repository(self, path: str) -> str | None:
        """Return the folder on the way to a file that is a repository of its own, such as a submodule."""
        parents = [parent.as_posix() for parent in Path(path).parents[:-1]]
        return next((parent for parent in parents if os.path.lexists(self.path / parent / ".git")), None)

    def find_obstacle(self, path: str, gone: Collection[str]) -> str | None:
        """Return what keeps a new file from being made at a path once the files that are `gone` are no more."""
        for parent in reversed(Path(path).parents[:-1]):
            found = self.path / parent
            if found.is_symlink() or (found.exists() and not found.is_dir()):
                return None if parent.as_posix() in gone else parent.as_posix()
            if os.path.lexists(found / ".git"):  # a submodule, or a repository that git has not been told of
                return parent.as_posix()
        target = self.path / path
        if target.is_dir() and not target.is_symlink():
            inside = (Path(folder) / name for folder, _, names in os.walk(target) for name in names)
            left = any(file.relative_to(self.path).as_posix() not in gone for file in inside)
            return path if left else None
        return path if os.path.lexists(target) else None


def read_files(folder: Path, paths: Iterable[str]) -> Tree:
    """Read those of the paths that are files or links in a project's folder; links are not followed.

    Raises:
        ProjectError: a file can't be read.
    """
    entries = {}
    for path in paths:
        file = folder / path
        try:
            if not _is_behind_link(folder, path) and (file.is_symlink() or file.is_file()):
                entries[path] = read_entry(file)
        except OSError as error:
            raise ProjectError(f"can't read {str(file)!r}: {error.strerror}", "check its permissions") from error
    return Tree(entries)


def _is_behind_link(folder: Path, path: str) -> bool:
    return any((folder / parent).is_symlink() for parent in Path(path).parents if parent != Path())


def _find_answers(folder: Path) -> str:
    """Return the path of the answers in a folder, as it is there."""
    if _is_answers(folder / ANSWERS_FILE):
        return ANSWERS_FILE
    # Else by another name, or in a folder such as .config; not in one that could be a project of its own.
    places = [path for pattern in (_ANSWERS, f".*/{_ANSWERS}") for path in folder.glob(pattern)]
    inside = [path for path in places if path.parent == folder or not path.parent.is_symlink()]
    found = sorted(path.relative_to(folder).as_posix() for path in inside if _is_answers(path))
    if not found:
        raise _explain_none(folder)
    if len(found) > 1:
        raise ProjectError(
            f"{str(folder)!r} comes from several blueprints: {', '.join(found)}",
            "update such a project with copier update --answers-file NAME",
        )
    return found[0]


def _is_answers(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _explain_none(folder: Path) -> ProjectError:
    """Say why there is no project in a folder, and name the one that it lies in."""
    if not os.path.lexists(folder):
        return ProjectError(f"there is no {str(folder)!r}", "name a project's folder")
    above = next((parent for parent in folder.resolve().parents if (parent / ANSWERS_FILE).is_file()), None)
    hint = f"name the project that it is a part of: {above}" if above else "name a project's folder"
    if not folder.is_dir():
        return ProjectError(f"{str(folder)!r} is no folder", hint)
    return ProjectError(f"{str(folder)!r} holds no {ANSWERS_FILE}, so no blueprint made it", hint)
