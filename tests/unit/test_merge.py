"""Merge, on trees made up here: against git's own merge of the same three, and against what it promises."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaffold.merge import merge
from scaffold.outcomes import Outcome
from scaffold.tree import EXECUTABLE, REGULAR, Entry, Tree
from tests.update.toys import File, git, put, snapshot

NAMES = [f"{folder}{name}" for folder in ("", "a/", "b/") for name in ("one", "two", "three", "four")]


def lines(chance: random.Random, count: int = 12) -> list[str]:
    return [f"{chance.choice('abcdefgh') * 6} {number}" for number in range(count)]


def edited(chance: random.Random, base: dict[str, list[str]], mark: str) -> dict[str, list[str]]:
    """A side: files edited, deleted, renamed, added."""
    side = {name: list(text) for name, text in base.items()}
    for name in list(side):
        match chance.random():
            case x if x < 0.35:
                side[name][chance.randrange(len(side[name]))] = f"{mark} {chance.randrange(1000)}"
            case x if x < 0.45:
                side.setdefault(f"{name}-{mark}", side.pop(name))
            case x if x < 0.55:
                del side[name]
    if chance.random() < 0.5:
        side.setdefault(chance.choice(NAMES), [*lines(chance), f"{mark} new"])
    return side


def tree(side: dict[str, list[str]]) -> Tree:
    return Tree({name: Entry(REGULAR, "".join(f"{line}\n" for line in text).encode()) for name, text in side.items()})


def sides(seed: int) -> Iterator[Tree]:
    chance = random.Random(seed)
    base = {name: lines(chance) for name in chance.sample(NAMES, 8)}
    yield tree(base)
    yield tree(edited(chance, base, "mine"))
    yield tree(edited(chance, base, "theirs"))


@pytest.mark.parametrize("seed", range(30))
def test_nothing_of_the_users_is_lost(seed: int) -> None:
    base, ours, theirs = sides(seed)
    merged = merge(base, ours, theirs, label="blueprint v2")
    kept = [entry.data for entry in merged.result.values()]
    kept += [entry.data for stages in merged.stages.values() for entry in stages.values()]
    for path, entry in ours.items():
        for line in entry.data.splitlines():
            if line.startswith(b"mine"):
                assert any(line in data.splitlines() for data in kept), (path, line)
    # One outcome a file, and one for each file that changes.
    listed = [outcome.path for outcome in merged.outcomes]
    assert len(listed) == len(set(listed))
    moved = {outcome.old_path for outcome in merged.outcomes}
    assert set(merged.changes) <= {*listed, *moved}
    assert {outcome.path for outcome in merged.conflicts} == set(merged.stages)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_git_merge_does(seed: int, tmp_path: Path) -> None:
    """But for what the user deleted: that stays deleted, where git would ask."""
    base, ours, theirs = sides(seed)
    git(tmp_path, "init", "--quiet", "--initial-branch", "base", "repo")
    repository = tmp_path / "repo"
    for name, files in (("base", base), ("yours", ours), ("theirs", theirs)):
        if name != "base":
            git(repository, "checkout", "--quiet", "-b", name, "base")
        git(repository, "rm", "--quiet", "-r", "--force", "--ignore-unmatch", ".")
        put(repository, {path: File(entry.data) for path, entry in files.items()})
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--allow-empty", "-m", name)
    git(repository, "checkout", "--quiet", "yours")
    git(repository, "-c", "merge.directoryRenames=false", "merge", "--quiet", "--no-edit", "theirs", check=False)
    theirs_now = {path: data.replace(b" theirs", b" blueprint v2") for path, (_, data) in snapshot(repository).items()}

    merged = merge(base, ours, theirs, label="blueprint v2")
    result = {path: entry.data for path, entry in merged.result.items()}
    gone = {outcome.path for outcome in merged.outcomes if outcome.outcome is Outcome.KEPT_DELETED}
    for path in {*result, *theirs_now} - gone:
        assert _plain(result.get(path)) == _plain(theirs_now.get(path)), path


def _plain(data: bytes | None) -> list[bytes] | None:
    """Without the lines that name the sides."""
    return data and [line for line in data.splitlines() if not line.startswith((b"<<<<<<<", b">>>>>>>"))]


def entry(text: str, mode: int = REGULAR) -> Entry:
    return Entry(mode, text.encode())


def outcomes(base: Tree, ours: Tree, theirs: Tree) -> dict[str, Outcome]:
    return {o.path: o.outcome for o in merge(base, ours, theirs, label="v2").outcomes}


def test_without_a_dispute_git_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    base, theirs = Tree({"a": entry("1"), "b": entry("1")}), Tree({"a": entry("2"), "c": entry("3")})
    assert outcomes(base, base, theirs) == {"a": Outcome.UPDATED, "b": Outcome.DELETED, "c": Outcome.ADDED}


def test_equal_sides_are_no_news() -> None:
    base, both = Tree({"a": entry("1")}), Tree({"a": entry("2"), "b": entry("3")})
    merged = merge(base, both, both, label="v2")
    assert (merged.outcomes, merged.changes, merged.result) == ((), {}, both)


def test_modes_are_merged_like_content() -> None:
    base = Tree({"a": entry("1\n")})
    ours, theirs = Tree({"a": entry("1\n", EXECUTABLE)}), Tree({"a": entry("2\n")})
    assert merge(base, ours, theirs, label="v2").result["a"] == entry("2\n", EXECUTABLE)


def test_kept_generated_and_untracked() -> None:
    base = Tree({"kept": entry("1"), "made": entry("1")})
    ours = Tree({"kept": entry("mine"), "made": entry("mine")})
    theirs = Tree({"kept": entry("2"), "made": entry("2")})
    merged = merge(base, ours, theirs, label="v2", kept={"kept": "because"}, generated={"made"}, untracked={"kept"})
    assert merged.result == Tree({"kept": entry("mine"), "made": entry("2")})
    assert next((o.path, o.outcome, o.reason) for o in merged.outcomes) == ("kept", Outcome.KEPT, "because")
    assert merged.untracked == {"kept"}


@pytest.mark.parametrize("label", ["blueprint v1.0.0", "blueprint v1.0.0-3-gabc", "weird ~^: [x] .lock", "..", "-"])
def test_any_label_will_do(label: str) -> None:
    base, ours, theirs = (Tree({"a": entry(f"{text}\n")}) for text in ("1", "2", "3"))
    merged = merge(base, ours, theirs, label=label)
    assert merged.result["a"].data.decode().endswith(f"=======\n3\n>>>>>>> {label}\n")
