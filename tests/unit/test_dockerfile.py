"""The stage graph of a Dockerfile."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffold.dockerfile import parse, read
from scaffold.errors import ProjectError

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
    assert parsed.needs("stage-1") == {"stage-1", "test"}


def test_a_stage_by_its_number() -> None:
    assert parse("FROM a\nFROM b\nCOPY --from=0 /x /x\n").needs("stage-1") == {"stage-0", "stage-1"}


def test_an_argument_with_a_default_in_place() -> None:
    assert parse("FROM ${IMAGE:-alpine:3}\n").stages[0].base == "alpine:3"


def test_a_heredoc_is_no_instruction() -> None:
    parsed = parse("FROM a AS one\nCOPY <<EOF /x\nFROM b AS two\nEOF\nFROM c AS three\n")
    assert [stage.name for stage in parsed.stages] == ["one", "three"]


def test_one_stage_has_no_builder() -> None:
    assert parse("FROM a\nCOPY . .\n").builder() is None
    assert parse("").builder() is None


@pytest.mark.parametrize(
    "line",
    [
        "RUN echo $((1<<4))",
        "RUN cat <<<word",
        "ENV FRAME=<<EOF",
        "LABEL title=1 <<EOF",
        'RUN echo "a << b"',
    ],
)
def test_what_only_looks_like_a_heredoc(line: str) -> None:
    parsed = parse(f"FROM a AS one\n{line}\nFROM b AS two\n")
    assert [stage.name for stage in parsed.stages] == ["one", "two"]


@pytest.mark.parametrize(
    ("begin", "end"),
    [("<<EOF", "EOF"), ("<<'EOF'", "EOF"), ('3<<"EOF"', "EOF"), ("<<-EOF", "\t\tEOF"), ("<<A <<B", "A\nFROM x\nB")],
)
def test_heredocs(begin: str, end: str) -> None:
    parsed = parse(f"FROM a AS one\nRUN cat {begin} >x\nFROM b AS two\n{end}\nFROM c AS three\n")
    assert [stage.name for stage in parsed.stages] == ["one", "three"]


def test_a_stage_without_a_name_has_the_engine_s() -> None:
    named = [(stage.name, stage.named) for stage in parse("FROM a\nFROM b AS two\nFROM c\n").stages]
    assert named == [("stage-0", False), ("two", True), ("stage-2", False)]


@pytest.mark.parametrize(
    ("text", "builder"),
    [
        ("FROM a AS build\nFROM scratch AS runtime\nFROM runtime AS final\nCOPY --from=build /x /x\n", "build"),
        ("FROM a AS build\nFROM b AS runtime\nCOPY --from=build /x /x\nFROM runtime AS final\nUSER 1\n", "build"),
        ("FROM a AS deps\nFROM deps AS build\nFROM build AS final\nRUN true\n", "build"),
        ("FROM a AS deps\nFROM b AS build\nCOPY --from=deps /x /\nFROM build AS final\nRUN true\n", "build"),
        ("FROM a AS first\nFROM first\nRUN true\n", "first"),
        ("FROM a AS assets\nFROM b AS build\nFROM c\nCOPY --from=build /x /\nCOPY --from=assets /y /\n", "build"),
    ],
)
def test_the_builder_is_what_is_copied_from(text: str, builder: str) -> None:
    found = parse(text).builder()
    assert found is not None
    assert found.name == builder


def test_the_base_of_the_image_and_its_argument() -> None:
    root = parse(FOUR_STAGES).root()
    assert (root.name, root.base, root.base_argument) == ("final", "scratch", "RUNTIME_IMAGE")
    root = parse("FROM python:3 AS runtime\nFROM runtime\n").root()
    assert (root.name, root.base, root.base_argument) == ("runtime", "python:3", "")


def test_what_comes_from_the_build_context() -> None:
    text = """\
FROM a AS deps
COPY go.mod go.sum* ./
FROM deps AS test
COPY --chown=1:1 --link src/ ./src/
ADD ["my tests", "/tests"]
RUN --mount=type=bind,source=tools,target=/tools --mount=type=bind,from=deps,target=/d --mount=type=cache,target=/c x
COPY <<EOF /file
COPY nothing .
EOF
FROM b AS other
COPY docs .
FROM c
COPY --from=test /out /
COPY ${EXTRA}/conf /
"""
    assert parse(text).copied(beyond="deps") == ("src/", "my tests", "tools", "*/conf")
    assert parse(text).copied(beyond="none of that name") == (
        "go.mod",
        "go.sum*",
        "src/",
        "my tests",
        "tools",
        "*/conf",
    )


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfFROM a AS one\n", b"# gr\xfc\xdfe\nFROM a AS one\n", b"FROM a AS one\r\nRUN true\r\n"],
    ids=["byte order mark", "Latin-1", "CRLF"],
)
def test_reads_a_file_in_any_encoding(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Dockerfile").write_bytes(content)
    assert [stage.name for stage in read(tmp_path).stages] == ["one"]


def test_a_folder_without_one_and_one_without_a_stage(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="has no Dockerfile"):
        read(tmp_path)
    (tmp_path / "Dockerfile").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(ProjectError, match="has no FROM"):
        read(tmp_path)


def test_what_parts_words_and_lines_is_the_engines_own() -> None:
    text = "ARG V=3.14\nARG R=python:${V}-slim\nFROM\t$R AS deps\nFROM deps\nCOPY a \\\n\n  # b\n  --from=deps c d\n"
    deps, last = parse(text).stages
    assert (deps.base, last.copied) == ("python:3.14-slim", ("a", "--from=deps", "c"))


def test_a_flag_of_a_program_is_no_source() -> None:
    stages = parse("FROM a AS test\nFROM b\nRUN uvx --from=test tool\nCOPY --chown=0:0 --from=test x y\nRUN x").stages
    assert stages[1].sources == {"test"}
    assert parse("FROM a AS test\nFROM b\nRUN uvx --from=test tool\n").stages[1].sources == set()


def test_what_a_stage_copies_and_all_that_it_needs() -> None:
    text = "FROM a AS deps\nCOPY go.mod .\nFROM deps AS test\nCOPY . .\nFROM b\nCOPY c d\n"
    assert parse(text).copied_by("test") == ("go.mod", ".")
