"""What .dockerignore leaves out, as the documentation of Docker has it; an engine is asked in tests/e2e."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffold.contract.dockerignore import Patterns, ignored_in


@pytest.mark.parametrize(
    ("lines", "ignored", "kept"),
    [
        (["node_modules"], ["node_modules", "node_modules/a/b.js"], ["src/node_modules", "node_modules2"]),
        (["/build/", "./out"], ["build/x", "out"], ["src/build"]),
        (["*.log"], ["a.log"], ["src/a.log", "a.logs"]),
        (["*/temp*"], ["a/temp", "a/temporary.txt", "a/temp/b"], ["temp", "a/b/temp"]),
        (["temp?"], ["tempa", "tempa/x"], ["temp", "tempab"]),
        (["**/*.go"], ["a.go", "a/b/c.go"], ["a.god"]),
        (["**/node_modules"], ["node_modules/x", "a/b/node_modules/x"], ["a/my_node_modules"]),
        (["**~"], ["a~", "a/b~"], ["a~b"]),
        (["a/**"], ["a/b", "a/b/c"], ["a", "ab"]),
        (["a/**/z"], ["a/z", "a/b/c/z"], ["z", "a/zz"]),
        (["file[0-9].txt", "x\\*"], ["file1.txt", "x*"], ["filea.txt", "xy"]),
        (["*", "!src"], ["a", ".git"], ["src", "src/a/b"]),
        (["*", "!src/*.go", "src/main.go"], ["src/x.js", "src/main.go"], ["src/a.go"]),
        (["*.md", "!README*.md", "README-secret.md"], ["a.md", "README-secret.md"], ["README.md"]),
        ([".editorconfig", "!.editorconfig"], [], [".editorconfig"]),
        (["docs", "!docs/api.json"], ["docs/a", "docs"], ["docs/api.json"]),
        (["# no", "", "  ", " #a", "!"], ["#a"], ["no"]),
        (["a.b"], ["a.b"], ["axb"]),
        (["**"], ["a", "a/b"], []),
        (["."], [], ["a"]),
    ],
)
def test_patterns(lines: list[str], ignored: list[str], kept: list[str]) -> None:
    patterns = Patterns(lines)
    assert [path for path in [*ignored, *kept] if patterns.match(path)] == ignored


def test_the_dockerfile_s_own_comes_first(tmp_path: Path) -> None:
    assert not ignored_in(tmp_path).match("a")
    (tmp_path / ".dockerignore").write_bytes(b"\xef\xbb\xbfa\nb\xff\n")
    assert ignored_in(tmp_path).match("a")
    (tmp_path / "Dockerfile.dockerignore").write_text("b\n", encoding="utf-8")
    assert not ignored_in(tmp_path).match("a")
