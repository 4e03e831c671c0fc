"""Every check of `scaffold verify` passes on a good service and fails, alone, on one that breaks just its line.

Where others have to fail with it, the tables say so: what does not start keeps none of its promises.

What can be told without a container (routes, upstreams, odd requests, logs) is in tests/unit/test_contract.py.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaffold import docker
from scaffold.contract import limits
from scaffold.contract.checks import Status
from scaffold.contract.sandbox import HARDENING
from scaffold.operations.verify import Verification, verify

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("good_image")]
BROKEN = Path(__file__).parent / "broken"

_LISTENS = {"listens on 0.0.0.0:$PORT"}
_PROGRAM = {"HEALTHCHECK runs a program, not a shell"}
_NO_PROBE = {
    "the engine finds the service healthy",
    "the probe of a service that is well exits 0",
    "the probe exits 1 when nothing listens",
    "the probe gives up on a service that hangs, within its timeout",
}
# The checks that have to fail with another, for they ask what then is not there.
FOLLOWERS: dict[str, set[str]] = {
    "listens on 0.0.0.0:$PORT": {f"runs with {name}" for name in HARDENING},
    "listens on 8080 when PORT is unset": {
        "is called service, version dev, when neither is set",
        "a container on the network reaches it by its name",
    },
    "listens on 8080 when PORT is empty": {"without UPSTREAMS the answer is an empty object"},
    "HEALTHCHECK runs a program, not a shell": _NO_PROBE,
}
_NO_USER = {"runs as a numeric user who is not root"}
_OFFLINE = "tests and builds with no network once deps is there"

# What BREAK is set to, the section of verify, and those of its checks that have to fail for it: these, their followers,
# and no other.
BROKEN_LINES: list[tuple[str, str, set[str]]] = [
    ("dies", "configuration", _LISTENS),
    ("port-ignored", "configuration", _LISTENS),
    ("localhost", "configuration", _LISTENS),
    ("port-default", "configuration", {"listens on 8080 when PORT is unset"}),
    ("port-empty", "configuration", {"listens on 8080 when PORT is empty"}),
    ("bad-port-traceback", "ports", {"a bad PORT is one clear line on stderr and exit code 1"}),
    ("bad-port-accepted", "ports", {"a bad PORT is one clear line on stderr and exit code 1"}),
    ("bad-port-exit-code", "ports", {"a bad PORT is one clear line on stderr and exit code 1"}),
    ("name-default", "configuration", {"is called service, version dev, when neither is set"}),
    ("upstreams-never-ok", "configuration", {"a container on the network reaches it by its name"}),
    ("upstreams-null", "configuration", {"without UPSTREAMS the answer is an empty object"}),
    ("writes", "hardening", {"runs with a read-only root file system, with tmpfs on /tmp"}),
    ("hungry", "hardening", {"runs with 256 MB of memory, 256 processes and one cpu"}),
    # The engine runs the same probe.
    (
        "probe-wrong",
        "health",
        {"the engine finds the service healthy", "the probe of a service that is well exits 0"},
    ),
    ("probe-refused", "health", {"the probe exits 1 when nothing listens"}),
    ("probe-patient", "health", {"the probe gives up on a service that hangs, within its timeout"}),
    # The service ends in one way, whatever told it to and whoever was connected.
    (
        "waits-for-idle",
        "signals",
        {
            "SIGTERM: idle and half-begun connections do not hold it up",
            "SIGINT: exits 0 within 5 s, under an init",
            "SIGTERM: exits 0 within 5 s, without an init",
        },
    ),
    ("sigint", "signals", {"SIGINT: exits 0 within 5 s, under an init"}),
    (
        "sigterm",
        "signals",
        {
            "SIGTERM: idle and half-begun connections do not hold it up",
            "SIGTERM: stops accepting",
            "SIGTERM: exits 0 within 5 s, without an init",
        },
    ),
    (
        "exit-code",
        "signals",
        {
            "SIGTERM: idle and half-begun connections do not hold it up",
            "SIGINT: exits 0 within 5 s, under an init",
            "SIGTERM: exits 0 within 5 s, without an init",
        },
    ),
    ("accepts", "signals", {"SIGTERM: stops accepting"}),
    ("drops", "signals", {"SIGTERM: finishes a request in flight"}),
    # It says that it is written in a language whose runtime has neither.
    ("shell", "contents", {"holds no shell", "holds no package manager"}),
]

# How the Dockerfile is changed (a pattern and what takes its place), what BREAK is set to, the section of verify, and
# those of its checks that have to fail for it.
_ROOT = (r"USER .*", "USER root")
BROKEN_DOCKERFILES: list[tuple[str, list[tuple[str, str]], str, str, set[str]]] = [
    (
        "no-image",
        [(r"(RUN mkdir /out)", r"RUN echo as red as can be && false\n\1")],
        "",
        "build",
        {"the image can be built"},
    ),
    ("root", [_ROOT], "", "image", _NO_USER),
    ("no-user", [(r"USER .*\n", "")], "", "image", _NO_USER),
    ("user-by-name", [(r"USER .*", "USER nobody")], "", "image", _NO_USER),
    (
        "shell-form",
        [(r"ENTRYPOINT .*", "ENTRYPOINT exec python3 /srv/service.py")],
        "",
        "image",
        {"the ENTRYPOINT is a program, not a shell"},
    ),
    ("no-expose", [(r"EXPOSE .*\n", "")], "", "image", {"EXPOSE documents the port"}),
    ("other-expose", [(r"EXPOSE .*", "EXPOSE 8081")], "", "image", {"EXPOSE documents the port"}),
    (
        "no-label",
        [(r"org.opencontainers.image.version", "version")],
        "",
        "image",
        {"has the OCI labels title, description and version"},
    ),
    (
        "no-healthcheck",
        [(r"HEALTHCHECK --.*", "HEALTHCHECK NONE")],
        "",
        "health",
        _PROGRAM,
    ),
    (
        "shell-healthcheck",
        [(r"HEALTHCHECK --.*", "HEALTHCHECK CMD python3 /srv/service.py healthcheck")],
        "",
        "health",
        _PROGRAM,
    ),
    (
        "shell-in-words",
        [(r"HEALTHCHECK --.*", 'HEALTHCHECK CMD ["/bin/sh", "-c", "python3 /srv/service.py healthcheck"]')],
        "",
        "health",
        _PROGRAM,
    ),
    (
        "probe-missing",
        [(r"HEALTHCHECK --.*", 'HEALTHCHECK --interval=1s CMD ["/nowhere/probe"]')],
        "",
        "health",
        _NO_PROBE,
    ),
    (
        "program-missing",
        [(r"ENTRYPOINT .*", 'ENTRYPOINT ["/nowhere/service"]')],
        "",
        "configuration",
        _LISTENS,
    ),
    ("capable", [_ROOT], "capable", "hardening", {"runs with no capabilities"}),
    (
        "privileged",
        [(r"(COPY --from=build .*)", r"\1\nRUN cp /usr/bin/id /srv/setuid && chmod 4755 /srv/setuid")],
        "privileged",
        "hardening",
        {"runs with no new privileges"},
    ),
    (
        "adds-a-package-manager",
        [(r"(COPY --from=build .*)", r"\1\nRUN cp /usr/bin/id /usr/bin/npm")],
        "",
        "contents",
        {"holds no package manager"},
    ),
    (
        "adds-a-shell",
        [(r"(COPY --from=build .*)", r"\1\nRUN cp /usr/bin/id /usr/local/bin/zsh")],
        "",
        "contents",
        {"holds no shell"},
    ),
    (
        "hides-a-shell",
        [
            (
                r"(COPY --from=build .*)",
                r"\1\nRUN mkdir /opt/a && cp /usr/bin/id /opt/a/tool && ln -s a /opt/b && ln -s /opt/b/tool /opt/zsh",
            )
        ],
        "",
        "contents",
        {"holds no shell"},
    ),
    (
        "adds-a-compiler",
        [(r"(COPY --from=build .*)", r"\1\nRUN cp /usr/bin/id /usr/bin/x86_64-linux-gnu-gcc-14")],
        "",
        "contents",
        {"holds no compiler"},
    ),
    (
        "no-stages",
        [(r"AS deps", "AS fetch"), (r"FROM deps", "FROM fetch")],
        "",
        "build",
        # Where there is no stage deps, nothing is promised of it.
        {"has the stages deps, test, build, final", "a changed source line spoils no layer of deps", _OFFLINE},
    ),
    (
        "test-skipped",
        [(r"FROM test AS build", "FROM deps AS build\nCOPY . .")],
        "",
        "build",
        {"the image depends on the test stage", "a failing test leaves no image"},
    ),
    ("test-ignored", [(r"unittest -v", "unittest -v || true")], "", "build", {"a failing test leaves no image"}),
    (
        "sources-first",
        [(r"COPY requirements.txt ./", "COPY . .")],
        "",
        "build",
        {"a changed source line spoils no layer of deps"},
    ),
    (
        "empty-deps",
        [(r"COPY requirements.txt ./\nRUN cp requirements.txt /installed\n", ""), (r"WORKDIR /src\n", "")],
        "",
        "build",
        {"a changed source line spoils no layer of deps"},
    ),
    (
        "deps-in-a-cache-mount",
        [
            (
                r"RUN cp requirements.txt /installed",
                "RUN --mount=type=cache,target=/modules cp requirements.txt /modules/",
            ),
            (r"RUN python3", "RUN --mount=type=cache,target=/modules test -e /modules/requirements.txt && python3"),
        ],
        "",
        "build",
        {_OFFLINE},
    ),
    (
        "fetches-late",
        [(r"(RUN mkdir /out)", r"RUN grep -q eth0 /proc/net/dev\n\1")],
        "",
        "build",
        {_OFFLINE},
    ),
    (
        "ships-the-builder",
        [(r"FROM \S+ AS final\nCOPY .*", "FROM build AS final\nRUN cp /out/service.py /srv/")],
        "",
        "build",
        {"the image is smaller than the stage that builds it"},
    ),
]
# The same, of what the contract leaves to the image.
DIFFERENT: list[tuple[str, list[tuple[str, str]], str]] = [
    ("probe-patient", [(r"--timeout=3s", "--timeout=10s")], "health"),
    ("slow", [(r"--start-period=10s", "--start-period=30s")], "image"),
]


@pytest.fixture(scope="module")
def good() -> Verification:
    return verify(BROKEN)


def test_the_good_service_passes(good: Verification) -> None:
    assert [check for check in good.checks if not check.passed] == []
    assert {(check.name, check.status) for check in good.checks if check.status is not Status.PASSED} == {
        ("holds no shell", Status.WAIVED),
        ("holds no package manager", Status.WAIVED),
    }


def test_every_check_can_fail(good: Verification) -> None:
    shown = {name for *_, names in (*BROKEN_LINES, *BROKEN_DOCKERFILES) for name in names}
    elsewhere = {"routes", "upstreams", "odd requests", "logs"}
    assert {check.name for check in good.checks if check.group not in elsewhere} - shown == set()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("line", "section", "names"), BROKEN_LINES, ids=[broken[0] for broken in BROKEN_LINES])
def test_a_broken_line_fails_its_check_and_no_other(line: str, section: str, names: set[str]) -> None:
    tag = f"scaffold-e2e-broken:{line}"
    docker.build(BROKEN, tag=tag, options=[f"--build-arg=BREAK={line}"])
    try:
        _expect_failure(verify(BROKEN, image=tag, sections=_sections(section)), names)
    finally:
        docker.call("image", "rm", tag)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for those that never answer."""
    monkeypatch.setattr(limits, "START_LIMIT", 8.0)


@pytest.fixture
def project() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield shutil.copytree(BROKEN, Path(folder) / "project")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("changes", "line", "section", "names"),
    [broken[1:] for broken in BROKEN_DOCKERFILES],
    ids=[broken[0] for broken in BROKEN_DOCKERFILES],
)
def test_a_broken_dockerfile_fails_its_check_and_no_other(
    project: Path, changes: list[tuple[str, str]], line: str, section: str, names: set[str]
) -> None:
    _change(project, changes, line)
    _expect_failure(verify(project, sections=_sections(section)), names)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("line", "changes", "section"), DIFFERENT, ids=[different[0] for different in DIFFERENT])
def test_what_the_image_may_say_passes(project: Path, line: str, changes: list[tuple[str, str]], section: str) -> None:
    _change(project, changes, line)
    verification = verify(project, sections=_sections(section))
    assert [check for check in verification.checks if not check.passed] == []


@pytest.mark.parametrize(
    ("line", "changes", "reason"),
    [
        # What minds the test before it runs, as a linter might.
        ("", [(r"RUN python3", "RUN test ! -e test_scaffold_verify.py && python3")], "before it ran the test"),
        ("language", [], "this tool can't write a test"),
    ],
    ids=["linter", "language"],
)
def test_a_gate_that_can_t_be_told_is_not_proved(
    project: Path, line: str, changes: list[tuple[str, str]], reason: str
) -> None:
    _change(project, changes, line)
    verification = verify(project, sections=_sections("build"))
    assert (verification.passed, verification.proved) == (True, False)
    (unchecked,) = verification.unchecked
    assert unchecked.name == "a failing test leaves no image"
    assert reason in unchecked.reason


def _change(project: Path, changes: list[tuple[str, str]], line: str) -> None:
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    for pattern, replacement in [*changes, (r"ARG BREAK=", f"ARG BREAK={line}")]:
        text, count = re.subn(pattern, replacement, text)
        assert count, pattern
    (project / "Dockerfile").write_text(text, encoding="utf-8")


def _sections(section: str) -> list[str]:
    """Return what to check: the language that it says, and the section; how it starts is always checked."""
    return ["routes"] if section == "hardening" else ["routes", section]


def _expect_failure(verification: Verification, names: set[str]) -> None:
    failed = {check.name: check.reason for check in verification.checks if check.status is Status.FAILED}
    assert set(failed) == names.union(*(FOLLOWERS.get(name, ()) for name in names)), failed
    assert all(failed.values())
    assert not verification.passed
