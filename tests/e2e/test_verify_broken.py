"""Every check of `scaffold verify` passes on a good service and fails on one that breaks just its line.

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
from scaffold.operations.verify import Verification, verify

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("good_image")]
BROKEN = Path(__file__).parent / "broken"

# What BREAK is set to, the section of verify, and the check that has to fail for it.
BROKEN_LINES: list[tuple[str, str, str]] = [
    ("dies", "configuration", "listens on 0.0.0.0:$PORT"),
    ("port-ignored", "configuration", "listens on 0.0.0.0:$PORT"),
    ("localhost", "configuration", "listens on 0.0.0.0:$PORT"),
    ("port-default", "configuration", "listens on 8080 when PORT is unset"),
    ("port-empty", "configuration", "listens on 8080 when PORT is empty"),
    ("bad-port-traceback", "ports", "a bad PORT is one clear line on stderr and exit code 1"),
    ("bad-port-accepted", "ports", "a bad PORT is one clear line on stderr and exit code 1"),
    ("bad-port-exit-code", "ports", "a bad PORT is one clear line on stderr and exit code 1"),
    ("name-default", "configuration", "is called service, version dev, when neither is set"),
    ("upstreams-never-ok", "configuration", "a container on the network reaches it by its name"),
    ("upstreams-null", "configuration", "without UPSTREAMS the answer is an empty object"),
    ("writes", "hardening", "runs with a read-only root file system, with tmpfs on /tmp"),
    ("hungry", "hardening", "runs with 256 MB of memory, 256 processes and one cpu"),
    ("probe-wrong", "health", "the engine finds the service healthy"),
    ("probe-wrong", "health", "the probe of a service that is well exits 0"),
    ("probe-always", "health", "the probe exits 1 when nothing listens"),
    ("probe-patient", "health", "the probe gives up on a service that hangs, within its timeout"),
    ("waits-for-idle", "signals", "SIGTERM: idle and half-begun connections do not hold it up"),
    ("sigint", "signals", "SIGINT: exits 0 within 5 s, under an init"),
    ("sigterm", "signals", "SIGTERM: exits 0 within 5 s, without an init"),
    ("exit-code", "signals", "SIGTERM: exits 0 within 5 s, without an init"),
    ("accepts", "signals", "SIGTERM: stops accepting"),
    ("drops", "signals", "SIGTERM: finishes a request in flight"),
    ("shell", "contents", "holds no shell"),
    ("shell", "contents", "holds no package manager"),
]

# How the Dockerfile is changed (a pattern and what takes its place), and the check that has to fail for it.
_ROOT = (r"USER .*", "USER root")
BROKEN_DOCKERFILES: list[tuple[str, list[tuple[str, str]], str, str, str]] = [
    (
        "no-image",
        [(r"(RUN mkdir /out)", r"RUN echo as red as can be && false\n\1")],
        "",
        "build",
        "the image can be built",
    ),
    ("root", [_ROOT], "", "image", "runs as a numeric user who is not root"),
    ("no-user", [(r"USER .*\n", "")], "", "image", "runs as a numeric user who is not root"),
    ("user-by-name", [(r"USER .*", "USER nobody")], "", "image", "runs as a numeric user who is not root"),
    (
        "shell-form",
        [(r"ENTRYPOINT .*", "ENTRYPOINT exec python3 /srv/service.py")],
        "",
        "image",
        "the ENTRYPOINT is a program, not a shell",
    ),
    ("no-expose", [(r"EXPOSE .*\n", "")], "", "image", "EXPOSE documents the port"),
    ("other-expose", [(r"EXPOSE .*", "EXPOSE 8081")], "", "image", "EXPOSE documents the port"),
    (
        "no-label",
        [(r"org.opencontainers.image.version", "version")],
        "",
        "image",
        "has the OCI labels title, description and version",
    ),
    (
        "no-healthcheck",
        [(r"HEALTHCHECK --.*", "HEALTHCHECK NONE")],
        "",
        "health",
        "HEALTHCHECK runs a program, not a shell",
    ),
    (
        "shell-healthcheck",
        [(r"HEALTHCHECK --.*", "HEALTHCHECK CMD python3 /srv/service.py healthcheck")],
        "",
        "health",
        "HEALTHCHECK runs a program, not a shell",
    ),
    (
        "shell-in-words",
        [(r"HEALTHCHECK --.*", 'HEALTHCHECK CMD ["/bin/sh", "-c", "python3 /srv/service.py healthcheck"]')],
        "",
        "health",
        "HEALTHCHECK runs a program, not a shell",
    ),
    (
        "probe-missing",
        [(r"HEALTHCHECK --.*", 'HEALTHCHECK --interval=1s CMD ["/nowhere/probe"]')],
        "",
        "health",
        "the probe exits 1 when nothing listens",
    ),
    (
        "program-missing",
        [(r"ENTRYPOINT .*", 'ENTRYPOINT ["/nowhere/service"]')],
        "",
        "configuration",
        "listens on 0.0.0.0:$PORT",
    ),
    ("capable", [_ROOT], "capable", "hardening", "runs with no capabilities"),
    (
        "privileged",
        [(r"(COPY --from=build .*)", r"\1\nRUN cp /usr/bin/id /srv/setuid && chmod 4755 /srv/setuid")],
        "privileged",
        "hardening",
        "runs with no new privileges",
    ),
    (
        "adds-a-package-manager",
        [(r"(COPY --from=build .*)", r"\1\nRUN cp /usr/bin/id /usr/bin/npm")],
        "",
        "contents",
        "holds no package manager",
    ),
    (
        "adds-a-shell",
        [(r"(COPY --from=build .*)", r"\1\nRUN cp /usr/bin/id /usr/local/bin/zsh")],
        "",
        "contents",
        "holds no shell",
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
        "holds no shell",
    ),
    (
        "adds-a-compiler",
        [(r"(COPY --from=build .*)", r"\1\nRUN cp /usr/bin/id /usr/bin/x86_64-linux-gnu-gcc-14")],
        "",
        "contents",
        "holds no compiler",
    ),
    (
        "no-stages",
        [(r"AS deps", "AS fetch"), (r"FROM deps", "FROM fetch")],
        "",
        "build",
        "has the stages deps, test, build, final",
    ),
    (
        "test-skipped",
        [(r"FROM test AS build", "FROM deps AS build\nCOPY . .")],
        "",
        "build",
        "the image depends on the test stage",
    ),
    (
        "test-skipped",
        [(r"FROM test AS build", "FROM deps AS build\nCOPY . .")],
        "",
        "build",
        "a failing test leaves no image",
    ),
    ("test-ignored", [(r"unittest -v", "unittest -v || true")], "", "build", "a failing test leaves no image"),
    (
        "sources-first",
        [(r"COPY requirements.txt ./", "COPY . .")],
        "",
        "build",
        "a changed source line spoils no layer of deps",
    ),
    (
        "empty-deps",
        [(r"COPY requirements.txt ./\nRUN cp requirements.txt /installed\n", ""), (r"WORKDIR /src\n", "")],
        "",
        "build",
        "a changed source line spoils no layer of deps",
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
        "tests and builds with no network once deps is there",
    ),
    (
        "fetches-late",
        [(r"(RUN mkdir /out)", r"RUN grep -q eth0 /proc/net/dev\n\1")],
        "",
        "build",
        "tests and builds with no network once deps is there",
    ),
    (
        "ships-the-builder",
        [(r"FROM \S+ AS final\nCOPY .*", "FROM build AS final\nRUN cp /out/service.py /srv/")],
        "",
        "build",
        "the image is smaller than the stage that builds it",
    ),
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
    shown = {name for _, _, name in BROKEN_LINES} | {name for *_, name in BROKEN_DOCKERFILES}
    elsewhere = {"routes", "upstreams", "odd requests", "logs"}
    assert {check.name for check in good.checks if check.group not in elsewhere} - shown == set()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("line", "section", "name"), BROKEN_LINES, ids=[f"{b[0]}-{b[2]}" for b in BROKEN_LINES])
def test_a_broken_line_fails_its_check(line: str, section: str, name: str) -> None:
    tag = f"scaffold-e2e-broken:{line}"
    docker.build(BROKEN, tag=tag, options=[f"--build-arg=BREAK={line}"])
    try:
        _expect_failure(verify(BROKEN, image=tag, sections=_sections(section)), name)
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
    ("changes", "line", "section", "name"),
    [broken[1:] for broken in BROKEN_DOCKERFILES],
    ids=[f"{broken[0]}-{broken[4]}" for broken in BROKEN_DOCKERFILES],
)
def test_a_broken_dockerfile_fails_its_check(
    project: Path, changes: list[tuple[str, str]], line: str, section: str, name: str
) -> None:
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    for pattern, replacement in [*changes, (r"ARG BREAK=", f"ARG BREAK={line}")]:
        text, count = re.subn(pattern, replacement, text)
        assert count, pattern
    (project / "Dockerfile").write_text(text, encoding="utf-8")
    _expect_failure(verify(project, sections=_sections(section)), name)


def _sections(section: str) -> list[str]:
    """Return what to check: the language that it says, and the section; how it starts is always checked."""
    return ["routes"] if section == "hardening" else ["routes", section]


def _expect_failure(verification: Verification, name: str) -> None:
    failed = {check.name: check.reason for check in verification.checks if check.status is Status.FAILED}
    assert name in failed, failed
    assert failed[name]
    assert not verification.passed
