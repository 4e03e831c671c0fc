"""What holds for every language's blueprint, one test a rule."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from scaffold.languages import FAMILIES, LANGUAGES
from scaffold.tree import Tree
from tests.blueprints.conftest import KEYS, render_folder
from tests.conftest import BLUEPRINTS
from tests.update.toys import git

STUBS = (
    ".copier-answers.yml.jinja",
    ".dockerignore.jinja",
    ".editorconfig.jinja",
    ".gitattributes.jinja",
    ".gitignore.jinja",
    "Dockerfile.jinja",
    "README.md.jinja",
    "compose.yaml.jinja",
    "{% if ci == 'github' %}.github{% endif %}/workflows/ci.yml.jinja",
    "{% if ci == 'gitlab' %}.gitlab-ci.yml{% endif %}.jinja",
)


def folder(language: str) -> Path:
    return BLUEPRINTS / LANGUAGES[language].family / language


@pytest.mark.parametrize("language", KEYS)
@pytest.mark.parametrize("stub", STUBS)
def test_every_language_has_every_stub(language: str, stub: str) -> None:
    assert (folder(language) / stub).is_file()


@pytest.mark.parametrize("stub", [s for s in STUBS if not re.search(r"Dockerfile|README|ignore|editorconfig", s)])
def test_a_plain_stub_is_one_include(stub: str) -> None:
    texts = {(folder(language) / stub).read_text() for language in KEYS}
    assert len(texts) == 1
    assert re.fullmatch(r'\{% include "common/[\w.-]+\.jinja" -%\}\n', texts.pop())


def test_the_table_says_what_the_questions_say() -> None:
    questions = {}
    for file in (BLUEPRINTS / "questions").glob("*.yml"):
        questions |= yaml.safe_load(file.read_text())
    assert set(questions["language"]["choices"].values()) == set(LANGUAGES)
    assert {language.family for language in LANGUAGES.values()} == set(FAMILIES)
    for language in KEYS:
        dockerfile = render_folder(language).tree["Dockerfile"].data.decode()
        assert f"\nARG RUNTIME_IMAGE={LANGUAGES[language].runtime_image}\n" in dockerfile
        assert dockerfile.startswith(f"ARG BUILDER_IMAGE={LANGUAGES[language].builder_image}\n")


def test_every_language_of_the_table_has_a_blueprint() -> None:
    assert set(KEYS) == set(LANGUAGES)


@pytest.mark.parametrize("language", KEYS)
def test_every_question_has_a_default_a_help_and_a_validator(language: str) -> None:
    for file in (BLUEPRINTS / "questions").glob("*.yml"):
        for name, question in yaml.safe_load(file.read_text()).items():
            assert "default" in question, name
            if question.get("when") is False:
                continue
            assert question["help"], name
            assert question["type"] == "bool" or "choices" in question or question["validator"], name
    assert LANGUAGES[language].markers[0] in render_folder(language).tree


@pytest.mark.parametrize("language", KEYS)
def test_no_template_artefact_is_left(language: str) -> None:
    for path, entry in render_folder(language).tree.items():
        text = entry.data.decode()
        assert not path.endswith(".jinja"), path
        # GitHub's own ${{ }} is no artefact; nothing else that looks like Jinja may stay.
        assert not re.search(r"\{%|%\}|(?<!\$)\{\{ |cookiecutter|copier_", text), path
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\n\n\n" not in text or path.endswith(".py"), path
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), path


@pytest.mark.parametrize("language", KEYS)
def test_dockerfile_stages(language: str) -> None:
    lines = render_folder(language).tree["Dockerfile"].data.decode().splitlines()
    stages = [line.split()[-1] for line in lines if line.startswith("FROM ")]
    assert stages == ["deps", "test", "build", "final"]
    for number, line in enumerate(lines):
        if line.startswith("FROM "):
            above = lines[:number][::-1]
            comment = [text for text in above[: next(i for i, text in enumerate(above) if not text.startswith("#"))]]
            assert comment, f"no comment above {line}"
            assert comment[-1].startswith(f"# {line.split()[-1]}: ")
    text = "\n".join(lines)
    assert "# syntax=" not in text
    assert re.search(r"^ENTRYPOINT \[", text, re.MULTILINE)
    assert re.search(r"^USER 65532:65532$", text, re.MULTILINE)
    assert re.search(r"^FROM test AS build|--from=test", text, re.MULTILINE), "the build does not wait for the tests"


@pytest.mark.parametrize("language", KEYS)
def test_hadolint(language: str, tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_bytes(render_folder(language).tree["Dockerfile"].data)
    # DL3057, a missing HEALTHCHECK, is off unless it is asked for.
    command = ["hadolint", "--no-color", "--failure-threshold", "info", "--warning", "DL3057", str(file)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.parametrize("language", KEYS)
def test_compose_is_hardened(language: str) -> None:
    compose = yaml.safe_load(render_folder(language, network="platform").tree["compose.yaml"].data)
    service = compose["services"]["orders"]
    assert compose["name"] == "orders"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]
    assert service["init"] is True
    assert service["restart"] == "unless-stopped"
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert {"mem_limit", "pids_limit", "cpus"} <= service.keys()
    assert service["develop"]["watch"]
    assert compose["networks"] == {"platform": {"name": "platform", "external": True}}


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize("language", KEYS)
def test_ci_builds_the_image_and_checks_its_health(language: str, ci: str) -> None:
    tree = render_folder(language, ci=ci, network="platform").tree
    path = {"github": ".github/workflows/ci.yml", "gitlab": ".gitlab-ci.yml"}[ci]
    document = yaml.safe_load(tree[path].data)
    # What GitLab reads as a setting of all jobs, and so as no job: its documentation, "Job names".
    assert not {"image", "services", "cache", "before_script", "after_script", "pages"} & document.keys()
    workflow = json.dumps(document)
    assert "docker compose up --build --wait" in workflow
    assert "docker network create platform" in workflow
    assert {".github/workflows/ci.yml", ".gitlab-ci.yml"} & set(tree) == {path}


@pytest.mark.parametrize("language", KEYS)
def test_a_description_of_plain_words_is_written_as_each_format_wants_it(language: str) -> None:
    tree = render_folder(language, description="Bücher & more, customers' own").tree
    for path, entry in tree.items():
        if path.endswith((".xml", ".csproj")):
            ElementTree.fromstring(entry.data)
            assert b"&amp; more" in entry.data or b"more" not in entry.data, path
    for path in ("package.json", "pyproject.toml", "Cargo.toml"):
        if path in tree:
            text = tree[path].data.decode()
            data = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
            found = data.get("description") or (data.get("project") or data.get("package"))["description"]
            assert found == "Bücher & more, customers' own"


@pytest.mark.parametrize("language", KEYS)
def test_line_ends_are_those_of_the_image_on_every_machine(language: str, tmp_path: Path) -> None:
    """A clone by a git that makes CRLF of them, as on Windows, has the very same files."""
    tree = render_folder(language).tree
    tree.write(tmp_path / "made")
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "first"]):
        git(tmp_path / "made", *arguments)
    git(tmp_path, "-c", "core.autocrlf=true", "clone", "--quiet", "made", "cloned")
    assert Tree.read(tmp_path / "cloned", set(tree)) == tree


@pytest.mark.parametrize("name", ["time", "image", "std", "main"])
def test_the_module_of_a_go_service_is_none_of_the_standard_librarys(name: str) -> None:
    """Go keeps paths without a dot in their first part to itself: `go help packages`."""
    first = render_folder("go", name=name).tree["go.mod"].data.decode().splitlines()[0]
    assert first == f"module example.com/{name}"
