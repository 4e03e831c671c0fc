"""The same toys as for updates, in worse hands."""

from tests.update.conftest import make, scaffold, template

__all__ = ["make", "scaffold", "template"]
