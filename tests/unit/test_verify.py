"""`verify` and `image` before any engine is asked, and what they report."""

from __future__ import annotations

import errno
import http.client
import json
import time
from pathlib import Path

import pytest

from scaffold.contract.checks import Check, Checklist, Status, WaivedError, expect
from scaffold.contract.logs import check_logs
from scaffold.contract.neighbours import reachable_neighbours
from scaffold.contract.times import is_time
from scaffold.contract.upstreams import configuration
from scaffold.contract.wire import gives_away, status_of
from scaffold.docker_errors import EngineError
from scaffold.errors import DockerError, ProjectError
from scaffold.operations.image import ImageCost, StageCost, measure
from scaffold.operations.verify import Verification, verify


def test_a_folder_without_a_dockerfile(tmp_path: Path) -> None:
    for operation in (verify, measure):
        with pytest.raises(ProjectError, match="has no Dockerfile") as error:
            operation(tmp_path)
        assert "scaffold" in error.value.hint


def test_a_dockerfile_without_a_stage(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("# nothing\n", encoding="utf-8")
    for operation in (verify, measure):
        with pytest.raises(ProjectError, match="has no FROM"):
            operation(tmp_path)


def test_a_section_that_is_none_is_refused(tmp_path: Path) -> None:
    """It would check nothing, and so pass."""
    with pytest.raises(ValueError, match="there is no section helth"):
        verify(tmp_path, sections=["routes", "helth"])


def test_a_verification_as_json() -> None:
    checks = (
        Check("routes", "is there", Status.PASSED),
        Check("image", "holds no shell", Status.WAIVED, "sh comes with it"),
    )
    verification = Verification(".", checks, 1234, 5.67)
    assert (verification.passed, verification.proved) == (True, True)
    assert json.loads(json.dumps(verification.as_json())) == {
        "subject": ".",
        "passed": True,
        "proved": True,
        "size": 1234,
        "seconds": 5.7,
        "output": "",
        "checks": [
            {"group": "routes", "name": "is there", "status": "passed", "reason": ""},
            {"group": "image", "name": "holds no shell", "status": "waived", "reason": "sh comes with it"},
        ],
    }
    assert verification.count(Status.WAIVED) == verification.count("waived") == 1
    failed = Verification(".", (*checks, Check("a", "b", Status.FAILED, "c")), 1, 1)
    assert (failed.passed, failed.proved) == (False, False)


def test_what_is_not_checked_is_not_proved() -> None:
    checks = (Check("routes", "is there", Status.PASSED), Check("build", "gates", Status.SKIPPED, "can't be told"))
    verification = Verification(".", checks, 1234, 5.67)
    assert (verification.passed, verification.proved) == (True, False)
    assert [verification.as_json()[key] for key in ("passed", "proved")] == [True, False]


def test_a_checklist_records_what_came_of_each() -> None:
    told: list[str] = []
    checklist = Checklist(told.append)
    with checklist.check("a", "holds") as note:
        note.text = "measured"
    with checklist.check("a", "does not"):
        expect(False, "seen")
    with checklist.check("a", "need not"):
        raise WaivedError("excused")
    with checklist.check("a", "refuses"):
        raise ConnectionRefusedError("refused")
    with checklist.check("a", "talks nonsense"):
        raise http.client.BadStatusLine("what?")
    assert [(check.status.value, check.reason) for check in checklist.checks] == [
        ("passed", "measured"),
        ("failed", "seen"),
        ("waived", "excused"),
        ("failed", "no answer: refused"),
        ("failed", "no answer: what?"),
    ]
    assert told == ["a: holds", "a: does not", "a: need not", "a: refuses", "a: talks nonsense"]
    with checklist.check("a", "can't be started"):
        raise DockerError("docker refused: no such program")
    assert checklist.checks[-1].reason == "docker refused: no such program"
    with pytest.raises(EngineError), checklist.check("a", "has no engine"):
        raise EngineError("the Docker engine does not answer")
    with pytest.raises(RuntimeError), checklist.check("a", "is a bug"):
        raise RuntimeError


def test_an_image_s_cost_as_json() -> None:
    stages = (
        StageCost("deps", "golang", 700, 1.0, 3, 0),
        StageCost("build", "deps", 800, 2.0, 1, 0),
        StageCost("final", "scratch", 7, 0.5, 2, 1),
    )
    cost = ImageCost(stages, "build", 4.0)
    assert (cost.final_size, cost.builder_size) == (7, 800)
    unnamed = ImageCost((StageCost("stage-0", "golang", None, 1.0, 3, 0), stages[-1]), "stage-0", 4.0)
    assert (unnamed.builder_size, unnamed.as_json()["stages"][0]["size"]) == (0, None)
    assert cost.as_json()["stages"][2] == {
        "name": "final",
        "base": "scratch",
        "size": 7,
        "seconds": 0.5,
        "steps": 2,
        "cached": 1,
    }


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("2026-11-24T21:14:40Z", True),
        ("2026-11-24T21:14:40.855223444Z", True),
        ("2026-11-24T21:14:40.8+01:00", True),
        ("2026-11-24T21:14:40", False),
        ("2026-11-24 21:14:40+00:00", False),
        ("24/11/2026 21:14:40", False),
        (1764018880, False),
        (None, False),
    ],
)
def test_points_in_time(text: object, holds: bool) -> None:
    assert is_time(text) is holds


@pytest.mark.parametrize(
    "trace",
    [
        'Traceback (most recent call last):\n  File "x.py", line 1',
        "goroutine 1 [running]:\nmain.main()",
        "thread 'main' panicked at src/main.rs:1:2",
        'Exception in thread "main" java.lang.Error',
        "Error: no\n    at handle (/srv/server.js:12:3)",
        "TypeError\n  at com.example.App.main(App.java:12)",
        "#0 /srv/index.php(12): run()",
        "app.rb:12:in `call'",
        "   at App.Program.Main() in /src/Program.cs:line 12",
    ],
)
def test_knows_a_stack_trace(trace: str) -> None:
    assert gives_away(trace.encode())


@pytest.mark.parametrize("piece", [b"\n", b" ", b" at ((((", b"in `", b"#1", b"1.1"])
def test_looks_for_a_stack_trace_once(piece: bytes) -> None:
    began = time.process_time()
    assert not gives_away(b"\n   at " + piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 20, "it took the square of the size"


def test_an_error_is_no_stack_trace() -> None:
    assert not gives_away(b'{"error":"method not allowed at this path"}')


def test_reads_a_status() -> None:
    assert status_of(b"HTTP/1.1 404 Not Found\r\n\r\n") == 404
    assert status_of(b"what?") is None
    assert status_of(b"") is None


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), PermissionError(errno.EACCES, "Permission denied", "a")]
)
def test_what_is_wrong_with_this_machine_is_no_failed_check(error: OSError) -> None:
    checklist = Checklist()
    with pytest.raises(ProjectError, match="can't read or write"), checklist.check("build", "is built"):
        raise error
    assert checklist.checks == []


def test_a_line_of_the_log_ends_where_json_says() -> None:
    entry = {"time": "2026-11-25T00:00:00Z", "level": "info", "msg": "a\u2028b\u0085c", "path": "/x"}
    checklist = Checklist()
    check_logs(checklist, json.dumps(entry, ensure_ascii=False) + "\n", "/x", None)
    assert checklist.checks[0].status is Status.PASSED


def test_a_network_without_an_address_of_ours_takes_the_hosts_name() -> None:
    with reachable_neighbours("") as (neighbours, options):
        assert options == ["--add-host=host.docker.internal:host-gateway"]
        assert "//host.docker.internal:" in configuration(neighbours)
