"""What is looked for in an image, and what of it the base image may bring."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from scaffold import docker
from scaffold.contract import contents
from scaffold.contract.checks import Checklist, Status
from scaffold.contract.contents import Contents, check_contents, contents_of, is_shell, programs_in
from scaffold.contract.sandbox import Container, Sandbox
from scaffold.errors import DockerError
from scaffold.languages import LANGUAGES

PYTHON = "python:3.14-slim-trixie"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/bin/sh", "shell"),
        ("/opt/tools/busybox", "shell"),
        ("/usr/bin/apt-get", "package manager"),
        ("/usr/bin/pip3.14", "package manager"),
        ("/home/app/node_modules/.bin/tsc", "compiler"),
        ("/usr/bin/x86_64-linux-gnu-gcc-14", "compiler"),
        ("/usr/bin/aarch64-linux-gnu-ld", "compiler"),
        ("/usr/bin/g++", "compiler"),
        ("/usr/local/go/bin/go", "compiler"),
        ("/usr/bin/swift-build", "compiler"),
        ("/usr/share/dotnet/sdk", "compiler"),
    ],
)
def test_finds_tools_by_kind(path: str, kind: str) -> None:
    found = {
        each: Contents(frozenset({path, "/service", "/usr/bin/python3.14"})).tools(each) for each in contents._TOOLS
    }
    assert found == {each: [path] if each == kind else [] for each in found}


def archive(*entries: tuple[str, str], mode: int = 0o755) -> tarfile.TarFile:
    """Return an archive: of a file where the second word is empty, else of a folder, or a link to what it names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as files:
        for name, what in entries:
            entry = tarfile.TarInfo(name)
            entry.mode = mode
            if what:
                entry.type = {"/": tarfile.DIRTYPE, "=": tarfile.LNKTYPE}.get(what[0], tarfile.SYMTYPE)
                entry.linkname = what[1:]
            files.addfile(entry)
    buffer.seek(0)
    return tarfile.open(fileobj=buffer, mode="r|")


def test_follows_links_whatever_comes_first() -> None:
    files = archive(
        ("bin", ">usr/bin"),
        ("etc/ash", ">../tools/box"),  # by way of a link to a folder that comes later
        ("usr/bin", "/"),
        ("usr/bin/dash", ""),
        ("opt/box", ""),
        ("tools", ">/opt"),
        ("srv/ksh", "=opt/box"),
        ("usr/bin/sh", ">dash"),
        ("usr/bin/bash", ">/bin/dash"),
    )
    assert set(programs_in(files).tools("shell")) == {
        "/etc/ash",
        "/usr/bin/dash",
        "/srv/ksh",
        "/usr/bin/sh",
        "/usr/bin/bash",
    }


def test_what_is_only_called_like_a_shell() -> None:
    assert programs_in(archive(("a/sh", ""), ("b/sh", "=a/sh"), mode=0o644)).tools("shell") == []
    files = archive(("a/sh", "/"), ("bash", ">nowhere"), ("zsh", ">zsh"), ("fish", ">a/sh"), ("ash", ">fish/../ash"))
    assert programs_in(files).tools("shell") == []


def test_knows_the_sdk_by_its_folder() -> None:
    files = archive(("usr/share/dotnet/sdk/10.0.100/MSBuild.dll", ""), ("usr/share/dotnet/dotnet", ""), mode=0o644)
    assert programs_in(files).tools("compiler") == ["/usr/share/dotnet/sdk"]
    files = archive(("usr/share/dotnet/dotnet", ""), ("usr/share/dotnet/shared/x.dll", ""))
    assert programs_in(files).tools("compiler") == []


def test_who_may_have_a_shell() -> None:
    assert {key for key, language in LANGUAGES.items() if language.runtime_has_shell} == {"python", "ruby"}


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Return what is in `image` and in the base of it."""
    inside: dict[str, set[str]] = {"image": {"/bin/sh", "/usr/bin/apt"}, "base": {"/bin/sh", "/usr/bin/apt"}}
    monkeypatch.setattr(contents, "contents_of", lambda _, name: Contents(frozenset(inside[name])))
    monkeypatch.setattr(contents, "_contents_of_base", lambda *_: Contents(frozenset(inside["base"])))
    return inside


def check(project: Path | None, dockerfile: str = "", language: str = "python") -> dict[str, tuple[str, str]]:
    checklist = Checklist()
    if project:
        (project / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    check_contents(checklist, Sandbox(), "image", language, project)
    return {each.name.removeprefix("holds no "): (each.status.value, each.reason) for each in checklist.checks}


@pytest.mark.parametrize(
    "dockerfile",
    [
        f"FROM {PYTHON}\n",
        f"FROM mirror.example.com/library/{PYTHON}@sha256:0a1b\n",
        f"ARG BASE={PYTHON}\nFROM a AS build\nFROM $BASE AS runtime\nFROM runtime\n",
        "ARG RUNTIME_IMAGE=acme/python:3\nFROM ${RUNTIME_IMAGE} AS final\n",
    ],
)
@pytest.mark.usefixtures("image")
def test_what_the_runtime_image_brings_is_waived(tmp_path: Path, dockerfile: str) -> None:
    found = check(tmp_path, dockerfile)
    assert {kind: status for kind, (status, _) in found.items()} == {
        "shell": "waived",
        "package manager": "waived",
        "compiler": "passed",
    }
    assert "Python's official runtime image has no smaller form" in found["shell"][1]


@pytest.mark.usefixtures("image")
def test_what_another_base_brings_is_not(tmp_path: Path) -> None:
    assert check(tmp_path, "FROM python:3.14\n")["shell"] == ("failed", "it has sh")
    assert check(tmp_path, f"FROM {PYTHON}\n", "go")["shell"] == ("failed", "it has sh")


def test_what_the_project_adds_is_not(tmp_path: Path, image: dict[str, set[str]]) -> None:
    image["image"].add("/opt/zsh")
    assert check(tmp_path, f"FROM {PYTHON}\n")["shell"] == ("failed", "the project adds zsh")


def test_a_compiler_is_never_waived(tmp_path: Path, image: dict[str, set[str]]) -> None:
    for each in image.values():
        each.add("/usr/bin/gcc-14")
    assert check(tmp_path, f"FROM {PYTHON}\n")["compiler"] == ("failed", "it has gcc-14")


@pytest.mark.usefixtures("image")
def test_without_the_dockerfile_nobody_can_tell() -> None:
    status, reason = check(None)["shell"]
    assert (status, "only its Dockerfile tells" in reason) == ("skipped", True)


def test_files_that_can_t_be_read_fail_the_checks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(docker, "stream", lambda *_: io.BytesIO(b"no archive at all"))
    sandbox = Sandbox()
    monkeypatch.setattr(sandbox, "create", lambda _: Container("x"))
    with pytest.raises(DockerError, match="the files of image can't be read"):
        contents_of(sandbox, "image")
    monkeypatch.setattr(contents, "contents_of", lambda *_: contents_of(sandbox, "image"))
    assert {status for status, _ in check(tmp_path, "FROM a\n").values()} == {Status.FAILED.value}


@pytest.mark.parametrize(
    ("command", "shell"),
    [
        (["sh", "-c", "run"], True),
        (["/bin/busybox", "wget"], True),
        (["/sbin/tini", "--", "sh", "-c", "run"], True),
        (["/usr/bin/env", "-i", "A=b", "bash", "run"], True),
        (["timeout", "2", "sh"], True),
        (["/sbin/tini", "--", "/service", "sh"], False),
        (["/service", "healthcheck"], False),
        (["php", "bin/service"], False),
        ([], False),
    ],
)
def test_what_starts_a_shell(command: list[str], shell: bool) -> None:
    assert is_shell(command) == shell


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("name", ["python", "Python", "py"])
def test_a_language_by_any_name(name: str, tmp_path: Path) -> None:
    assert check(tmp_path, f"FROM {PYTHON}\n", name)["shell"][0] == "waived"
