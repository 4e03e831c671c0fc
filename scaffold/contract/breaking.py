"""Changing a copy of a project: the words of one comment, or one test that is made to fail."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import string
from collections.abc import Iterator, Sequence
from pathlib import Path

from scaffold.contract.checks import NotMetError, SkippedError
from scaffold.contract.dockerignore import ALWAYS_SENT, Patterns, ignored_in
from scaffold.languages import LANGUAGES, FailingTest

# What the broken test says. Its source holds the two halves apart: so the whole shows that the test ran, and not that
# some formatter has printed its source.
_HALVES = ("scaffold verify broke this", "on purpose")
MARK = " ".join(_HALVES)
# The sources of our languages, and of those that a project elsewhere may be in.
_SOURCES = {suffix for language in LANGUAGES.values() for suffix in language.suffixes} | {
    ".kt",
    ".ex",
    ".c",
    ".cc",
    ".cpp",
}
# A line that is all comment, of five plain words or more and with nothing that a tool might take for an order.
_COMMENT = re.compile(
    r"^[ \t]*(?://[!/]?|#|%+|/?\*{1,2})[ \t]+(?:[A-Z]?[a-z]+,?[ \t]+){4,}[A-Z]?[a-z]+[.]?(?:[ \t]*\*/)?$", re.MULTILINE
)
_DIRECTIVES = ("eslint", "noqa", "nolint", "rubocop", "phpstan", "coding", "frozen", "license", "copyright", "prettier")
_ADDED = "scaffold-verify.txt"
# Where the sources of others are, if they are in a checkout at all.
_OTHERS = {"node_modules", "vendor", ".venv", "venv", "site-packages", ".git"}
_TESTS = re.compile(r"(?:^|[/_.-])(?:tests?|specs?)(?:[/_.-]|$)", re.IGNORECASE)


def copy_context(project: Path, to: Path) -> Path:
    """Copy what an image is built from: what .dockerignore leaves, and what the engine reads anyway.

    Raises:
        NotMetError: a file of it can't be read.
    """
    ignored = ignored_in(project)

    def skip(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if not _is_sent(project, Path(folder, name), ignored)]

    try:
        shutil.copytree(project, to, symlinks=True, ignore=skip)
    except shutil.Error as error:
        raise NotMetError(f"the build context can't be copied: {error.args[0][0][-1]}") from None
    return to


def _is_sent(project: Path, path: Path, ignored: Patterns) -> bool:
    """Say whether something is in the build context; of pipes and sockets there is nothing to copy."""
    name = path.relative_to(project).as_posix()
    if path.is_dir() and not path.is_symlink():
        return ignored.has_exceptions or not ignored.match(name)  # one of its files may be excepted
    return name in ALWAYS_SENT or ((path.is_symlink() or path.is_file()) and not ignored.match(name))


def change_a_source_line(context: Path, copied: Sequence[str] = (".",), *, or_add: bool = True) -> str:
    """Change the letters of a comment in one source file, so that no formatter minds; return the file's name.

    Each call makes letters that no earlier one made: the engine would find an image of the same change in its cache,
    and all would look as if it had been reused. A project without such a comment gets a new file instead, whose name is
    returned.

    Args:
        context: a copy of a project.
        copied: what its Dockerfile copies from there, as patterns: a change of anything else would change nothing.
        or_add: whether a new file will do.

    Raises:
        SkippedError: there is nothing to be changed.
    """
    reaches = Patterns("**" if pattern in (".", "./", "/") else pattern for pattern in copied)
    for path in _sources(context):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        for match in _COMMENT.finditer(text):
            line = match[0]
            if reaches.match(_name(context, path)) and not any(word in line.lower() for word in _DIRECTIVES):
                changed = re.sub(r"(?<=[a-z, ])[a-z]", lambda _: secrets.choice(string.ascii_lowercase), line)
                path.write_text(
                    text[: match.start()] + changed + text[match.end() :], encoding="utf-8", errors="surrogateescape"
                )
                return _name(context, path)
    ignored = ignored_in(context)
    folders = [context, *(path.parent for path in _files(context))] if or_add else []
    for folder in dict.fromkeys(folders):
        name = _name(context, folder / _ADDED)
        if reaches.match(name) and not ignored.match(name):
            (context / name).write_text(f"{secrets.token_hex()}\n", encoding="utf-8")
            return name
    raise SkippedError(
        "the Dockerfile copies no source file that can be changed, and no folder that one can be added to"
    )


def break_a_test(context: Path, language: str, *, swap_quotes: bool = False) -> tuple[str, bool] | None:
    """Make one test fail: with one more test where the language is known, by spoiling the text of all tests elsewhere.

    Args:
        context: a copy of a project.
        language: the key of its language.
        swap_quotes: write the test with the other quotes, for a project whose formatter wants those.

    Returns:
        The name of the file, and whether its failure prints MARK; None when the project has no tests to be found.
    """
    if language in LANGUAGES and (name := _add_failing_test(context, LANGUAGES[language].failing_test, swap_quotes)):
        return name, True
    spoiled = [path for path in _sources(context) if _TESTS.search(_part_words(_name(context, path)))]
    for path in spoiled:
        with path.open("a", encoding="utf-8") as file:
            file.write(f'\n"{MARK} ((( [[[ {{{{{{\n')
    return (_name(context, spoiled[0]), False) if spoiled else None


def _part_words(name: str) -> str:
    """Part the words of a name such as `OrdersTest.kt`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def _add_failing_test(context: Path, failing: FailingTest, swap_quotes: bool) -> str | None:
    """Write a test that fails beside the first that it can be put beside; return its name, None where there is none."""
    root = context.resolve()
    for pattern in failing.beside:
        for beside in _files(context):
            path = (beside.parent / failing.name.replace("{suffix}", beside.suffix)).resolve()
            # A folder may be a link that leads out of the copy, to somebody's files.
            if not beside.match(pattern) or not path.is_relative_to(root):
                continue
            found = re.search(failing.package, beside.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
            text = failing.text.replace("HEAD", _HALVES[0]).replace("TAIL", _HALVES[1])
            text = text.replace("{package}", found[1] if found else "")
            if swap_quotes:
                text = text.translate(str.maketrans("'\"", "\"'"))
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.lstrip("\n").replace("\n\n\n\n", "\n\n"), encoding="utf-8")
            return _name(root, path)
    return None


def _sources(context: Path) -> Iterator[Path]:
    """Return the source files, in order; manifests that are written in a language are none."""
    manifests = {name for language in LANGUAGES.values() for name in (*language.markers, *language.manifests)}
    return (path for path in _files(context) if path.suffix in _SOURCES and path.name not in manifests)


def _files(context: Path) -> Iterator[Path]:
    """Return the files, in order; what only a link leads to is not the project's."""
    for folder, folders, names in os.walk(context):
        folders[:] = sorted(set(folders) - _OTHERS)
        for path in (Path(folder, name) for name in sorted(names)):
            if path.is_file() and not path.is_symlink():
                yield path


def _name(context: Path, path: Path) -> str:
    return path.relative_to(context).as_posix()
