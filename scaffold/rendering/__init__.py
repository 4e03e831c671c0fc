"""The only room that imports Copier."""

from scaffold.rendering.migration import has_migrations, run_migrations
from scaffold.rendering.render import Operation, Rendering, read_exclusions, render

__all__ = ["Operation", "Rendering", "has_migrations", "read_exclusions", "render", "run_migrations"]
