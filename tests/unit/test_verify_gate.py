"""Whether a failing test leaves no image: told by the build of a broken copy, and never taken for granted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from scaffold import docker
from scaffold.buildlog import BuildLog
from scaffold.contract.breaking import MARK
from scaffold.contract.building import check_building
from scaffold.contract.checks import Check, Checklist, Status
from scaffold.contract.sandbox import Sandbox
from scaffold.docker_errors import build_failure

GATE = "a failing test leaves no image"
DOCKERFILE = """FROM a AS deps
COPY lock ./
FROM deps AS test
COPY . .
RUN test
FROM test AS build
FROM a AS final
COPY --from=build /out /
"""


def check(
    monkeypatch: pytest.MonkeyPatch, project: Path, language: str, printed: Sequence[str] | None, text: str = DOCKERFILE
) -> dict[str, Check]:
    """Check a project whose stage test prints that and fails; it does not mind the broken test where that is None."""

    def build(context: Path, **_: object) -> BuildLog:
        log = BuildLog()
        log.feed("#5 [deps 2/2] COPY lock ./")
        log.feed("#5 CACHED")
        if context.name == "broken" and printed is not None:
            log.feed("#7 [test 3/3] RUN test")
            for line in [*(f"1.0 {line}" for line in printed), "ERROR: exit code: 1"]:
                log.feed(f"#7 {line}")
            raise build_failure(log)
        return log

    (project / "Dockerfile").write_text(text, encoding="utf-8")
    (project / "lock").write_text("", encoding="utf-8")
    (project / "test_all.py").write_text("# Nobody else may ask for this one.\n", encoding="utf-8")
    monkeypatch.setattr(docker, "build", build)
    monkeypatch.setattr(docker, "inspect", lambda *_: {"Size": 1})
    checklist = Checklist()
    check_building(checklist, Sandbox(), project, "image", language, lambda _: None)
    return {check.name: check for check in checklist.checks}


def test_a_test_that_ran_and_failed_is_proof(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = check(monkeypatch, tmp_path, "python", [f"AssertionError: {MARK}"])
    assert (found[GATE].status, found[GATE].reason) == (
        Status.PASSED,
        "test_scaffold_verify.py failed, and the stage test with it",
    )


def test_what_fails_before_the_test_runs_proves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = check(monkeypatch, tmp_path, "python", ["I001 imports are not sorted"])
    assert (found[GATE].status, found[GATE].reason) == (
        Status.SKIPPED,
        "the stage test failed before it ran the test in test_scaffold_verify.py: I001 imports are not sorted",
    )


@pytest.mark.parametrize("language", ["kotlin", ""])
def test_a_test_that_is_spoiled_proves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str) -> None:
    """What can't be read stops a linter as well, and no test may ever be run."""
    found = check(monkeypatch, tmp_path, language, [f"SyntaxError: {MARK}"])
    assert found[GATE].status is Status.SKIPPED
    assert found[GATE].reason == (
        "the stage test failed with the text of test_all.py spoiled, as it would without running it: "
        "this tool can't write a test for the project that only fails"
    )


@pytest.mark.parametrize("language", ["python", "kotlin"])
def test_an_image_all_the_same_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str) -> None:
    found = check(monkeypatch, tmp_path, language, None)
    assert found[GATE].status is Status.FAILED
    assert found[GATE].reason.endswith("the image is built all the same")


def test_where_nothing_can_be_changed_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = check(monkeypatch, tmp_path, "python", None, DOCKERFILE.replace("COPY . .\n", ""))
    for name, reason in (
        ("a changed source line spoils no layer of deps", "the Dockerfile copies no source file that can be changed"),
        ("tests and builds with no network once deps is there", "nothing could be changed"),
    ):
        assert found[name].status is Status.SKIPPED
        assert found[name].reason.startswith(reason)
