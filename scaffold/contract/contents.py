"""What is not in an image: programs that an intruder could use and the service does not."""

from __future__ import annotations

import posixpath
import re
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scaffold import docker, dockerfile
from scaffold.contract.checks import Checklist, SkippedError, WaivedError, expect
from scaffold.contract.sandbox import Sandbox
from scaffold.errors import DockerError, UsageError
from scaffold.languages import LANGUAGES, Language, find_language

SHELLS = frozenset(
    "sh bash dash ash busybox toybox zsh ksh mksh fish csh tcsh rbash pwsh".split()  # noqa: SIM905 - one line, not fourteen
)
_MANAGERS = "apt apt-get aptitude dpkg apk rpm yum dnf microdnf zypper pacman opkg brew"
_COMPILERS = "cc gcc g++ c++ cpp clang clang++ tcc ld as make cmake"
_TOOLS: dict[str, frozenset[str]] = {
    "shell": SHELLS,
    "package manager": frozenset(_MANAGERS.split()).union(*(each.installs_with for each in LANGUAGES.values())),
    "compiler": frozenset(_COMPILERS.split()).union(*(each.builds_with for each in LANGUAGES.values())),
}
# An SDK is a folder of libraries by their version, which a program of another name runs.
_SDKS = "|".join(re.escape(name) for each in LANGUAGES.values() for name in each.builds_with if "/" in name)
_SDK = re.compile(rf"(?:.*/)?(?:{_SDKS})(?=/[0-9])")
_MOST_LINKS = 40  # where the kernel gives up too
# The official images of some languages have nothing smaller than one with these; none of them ships a compiler.
_EXCUSED = ("shell", "package manager")
_RUNTIME_ARGUMENT = "RUNTIME_IMAGE"


# What only starts another program, with words of its own before that one's name.
_LAUNCHERS = frozenset(["catatonit", "docker-init", "dumb-init", "env", "gosu", "nice", "su-exec", "timeout", "tini"])


def is_shell(command: list[str]) -> bool:
    """Whether a command starts a shell, be it by way of an init or the like."""
    for word in command:
        name = posixpath.basename(word)
        if name in SHELLS:
            return True
        if name not in _LAUNCHERS and not word.startswith("-") and "=" not in word and not word.isdigit():
            return False
    return False


@dataclass(frozen=True)
class Contents:
    """The programs in an image: the path of each file, or link to one, that may be executed, wherever it is."""

    programs: frozenset[str]

    def tools(self, kind: str) -> list[str]:
        """Return the paths of the programs of one kind, a key of `_TOOLS`."""
        return sorted(path for path in self.programs if not _names(path).isdisjoint(_TOOLS[kind]))


def contents_of(sandbox: Sandbox, image: str) -> Contents:
    """Read the file system of an image, without starting it.

    Raises:
        DockerError: the engine can't be had to show it.
    """
    container = sandbox.create(image)
    try:
        with docker.stream("export", container.name) as archive, tarfile.open(fileobj=archive, mode="r|") as files:
            return programs_in(files)
    except tarfile.TarError as error:
        raise DockerError(f"the files of {image} can't be read: {error}") from None


def programs_in(files: tarfile.TarFile) -> Contents:
    """Look through the archive of a file system for what can be executed."""
    programs: set[str] = set()
    links: dict[str, str] = {}
    for entry in files:
        name = posixpath.normpath(f"/{entry.name}")
        if entry.issym():
            links[name] = entry.linkname
        elif (entry.isfile() and entry.mode & 0o111) or (
            entry.islnk() and posixpath.normpath(f"/{entry.linkname}") in programs
        ):
            programs.add(name)
        if sdk := _SDK.match(name):
            programs.add(sdk[0])
    # Only now is it known what a link leads to: one to a folder, or to nothing, is no program.
    return Contents(frozenset(programs | {link for link in links if _target(link, links) in programs}))


def _target(path: str, links: dict[str, str]) -> str:
    """Return what a path leads to when every link on the way is followed; no path at all where they go in circles."""
    done, ahead = "/", path.split("/")
    followed = 0
    while ahead:
        done = posixpath.normpath(posixpath.join(done, ahead.pop(0)))
        if done in links:
            followed += 1
            if followed > _MOST_LINKS:
                return ""
            ahead = links[done].split("/") + ahead
            done = "/" if links[done].startswith("/") else posixpath.dirname(done)
    return done


def check_contents(checklist: Checklist, sandbox: Sandbox, image: str, language: str, project: Path | None) -> None:
    """See that nothing is in the image that an intruder could use and the service does not.

    Some languages have no official image without a shell and a package manager: see `languages.py`. What the base image
    of such a service brings of those is waived, by name; what the project itself adds is not.

    Args:
        checklist: where the results go.
        sandbox: where images are looked into.
        image: the image under test.
        language: what the service says it is written in.
        project: the folder with its Dockerfile; None when that is not known.
    """
    contents = cache(lambda: contents_of(sandbox, image))
    brought = cache(lambda base: _contents_of_base(sandbox, base))
    for kind in _TOOLS:
        with checklist.check("image", f"holds no {kind}") as note:
            found = contents().tools(kind)
            known = _language(language)
            if found and kind in _EXCUSED and known and known.runtime_has_shell:
                _expect_nothing_added(found, known, project, brought)
            expect(not found, f"it has {_listed(found)}")
            note.text = f"looked through {len(contents().programs)} programs"


def _language(name: str) -> Language | None:
    """Return the language that a service says, however it spells it."""
    try:
        return find_language(name)
    except UsageError:
        return None


def _expect_nothing_added(
    found: list[str], language: Language, project: Path | None, brought: Callable[[str], Contents]
) -> None:
    """See whether all the tools come with the one base image that may have them.

    Raises:
        WaivedError: they do.
        SkippedError: without the Dockerfile there is nothing to tell the base from what was put on top of it.
        NotMetError: the project adds some.
    """
    if project is None:
        raise SkippedError(f"it has {_listed(found)}, and only its Dockerfile tells whether the base image brings them")
    root = dockerfile.read(project).root()
    if root.base_argument == _RUNTIME_ARGUMENT or _is_image(root.base, language.runtime_image):
        added = [path for path in found if path not in brought(root.base).programs]
        expect(not added, f"the project adds {_listed(added)}")
        raise WaivedError(
            f"{_listed(found)} come with {root.base}, and {language.title}'s official runtime image has no smaller form"
        )


def _is_image(base: str, official: str) -> bool:
    """Whether a base is that image, maybe by its digest or from a mirror."""
    return f"/{base.partition('@')[0]}".endswith(f"/{official}")


def _contents_of_base(sandbox: Sandbox, base: str) -> Contents:
    """Look into an image with nothing but a base, out of the build cache."""
    tag = sandbox.tag("base")
    with tempfile.TemporaryDirectory() as empty:
        docker.build(Path(empty), tag=tag, dockerfile=f"FROM {base}\nLABEL scaffold.verify={sandbox.id}\n")
    return contents_of(sandbox, tag)


def _names(path: str) -> set[str]:
    """Return a program's names: without its version, so gcc for x86_64-linux-gnu-gcc-14, and with its folder."""
    name = posixpath.basename(path)
    plain = re.sub(r"-?[0-9][0-9.]*$", "", re.sub(r"^(?:x86_64|aarch64|arm)\w*-linux-\w+-", "", name))
    return {plain, f"{posixpath.basename(posixpath.dirname(path))}/{name}"}


def _listed(paths: list[str]) -> str:
    names = sorted({posixpath.basename(path) for path in paths})
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
