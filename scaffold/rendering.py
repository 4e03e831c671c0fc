"""The only place that imports Copier: a release and answers go in, a Tree comes out."""

from __future__ import annotations

import difflib
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import jinja2
from copier._main import Worker, as_operation
from copier._settings import SettingsModel
from copier._template import Template
from copier.errors import CopierError, UnsafeTemplateError

from scaffold.blueprint import Blueprint, Release
from scaffold.errors import BlueprintError, UsageError
from scaffold.tree import Tree

#: `copy` makes a project, `update` renders a side of a merge: a blueprint may leave out files of the one or the other.
Operation = Literal["copy", "update"]


@dataclass(frozen=True)
class Rendering:
    """What a release makes of some answers.

    Attributes:
        tree: all files, the one with the answers included.
        answers: the answers that this file records, without `_src_path` and `_commit`.
        answers_file: the path of that file.
        keeps: tells of a path whether the blueprint leaves it alone once it exists (`_skip_if_exists`).
    """

    tree: Tree
    answers: Mapping[str, Any]
    answers_file: str
    keeps: Callable[[str], bool]


class _ReleaseTemplate(Template):
    """A template whose files are already on disk, recorded as if Copier had cloned them from its source.

    Copier would clone the source for every rendering, and ask git for the name and the mode of every file.
    """

    release: Release
    folder: Path

    @cached_property
    def vcs(self) -> None:
        return None

    @cached_property
    def local_abspath(self) -> Path:
        return self.folder.resolve()

    @cached_property
    def commit(self) -> str | None:
        return self.release.ref

    @cached_property
    def commit_hash(self) -> str | None:
        return self.release.commit


class _ReleaseWorker(Worker):
    """Copier's worker on a release. It renders into a folder of its own, which is in no repository."""

    release_template: _ReleaseTemplate

    @cached_property
    def template(self) -> Template:
        return self.release_template

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """There is no index to sync; asking git so costs one process for every file."""


def render(
    blueprint: Blueprint,
    release: Release,
    answers: Mapping[str, Any],
    *,
    known: Mapping[str, Any] | None = None,
    operation: Operation = "copy",
    trust: bool = False,
) -> Rendering:
    """Render one release with the answers that are given and the defaults of the rest.

    Args:
        blueprint: where the files come from.
        release: one of its releases.
        answers: by the name of their question; a value may be text, as from a command line.
        known: further answers, used where the release asks for them and `answers` has none.
        operation: what the blueprint is told that this is for.
        trust: allow the blueprint to run code: tasks, Jinja extensions.

    Raises:
        UsageError: an answer is to no question, is not accepted, or is missing.
        BlueprintError: the blueprint is broken, or wants what it may not have.
    """
    template = _ReleaseTemplate(url=release.source)
    template.release, template.folder = release, blueprint.checkout(release)
    asked = _asked(template)
    data = {key: value for key, value in (known or {}).items() if key in asked} | dict(answers)
    with tempfile.TemporaryDirectory(prefix="scaffold-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Named like the project, for blueprints that ask `_folder_name`.
        target = Path(folder) / str(data.get("name") or "project").replace("/", "-")
        worker = _ReleaseWorker(
            src_path=release.source,
            dst_path=target,
            data=data,
            defaults=True,
            quiet=True,
            unsafe=trust,
            # Not the user's own settings: what they trust elsewhere opens nothing here.
            settings=SettingsModel(),
        )
        worker.release_template = template
        with worker:
            try:
                _check_names(asked, answers)
                as_operation(operation)(worker.run_copy)()
            except UnsafeTemplateError as error:
                raise BlueprintError(
                    f"the blueprint {release.source!r} wants to run code: {_features(template)}",
                    "read it, and add --trust if you trust it",
                ) from error
            except jinja2.TemplateError as error:
                raise BlueprintError(
                    f"the blueprint {release.source!r} does not render: {error}", "tell its authors"
                ) from error
            except CopierError as error:
                raise BlueprintError(
                    f"the blueprint {release.source!r} does not render: {_one_line(error)}", "tell its authors"
                ) from error
            except (ValueError, TypeError) as error:
                raise _refused(worker, error) from error
            tree = Tree.read(target) if target.is_dir() else Tree()
            recorded = {key: value for key, value in worker._answers_to_remember().items() if not key.startswith("_")}
            return Rendering(tree, recorded, worker.answers_relpath.as_posix(), _matcher(worker))


def _asked(template: Template) -> list[str]:
    """The questions that a user may answer: all but those that the blueprint computes."""
    return [name for name, details in template.questions_data.items() if details.get("when") is not False]


def _check_names(asked: list[str], answers: Mapping[str, Any]) -> None:
    for name in answers:
        if name not in asked:
            near = difflib.get_close_matches(name, asked, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"the blueprint asks no question {name!r}", f"{hint}it asks {', '.join(asked) or 'none'}")


def _refused(worker: Worker, error: Exception) -> UsageError | BlueprintError:
    """Say which answer was not accepted: the first that Copier had not got past."""
    answered = {*worker.answers.user, *worker.answers.hidden}
    name = next((name for name in worker.template.questions_data if name not in answered), None)
    if name is None:
        return BlueprintError(f"the blueprint does not render: {_one_line(error)}", "tell its authors")
    if name not in worker.answers.init:
        if "is required" in str(error):
            return UsageError(f"the answer {name!r} is missing", f"add --data {name}=VALUE")
        return UsageError(
            f"the default of {name!r} does not do: {_reason(error)}", f"add --data {name}=VALUE with another value"
        )
    value = worker.answers.init[name]
    return UsageError(f"{name} can't be {value!r}: {_reason(error)}", f"try again with another {name}")


def _reason(error: Exception) -> str:
    text = _one_line(error)
    if text.startswith("Validation error for question"):
        text = text.split(": ", 1)[1]
        return f"it {text}" if text.startswith("must ") else text
    if text.startswith("invalid literal for int"):
        return "it must be a whole number"
    return text


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _features(template: Template) -> str:
    wanted = {"tasks": template.tasks, "Jinja extensions": template.jinja_extensions}
    return " and ".join(name for name, found in wanted.items() if found) or "migrations"


def _matcher(worker: Worker) -> Callable[[str], bool]:
    match = worker.match_skip
    return lambda path: bool(match(Path(path)))
