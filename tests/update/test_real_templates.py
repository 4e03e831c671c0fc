"""Real blueprints, written by nobody here: from one of their releases to a later one, with edits, and none is lost.

They are not part of this repository. `SCAFFOLD_TEMPLATES` names a folder with git directories of them, each at or
below `OWNER+NAME`; what is not there is skipped.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import copier
import plumbum
import pytest

from tests.conftest import Ran, Run
from tests.update.toys import File, Outcome, Project, git, put, snapshot

pytestmark = [
    pytest.mark.exhaustive,
    # What Copier and Python have against old templates.
    pytest.mark.filterwarnings("ignore"),
]

TEMPLATES = os.environ.get("SCAFFOLD_TEMPLATES")


@dataclass(frozen=True)
class Case:
    """A template, two of its releases, and files of it that typical edits are made to.

    Attributes:
        template: `owner/name`.
        old, new: tags.
        answers: for the old release.
        more: answers that the new one wants besides, or takes no more as they were.
        trust: whether it runs code.
        needs: a module that this code imports.
        edited: files that the new release changes, moves or takes away, and that get a line more at their end.
        topped: files of which the first line is another, as of a README that starts with what it is about.
        deleted: files that the user deleted.
        moved: a file that the user moved, and edited there.
        taken: a file that the new release adds, and that the user has made.
    """

    template: str
    old: str
    new: str
    answers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    trust: bool = False
    needs: str = ""
    edited: Sequence[str] = ()
    topped: Sequence[str] = ()
    deleted: Sequence[str] = ()
    moved: str = ""
    taken: str = ""

    @property
    def name(self) -> str:
        return f"{self.template} {self.old} {self.new}"


PERSON = {"author_name": "Tess Tester", "author_email": "tess@example.com"}
ENV = ".algokit/generators/create_env_file/"
CASES = [
    # Plain: questions and files.
    Case(
        "superlinear-ai/substrate",
        *("v1.0.0", "v2.1.0"),
        {"project_name": "Toy", "project_description": "A toy.", "project_url": "https://example.com/toy", **PERSON},
        edited=["Dockerfile", ".gitignore", "pyproject.toml"],
        topped=["README.md"],
        deleted=[".devcontainer/devcontainer.json"],
        moved="docker-compose.yml",
        taken="docs/index.md",
    ),
    # Answers that no choice fits any more; links in the template; the old release has tasks.
    Case(
        "Quantco/copier-template-python-open-source",
        *("v0.2.1", "v0.5.2"),
        {"project_slug": "toy", "project_short_description": "A toy", "github_user": "tess", **PERSON},
        more={"minimal_python_version": "py310"},
        trust=True,
        edited=[".gitignore", ".pre-commit-config.yaml"],
        topped=["README.md"],
        deleted=["pyproject.toml"],
    ),
    # Questions that came, changed their type and went.
    Case(
        "OCA/oca-addons-repo-template",
        *("v1.16.0", "v1.40"),
        {"repo_slug": "toys", "repo_name": "toys", "repo_description": "Toys"},
        trust=True,
        edited=[".pylintrc", ".github/workflows/test.yml"],
        topped=["README.md", ".gitignore"],
        deleted=[".github/workflows/stale.yml", ".editorconfig"],
        moved=".pylintrc-mandatory",
        taken=".gitattributes",
    ),
    # Files that the template leaves alone once they exist, and others that it moves; tasks in the old release.
    Case(
        "lincc-frameworks/python-project-template",
        *("v1.3.0", "v1.4.4"),
        {"project_name": "toy"},
        trust=True,
        edited=[".gitignore", ".pre-commit-config.yaml"],
        topped=["README.md"],
        deleted=["pyproject.toml"],
    ),
    # Three releases' tasks and migrations; files and folders that went.
    Case(
        "DiamondLightSource/python-copier-template",
        *("2.0.0", "5.3.0"),
        {"package_name": "toy", "description": "A toy", "git_platform": "github.com", "docker": "no", **PERSON}
        | {"docs_type": "README", "type_checker": "pyright", "pypi": "no"},
        more={"component_owner": "group:default/toys"},
        trust=True,
        edited=[".github/dependabot.yml", ".github/workflows/ci.yml", "src/toy/__main__.py"],
        topped=["README.md", "pyproject.toml"],
        deleted=[".github/workflows/_check.yml", ".github/workflows/_tox.yml"],
        moved="tests/conftest.py",
        taken="renovate.json",
    ),
    # An answers file of the template's own name.
    Case(
        "copier-org/autopretty",
        *("v0.1.0", "v0.4.1"),
        trust=True,
        edited=[".pre-commit-config.yaml"],
        topped=[".editorconfig"],
    ),
    # Marks of its own for Jinja, and a short way from one release to the next.
    Case(
        "lukin0110/poetry-copier",
        *("v0.2.0", "v0.4.3"),
        {"description": "A toy", "repository_url": "https://github.com/tess/toy/"},
        edited=["pyproject.toml", "Dockerfile"],
        topped=[".gitignore", "docker-compose.yml"],
        deleted=[".python-version", ".github/workflows/publish.yml"],
        moved=".github/workflows/test.yml",
    ),
    # The answers file moves, and half of the files with it.
    Case(
        "trallnag/copier-template-ansible-role",
        *("v1", "v20"),
        {"role_name": "toy"},
        edited=["CONTRIBUTING.md", "DEVELOPMENT.md", "tasks/main.yml", "Taskfile.yaml"],
        topped=["README.md", "RELEASE.md"],
        deleted=["NOTICE", "LICENSE", "docs/README.md"],
        moved="meta/main.yml",
        taken="Justfile",
    ),
    # Templates within the template: Jinja in the names of the project's own files.
    Case(
        "algorandfoundation/algokit-python-template",
        *("1.2.0", "1.4.3"),
        {"project_name": "Toy"},
        edited=[
            "smart_contracts/helpers/deploy.py",
            ENV + "{% if use_generic_env %}.env.j2{% endif %}",
            ENV + "{% if not use_generic_env and target_network == 'localnet' %}.env.localnet.j2{% endif %}",
        ],
        topped=["README.md", ENV + "copier.yaml"],
        deleted=["smart_contracts/helpers/util.py", "smart_contracts/config.py", ".gitignore"],
        moved="smart_contracts/__main__.py",
        taken="smart_contracts/_helpers/__init__.py",
    ),
    # An extension in the template itself, files that are kept, and an answer that is spelt anew.
    Case(
        "pawamoy/copier-uv",
        *("0.1.0", "1.12.0"),
        {"project_name": "Toy", "project_description": "A toy."},
        more={"copyright_license": "ISC"},
        trust=True,
        needs="copier_templates_extensions",
        edited=["duties.py", "Makefile", "mkdocs.yml"],
        topped=["README.md", "pyproject.toml"],
        deleted=["CHANGELOG.md"],
    ),
    # A template of Cookiecutter's that is Copier's as well, with a space in a folder's name.
    Case(
        "scientific-python/cookie",
        *("2024.08.19", "2026.06.18"),
        {"project_name": "a toy", "org": "toys", "url": "https://github.com/toys/toy", "full_name": "Tess Tester"}
        | {"email": "tess@example.com", "license": "MIT", "backend": "hatch", "vcs": "yes"},
        more={"docs": "sphinx"},
        trust=True,
        needs="copier_templates_extensions",
        edited=["src/a toy/__init__.py", "noxfile.py"],
        topped=["README.md"],
        deleted=[".github/dependabot.yml"],
        moved="docs/conf.py",
    ),
    # Tasks that make a repository, and remove the script that they are.
    Case(
        "KyleKing/calcipy_template",
        *("1.6.15", "1.9.11"),
        {"project_name": "toy", "project_description": "A toy.", "install_extras": ""},
        trust=True,
        edited=[".github/codeql-config.yml", "pyproject.toml", "docs/README.md"],
        topped=["README.md", "mkdocs.yml"],
        deleted=[".flake8", ".github/workflows/codeql-analysis.yml"],
        moved="docs/docs/STYLE_GUIDE.md",
    ),
]


def find(template: str) -> Path:
    """Find the git directory of a template, or skip the test."""
    if not TEMPLATES:
        pytest.skip("SCAFFOLD_TEMPLATES names no folder with git directories of real templates")
    top = Path(TEMPLATES) / template.replace("/", "+")
    for folder in (top, top.with_name(f"{top.name}.git"), *sorted(top.glob("*"))):
        for place in (folder, folder / ".git"):
            if (place / "HEAD").is_file() and (place / "objects").is_dir():
                return place
    pytest.skip(f"there is no git directory {top.name!r} in SCAFFOLD_TEMPLATES")


@dataclass(frozen=True)
class Real:
    """A real template on the day of its new release, and a project that was made of its old one."""

    case: Case
    project: Project

    def update(self) -> Outcome:
        more = [part for key, value in self.case.more.items() for part in ("--data", f"{key}={value}")]
        return self.project.update(*more)


@pytest.fixture(params=CASES, ids=[case.name for case in CASES])
def real(request: pytest.FixtureRequest, tmp_path: Path, scaffold: Run, work: Path) -> Real:
    case: Case = request.param
    if case.needs and not importlib.util.find_spec(case.needs):
        pytest.skip(f"{case.needs!r} is not installed, which the template imports")
    # No release but these two: the newer ones, on which a project would end, and the older ones, which nobody is on.
    source, blueprint = find(case.template), tmp_path / "blueprint.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", blueprint)
    for tag in (case.old, case.new):
        if not git(source, "tag", "--list", tag):
            pytest.skip(f"{case.template} has no release {tag!r} in SCAFFOLD_TEMPLATES")
        git(
            blueprint, "fetch", "--quiet", "--no-tags", "--depth=1", source.as_uri(), f"refs/tags/{tag}:refs/tags/{tag}"
        )
    git(blueprint, "update-ref", "refs/heads/main", f"{case.new}^{{commit}}")

    def run(*arguments: str | Path) -> Ran:
        return scaffold(*arguments, *(["--trust"] if case.trust else []))

    answers = [part for key, value in case.answers.items() for part in ("--data", f"{key}={value}")]
    ran = run("new", "toy", "--blueprint", f"{blueprint}@{case.old}", *answers)
    assert ran.code == 0, ran.stderr
    project = Project(work / "toy", run)
    assert git(project.path, "status", "--porcelain") == "", "the first commit lacks something"
    return Real(case, project)


def test_what_nobody_edited_becomes_what_copier_makes_of_it(real: Real, tmp_path: Path) -> None:
    copy = shutil.copytree(real.project.path, tmp_path / "copy" / "toy", symlinks=True)
    done = real.update()
    assert done.document["conflicts"] == []
    assert {"added", "updated", "renamed", "deleted", "kept"}.issuperset(done.files.values())
    with plumbum.local.env(HOME=os.environ["HOME"], GIT_CONFIG_NOSYSTEM="1"):
        copier.run_update(
            *(copy, {**real.case.more}),
            answers_file=find_answers(copy),
            vcs_ref=real.case.new,
            defaults=True,
            overwrite=True,
            quiet=True,
            unsafe=real.case.trust,
        )
    ours, theirs = tracked(real.project.path), tracked(copy)
    # Told where the answers are, Copier leaves them there although the new release has another name for the file.
    assert ours.pop(find_answers(real.project.path)) == theirs.pop(find_answers(copy))
    assert ours == theirs


def tracked(folder: Path) -> dict[str, tuple[int, bytes]]:
    """The files that git does not ignore: what tasks build and cache is no part of a project."""
    listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return {name: file for name, file in snapshot(folder).items() if name in listed}


def find_answers(folder: Path) -> str:
    return next(path.name for path in folder.glob(".copier-answers*"))


def test_typical_edits_survive(real: Real) -> None:
    case, project = real.case, real.project
    lines = edit(case, project)
    own = {name: project.read(name) for name in ("own/notes.md", "zz own ü.txt")}
    done = real.update()
    check_kept(project, done, lines)
    assert {name: project.read(name) for name in own} == own
    check_told(case, done)
    assert [name for name in (*case.deleted, case.moved) if name and project.has(name)] == [], "it came back"


def edit(case: Case, project: Project) -> dict[str, str]:
    """Make the edits of a case and commit them; return the lines that are the user's, and where they were put."""
    put(project.path, {"own/notes.md": "mine\n", "zz own ü.txt": "mine\n", **dict.fromkeys(case.deleted)})
    lines = {}
    if case.moved:
        project.git("mv", case.moved, f"own/{Path(case.moved).name}")
    for number, name in enumerate((*case.edited, *([f"own/{Path(case.moved).name}"] if case.moved else []))):
        lines[f"my line {number} at the end"] = name
        write(project, name, project.read(name).rstrip("\n") + f"\nmy line {number} at the end\n")
    for number, name in enumerate(case.topped):
        lines[f"my line {number} at the top"] = name
        write(project, name, f"my line {number} at the top\n" + project.read(name).partition("\n")[2])
    if case.taken:
        lines["my own file"] = case.taken
        write(project, case.taken, "my own file\n")
    project.commit()
    return lines


def write(project: Project, name: str, text: str) -> None:
    path = project.path / name
    put(project.path, {name: File(text, executable=path.exists() and os.access(path, os.X_OK))})


def check_kept(project: Project, done: Outcome, lines: Mapping[str, str]) -> None:
    """Hold that each line of the user's is in the project, or for git's index one side of a conflict that was told."""
    texts = [data.decode("utf-8", "replace") for _, data in snapshot(project.path).values()]
    texts += [project.git("show", f":2:{path}", check=False) for path in done.document["conflicts"]]
    there = {line for text in texts for line in text.splitlines()}
    assert {line: name for line, name in lines.items() if line not in there} == {}


def check_told(case: Case, done: Outcome) -> None:
    """Hold that what is said of each file is so."""
    edited, touched = {*case.edited, *case.topped}, {*case.deleted, case.moved}
    for file in done.document["files"]:
        names = {file["path"], file["old_path"]}
        if file["outcome"] == "kept deleted":
            assert names & touched, file
        if "you never edited it" in file["reason"]:
            assert not names & (edited | touched), file
        if file["reason"].startswith("you edited it"):
            assert names & edited or case.moved, file
    told = {name for file in done.document["files"] for name in (file["path"], file["old_path"])}
    assert edited <= told, "an edit to what the release changes is not spoken of"
