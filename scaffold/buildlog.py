"""What a build did, read from the plain progress that BuildKit prints: the one form that every engine since 23 has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE = re.compile(r"#(\d+) (.*)")
_STEP = re.compile(r"\[(?:\S+/\S+ )?(?:(?P<stage>[^\s\]/]+) )? *\d+/\d+\] (?P<command>.*)")
_DONE = re.compile(r"DONE (\d+(?:\.\d+)?)s")
_OUTPUT = re.compile(r"\d+\.\d+ (.*)")


@dataclass
class Step:
    """One instruction of a Dockerfile, as it was built.

    Attributes:
        stage: the name of its stage; empty where the Dockerfile gives none.
        command: the instruction.
        seconds: how long it took; 0 when it came from the cache.
        cached: whether it came from the cache.
        error: why it failed; empty unless it did.
        output: the lines that it printed.
    """

    stage: str
    command: str
    seconds: float = 0.0
    cached: bool = False
    error: str = ""
    output: list[str] = field(default_factory=list)

    @property
    def is_base(self) -> bool:
        """Whether it only names the base image, which BuildKit never calls cached."""
        return self.command.startswith("FROM ")


class BuildLog:
    """The steps of one build, fed line by line while it runs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._steps: dict[str, Step] = {}

    @property
    def steps(self) -> list[Step]:
        """The instructions that were built or found in the cache, in the order in which they began."""
        return list(self._steps.values())

    @property
    def failed(self) -> Step | None:
        """The step that ended the build, if it was a step that did."""
        return next((step for step in self.steps if step.error), None)

    @property
    def output(self) -> str:
        """Everything that the steps printed."""
        return "\n".join(line for step in self.steps for line in step.output)

    def of_stage(self, stage: str) -> list[Step]:
        """Return the steps of one stage, without the FROM that begins it.

        BuildKit names no stage where there is but one and the Dockerfile does not name it either.
        """
        return [step for step in self.steps if step.stage.lower() in (stage.lower(), "") and not step.is_base]

    def feed(self, line: str) -> Step | None:
        """Take one line of progress; return the step when the line is its first."""
        line = line.rstrip()
        self.lines.append(line)
        match = _LINE.fullmatch(line)
        if not match:
            return None
        number, text = match.groups()
        step = self._steps.get(number)
        if step is None:
            if begun := _STEP.fullmatch(text):
                step = self._steps[number] = Step(begun["stage"] or "", begun["command"])
                return step
            return None
        if text == "CACHED":
            step.cached = True
        elif done := _DONE.fullmatch(text):
            step.seconds = float(done[1])
        elif text.startswith("ERROR: "):
            step.error = text.removeprefix("ERROR: ")
        elif printed := _OUTPUT.fullmatch(text):
            step.output.append(printed[1])
        return None
