"""What an image promises: whom it runs as, what it says of itself, and what is not in it."""

from __future__ import annotations

import posixpath
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scaffold import docker
from scaffold.contract.checks import Checklist, Note, WaivedError, expect
from scaffold.contract.sandbox import Container, Sandbox
from scaffold.languages import LANGUAGES

_TOOLS: dict[str, frozenset[str]] = {
    "shell": frozenset(
        {"sh", "bash", "dash", "ash", "busybox", "toybox", "zsh", "ksh", "mksh", "fish", "csh", "tcsh", "rbash", "pwsh"}
    ),
    "package manager": frozenset(
        {
            "apt",
            "apt-get",
            "aptitude",
            "dpkg",
            "apk",
            "rpm",
            "yum",
            "dnf",
            "microdnf",
            "zypper",
            "pacman",
            "opkg",
            "pip",
            "pip3",
            "uv",
            "poetry",
            "pipenv",
            "npm",
            "npx",
            "yarn",
            "pnpm",
            "corepack",
            "gem",
            "bundle",
            "bundler",
            "composer",
            "pecl",
            "pear",
            "cargo",
            "mvn",
            "gradle",
            "nuget",
            "rebar3",
            "mix",
            "hex",
            "brew",
        }
    ),
    "compiler": frozenset(
        {
            "cc",
            "gcc",
            "g++",
            "c++",
            "cpp",
            "clang",
            "clang++",
            "tcc",
            "ld",
            "as",
            "make",
            "cmake",
            "go",
            "gofmt",
            "rustc",
            "javac",
            "jlink",
            "erlc",
            "swiftc",
            "dotnet-sdk",
            "tsc",
        }
    ),
}
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LABELS = ("title", "description", "version")


def check_image(checklist: Checklist, config: dict[str, Any], container: Container) -> None:
    """Look at what an image says of itself, and at whom its processes belong to."""
    with checklist.check("image", "runs as a numeric user who is not root") as note:
        user = str(config.get("User") or "")
        expect(user, "the image sets no USER, so it runs as root")
        expect(
            re.fullmatch(r"[0-9]+(:[0-9]+)?", user),
            f"USER is {user!r}, which is a name: an orchestrator can't tell root",
        )
        expect(all(int(part) for part in user.split(":")), f"USER is {user}: root")
        owners = _owners(container)
        expect(owners, "no process runs in the container")
        expect(not owners & {"0", "root"}, "a process in the container runs as root")
        note.text = user
    with checklist.check("image", "the ENTRYPOINT is a program, not a shell") as note:
        command = list(config.get("Entrypoint") or []) or list(config.get("Cmd") or [])
        expect(command, "the image has neither ENTRYPOINT nor CMD")
        program = posixpath.basename(command[0])
        expect(program not in _TOOLS["shell"], f"it starts {' '.join(command)[:80]!r}: signals end at the shell")
        expect(config.get("Entrypoint"), "the image has a CMD but no ENTRYPOINT")
        note.text = " ".join(command)[:80]
    with checklist.check("image", "EXPOSE documents the port") as note:
        ports = sorted(config.get("ExposedPorts") or {})
        expect(ports, "nothing is exposed")
        note.text = ", ".join(ports)
    with checklist.check("image", "has the OCI labels title, description and version") as note:
        labels = config.get("Labels") or {}
        for name in _LABELS:
            expect(labels.get(f"org.opencontainers.image.{name}"), f"org.opencontainers.image.{name} is missing")
        note.text = f"{labels['org.opencontainers.image.title']} {labels['org.opencontainers.image.version']}"


@dataclass(frozen=True)
class Contents:
    """The programs in an image: the path of each executable in a folder that programs are looked for in."""

    programs: frozenset[str]

    def tools(self, kind: str) -> list[str]:
        """Return the paths of the programs of one kind, a key of `_TOOLS`."""
        return sorted(path for path in self.programs if _plain_name(path) in _TOOLS[kind])


def contents_of(sandbox: Sandbox, image: str) -> Contents:
    """Read the file system of an image, without starting it."""
    config = docker.inspect("image", image)["Config"]
    path = next((e.partition("=")[2] for e in config.get("Env") or [] if e.startswith("PATH=")), "")
    folders = {folder.strip("/") for folder in f"{path}:{_SYSTEM_PATH}".split(":") if folder.strip("/")}
    programs: set[str] = set()
    container = sandbox.create(image)
    with docker.stream("export", container.name) as archive, tarfile.open(fileobj=archive, mode="r|") as files:
        links: dict[str, str] = {}  # /bin -> usr/bin
        for entry in files:
            folder = posixpath.dirname(entry.name)
            if entry.issym() and entry.name in folders:
                links[entry.name] = posixpath.normpath(posixpath.join(folder, entry.linkname)).lstrip("/")
            runnable = entry.issym() or entry.islnk() or (entry.isfile() and entry.mode & 0o111)
            if runnable and folder in folders | set(links.values()):
                programs.add(f"/{entry.name}")
    return Contents(frozenset(programs))


def check_contents(
    checklist: Checklist, sandbox: Sandbox, image: str, language: str, base: Callable[[], str | None]
) -> None:
    """See that nothing is in the image that an intruder could use and the service does not.

    Python, PHP and Ruby have no official image without a shell. What the base image of such a service brings is
    waived, by name; what the project itself adds is not.

    Args:
        checklist: where the results go.
        sandbox: where images are looked into.
        image: the image under test.
        language: what the service says it is written in.
        base: returns an image with nothing but the base of the final stage; None when that is not known.
    """
    contents = contents_of(sandbox, image)
    brought: Contents | None = None
    for kind in _TOOLS:
        with checklist.check("image", f"holds no {kind}") as note:
            found = contents.tools(kind)
            if found and _runtime_has_a_shell(language):
                if brought is None:
                    name = base()
                    # Without the Dockerfile there is nothing to tell the base from what was put on top of it.
                    brought = contents_of(sandbox, name) if name else contents
                added = [path for path in found if path not in brought.programs]
                expect(not added, f"the project adds {_listed(added)}")
                title = LANGUAGES[language].title
                raise WaivedError(
                    f"{_listed(found)} come with {title}'s official runtime image, which has no smaller form"
                )
            expect(not found, f"it has {_listed(found)}")
            _count(note, contents)


def _count(note: Note, contents: Contents) -> None:
    note.text = f"looked through {len(contents.programs)} programs" if contents.programs else "no program on the PATH"


def _runtime_has_a_shell(language: str) -> bool:
    """Whether even the smallest official image that runs a language has a shell, as languages.py names it."""
    if language not in LANGUAGES:
        return False
    image = LANGUAGES[language].runtime_image
    return image != "scratch" and "distroless" not in image and "chiseled" not in image


def _plain_name(path: str) -> str:
    """Return a program's name without its version: gcc for x86_64-linux-gnu-gcc-14."""
    name = re.sub(r"^(?:x86_64|aarch64|arm)\w*-linux-\w+-", "", posixpath.basename(path))
    return re.sub(r"-?[0-9][0-9.]*$", "", name)


def _listed(paths: list[str]) -> str:
    names = sorted({posixpath.basename(path) for path in paths})
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _owners(container: Container) -> set[str]:
    """Return the user ids of the container's processes, as the engine's host sees them."""
    lines = docker.docker("top", container.name, "-eo", "pid,uid").splitlines()[1:]
    return {line.split()[1] for line in lines if len(line.split()) > 1}
