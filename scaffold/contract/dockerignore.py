"""Which files of a project its images are built from: .dockerignore as Docker reads it, which is not as git would.

Every pattern starts at the root of the build context, the last one that matches decides, and one that matches a folder
covers what is in it. This follows github.com/moby/patternmatcher, which the engine and its clients use.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

# What the engine reads whatever it is told to ignore; a Dockerfile may have an ignore file of its own.
ALWAYS_SENT = ("Dockerfile", "Dockerfile.dockerignore", ".dockerignore")


class Patterns:
    """Patterns of paths, such as the lines of a .dockerignore.

    Args:
        lines: the patterns; comments and empty lines are none.

    Attributes:
        has_exceptions: whether a file may be out of a pattern that its folder is in.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules: list[tuple[bool, re.Pattern[str]]] = []
        for line in lines:
            text = line.strip()
            if text and not line.startswith("#"):
                excepted = text.startswith("!")
                cleaned = posixpath.normpath(text.removeprefix("!").strip()).lstrip("/")
                self._rules.append((excepted, re.compile(_translate(cleaned), re.DOTALL)))
        self.has_exceptions = any(excepted for excepted, _ in self._rules)
        # Of each folder: whether it is in, and which of the patterns cover it.
        self._known: dict[str, tuple[bool, list[bool]]] = {"": (False, [False] * len(self._rules))}

    def match(self, path: str) -> bool:
        """Say whether a path, relative and with slashes, is in."""
        return self._state(path)[0]

    def _state(self, path: str) -> tuple[bool, list[bool]]:
        if path not in self._known:
            matched, covering = False, []
            for (excepted, pattern), inherited in zip(
                self._rules, self._state(posixpath.dirname(path))[1], strict=True
            ):
                # A pattern that would change nothing is not even looked at, and so is not inherited: moby's shortcut.
                covers = inherited or (excepted == matched and pattern.fullmatch(path) is not None)
                covering.append(covers)
                if covers:
                    matched = not excepted
            self._known[path] = (matched, covering)
        return self._known[path]


def ignored_in(project: Path) -> Patterns:
    """Return what Docker leaves out of the build context of a project's Dockerfile."""
    for name in ALWAYS_SENT[1:]:
        if (project / name).is_file():
            return Patterns((project / name).read_text(encoding="utf-8-sig", errors="replace").splitlines())
    return Patterns(())


def _translate(pattern: str) -> str:
    """Return a regular expression for a pattern, as moby does it."""
    if suffix := re.fullmatch(r"\*\*([^/*?\[\]\\][^*?\[\]\\]*)", pattern):
        return ".*" + re.escape(suffix[1])
    found = ""
    for word in re.findall(r"\*\*/?|\\.|\[[^\]]+\]|.", pattern, re.DOTALL):
        if word.startswith("**"):
            found += "(.*/)?"
        elif word == "*":
            found += "[^/]*"
        elif word == "?":
            found += "[^/]"
        elif word[0] == "[" and len(word) > 1:
            found += word
        else:
            found += re.escape(word[-1])
    return re.sub(r"\(\.\*/\)\?$", ".*", found)  # two stars at the end stand for all that there is
