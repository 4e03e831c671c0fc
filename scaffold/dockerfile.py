"""The stages of a Dockerfile and which of them needs which: as much of its grammar as that takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEREDOC = re.compile(r"<<-?[\"']?(\w+)[\"']?")
_FROM = re.compile(r"(?:--\S+\s+)*(?P<base>\S+)(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE)
_SOURCE = re.compile(r"--from=(\S+)|--mount=\S*\bfrom=([^,\s]+)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: its name in lower case, or its number where it has no name.
        base: the image or the stage that it starts from, with the defaults of the ARGs above the first FROM filled in.
        sources: the stages and images that it copies or mounts files from.
    """

    name: str
    base: str
    sources: frozenset[str]


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

    def builder(self) -> Stage | None:
        """Return the stage that the image's files come from: the last that the final stage copies or starts from."""
        if not self.stages:
            return None
        final = self.stages[-1]
        wanted = {final.base.lower(), *final.sources}
        return next((stage for stage in reversed(self.stages[:-1]) if stage.name in wanted), None)


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile. What is no FROM, COPY, RUN or ARG is skipped; nothing is an error, the engine sees to that."""
    defaults: dict[str, str] = {}
    stages: list[tuple[str, str, set[str]]] = []
    for instruction, rest in _instructions(text):
        if instruction == "ARG" and not stages:
            for name, _, value in (word.partition("=") for word in rest.split()):
                defaults[name] = value.strip("\"'")
        elif instruction == "FROM" and (match := _FROM.match(rest)):
            base = _VARIABLE.sub(lambda m: defaults.get(m[1] or m[3]) or m[2] or "", match["base"])
            stages.append(((match["name"] or str(len(stages))).lower(), base, set()))
        elif instruction in ("COPY", "RUN", "ADD") and stages:
            for copied, mounted in _SOURCE.findall(rest):
                source = (copied or mounted).lower()
                # COPY --from=0 names a stage by its number.
                stages[-1][2].add(stages[int(source)][0] if source.isdigit() and int(source) < len(stages) else source)
    return Dockerfile(tuple(Stage(name, base, frozenset(sources)) for name, base, sources in stages))


def _instructions(text: str) -> list[tuple[str, str]]:
    """Return (INSTRUCTION, the rest) for each: continued lines joined, comments and the bodies of heredocs left out."""
    found: list[tuple[str, str]] = []
    lines = iter(text.splitlines())
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = line.strip()
        while whole.endswith("\\"):
            following = next(lines, "").strip()
            whole = whole if following.startswith("#") else whole[:-1].rstrip() + " " + following
        for ending in _HEREDOC.findall(whole):
            while (body := next(lines, None)) is not None and body.strip() != ending:
                pass
        word, _, rest = whole.partition(" ")
        found.append((word.upper(), rest.strip()))
    return found
