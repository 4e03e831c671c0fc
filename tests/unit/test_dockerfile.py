"""The stage graph of a Dockerfile."""

from __future__ import annotations

from scaffold.dockerfile import parse

FOUR_STAGES = """\
# syntax is the engine's own
ARG BUILDER_IMAGE=golang:1.27-trixie
ARG RUNTIME_IMAGE="scratch"

FROM --platform=$BUILDPLATFORM ${BUILDER_IMAGE} AS deps
FROM deps AS Test
COPY . .
RUN --mount=type=cache,target=/root/.cache \\
    # a comment in between
    go test ./...
FROM deps as build
COPY --from=test /passed /passed
FROM ${RUNTIME_IMAGE} AS final
COPY --from=build /out/service /service
"""


def test_stages_and_what_they_start_from() -> None:
    stages = parse(FOUR_STAGES).stages
    assert [(stage.name, stage.base) for stage in stages] == [
        ("deps", "golang:1.27-trixie"),
        ("test", "deps"),
        ("build", "deps"),
        ("final", "scratch"),
    ]


def test_needs_follows_from_and_copy() -> None:
    parsed = parse(FOUR_STAGES)
    assert parsed.needs("final") == {"final", "build", "test", "deps"}
    assert parsed.needs("test") == {"test", "deps"}
    builder = parsed.builder()
    assert builder is not None
    assert builder.name == "build"


def test_a_test_stage_that_nobody_needs() -> None:
    parsed = parse(FOUR_STAGES.replace("COPY --from=test /passed /passed\n", ""))
    assert "test" not in parsed.needs("final")


def test_a_mounted_stage_is_needed() -> None:
    parsed = parse("FROM a AS test\nFROM b\nRUN --mount=type=bind,from=test,target=/t true\n")
    assert parsed.needs("1") == {"1", "test"}


def test_a_stage_by_its_number() -> None:
    assert parse("FROM a\nFROM b\nCOPY --from=0 /x /x\n").needs("1") == {"0", "1"}


def test_an_argument_with_a_default_in_place() -> None:
    assert parse("FROM ${IMAGE:-alpine:3}\n").stages[0].base == "alpine:3"


def test_a_heredoc_is_no_instruction() -> None:
    parsed = parse("FROM a AS one\nCOPY <<EOF /x\nFROM b AS two\nEOF\nFROM c AS three\n")
    assert [stage.name for stage in parsed.stages] == ["one", "three"]


def test_one_stage_has_no_builder() -> None:
    assert parse("FROM a\nCOPY . .\n").builder() is None
    assert parse("").builder() is None
