"""Copier's worker and template, made to work on the files of a release that are on disk already."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from functools import cache, cached_property
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from copier._jinja_ext import SandboxedEnvironment, get_yield_context
from copier._main import Worker
from copier._settings import SettingsModel
from copier._template import Template
from copier.errors import CopierError, ExtensionNotFoundError, InvalidConfigFileError, UnsafeTemplateError
from packaging.version import Version

from scaffold.blueprint import STORE_URL, Blueprint, Release
from scaffold.errors import BlueprintError, ScaffoldError
from scaffold.rendering.drawing import draw_alike
from scaffold.strict_yaml import explain_yaml

_SETTINGS = ("copier.yml", "copier.yaml")


class ReleaseTemplate(Template):
    """A template whose files are already on disk, recorded as if Copier had cloned them from its source.

    Copier would clone the source for every rendering, and ask git for the name and the mode of every file.
    """

    release: Release
    folder: Path

    @classmethod
    def of(cls, blueprint: Blueprint, release: Release) -> ReleaseTemplate:
        """Return the template of a release; what it has read of its settings is kept for the next that asks."""
        folder = blueprint.checkout(release)
        if not any((folder / name).is_file() for name in _SETTINGS):
            inside = next((found.parent for name in _SETTINGS for found in folder.glob(f"*/{name}")), None)
            raise BlueprintError(
                f"{release.source!r} holds no copier.yml, so it is no Copier template",
                f"there is one in its folder {inside.name!r}" if inside else "name a folder or repository that has one",
            )
        return _make_template(release, folder) if release.commit else _make_template.__wrapped__(release, folder)

    @cached_property
    def _raw_config(self) -> dict[str, Any]:
        with redirect_stderr(io.StringIO()):  # where Copier says by itself that a file of settings is none
            return super()._raw_config

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

    @cached_property
    def version(self) -> Version | None:
        return self.release.version


@cache
def _make_template(release: Release, folder: Path) -> ReleaseTemplate:
    template = ReleaseTemplate(url=release.source)
    template.release, template.folder = release, folder
    return template


# What Jinja made of a text, by the text and all that it depends on. Most texts are met again, in the other release.
_compiled: dict[tuple[object, ...], CodeType] = {}


class _Plain(str):
    """A text that has nothing of Jinja's in it, in the place of a template: most names and settings are such."""

    __slots__ = ()

    def render(self, *_: object, **__: object) -> str:
        """Return the text."""
        return str(self)


class ReleaseWorker(Worker):
    """Copier's worker on a release. It renders into a folder of its own, which is in no repository."""

    release_template: ReleaseTemplate
    left_out: Sequence[str] = ()

    @cached_property
    def template(self) -> Template:
        return self.release_template

    @cached_property
    def all_exclusions(self) -> Sequence[str]:
        found = [*super().all_exclusions]
        for pattern in self.left_out:
            # They are another release's, and may ask for answers that this one does not know.
            try:
                self._render_string(pattern, {"_copier_operation": "update"})
            except jinja2.UndefinedError:
                continue
            found.append(pattern)
        return found

    @cached_property
    def jinja_env(self) -> SandboxedEnvironment:
        """Copier's environment, but one that compiles a text once: most of a rendering is compiling the same texts."""
        env = super().jinja_env
        draw_alike(env, self.dst_path.name)
        compile_text, settings = env.compile, repr((self.template.envops, self.template.jinja_extensions))
        make_template = env.from_string
        marks = ("\n", "\r", env.block_start_string, env.variable_start_string, env.comment_start_string)
        # An extension, or a prefix for whole lines, may make something else of any text.
        has_plain = not (self.template.jinja_extensions or env.line_statement_prefix or env.line_comment_prefix)

        def forget_yield() -> None:
            # As Copier's extension for `yield` does before it reads a text, which is left out here.
            context = get_yield_context(env)
            context.yield_name = context.yield_iterable = None

        def from_string(source: Any, *arguments: Any, **options: Any) -> Any:
            if not has_plain or not isinstance(source, str) or any(mark in source for mark in marks):
                return make_template(source, *arguments, **options)
            forget_yield()
            return _Plain(source)

        def compile_once(source: Any, name: str | None = None, filename: str | None = None, **options: Any) -> Any:
            forget_yield()
            if not isinstance(source, str) or options:
                return compile_text(source, name, filename, **options)
            key = (settings, source, name, filename)
            if key not in _compiled:
                _compiled[key] = compile_text(source, name, filename)
            return _compiled[key]

        # On this environment alone: Copier names the class of it in a place that can't be overridden.
        env.from_string = from_string  # type: ignore[method-assign]
        env.compile = compile_once  # type: ignore[method-assign, assignment]
        return env

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """There is no index to sync; asking git so costs one process for every file."""


def make_worker(
    template: ReleaseTemplate,
    target: Path,
    data: Mapping[str, Any],
    *,
    trust: bool,
    tasks: bool = True,
    answers_file: str | None = None,
) -> ReleaseWorker:
    """Return a worker that renders a release into a folder and asks nobody."""
    worker = ReleaseWorker(
        src_path=template.url,
        dst_path=target,
        answers_file=Path(answers_file) if answers_file else None,
        data=dict(data),
        defaults=True,
        quiet=True,
        skip_tasks=not tasks,
        unsafe=trust,
        # Not the user's own settings: what they trust elsewhere opens nothing here.
        settings=SettingsModel(),
    )
    worker.release_template = template
    return worker


@contextmanager
def translated(release: Release) -> Iterator[None]:
    """Make a blueprint's mistake a sentence, whatever it is: a template is a program, and can fail as one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except ScaffoldError:
            raise
        except UnsafeTemplateError as error:
            features = re.sub(r".*?features?: (.*?)\.\n.*", r"\1", str(error), flags=re.DOTALL).replace("_", " ")
            raise BlueprintError(
                f"the blueprint {release.source!r} wants to run code: {features}",
                "read it, and add --trust if you trust it",
            ) from error
        except ExtensionNotFoundError as error:
            missing = str(error).splitlines()[1:2] or ["a Jinja extension"]
            raise BlueprintError(
                f"the blueprint {release.source!r} needs what is not installed: {missing[0]}",
                "install it beside scaffold",
            ) from error
        except InvalidConfigFileError as error:
            cause = error.__cause__ or error
            mark = getattr(cause, "problem_mark", None)
            reason = explain_yaml(cause) + (f" of {Path(mark.name).name}" if mark else "")
            raise BlueprintError(
                f"the blueprint {release.source!r} has settings that are no valid YAML: {reason}", "tell its authors"
            ) from error
        except (CopierError, jinja2.TemplateError) as error:  # the latter may be an OSError too
            raise BlueprintError(
                f"the blueprint {release.source!r} does not render: {one_line(error)}", "tell its authors"
            ) from error
        except OSError as error:
            place = tempfile.gettempdir()
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise BlueprintError(f"the disk of {place!r} is full", "make room, or set TMPDIR to another") from error
            raise BlueprintError(
                f"can't render {release.source!r} below {place!r}: {error.strerror or error}", "tell its authors"
            ) from error
        except Exception as error:
            if release.source == STORE_URL:
                raise  # a bug of ours, or of Copier's
            reason = f"{type(error).__name__}: {one_line(error)}"
            raise BlueprintError(
                f"the blueprint {release.source!r} does not render: {reason}", "tell its authors"
            ) from error


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Keep what tasks print out of our own output, which may be a JSON document."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)


def one_line(error: BaseException) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split())
