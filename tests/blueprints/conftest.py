"""Rendered projects."""

from __future__ import annotations

import functools
from typing import Any

from scaffold.blueprint import STORE_URL, Blueprint, Release
from scaffold.languages import LANGUAGES
from scaffold.rendering import Rendering, render
from tests.conftest import BLUEPRINTS

#: As if the folder were the next release, so that a golden tree does not change with every release.
UNDER_TEST = Release(STORE_URL, "v0.0.0")

KEYS = sorted(key for key, language in LANGUAGES.items() if (BLUEPRINTS / language.family / key).is_dir())


@functools.cache
def render_folder(language: str, **answers: Any) -> Rendering:
    """Render the checkout's blueprints folder, not the store; once a session for the same answers."""
    return render(Blueprint(str(BLUEPRINTS)), UNDER_TEST, {"name": "orders", "language": language, **answers})
