"""Drawing: let a template that draws lots draw the same ones in both renderings of an update, and in its preview.

A template may choose the minute of a nightly job so. Drawn anew for every rendering, nobody's edit would look like one
of both sides, and each update of such a project would end in a conflict.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from jinja2 import Environment, pass_context
from jinja2.filters import do_random
from jinja2.runtime import Context

# Nobody can tell what a process draws: a template may make a password of it.
_SECRET = os.urandom(16).hex()
# Those of Copier's that take a seed.
_SEEDED = ("ans_random", "random_mac", "shuffle")


def draw_alike(env: Environment, project: str) -> None:
    """Make the filters of an environment draw the same wherever they are asked for the same.

    That is, by the same file of a template, for the same project, the same number of times before, and in one process.
    """
    asked: WeakKeyDictionary[Context, Counter[str]] = WeakKeyDictionary()

    def seed(context: Context, what: str) -> str | None:
        if context.name is None:
            return None  # a setting or an answer, which is recorded
        counts = asked.setdefault(context, Counter())
        counts[what] += 1
        return f"{_SECRET} {project} {context.name} {what} {counts[what]}"

    @pass_context
    def choose(context: Context, choices: Any) -> Any:
        key = seed(context, f"random {choices!r}")
        if not (key and choices):
            return do_random(context, choices)
        return Random(key).choice(choices)  # noqa: S311 - Jinja's own is no better; what a template wants is any value

    def seeded(name: str, draw: Callable[..., Any]) -> Callable[..., Any]:
        @pass_context
        def drawn(context: Context, value: Any, *arguments: Any, **options: Any) -> Any:
            call = partial(draw, context.environment) if hasattr(draw, "jinja_pass_arg") else draw
            if len(arguments) == 0 and options.get("seed") is None:
                options["seed"] = seed(context, f"{name} {value!r} {options}")
            return call(value, *arguments, **options)

        return drawn

    if env.filters["random"] is do_random:
        env.filters["random"] = choose
    env.filters |= {name: seeded(name, env.filters[name]) for name in _SEEDED if name in env.filters}
