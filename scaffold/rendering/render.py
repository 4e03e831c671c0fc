"""Render: a release and answers go in, a Tree comes out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from copier._main import Worker, as_operation
from copier._template import Template
from copier.errors import CopierError, InvalidTypeError

from scaffold import git
from scaffold.blueprint import Blueprint, Release
from scaffold.rendering.refusal import check_names, check_values, refusal
from scaffold.rendering.worker import ReleaseTemplate, make_worker, stdout_to_stderr, translated
from scaffold.tree import Tree
from scaffold.work_tree import list_files

#: `copy` makes a project, `update` renders a side of a merge: a blueprint may leave out files of the one or the other.
Operation = Literal["copy", "update"]


@dataclass(frozen=True)
class Rendering:
    """What a release makes of some answers.

    Attributes:
        tree: all files, the one with the answers included.
        answers: the answers that this file records, without `_src_path` and `_commit`.
        answers_file: the path of that file.
        questions: all that the release asks, those included that these answers make it skip.
        keeps: tells of a path whether the blueprint leaves it alone once it exists (`_skip_if_exists`).
    """

    tree: Tree
    answers: Mapping[str, Any]
    answers_file: str
    questions: frozenset[str]
    keeps: Callable[[str], bool]


def render(
    blueprint: Blueprint,
    release: Release,
    answers: Mapping[str, Any],
    *,
    known: Mapping[str, Any] | None = None,
    operation: Operation = "copy",
    folder_name: str = "project",
    answers_file: str | None = None,
    left_out: Sequence[str] = (),
    tasks: bool = True,
    trust: bool = False,
) -> Rendering:
    """Render one release with the answers that are given and the defaults of the rest.

    Args:
        blueprint: where the files come from.
        release: one of its releases.
        answers: by the name of their question; a value may be text, as from a command line.
        known: further answers, used where the release asks for them and `answers` has none; in an update, also where
            it asks for them no more.
        operation: what the blueprint is told that this is for.
        folder_name: what it is told that the project's folder is called.
        answers_file: the file to record the answers in, instead of the blueprint's own choice.
        left_out: patterns of files to leave out, on top of the release's own.
        tasks: run the release's tasks, if it may.
        trust: allow the blueprint to run code: tasks, Jinja extensions.

    Raises:
        AnswerError: an answer is not accepted, or is missing.
        UsageError: an answer is to no question.
        BlueprintError: the blueprint is broken, or wants what it may not have.
    """
    known = dict(known or {})
    with tempfile.TemporaryDirectory(prefix="scaffold-") as folder, translated(release):
        template = ReleaseTemplate.of(blueprint, release)
        asked = _asked(template)
        # In an update, as with Copier, a template may use an answer still that it asks for no more.
        gone = known.keys() - template.questions_data.keys() if operation == "update" else set()
        data = {key: value for key, value in known.items() if key in asked or key in gone} | dict(answers)
        target = Path(folder) / folder_name.replace("/", "-")
        with make_worker(template, target, data, tasks=tasks, trust=trust, answers_file=answers_file) as worker:
            worker.left_out = left_out
            check_names(asked, answers)
            check_values(template.questions_data, answers)
            try:
                with stdout_to_stderr() if trust else nullcontext():
                    as_operation(operation)(worker.run_copy)()
            except (InvalidTypeError, ValueError, TypeError, ArithmeticError, yaml.YAMLError) as error:
                if isinstance(error, CopierError) and not isinstance(error, InvalidTypeError):
                    raise
                raise refusal(worker, error) from error
            skipped = (data.keys() & worker.answers.hidden) - answers.keys()
            if not skipped:
                return Rendering(
                    _read_tree(target, has_tasks=trust and tasks and bool(template.tasks)),
                    {key: value for key, value in worker._answers_to_remember().items() if not key.startswith("_")},
                    worker.answers_relpath.as_posix(),
                    frozenset(template.questions_data),
                    _matcher(worker),
                )
    # These answers made questions go away that the known ones have an answer to, which Copier would go by still.
    return render(
        *(blueprint, release, answers),
        known={key: value for key, value in known.items() if key not in skipped},
        operation=operation,
        folder_name=folder_name,
        answers_file=answers_file,
        left_out=left_out,
        tasks=tasks,
        trust=trust,
    )


def read_exclusions(blueprint: Blueprint, release: Release) -> tuple[str, ...]:
    """Return the patterns of files that a release says are not of the project (`_exclude`)."""
    with translated(release):
        return tuple(ReleaseTemplate.of(blueprint, release).exclude)


def _read_tree(target: Path, *, has_tasks: bool) -> Tree:
    """Read what was rendered; after tasks, no more of it than git would: they install, cache and build."""
    if not target.is_dir():
        return Tree()
    if not has_tasks:
        return Tree.read(target)
    if not (target / ".git").exists():
        git.run("init", "--quiet", cwd=target)
    return Tree.read(target, list_files(target))


def _asked(template: Template) -> list[str]:
    """The questions that a user may answer: all but those that the blueprint computes."""
    return [name for name, details in template.questions_data.items() if details.get("when") is not False]


def _matcher(worker: Worker) -> Callable[[str], bool]:
    match = worker.match_skip
    return lambda path: bool(match(Path(path)))
