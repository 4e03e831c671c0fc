"""Changing a copy of a project: the words of one comment, or one test that is made to fail."""

from __future__ import annotations

import re
import secrets
import shutil
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scaffold.languages import LANGUAGES

# What the broken test says. Its source holds the two halves apart: so the whole shows that the test ran, and not that
# some formatter has printed its source.
_HALVES = ("scaffold verify broke this", "on purpose")
MARK = " ".join(_HALVES)
_SOURCES = frozenset(
    {
        ".go",
        ".rs",
        ".java",
        ".kt",
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".py",
        ".php",
        ".rb",
        ".erl",
        ".ex",
        ".cs",
        ".swift",
        ".c",
        ".cc",
        ".cpp",
    }
)
# A line that is all comment, of five plain words or more and with nothing that a tool might take for an order.
_COMMENT = re.compile(
    r"^[ \t]*(?://[!/]?|#|%+|/?\*{1,2})[ \t]+(?:[A-Z]?[a-z]+,?[ \t]+){4,}[A-Z]?[a-z]+[.]?(?:[ \t]*\*/)?$", re.MULTILINE
)
_DIRECTIVES = ("eslint", "noqa", "nolint", "rubocop", "phpstan", "coding", "frozen", "license", "copyright", "prettier")


@dataclass(frozen=True)
class _Breaker:
    """How to write a test that fails.

    Attributes:
        beside: the tests that it is put beside, as a glob.
        name: the name of its file.
        text: the file; {package} is what `package` finds in the test beside it.
        package: a pattern whose first group is the line to repeat, with {package} empty where it finds none.
    """

    beside: tuple[str, ...]
    name: str
    text: str
    package: str = r"(?!)"


_BREAKERS: dict[str, _Breaker] = {
    "go": _Breaker(
        ("*_test.go",),
        "scaffold_verify_test.go",
        '{package}\n\nimport "testing"\n\nfunc TestScaffoldVerify(t *testing.T) {\n\tt.Fatal("HEAD", "TAIL")\n}\n',
        r"^(package \w+)",
    ),
    "rust": _Breaker(
        ("tests/*.rs", "src/main.rs", "src/lib.rs"),
        "../tests/scaffold_verify.rs",
        '#[test]\nfn scaffold_verify() {\n    let why = "TAIL";\n    panic!("HEAD {why}");\n}\n',
    ),
    "swift": _Breaker(
        ("Tests/*/*.swift",),
        "ScaffoldVerifyTests.swift",
        'import Testing\n\n@Test func scaffoldVerify() {\n  let why = "TAIL"\n  Issue.record("HEAD \\(why)")\n}\n',
    ),
    "java": _Breaker(
        ("*Test.java",),
        "ScaffoldVerifyTest.java",
        "{package}\n\nimport static org.junit.jupiter.api.Assertions.fail;\n\nimport org.junit.jupiter.api.Test;\n\n"
        'class ScaffoldVerifyTest {\n  @Test\n  void broken() {\n    fail(String.join(" ", "HEAD", "TAIL"));\n  }\n}\n',
        r"^(package [\w.]+;)",
    ),
    "dotnet": _Breaker(
        ("*Tests.cs", "*Test.cs"),
        "ScaffoldVerifyTests.cs",
        "{package}\n\npublic class ScaffoldVerifyTests\n{\n"
        "    [Fact]\n    public void Broken() => Assert.Fail(string.Join("
        ', "HEAD", "TAIL"));\n}\n',
        r"^(namespace [\w.]+;)",
    ),
    "erlang": _Breaker(
        ("*_tests.erl",),
        "scaffold_verify_tests.erl",
        '-module(scaffold_verify_tests).\n\n-include_lib("eunit/include/eunit.hrl").\n\n'
        'broken_test() -> error("HEAD " ++ lists:append(["TAIL"])).\n',
    ),
    "node": _Breaker(
        ("*.test.js", "*.test.mjs", "*.test.ts"),
        "scaffold-verify.test{suffix}",
        # Nothing is indented, for some formatters want tabs.
        'import test from "node:test";\n\nconst words = ["HEAD", "TAIL"];\n\n'
        'test("scaffold verify", () => Promise.reject(new Error(words.join(" "))));\n',
    ),
    "python": _Breaker(
        ("test_*.py",),
        "test_scaffold_verify.py",
        # Of unittest, which pytest runs as well.
        "import unittest\n\n\nclass TestScaffoldVerify(unittest.TestCase):\n"
        '    def test_broken(self) -> None:\n        why = "TAIL"\n        raise AssertionError(f"HEAD {why}")\n',
    ),
    "php": _Breaker(
        ("*Test.php",),
        "ScaffoldVerifyTest.php",
        "<?php\n\ndeclare(strict_types=1);\n\n{package}\n\nuse PHPUnit\\Framework\\TestCase;\n\n"
        "final class ScaffoldVerifyTest extends TestCase\n{\n    public function testBroken(): void\n    {\n"
        "        self::fail(implode(' ', ['HEAD', 'TAIL']));\n    }\n}\n",
        r"^(namespace [\w\\]+;)",
    ),
    "ruby": _Breaker(
        ("*_test.rb", "test_*.rb"),
        "scaffold_verify_test.rb",
        '# frozen_string_literal: true\n\nrequire "minitest/autorun"\n\nclass ScaffoldVerifyTest < Minitest::Test\n'
        '  def test_broken\n    flunk ["HEAD", "TAIL"].join(" ")\n  end\nend\n',
    ),
}


def copy_context(project: Path, to: Path) -> Path:
    """Copy what an image is built from, and neither .git nor what .dockerignore names by its plain path."""
    ignored = {".git"}
    ignore_file = project / ".dockerignore"
    if ignore_file.is_file():
        lines = (line.strip().strip("/") for line in ignore_file.read_text(encoding="utf-8").splitlines())
        ignored |= {line for line in lines if line and not set(line) & set("*?[!#")}
    ignored -= {"Dockerfile", ".dockerignore"}

    def skip(folder: str, names: list[str]) -> list[str]:
        here = Path(folder).relative_to(project)
        return [name for name in names if (here / name).as_posix() in ignored]

    shutil.copytree(project, to, symlinks=True, ignore=skip)
    return to


def change_a_source_line(context: Path) -> str:
    """Change the letters of a comment in one source file, so that no formatter minds; return the file's name.

    Each call makes letters that no earlier one made: the engine would find an image of the same change in its cache,
    and all would look as if it had been reused. A project without such a comment gets a new file instead, whose name is
    returned.
    """
    for path in _sources(context):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        for match in _COMMENT.finditer(text):
            line = match[0]
            if not any(word in line.lower() for word in _DIRECTIVES):
                changed = re.sub(r"(?<=[a-z, ])[a-z]", lambda _: secrets.choice(string.ascii_lowercase), line)
                path.write_text(
                    text[: match.start()] + changed + text[match.end() :], encoding="utf-8", errors="surrogateescape"
                )
                return path.relative_to(context).as_posix()
    (context / "scaffold-verify.txt").write_text(f"{secrets.token_hex()}\n", encoding="utf-8")
    return "scaffold-verify.txt"


def break_a_test(context: Path, language: str, *, swap_quotes: bool = False) -> tuple[str, bool] | None:
    """Make one test fail: with one more test where the language is known, by spoiling the text of all tests elsewhere.

    Args:
        context: a copy of a project.
        language: the key of its language.
        swap_quotes: write the test with the other quotes, for a project whose formatter wants those.

    Returns:
        The name of the file, and whether its failure prints MARK; None when the project has no tests to be found.
    """
    breaker = _BREAKERS.get(language)
    if breaker:
        for pattern in breaker.beside:
            for beside in sorted(context.rglob(pattern)):
                found = re.search(breaker.package, beside.read_text(encoding="utf-8"), re.MULTILINE)
                path = (beside.parent / breaker.name.replace("{suffix}", beside.suffix)).resolve()
                path.parent.mkdir(exist_ok=True)
                text = (
                    breaker.text.replace("HEAD", _HALVES[0])
                    .replace("TAIL", _HALVES[1])
                    .replace("{package}", found[1] if found else "")
                )
                if swap_quotes:
                    text = text.translate(str.maketrans("'\"", "\"'"))
                path.write_text(text.lstrip("\n").replace("\n\n\n\n", "\n\n"), encoding="utf-8")
                return path.relative_to(context.resolve()).as_posix(), True
    spoiled = [
        path
        for path in _sources(context)
        if re.search(r"tests?(?:[/_.-]|$)|spec", path.relative_to(context).as_posix())
    ]
    for path in spoiled:
        with path.open("a", encoding="utf-8") as file:
            file.write(f'\n"{MARK} ((( [[[ {{{{{{\n')
    return (spoiled[0].relative_to(context).as_posix(), False) if spoiled else None


def _sources(context: Path) -> Iterator[Path]:
    """Return the source files, in order; manifests that are written in a language are none."""
    manifests = {marker for language in LANGUAGES.values() for marker in language.markers} | {"setup.py", "build.rs"}
    for path in sorted(context.rglob("*")):
        if path.suffix in _SOURCES and path.name not in manifests and path.is_file() and not path.is_symlink():
            yield path
