"""What the Dockerfile promises: tests that gate the build, and layers that a changed source line does not spoil."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from scaffold import docker, dockerfile
from scaffold.buildlog import Step
from scaffold.contract.breaking import MARK, break_a_test, change_a_source_line, copy_context
from scaffold.contract.checks import Checklist, NotMetError, SkippedError, expect
from scaffold.contract.sandbox import Sandbox
from scaffold.docker_errors import BuildFailedError

_STAGES = ("deps", "test", "build", "final")


def check_building(
    checklist: Checklist, sandbox: Sandbox, project: Path, image: str, language: str, progress: Callable[[str], None]
) -> None:
    """Build changed copies of a project.

    Args:
        checklist: where the results go.
        sandbox: whose tags are removed at the end.
        project: the folder with the Dockerfile.
        image: the image that was built from it.
        language: what the service says it is written in.
        progress: told of each step of each build.
    """
    stages = dockerfile.read(project)
    final = stages.stages[-1].name
    needs = stages.needs(final)
    with checklist.check("build", f"has the stages {', '.join(_STAGES)}"):
        missing = [name for name in _STAGES if stages.stage(name) is None]
        expect(not missing, f"there is no stage {', '.join(missing)}")
    with checklist.check("build", "the image depends on the test stage"):
        expect(stages.stage("test"), "there is no stage test")
        expect("test" in needs, "no stage that the image needs refers to test, so the engine skips it")
    with tempfile.TemporaryDirectory(prefix="scaffold-verify-") as folder:
        with checklist.check("build", "a failing test leaves no image") as note:
            context = copy_context(project, Path(folder) / "broken")
            note.text = _expect_gate(context, language, progress)
        context, changed, deps = Path(folder) / "changed", "", ""
        with checklist.check("build", "a changed source line spoils no layer of deps") as note:
            expect(stages.stage("deps"), "there is no stage deps")
            copy_context(project, context)
            changed = _change_a_source_line(context, stages)
            deps = sandbox.tag("deps")
            steps = docker.build(context, target="deps", tag=deps, progress=progress).of_stage("deps")
            expect(steps, "the stage deps does nothing, so that every change fetches everything again")
            spoiled = [step.command for step in steps if not step.cached]
            expect(not spoiled, f"with {changed} changed it runs again: {spoiled[0][:80] if spoiled else ''}")
            note.text = f"{len(steps)} steps from the cache with {changed} changed"
        with checklist.check("build", "tests and builds with no network once deps is there") as note:
            if stages.stage("deps") and not changed:
                raise SkippedError("nothing could be changed, so that there is nothing to build again")
            expect(deps, "there is no image of the stage deps")
            _expect_offline(context, sandbox, deps, progress)
            note.text = f"with {changed} changed"
    _check_size(checklist, sandbox, project, stages, image, progress)


def _change_a_source_line(context: Path, stages: dockerfile.Dockerfile) -> str:
    """Change a line of a copy of a project; of a folder that deps copies whole, if it does: there it would hurt."""
    folders = [name for name in stages.copied_by("deps") if "*" in name or (context / name.lstrip("/")).is_dir()]
    with contextlib.suppress(SkippedError):
        return change_a_source_line(context, folders, or_add=False)
    return change_a_source_line(context, stages.copied(beyond="deps"))


def _expect_offline(context: Path, sandbox: Sandbox, deps: str, progress: Callable[[str], None]) -> None:
    """Build with no network on top of an image of the stage deps."""
    try:
        # The stage is replaced by what it made, so that nothing before it is even looked at. Its cache mounts are not
        # part of that: any other machine has them empty, and so has this build.
        log = docker.build(
            context,
            options=["--network=none", f"--build-arg=BUILDKIT_CACHE_MOUNT_NS={sandbox.cache_namespace()}"],
            contexts={"deps": f"docker-image://{deps}"},
            progress=progress,
        )
    except BuildFailedError as error:
        step = error.log.failed
        last = [line for line in step.output if line.strip()][-1:] if step else [error.message]
        raise NotMetError(f"stage {step.stage if step else '?'} failed: {''.join(last)[:160]}") from None
    rebuilt = [step for step in log.steps if not step.cached and not step.is_base]
    expect(rebuilt, "the change reaches no stage, so that nothing was built again")


def _expect_gate(context: Path, language: str, progress: Callable[[str], None]) -> str:
    """Break a test and build; return how that ended.

    Raises:
        NotMetError: there is an image all the same, or no test.
        SkippedError: there is no image, but nothing shows that it was for a test that ran: a formatter or a linter
            may have minded it before.
    """
    last = ""
    for swap_quotes in (False, True):
        broken = break_a_test(context, language, swap_quotes=swap_quotes)
        if broken is None:
            raise NotMetError("the project has no tests that this tool can find")
        name, prints_mark = broken
        step, output = _build_broken(context, name, progress)
        expect(step.stage == "test", f"{name} failed the stage {step.stage or '?'}, not test")
        if prints_mark and MARK in output:
            return f"{name} failed, and the stage test with it"
        if not prints_mark:
            raise SkippedError(
                f"the stage test failed with the text of {name} spoiled, as it would without running it: "
                "this tool can't write a test for the project that only fails"
            )
        last = next((line for line in reversed(step.output) if line.strip()), "")
    raise SkippedError(f"the stage test failed before it ran the test in {name}: {last[:160]}")


def _build_broken(context: Path, name: str, progress: Callable[[str], None]) -> tuple[Step, str]:
    """Build and return the step that failed, and all that was printed."""
    try:
        docker.build(context, progress=progress)
    except BuildFailedError as error:
        step = error.log.failed
        if step is None:
            raise NotMetError(f"the build failed, but at no step: {error.message}") from None
        return step, error.log.output
    raise NotMetError(f"with a failing test in {name} the image is built all the same")


def _check_size(
    checklist: Checklist,
    sandbox: Sandbox,
    project: Path,
    stages: dockerfile.Dockerfile,
    image: str,
    progress: Callable[[str], None],
) -> None:
    with checklist.check("build", "the image is smaller than the stage that builds it") as note:
        builder = stages.builder()
        if builder is None:
            raise NotMetError("the final stage copies from no other: what builds is shipped")
        tag = sandbox.tag("builder")
        docker.build(project, target=builder.name, tag=tag, progress=progress)
        sizes = [int(docker.inspect("image", name)["Size"]) for name in (image, tag)]
        text = f"{sizes[0] / 1e6:.1f} MB, the stage {builder.name} {sizes[1] / 1e6:.1f} MB"
        expect(sizes[0] < sizes[1], text)
        note.text = text
