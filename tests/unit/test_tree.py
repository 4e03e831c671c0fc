"""Tree: reading, writing, and the names that it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffold.errors import BlueprintError
from scaffold.tree import EXECUTABLE, REGULAR, SYMLINK, Entry, Tree, check_path, write_entry

FILES = Tree(
    {
        "b/c.sh": Entry(EXECUTABLE, b"x"),
        "a.txt": Entry(REGULAR, b"\0\xff"),
        "link": Entry(SYMLINK, b"a.txt"),
        "b/up": Entry(SYMLINK, b"../a.txt"),
        "ünï \n.txt": Entry(REGULAR, b""),
    }
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    FILES.write(tmp_path / "tree")
    assert Tree.read(tmp_path / "tree") == FILES
    assert Tree.read(tmp_path / "tree", ["a.txt", "not/there"]) == Tree({"a.txt": FILES["a.txt"]})


def test_a_tree_is_a_value() -> None:
    assert Tree(dict(reversed([*FILES.items()]))) == FILES
    assert hash(FILES) == hash(Tree(dict(reversed([*FILES.items()]))))
    assert list(FILES) == sorted(FILES)


@pytest.mark.parametrize("old", [REGULAR, EXECUTABLE, SYMLINK])
@pytest.mark.parametrize("new", [REGULAR, EXECUTABLE, SYMLINK])
def test_every_kind_of_file_over_every_other(old: int, new: int, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("untouched")
    write_entry(tmp_path / "a", Entry(old, b"target"))
    write_entry(tmp_path / "a", Entry(new, b"other"))
    assert Tree.read(tmp_path, ["a"])["a"] == Entry(new, b"other")
    assert (tmp_path / "target").read_text() == "untouched"


GIT = [
    ".git",
    ".GIT",
    ".Git/x",
    "a/.git",
    ".git ",
    ".git.",
    ".git . .",
    "git~1",
    "GIT~1/x",
    ".g\u200cit",
    ".git::$DATA",
]
OUT = ["..", "../a", "a/../b", "/a", "a//b", "./a", "a/.", "", "a\0b"]
FINE = [".gitignore", ".github/x", "git", "a.git", "..a", "a..", "git~10", ".gitmodules", "...", "-"]


@pytest.mark.parametrize("path", GIT + OUT)
def test_refused(path: str) -> None:
    with pytest.raises(BlueprintError) as caught:
        check_path(path)
    assert caught.value.hint
    assert ("which git keeps for itself" in caught.value.message) == (path in GIT)


@pytest.mark.parametrize("path", FINE)
def test_fine(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize("target", ["..", "/etc", "../x", "sub/..", "sub/../../x", "deep/link/../../../x"])
def test_links_that_lead_out(target: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(BlueprintError, match="outside the project"):
        Tree.read(tmp_path)


@pytest.mark.parametrize("target", ["x", "sub/x", "..x", "sub"])
def test_links_that_stay_in(target: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(target)
    assert Tree.read(tmp_path)["link"] == Entry(SYMLINK, target.encode())
