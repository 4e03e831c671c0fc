"""Changing copies of projects: what is copied, which line is changed, and which test is broken."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from scaffold.contract.breaking import _HALVES, MARK, break_a_test, change_a_source_line, copy_context
from scaffold.contract.checks import NotMetError, SkippedError
from scaffold.languages import LANGUAGES


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_copies_what_an_image_is_built_from(tmp_path: Path) -> None:
    project = write(
        tmp_path / "project",
        **{
            "Dockerfile": "FROM scratch\n",
            ".dockerignore": "# what docker need not see\n.git\nDockerfile\n**/modules\nbuild/out\n*.log\n!keep.log\n",
            ".git/config": "",
            "modules/a/index.js": "",
            "src/modules/index.js": "",
            "a.log": "",
            "keep.log": "",
            "build/out/big": "",
            "build/script": "",
            "src/main.js": "",
        },
    )
    os.mkfifo(project / "pipe")
    (project / "link").symlink_to("/nowhere")
    copy = copy_context(project, tmp_path / "copy")
    files = sorted(path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file())
    assert files == [".dockerignore", "Dockerfile", "build/script", "keep.log", "src/main.js"]
    assert (copy / "link").is_symlink()


def test_says_what_can_t_be_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise shutil.Error([("a", "b", "[Errno 13] Permission denied: 'a'")])

    monkeypatch.setattr(shutil, "copytree", fail)
    with pytest.raises(NotMetError, match=r"can.t be copied: .*Permission denied"):
        copy_context(tmp_path, tmp_path / "copy")


COMMENT = "// Nobody else may ask for this one.\n"


def test_changes_what_the_dockerfile_copies(tmp_path: Path) -> None:
    write(tmp_path, **{"a/tool.go": COMMENT, "b/main.go": COMMENT})
    assert change_a_source_line(tmp_path, ["go.mod", "b/*.go"]) == "b/main.go"
    assert change_a_source_line(tmp_path, ["./"]) == "a/tool.go"


def test_adds_a_file_where_the_engine_sees_it(tmp_path: Path) -> None:
    write(tmp_path, **{".dockerignore": "*\n!src\n", "src/main.go": "package main\n"})
    assert change_a_source_line(tmp_path) == "src/scaffold-verify.txt"
    with pytest.raises(SkippedError, match="copies no source file"):
        change_a_source_line(tmp_path, ["go.mod"])


@pytest.mark.parametrize(
    ("name", "comment"),
    [
        ("main.go", "// listen answers until the context ends."),
        ("src/Main.java", "  // Everything is configured by the environment."),
        ("service.py", "# Nobody else may ask for this one."),
        ("src/app.js", "/** Answers every request with what it knows. */"),
        ("src/app.ts", " * Answers every request with the letter x"),
        ("service.erl", "%% Asks all of them at the same time."),
    ],
)
def test_changes_the_letters_of_a_comment(tmp_path: Path, name: str, comment: str) -> None:
    before = f"first line\n{comment}\nlast line\n"
    write(tmp_path, **{name: before})
    assert change_a_source_line(tmp_path) == name
    after = (tmp_path / name).read_text(encoding="utf-8")
    changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert changed
    assert all(old.islower() and new.islower() for old, new in changed)
    assert [after.splitlines()[0], after.splitlines()[-1]] == ["first line", "last line"]


@pytest.mark.parametrize("text", ["# Nobody else may ask for this one.\n", "no_comment()\n"])
def test_makes_no_change_twice(tmp_path: Path, text: str) -> None:
    """What was built with one change is in the engine's cache, and so would tell nothing about the next."""
    changes = set()
    for number in range(3):
        folder = write(tmp_path / str(number), **{"service.py": text})
        changes.add((folder / change_a_source_line(folder)).read_text(encoding="utf-8"))
    assert len(changes) == 3


@pytest.mark.parametrize(
    "line",
    [
        "//go:build linux and this and that",
        "# noqa that is an order to some tool",
        "code() // with a comment at its very end",
        "# two words",
        "text = 'no comment'",
    ],
)
def test_adds_a_file_where_no_comment_is_safe_to_change(tmp_path: Path, line: str) -> None:
    write(tmp_path, **{"main.py": line + "\n"})
    assert change_a_source_line(tmp_path) == "scaffold-verify.txt"
    assert (tmp_path / "main.py").read_text(encoding="utf-8") == line + "\n"


def test_leaves_manifests_alone(tmp_path: Path) -> None:
    write(tmp_path, **{"Package.swift": "// the tools that this package is built with\n"})
    assert change_a_source_line(tmp_path) == "scaffold-verify.txt"


@pytest.mark.parametrize(
    ("language", "beside", "name"),
    [
        ("go", {"main_test.go": "package main\n"}, "scaffold_verify_test.go"),
        ("rust", {"src/main.rs": "fn main() {}\n"}, "tests/scaffold_verify.rs"),
        ("swift", {"Tests/AppTests/AppTests.swift": "import Testing\n"}, "Tests/AppTests/ScaffoldVerifyTests.swift"),
        (
            "java",
            {"src/test/java/a/AppTest.java": "package a;\n"},
            "src/test/java/a/ScaffoldVerifyTest.java",
        ),
        ("dotnet", {"tests/AppTests.cs": "namespace Tests;\n"}, "tests/ScaffoldVerifyTests.cs"),
        ("erlang", {"test/app_tests.erl": "-module(app_tests).\n"}, "test/scaffold_verify_tests.erl"),
        ("node", {"test/app.test.js": "import test\n"}, "test/scaffold-verify.test.js"),
        ("python", {"tests/test_app.py": "import pytest\n"}, "tests/test_scaffold_verify.py"),
        ("php", {"tests/AppTest.php": "<?php\nnamespace App\\Tests;\n"}, "tests/ScaffoldVerifyTest.php"),
        ("ruby", {"test/app_test.rb": "require 'x'\n"}, "test/scaffold_verify_test.rb"),
    ],
)
def test_adds_a_failing_test_in_each_language(tmp_path: Path, language: str, beside: dict[str, str], name: str) -> None:
    write(tmp_path, **beside)
    assert break_a_test(tmp_path, language) == (name, True)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert MARK not in text, "a formatter that prints it would pass for a test that ran"
    assert all(half in text for half in _HALVES)
    assert "{" + "package}" not in text
    for first in beside.values():
        if first.startswith(("package", "namespace")):
            assert first.strip() in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_failing_test(language: str) -> None:
    failing = LANGUAGES[language].failing_test
    assert failing.text.count("HEAD") == failing.text.count("TAIL") == 1
    assert failing.name.endswith((*LANGUAGES[language].suffixes, "{suffix}"))


@pytest.mark.parametrize("language", ["dotnet", "swift"])
def test_the_failing_tests_that_are_not_built_everywhere_are_well_formed(tmp_path: Path, language: str) -> None:
    module = pytest.importorskip({"dotnet": "tree_sitter_c_sharp", "swift": "tree_sitter_swift"}[language])
    tree_sitter = pytest.importorskip("tree_sitter")
    write(tmp_path, **{"Tests/A/ATests.cs": "namespace A;\n", "Tests/A/A.swift": ""})
    broken = break_a_test(tmp_path, language)
    assert broken is not None
    parser = tree_sitter.Parser(tree_sitter.Language(module.language()))
    assert not parser.parse((tmp_path / broken[0]).read_bytes()).root_node.has_error


def test_writes_nothing_where_a_link_leads(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", **{"app.rs": ""})
    context = write(tmp_path / "copy", **{"src/main.rs": "fn main() {}\n"})
    (context / "tests").symlink_to(outside)
    assert break_a_test(context, "rust") is None
    (context / "tests").unlink()
    (context / "tests").symlink_to(tmp_path / "new")
    assert break_a_test(context, "rust") is None
    assert [path.name for path in outside.iterdir()] == ["app.rs"]
    assert not (tmp_path / "new").exists()


def test_reads_a_test_in_any_encoding(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n")
    assert break_a_test(tmp_path, "python") == ("test_scaffold_verify.py", True)


def test_spoils_the_tests_of_a_language_that_is_not(tmp_path: Path) -> None:
    write(tmp_path, **{"src/main.kt": "main\n", "src/test/main.kt": "test\n", "test/notes.md": ""})
    assert break_a_test(tmp_path, "kotlin") == ("src/test/main.kt", False)
    assert MARK in (tmp_path / "src/test/main.kt").read_text(encoding="utf-8")
    assert MARK not in (tmp_path / "src/main.kt").read_text(encoding="utf-8")


def test_finds_no_tests_where_there_are_none(tmp_path: Path) -> None:
    write(tmp_path, **{"main.go": "package main\n"})
    assert break_a_test(tmp_path, "go") is None


def test_the_sources_of_others_are_left_alone(tmp_path: Path) -> None:
    others = ("node_modules/a/a.test.js", ".venv/lib/x/tests/test_a.py", "vendor/a/a_test.go")
    write(tmp_path, **dict.fromkeys(others, "// of somebody else, and none of ours\n"))
    write(tmp_path, **{"zoo/own.test.js": 'import test from "node:test";\n'})
    assert break_a_test(tmp_path, "node") == ("zoo/scaffold-verify.test.js", True)
    assert change_a_source_line(tmp_path) == "scaffold-verify.txt"


@pytest.mark.parametrize(
    ("name", "is_test"),
    [
        ("src/inspect.c", False),
        ("latest.c", False),
        ("src/contest.cpp", False),
        ("tests/all.c", True),
        ("OrdersTest.kt", True),
        ("spec/a.cc", True),
        ("a.test.ts", True),
    ],
)
def test_what_is_called_like_a_test(tmp_path: Path, name: str, is_test: bool) -> None:
    write(tmp_path, **{name: "x\n"})
    assert (break_a_test(tmp_path, "kotlin") is not None) == is_test


def test_adds_no_file_unless_it_may(tmp_path: Path) -> None:
    write(tmp_path, **{"a.go": "package main\n"})
    with pytest.raises(SkippedError):
        change_a_source_line(tmp_path, or_add=False)
    assert not (tmp_path / "scaffold-verify.txt").exists()
