"""Blueprint: which sources and which names of releases are taken. What git says of them is in tests/update."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from scaffold.blueprint import STORE_URL, Blueprint, Release, parse_version
from scaffold.errors import BlueprintError

URL = "https://host/group/repo.git"


@pytest.mark.parametrize(
    ("text", "source", "ref"),
    [
        (URL, URL, None),
        (f"{URL}@v1.0.0", URL, "v1.0.0"),
        ("https://user@host/repo.git", "https://user@host/repo.git", None),
        ("https://user@host/repo.git@v2", "https://user@host/repo.git", "v2"),
        ("git@host:repo.git", "git@host:repo.git", None),
        ("git@host:repo.git@main", "git@host:repo.git", "main"),
        ("gh:acme/toy@v1", "gh:acme/toy", "v1"),
        (STORE_URL, STORE_URL, None),
    ],
)
def test_parse(text: str, source: str, ref: str | None) -> None:
    assert Blueprint.parse(text) == (Blueprint(source), ref)


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "with@sign").mkdir()
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path)
    assert Blueprint.parse("plain") == (Blueprint(str(tmp_path / "plain")), None)
    assert Blueprint.parse("plain@v1") == (Blueprint(str(tmp_path / "plain")), "v1")
    assert Blueprint.parse("with@sign") == (Blueprint(str(tmp_path / "with@sign")), None)
    assert Blueprint.parse("./with@sign@v1") == (Blueprint(str(tmp_path / "with@sign")), "v1")


def test_a_folder_without_versions(tmp_path: Path) -> None:
    blueprint = Blueprint(str(tmp_path))
    assert blueprint.releases == ()
    assert blueprint.newest() == Release(str(tmp_path), None)
    assert blueprint.newest().label == "unversioned"
    with pytest.raises(BlueprintError, match="has no releases"):
        blueprint.release("v1")


@pytest.mark.parametrize(
    ("ref", "version"),
    [
        ("v1.2.3", "1.2.3"),
        ("1.2", "1.2"),
        ("v2.0.0rc1", "2.0.0rc1"),
        ("v1.0.0-3-gabcdef0", "1.0.0.post3"),
        ("v1.0.0rc1-2-gabc", "1.0.0rc1.post2"),
        ("2026.11.24", "2026.11.24"),
        ("main", None),
        ("abcdef0", None),
        ("latest-2-gabc", None),
        ("", None),
    ],
)
def test_versions(ref: str, version: str | None) -> None:
    assert parse_version(ref) == (Version(version) if version else None)
