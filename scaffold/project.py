"""Project: a path and its parsed answers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scaffold.errors import ProjectError
from scaffold.tree import Tree, read_entry

ANSWERS_FILE = ".copier-answers.yml"


@dataclass(frozen=True)
class Project:
    """A folder that a blueprint made.

    Attributes:
        path: the folder.
        source: the recorded `_src_path`, as it stands there: untrusted.
        ref: the recorded `_commit`, untrusted; None for a blueprint without versions.
        answers: the other answers, untrusted.
    """

    path: Path
    source: str
    ref: str | None
    answers: Mapping[str, Any]

    @classmethod
    def open(cls, path: Path) -> Project:
        """Read the answers of the project in a folder.

        Raises:
            ProjectError: the folder holds no project, or its answers can't be read as such.
        """
        file = path / ANSWERS_FILE
        try:
            answers = load_yaml(file.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise ProjectError(
                f"{str(path)!r} holds no {ANSWERS_FILE}, so no blueprint made it", "name a project's folder"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ProjectError(f"can't read {str(file)!r}: {error}", "look at the file") from error
        except yaml.YAMLError as error:
            reason = " ".join(str(error).split())
            raise ProjectError(f"{str(file)!r} is no valid YAML: {reason}", _RESTORE) from error
        if not isinstance(answers, dict) or not all(isinstance(key, str) for key in answers):
            raise ProjectError(f"{str(file)!r} holds no answers by name", _RESTORE)
        source, ref = answers.get("_src_path"), answers.get("_commit")
        if not isinstance(source, str) or not source:
            raise ProjectError(f"{str(file)!r} does not say which blueprint made it: _src_path is {source!r}", _RESTORE)
        if ref is not None and not isinstance(ref, str):
            raise ProjectError(f"{str(file)!r} records the release {ref!r}, which is no text", _RESTORE)
        given = {key: value for key, value in answers.items() if not key.startswith("_")}
        return cls(path.resolve(), source, ref, given)

    def read(self, paths: Iterable[str]) -> Tree:
        """Read those of the paths that are files or links of the project; links are not followed.

        Raises:
            ProjectError: a file can't be read.
        """
        entries = {}
        for path in paths:
            file = self.path / path
            try:
                if self._is_behind_link(path) or not (file.is_symlink() or file.is_file()):
                    continue
                entries[path] = read_entry(file)
            except OSError as error:
                raise ProjectError(f"can't read {str(file)!r}: {error.strerror}", "check its permissions") from error
        return Tree(entries)

    def is_taken(self, path: str) -> bool:
        """Whether a file can't be made at a path because of what is there: a folder, or a file or link for a parent."""
        parents = [self.path / parent for parent in Path(path).parents if parent != Path()]
        return (self.path / path).is_dir() or any(p.is_symlink() or (p.exists() and not p.is_dir()) for p in parents)

    def _is_behind_link(self, path: str) -> bool:
        return any((self.path / parent).is_symlink() for parent in Path(path).parents if parent != Path())


_RESTORE = f"restore it from git: git checkout HEAD -- {ANSWERS_FILE}"


def load_yaml(text: str) -> Any:
    """Parse YAML in which no key may stand twice.

    Raises:
        yaml.YAMLError: it is not that.
    """
    return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader


class _StrictLoader(yaml.SafeLoader):
    """PyYAML lets the last of two equal keys win, silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    "in these answers", node.start_mark, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key if isinstance(key, str) else None)
        return super().construct_mapping(node, deep)
