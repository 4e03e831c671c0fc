"""The stages of a Dockerfile and which of them needs which: as much of its grammar as that takes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scaffold.errors import ProjectError

_HEREDOC = re.compile(r"\d*<<(-?)[\"']?(\w+)[\"']?")
_FROM = re.compile(r"(?:--\S+\s+)*(?P<base>\S+)(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE)
_COPIED_FROM = re.compile(r"--from=(\S+)")
_MOUNTED_FROM = re.compile(r"--mount=\S*\bfrom=([^,\s]+)")
_FLAGS = re.compile(r"(?:--\S+\s+)*")
_BOUND = re.compile(r"--mount=(\S*\btype=bind\b\S*)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")
_WITH_FILES = ("COPY", "ADD", "RUN")


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: its name in lower case, or what BuildKit calls it where it has none: `stage-` and its number.
        base: the image or the stage that it starts from, with the defaults of the ARGs above the first FROM filled in.
        sources: the stages and images that it copies or mounts files from.
        copied: what it copies or mounts from the build context, as patterns of paths.
        named: whether the Dockerfile gives it its name, so that it can be asked for.
        base_argument: the ARG that its base is the value of; empty where the base is spelled out.
    """

    name: str
    base: str
    sources: frozenset[str]
    copied: tuple[str, ...] = ()
    named: bool = True
    base_argument: str = ""


@dataclass(frozen=True)
class Dockerfile:
    """The stages, first to last; the last one makes the image."""

    stages: tuple[Stage, ...]

    def stage(self, name: str) -> Stage | None:
        """Return the stage of that name, in any case, or None."""
        return next((stage for stage in self.stages if stage.name == name.lower()), None)

    def needs(self, name: str) -> frozenset[str]:
        """Return the names of all stages that have to be built before that one is, itself included."""
        found: set[str] = set()
        waiting = [name.lower()]
        while waiting:
            stage = self.stage(waiting.pop())
            if stage is not None and stage.name not in found:
                found.add(stage.name)
                waiting += [stage.base.lower(), *stage.sources]
        return frozenset(found)

    def copied(self, *, beyond: str) -> tuple[str, ...]:
        """Return what the image's stages copy from the build context, those left out that a stage needs."""
        wanted = self.needs(self.stages[-1].name) - self.needs(beyond)
        return tuple(pattern for stage in self.stages if stage.name in wanted for pattern in stage.copied)

    def copied_by(self, name: str) -> tuple[str, ...]:
        """Return what a stage, and all that it needs, copies from the build context."""
        return tuple(pattern for stage in self.stages if stage.name in self.needs(name) for pattern in stage.copied)

    def root(self) -> Stage:
        """Return the stage that brings the image's base: the final one, or one that it starts from."""
        return self._line()[-1]

    def builder(self) -> Stage | None:
        """Return the stage that the image's files come from; None when there is but one.

        The last one that the final stage copies from. One that copies nothing got its files with its base: they are
        from the stage called build, if it needs that, else from the stage that it starts from.
        """
        if not self.stages:
            return None
        final = self.stages[-1]
        copied = [stage for stage in self.stages[:-1] if stage.name in final.sources]
        if copied:
            return copied[-1]
        needed = self.needs(final.name) - {final.name}
        return self.stage("build" if "build" in needed else final.base)

    def _line(self) -> list[Stage]:
        """Return the final stage, the one that it starts from, and so on down to one that starts from an image."""
        line = [self.stages[-1]]
        while (base := self.stage(line[-1].base)) is not None and base not in line:
            line.append(base)
        return line


def read(project: Path) -> Dockerfile:
    """Read the Dockerfile of a project, whatever its encoding: all that counts here is ASCII.

    Raises:
        ProjectError: there is none, or one without a stage.
    """
    path = project / "Dockerfile"
    if not path.is_file():
        raise ProjectError(f"{project} has no Dockerfile", "run scaffold in a project's folder, or name one")
    parsed = parse(path.read_text(encoding="utf-8-sig", errors="replace"))
    if not parsed.stages:
        raise ProjectError(f"{path} has no FROM, so it makes no image", "write its stages, or name another folder")
    return parsed


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile. What is no FROM, COPY, RUN or ARG is skipped; nothing is an error, the engine sees to that."""
    defaults: dict[str, str] = {}
    stages: list[Stage] = []
    for instruction, rest in _instructions(text):
        if instruction == "ARG" and not stages:
            for name, _, value in (word.partition("=") for word in rest.split()):
                defaults[name] = _expand(value.strip("\"'"), defaults)
        elif instruction == "FROM" and (match := _FROM.match(rest)):
            base = _expand(match["base"], defaults)
            argument = _VARIABLE.fullmatch(match["base"])
            stages.append(
                Stage(
                    name=(match["name"] or f"stage-{len(stages)}").lower(),
                    base=base,
                    sources=frozenset(),
                    named=bool(match["name"]),
                    base_argument=(argument[1] or argument[3]) if argument else "",
                )
            )
        elif instruction in _WITH_FILES and stages:
            # COPY --from=0 names a stage by its number.
            numbered = {str(number): stage.name for number, stage in enumerate(stages)}
            # Of a command, what comes after its own flags is for the program that it runs.
            flags = (_FLAGS.match(rest) or [""])[0]
            sources = {
                name.lower() for name in (_MOUNTED_FROM if instruction == "RUN" else _COPIED_FROM).findall(flags)
            }
            stages[-1] = replace(
                stages[-1],
                sources=stages[-1].sources | {numbered.get(source, source) for source in sources},
                copied=stages[-1].copied + _from_context(instruction, rest),
            )
    return Dockerfile(tuple(stages))


def _expand(text: str, defaults: Mapping[str, str]) -> str:
    """Fill in the defaults of ARGs; one that has none is nothing."""
    return _VARIABLE.sub(lambda found: defaults.get(found[1] or found[3]) or found[2] or "", text)


def _from_context(instruction: str, rest: str) -> tuple[str, ...]:
    """Return what one instruction takes from the build context, as patterns; a variable stands for anything."""
    if instruction == "RUN":
        mounts = [dict(part.partition("=")[::2] for part in each.split(",")) for each in _BOUND.findall(rest)]
        found = [each.get("source") or each.get("src") or "." for each in mounts if "from" not in each]
    elif "--from=" in (flags := _FLAGS.match(rest) or [""])[0]:
        found = []
    else:
        words = rest[len(flags[0]) :].strip()
        found = _listed(words)[:-1]  # the last is where to
    return tuple(_VARIABLE.sub("*", source) for source in found if not _HEREDOC.fullmatch(source))


def _listed(words: str) -> list[str]:
    """Return the words of an instruction, or of the JSON that may stand for them."""
    try:
        return [str(word) for word in json.loads(words)] if words.startswith("[") else words.split()
    except ValueError:
        return words.split()


def _instructions(text: str) -> list[tuple[str, str]]:
    """Return (INSTRUCTION, the rest) for each: continued lines joined, comments and the bodies of heredocs left out."""
    found: list[tuple[str, str]] = []
    lines = iter(text.splitlines())
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = line.strip()
        while whole.endswith("\\") and (following := next(lines, None)) is not None:
            # A comment or an empty line ends nothing.
            if following.strip() and not following.lstrip().startswith("#"):
                whole = whole[:-1].rstrip() + " " + following.strip()
        word, rest = [*whole.split(maxsplit=1), ""][:2]
        found.append((word.upper(), rest.strip()))
        if word.upper() in _WITH_FILES:
            for tabs, ending in (match.groups() for each in rest.split() if (match := _HEREDOC.fullmatch(each))):
                while (body := next(lines, None)) is not None and (body.lstrip("\t") if tabs else body) != ending:
                    pass
    return found
