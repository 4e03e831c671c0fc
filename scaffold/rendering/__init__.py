"""The only room that imports Copier."""

from scaffold.rendering.render import Operation, Rendering, read_exclusions, render

__all__ = ["Operation", "Rendering", "read_exclusions", "render"]
