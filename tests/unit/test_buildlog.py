"""Reading what BuildKit prints."""

from __future__ import annotations

from scaffold.buildlog import BuildLog

PLAIN = """\
#0 building with "default" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s

#4 [deps 1/3] FROM docker.io/library/golang:1.27-trixie
#4 DONE 0.0s

#6 [deps 2/3] WORKDIR /src
#6 CACHED

#7 [deps 3/3] RUN go mod download
#7 0.399 go: no module dependencies to download
#7 DONE 1.6s

#8 [linux/amd64 test 1/1] RUN go test ./...
#8 5.516 --- FAIL: TestOrders (0.00s)
#8 5.517 FAIL
#8 ERROR: process "/bin/sh -c go test ./..." did not complete successfully: exit code: 1
------
 > [test 1/1] RUN go test ./...:
------
ERROR: failed to solve
"""


def read(text: str) -> BuildLog:
    log = BuildLog()
    for line in text.splitlines():
        log.feed(line)
    return log


def test_steps_have_stage_time_and_cache() -> None:
    steps = [(step.stage, step.command, step.seconds, step.cached) for step in read(PLAIN).of_stage("deps")]
    assert steps == [("deps", "WORKDIR /src", 0.0, True), ("deps", "RUN go mod download", 1.6, False)]


def test_the_failed_step_has_its_last_lines() -> None:
    failed = read(PLAIN).failed
    assert failed is not None
    assert failed.stage == "test"
    assert failed.output == ["--- FAIL: TestOrders (0.00s)", "FAIL"]
    assert "exit code: 1" in failed.error


def test_a_step_without_a_stage() -> None:
    log = read("#5 [2/3] RUN true\n#5 DONE 0.1s\n#6 [stage-1 3/3] COPY a b\n#6 CACHED")
    assert [(step.stage, step.cached) for step in log.steps] == [("", False), ("stage-1", True)]


def test_feed_tells_each_step_once() -> None:
    log = BuildLog()
    told = [step.command for line in PLAIN.splitlines() if (step := log.feed(line))]
    assert told[1:3] == ["WORKDIR /src", "RUN go mod download"]
    assert len(told) == 4


def test_the_steps_of_a_long_stage_are_set_flush() -> None:
    log = read("#6 [deps  2/12] COPY a /a\n#6 CACHED\n#7 [deps 10/12] RUN true\n#8 [ 3/10] RUN false")
    assert [(step.stage, step.command) for step in log.steps] == [
        ("deps", "COPY a /a"),
        ("deps", "RUN true"),
        ("", "RUN false"),
    ]


def test_the_only_stage_without_a_name() -> None:
    assert len(read("#5 [1/2] FROM a\n#6 [2/2] COPY a b\n#6 CACHED").of_stage("stage-0")) == 1
