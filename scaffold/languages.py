"""The languages that blueprints exist for: the one table that a new language adds a row to."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from scaffold.errors import UsageError

FAMILIES = {
    "compiled": "build a package with the SDK, run it on a bare runtime",
    "scripted": "install dependencies in a builder, copy them beside the source",
    "native": "compile one binary, copy it onto an almost empty image",
}


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        key: the value of the answer `language`, and the name of the folder below its family.
        title: how people write its name.
        family: a key of FAMILIES.
        builder_image: the official image that its Dockerfile builds with.
        runtime_image: the official image that its service runs on.
        markers: files that only a project in this language has at its root.
        aliases: what else a user may type for the key.
    """

    key: str
    title: str
    family: str
    builder_image: str
    runtime_image: str
    markers: tuple[str, ...]
    aliases: tuple[str, ...] = ()


_DISTROLESS = "gcr.io/distroless"
_DOTNET = "mcr.microsoft.com/dotnet"

LANGUAGES: dict[str, Language] = {
    language.key: language
    for language in (
        Language(
            "java",
            "Java",
            "compiled",
            "maven:3.9-eclipse-temurin-25",
            f"{_DISTROLESS}/java-base-debian13:nonroot",
            ("pom.xml",),
            ("jdk", "jvm", "maven"),
        ),
        Language(
            "dotnet",
            ".NET",
            "compiled",
            f"{_DOTNET}/sdk:10.0-noble-aot",
            f"{_DOTNET}/runtime-deps:10.0-noble-chiseled",
            ("Directory.Build.props",),
            (".net", "net", "csharp", "c#", "cs"),
        ),
        Language(
            "erlang",
            "Erlang",
            "compiled",
            "erlang:29",
            f"{_DISTROLESS}/cc-debian13:nonroot",
            ("rebar.config",),
            ("erl", "otp", "beam"),
        ),
        Language(
            "node",
            "Node.js",
            "scripted",
            "node:26-trixie-slim",
            f"{_DISTROLESS}/nodejs26-debian13:nonroot",
            ("package.json",),
            ("js", "javascript", "nodejs", "node.js"),
        ),
        Language(
            "python",
            "Python",
            "scripted",
            "python:3.14-slim-trixie",
            "python:3.14-slim-trixie",
            ("pyproject.toml",),
            ("py", "python3"),
        ),
        Language(
            "php",
            "PHP",
            "scripted",
            "php:8.5-apache-trixie",
            f"{_DISTROLESS}/base-debian13:nonroot",
            ("composer.json",),
        ),
        Language("ruby", "Ruby", "scripted", "ruby:4.0-trixie", "ruby:4.0-slim-trixie", ("Gemfile",), ("rb",)),
        Language("go", "Go", "native", "golang:1.27-trixie", "scratch", ("go.mod",), ("golang",)),
        Language(
            "rust",
            "Rust",
            "native",
            "rust:1.97-trixie",
            f"{_DISTROLESS}/static-debian13:nonroot",
            ("Cargo.toml",),
            ("rs", "cargo"),
        ),
        Language(
            "swift",
            "Swift",
            "native",
            "swift:6.3-bookworm",
            f"{_DISTROLESS}/cc-debian13:nonroot",
            ("Package.swift",),
        ),
    )
}


def find_language(word: str) -> Language:
    """Return the language that a user means by a word: its key, its title or an alias, in any case.

    Raises:
        UsageError: no language is called that; the hint names the nearest ones.
    """
    names = {name.lower(): language for language in LANGUAGES.values() for name in _names(language)}
    try:
        return names[word.strip().lower()]
    except KeyError:
        near = difflib.get_close_matches(word.lower(), names, n=1)
        hint = f"did you mean {names[near[0]].key}? " if near else ""
        raise UsageError(f"there is no language {word!r}", f"{hint}the languages are {', '.join(LANGUAGES)}") from None


def _names(language: Language) -> tuple[str, ...]:
    return (language.key, language.title, *language.aliases)
