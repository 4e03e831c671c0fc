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
class FailingTest:
    """How to write a test that fails, with which `scaffold verify` sees that a failing test leaves no image.

    Attributes:
        beside: the tests that it is put beside, as patterns; the first that finds one counts.
        name: the name of its file; {suffix} is that of the test beside it.
        text: the file; HEAD and TAIL are the halves of what it has to say, which only the running test may join, and
            {package} is what `package` finds in the test beside it.
        package: a pattern whose first group is the line to repeat, with {package} empty where it finds none.
    """

    beside: tuple[str, ...]
    name: str
    text: str
    package: str = r"(?!)"


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language.

    Attributes:
        key: the value of the answer `language`, and the name of the folder below its family.
        title: how people write its name.
        family: a key of FAMILIES.
        builder_image: the official image that its Dockerfile builds with.
        runtime_image: the official image that its service runs on.
        markers: files that only a project in this language has at its root.
        suffixes: how the names of its sources end.
        manifests: further files that are written in it and are about the build, not of the service.
        builds_with: the programs that compile it, or the folder of libraries that is its compiler, which no image of a
            service may hold.
        installs_with: its package managers, which none should hold.
        failing_test: how to break a test of a project.
        aliases: what else a user may type for the key.
        runtime_has_shell: whether even its smallest official image has a shell and a package manager.
    """

    key: str
    title: str
    family: str
    builder_image: str
    runtime_image: str
    markers: tuple[str, ...]
    suffixes: tuple[str, ...]
    manifests: tuple[str, ...] = ()
    builds_with: tuple[str, ...] = ()
    installs_with: tuple[str, ...] = ()
    failing_test: FailingTest
    aliases: tuple[str, ...] = ()
    runtime_has_shell: bool = False


_DISTROLESS = "gcr.io/distroless"
_DOTNET = "mcr.microsoft.com/dotnet"

_ROWS = (
    Language(
        key="java",
        title="Java",
        family="compiled",
        builder_image="maven:3.9-eclipse-temurin-25",
        runtime_image=f"{_DISTROLESS}/java-base-debian13:nonroot",
        markers=("pom.xml",),
        suffixes=(".java",),
        builds_with=("javac", "jlink"),
        installs_with=("mvn", "gradle"),
        failing_test=FailingTest(
            beside=("*Test.java",),
            name="ScaffoldVerifyTest.java",
            text="{package}\n\n"
            "import static org.junit.jupiter.api.Assertions.fail;\n\nimport org.junit.jupiter.api.Test;\n\n"
            "class ScaffoldVerifyTest {\n  @Test\n"
            '  void broken() {\n    fail(String.join(" ", "HEAD", "TAIL"));\n  }\n}\n',
            package=r"^(package [\w.]+;)",
        ),
        aliases=("jdk", "jvm", "maven"),
    ),
    Language(
        key="dotnet",
        title=".NET",
        family="compiled",
        builder_image=f"{_DOTNET}/sdk:10.0-noble-aot",
        runtime_image=f"{_DOTNET}/runtime-deps:10.0-noble-chiseled",
        markers=("Directory.Build.props",),
        suffixes=(".cs",),
        builds_with=("dotnet/sdk",),
        installs_with=("nuget",),
        failing_test=FailingTest(
            beside=("*Tests.cs", "*Test.cs"),
            name="ScaffoldVerifyTests.cs",
            text="{package}\n\npublic class ScaffoldVerifyTests\n{\n"
            '    [Fact]\n    public void Broken() => Assert.Fail(string.Join(" ", "HEAD", "TAIL"));\n}\n',
            package=r"^(namespace [\w.]+;)",
        ),
        aliases=(".net", "net", "csharp", "c#", "cs"),
    ),
    Language(
        key="erlang",
        title="Erlang",
        family="compiled",
        builder_image="erlang:29",
        runtime_image=f"{_DISTROLESS}/cc-debian13:nonroot",
        markers=("rebar.config",),
        suffixes=(".erl",),
        builds_with=("erlc",),
        installs_with=("rebar3", "mix", "hex"),
        failing_test=FailingTest(
            beside=("*_tests.erl",),
            name="scaffold_verify_tests.erl",
            text='-module(scaffold_verify_tests).\n\n-include_lib("eunit/include/eunit.hrl").\n\n'
            'broken_test() -> error("HEAD " ++ lists:append(["TAIL"])).\n',
        ),
        aliases=("erl", "otp", "beam"),
    ),
    Language(
        key="node",
        title="Node.js",
        family="scripted",
        builder_image="node:26-trixie-slim",
        runtime_image=f"{_DISTROLESS}/nodejs26-debian13:nonroot",
        markers=("package.json",),
        suffixes=(".js", ".mjs", ".cjs", ".ts"),
        builds_with=("tsc",),
        installs_with=("npm", "npx", "yarn", "pnpm", "corepack"),
        failing_test=FailingTest(
            beside=("*.test.js", "*.test.mjs", "*.test.ts"),
            name="scaffold-verify.test{suffix}",
            # Nothing is indented, for some formatters want tabs.
            text='import test from "node:test";\n\nconst words = ["HEAD", "TAIL"];\n\n'
            'test("scaffold verify", () => Promise.reject(new Error(words.join(" "))));\n',
        ),
        aliases=("js", "javascript", "nodejs", "node.js"),
    ),
    Language(
        key="python",
        title="Python",
        family="scripted",
        builder_image="python:3.14-slim-trixie",
        runtime_image="python:3.14-slim-trixie",
        markers=("pyproject.toml",),
        suffixes=(".py",),
        manifests=("setup.py",),
        installs_with=("pip", "uv", "poetry", "pipenv"),
        failing_test=FailingTest(
            beside=("test_*.py",),
            name="test_scaffold_verify.py",
            # Of unittest, which pytest runs as well.
            text="import unittest\n\n\nclass TestScaffoldVerify(unittest.TestCase):\n"
            '    def test_broken(self) -> None:\n        why = "TAIL"\n        raise AssertionError(f"HEAD {why}")\n',
        ),
        aliases=("py", "python3"),
        runtime_has_shell=True,
    ),
    Language(
        key="php",
        title="PHP",
        family="scripted",
        builder_image="php:8.5-apache-trixie",
        runtime_image=f"{_DISTROLESS}/base-debian13:nonroot",
        markers=("composer.json",),
        suffixes=(".php",),
        builds_with=("phpize",),
        installs_with=("composer", "pecl", "pear"),
        failing_test=FailingTest(
            beside=("*Test.php",),
            name="ScaffoldVerifyTest.php",
            text="<?php\n\ndeclare(strict_types=1);\n\n{package}\n\nuse PHPUnit\\Framework\\TestCase;\n\n"
            "final class ScaffoldVerifyTest extends TestCase\n{\n    public function testBroken(): void\n    {\n"
            "        self::fail(implode(' ', ['HEAD', 'TAIL']));\n    }\n}\n",
            package=r"^(namespace [\w\\]+;)",
        ),
    ),
    Language(
        key="ruby",
        title="Ruby",
        family="scripted",
        builder_image="ruby:4.0-trixie",
        runtime_image="ruby:4.0-slim-trixie",
        markers=("Gemfile",),
        suffixes=(".rb",),
        installs_with=("gem", "bundle", "bundler"),
        failing_test=FailingTest(
            beside=("*_test.rb", "test_*.rb"),
            name="scaffold_verify_test.rb",
            text='# frozen_string_literal: true\n\nrequire "minitest/autorun"\n\n'
            "class ScaffoldVerifyTest < Minitest::Test\n"
            '  def test_broken\n    flunk ["HEAD", "TAIL"].join(" ")\n  end\nend\n',
        ),
        aliases=("rb",),
        runtime_has_shell=True,
    ),
    Language(
        key="go",
        title="Go",
        family="native",
        builder_image="golang:1.27-trixie",
        runtime_image="scratch",
        markers=("go.mod",),
        suffixes=(".go",),
        builds_with=("go", "gofmt"),
        failing_test=FailingTest(
            beside=("*_test.go",),
            name="scaffold_verify_test.go",
            text='{package}\n\nimport "testing"\n\n'
            'func TestScaffoldVerify(t *testing.T) {\n\tt.Fatal("HEAD", "TAIL")\n}\n',
            package=r"^(package \w+)",
        ),
        aliases=("golang",),
    ),
    Language(
        key="rust",
        title="Rust",
        family="native",
        builder_image="rust:1.98-trixie",
        runtime_image=f"{_DISTROLESS}/static-debian13:nonroot",
        markers=("Cargo.toml",),
        suffixes=(".rs",),
        manifests=("build.rs",),
        builds_with=("rustc",),
        installs_with=("cargo",),
        failing_test=FailingTest(
            beside=("tests/*.rs", "src/main.rs", "src/lib.rs"),
            name="../tests/scaffold_verify.rs",
            text='#[test]\nfn scaffold_verify() {\n    let why = "TAIL";\n    panic!("HEAD {why}");\n}\n',
        ),
        aliases=("rs", "cargo"),
    ),
    Language(
        key="swift",
        title="Swift",
        family="native",
        builder_image="swift:6.3-bookworm",
        runtime_image=f"{_DISTROLESS}/cc-debian13:nonroot",
        markers=("Package.swift",),
        suffixes=(".swift",),
        builds_with=("swiftc", "swift", "swift-build"),
        failing_test=FailingTest(
            beside=("Tests/*/*.swift",),
            name="ScaffoldVerifyTests.swift",
            text="import Testing\n\n"
            '@Test func scaffoldVerify() {\n  let why = "TAIL"\n  Issue.record("HEAD \\(why)")\n}\n',
        ),
    ),
)

LANGUAGES: dict[str, Language] = {language.key: language for language in _ROWS}


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
