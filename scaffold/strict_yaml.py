"""Strict YAML: what a person or a clone hands in, with no key twice and nothing that grows without limit."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml


def load_yaml(text: str) -> Any:
    """Parse YAML in which no key may stand twice.

    Raises:
        yaml.YAMLError: it is not that; its text is one line that says why.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except (
        yaml.YAMLError,
        RecursionError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        # Besides its own, PyYAML lets out what it meets: it is nested too deep, or has a number or a date that is none.
        raise yaml.YAMLError(explain_yaml(error)) from error


def explain_yaml(error: BaseException) -> str:
    """Say on one line what PyYAML has against a text and where, without its name for every text."""
    if isinstance(error, yaml.MarkedYAMLError) and (mark := error.problem_mark):
        return f"{error.problem} in line {mark.line + 1}, column {mark.column + 1}"
    return " ".join(str(error).replace(' in "<unicode string>",', " at").split())


class _StrictLoader(yaml.SafeLoader):
    """PyYAML lets the last of two equal keys win, silently, and aliases make a few lines a billion values."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and _weigh(node, {}) > _MOST_VALUES:
            raise yaml.composer.ComposerError(None, None, "its aliases make too much of it", node.start_mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(
                    "in these answers", node.start_mark, f"the key {key!r} stands twice", key_node.start_mark
                )
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep)


_MOST_VALUES = 1_000_000


def _weigh(node: yaml.Node, known: dict[yaml.Node, int]) -> int:
    """Count the values below a node, each alias for all that it stands for; one that stands in itself is too many."""
    if node not in known:
        known[node] = _MOST_VALUES + 1  # until it is known: so that a node within itself is refused
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        nodes = [inner for part in parts for inner in (part if isinstance(part, tuple) else (part,))]
        known[node] = 1 + sum(_weigh(inner, known) for inner in nodes)
    return known[node]
