"""Merge, on trees made up here: against git's own merge of the same three, and against what it promises."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaffold.merge import Merge, merge
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


def swapped(chance: random.Random, side: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same with a folder in the place of a file, or a file in the place of a folder."""
    name = chance.choice([*(name for name in side if "/" not in name), "a", "b"])
    inside = {other: text for other, text in side.items() if other == name or other.startswith(f"{name}/")}
    others = {other: text for other, text in side.items() if other not in inside}
    return {**others, **({f"{name}/in": side[name]} if name in side else {name: lines(chance)})}


def sides(seed: int, *, swap: bool = False) -> Iterator[Tree]:
    chance = random.Random(seed)
    base = {name: lines(chance) for name in chance.sample(NAMES, 8)}
    yield tree(base)
    for mark in ("mine", "theirs"):
        side = edited(chance, base, mark)
        yield tree(swapped(chance, side) if swap and chance.random() < 0.7 else side)


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_nothing_of_the_users_is_lost(seed: int, swap: bool) -> None:
    base, ours, theirs = sides(seed, swap=swap)
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
    by_path = {outcome.path: outcome for outcome in merged.outcomes}
    for path, outcome in by_path.items():
        if outcome.outcome is Outcome.DELETED:
            assert ours[path] == base[path], f"{path} was edited"
        if outcome.outcome is Outcome.KEPT_DELETED:
            assert path not in ours
    for path in theirs:
        if base.get(path) != theirs[path] != merged.result.get(path) and path not in {*by_path, *moved}:
            # The change is where the user moved the file to, if anywhere.
            joined = [by_path[other] for other in merged.result if other in by_path and other not in base]
            assert any(o.outcome in (Outcome.MERGED, Outcome.CONFLICT) for o in joined), path


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


LONG = "".join(f"line {number}\n" for number in range(20))
MINE, THEIRS = LONG.replace("line 3", "mine 3"), LONG.replace("line 9", "theirs 9")
ASIDE = "b~blueprint-v1-1-0"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected", "result"),
    [
        # A folder of theirs in the place of a file: edited, not edited, the user's own.
        (
            {"b": LONG},
            {"b": MINE},
            {"b/x": "x\n"},
            ["added b/x", "conflict b~yours (b is a folder in blueprint v1.1.0, so your file b is here)"],
            {"b/x": "x\n", "b~yours": MINE},
        ),
        ({"b": LONG}, {"b": LONG}, {"b/x": "x\n"}, ["added b/x", "deleted b"], {"b/x": "x\n"}),
        (
            {},
            {"b": "own\n"},
            {"b/x": "x\n"},
            ["added b/x", "conflict b~yours (b is a folder in blueprint v1.1.0, so your file b is here)"],
            {"b/x": "x\n", "b~yours": "own\n"},
        ),
        # A folder of the user's in the place of a file: that they deleted, that is new.
        ({"b": LONG}, {"b/x": "own\n"}, {"b": THEIRS}, ["kept deleted b"], {"b/x": "own\n"}),
        (
            {},
            {"b/x": "own\n"},
            {"b": "b\n"},
            [f"conflict {ASIDE} (b is a folder in yours, so the blueprint's file b is here)"],
            {"b/x": "own\n", ASIDE: "b\n"},
        ),
        # A file of the user's in the place of a folder, which stays away.
        ({"b/x": LONG}, {"b": "own\n"}, {"b/x": THEIRS}, ["kept deleted b/x"], {"b": "own\n"}),
        # A file of theirs in the place of a folder with an edit.
        (
            {"b/x": LONG},
            {"b/x": MINE},
            {"b": "b\n"},
            [
                "conflict b/x (the blueprint took it away, and you edited it)",
                f"conflict {ASIDE} (b is a folder in yours, so the blueprint's file b is here)",
            ],
            {"b/x": MINE, ASIDE: "b\n"},
        ),
    ],
)
def test_folders_and_files(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str], expected: list[str], result: dict[str, str]
) -> None:
    trees = [Tree({path: entry(text) for path, text in side.items()}) for side in (base, ours, theirs)]
    merged = merge(*trees, label="blueprint v1.1.0")
    told = [
        f"{o.outcome} {o.path}" + (f" ({o.reason})" if o.outcome is Outcome.CONFLICT else "") for o in merged.outcomes
    ]
    assert (sorted(told), {path: e.data.decode() for path, e in merged.result.items()}) == (expected, result)


def test_a_move_of_the_users_that_git_does_not_see() -> None:
    """Half of the lines are the same, but less than half of the bytes: the change has nowhere to go."""
    base, theirs = LONG + "x" * 3000 + "\n", THEIRS + "x" * 3000 + "\n"
    merged = merge(*(Tree({name: entry(text)}) for name, text in (("a", base), ("c", LONG), ("a", theirs))), label="v2")
    (outcome,) = merged.outcomes
    assert (outcome.path, outcome.outcome) == ("a", Outcome.KEPT_DELETED)
    assert outcome.reason == "you moved it to c, and changed too much for the blueprint's change to go along"


def test_a_move_of_the_users_that_only_git_sees() -> None:
    base = "".join(f"{'word ' * 20}{number}\n" for number in range(40))
    moved = "".join(f"{line}{'!' if number < 25 else ''}\n" for number, line in enumerate(base.splitlines()))
    theirs = base.replace(" 38\n", " 38, theirs\n")
    merged = merge(
        *(Tree({name: entry(text)}) for name, text in (("a", base), ("c", moved), ("a", theirs))), label="v2"
    )
    assert [(o.path, o.outcome) for o in merged.outcomes] == [("c", Outcome.MERGED)]


def merged_files(base: dict[str, str], ours: dict[str, str], theirs: dict[str, str], **kept: str) -> Merge:
    trees = [Tree({path: entry(text) for path, text in side.items()}) for side in (base, ours, theirs)]
    return merge(*trees, label="v2", kept=kept)


@pytest.mark.parametrize("mine", [LONG, MINE])
def test_a_move_that_the_user_has_made_by_hand(mine: str) -> None:
    """What both have alike is no file that git may take another one for: the edit of that would be gone."""
    merged = merged_files({"old": LONG}, {"old": mine, "new": THEIRS}, {"new": THEIRS})
    (outcome,) = merged.outcomes
    assert (outcome.path, merged.result["new"]) == ("old", entry(THEIRS))
    assert (outcome.outcome, "old" in merged.result) == (
        (Outcome.DELETED, False) if mine == LONG else (Outcome.CONFLICT, True)
    )


def test_what_both_have_alike_stays() -> None:
    """The user moved b to d, and the blueprint did so too, but has a new b."""
    merged = merged_files({"b": LONG}, {"d": LONG}, {"d": LONG, "b": "something else\n"})
    assert (merged.result, [o.outcome for o in merged.outcomes]) == (Tree({"d": entry(LONG)}), [Outcome.KEPT_DELETED])


def test_what_is_kept_is_no_file_that_another_was_moved_to() -> None:
    merged = merged_files({"a": LONG}, {"kept": MINE}, {"a": THEIRS, "kept": "theirs\n"}, kept="because")
    assert merged.result == Tree({"kept": entry(MINE)})
    assert [(o.path, o.outcome) for o in merged.outcomes] == [("a", Outcome.KEPT_DELETED), ("kept", Outcome.KEPT)]


@pytest.mark.parametrize("edited", ["b", "e"])
def test_of_two_alike_the_edited_one_was_moved(edited: str) -> None:
    merged = merged_files({"b": LONG, "e": LONG}, {"b": LONG, "e": LONG, edited: MINE}, {"x": LONG})
    told = {o.path: (o.outcome, o.old_path) for o in merged.outcomes}
    if merged.result.get("x") == entry(MINE):
        other = "e" if edited == "b" else "b"
        assert told == {"x": (Outcome.RENAMED, edited), other: (Outcome.DELETED, None)}
    else:  # git took the other one
        assert told[edited] == (Outcome.CONFLICT, None)


def test_binaries() -> None:
    sides = [Tree({"a.bin": Entry(REGULAR, bytes([0, number]) * 99)}) for number in (1, 2, 3)]
    (outcome,) = merge(*sides, label="v2").outcomes
    assert outcome.reason == "both sides changed it, and git does not merge it as text"


def test_what_is_written_into_a_generated_file_is_said_to_go() -> None:
    base, ours, theirs = (Tree({"made": entry(text)}) for text in ("1\n", "# mine\n1\n", "2\n"))
    (outcome,) = merge(base, ours, theirs, label="v2", generated={"made"}).outcomes
    assert (outcome.outcome, "what you wrote into it is in your last commit" in outcome.reason) == (
        Outcome.UPDATED,
        True,
    )


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


def test_an_edit_that_the_blueprint_has_made_too() -> None:
    sides = (entry("1\n"), entry("1\n", EXECUTABLE), entry("2\n", EXECUTABLE))
    (outcome,) = merge(*(Tree({"a": side}) for side in sides), label="v2").outcomes
    assert (outcome.outcome, outcome.reason) == (Outcome.UPDATED, "the blueprint changed it, and has your edit as well")


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
