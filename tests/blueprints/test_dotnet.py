"""What can be known of the .NET blueprint without an SDK: NuGet and the base images are out of reach here."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from xml.etree import ElementTree

import pytest

from scaffold.tree import Tree
from tests.blueprints.conftest import render_folder

SERVICE = "src/Service/Service.csproj"
TESTS = "tests/Service.Tests/Service.Tests.csproj"
XML = ("service.slnx", "Directory.Build.props", "Directory.Packages.props", SERVICE, TESTS)


@pytest.fixture(scope="session")
def tree() -> Tree:
    return render_folder("dotnet", description="Bücher: über 100 Stück (täglich)!").tree


def text(tree: Tree, path: str) -> str:
    return tree[path].data.decode()


def xml(tree: Tree, path: str) -> ElementTree.Element:
    return ElementTree.fromstring(text(tree, path))


def sources(tree: Tree, folder: str) -> dict[str, str]:
    return {path: text(tree, path) for path in tree if path.startswith(folder) and path.endswith(".cs")}


@pytest.mark.parametrize("path", XML)
def test_project_files_are_xml(tree: Tree, path: str) -> None:
    assert xml(tree, path).tag in ("Project", "Solution")


def test_the_description_is_in_the_project(tree: Tree) -> None:
    assert xml(tree, SERVICE).findtext(".//Description") == "Bücher: über 100 Stück (täglich)!"


def test_the_solution_has_every_project(tree: Tree) -> None:
    listed = {project.get("Path") for project in xml(tree, "service.slnx").iter("Project")}
    assert listed == {path for path in tree if path.endswith(".csproj")} == {SERVICE, TESTS}


def test_the_tests_refer_to_the_service(tree: Tree) -> None:
    reference = xml(tree, TESTS).find(".//ProjectReference")
    assert reference is not None
    assert reference.get("Include", "").replace("../../", "") == SERVICE
    friend = xml(tree, SERVICE).find(".//InternalsVisibleTo")
    assert friend is not None
    assert friend.get("Include") == PurePosixPath(TESTS).stem


def test_every_package_has_one_exact_version(tree: Tree) -> None:
    packages = xml(tree, "Directory.Packages.props")
    assert packages.findtext(".//ManagePackageVersionsCentrally") == "true"
    versions = {package.get("Include"): package.get("Version", "") for package in packages.iter("PackageVersion")}
    used = [reference for path in (SERVICE, TESTS) for reference in xml(tree, path).iter("PackageReference")]
    assert {reference.get("Include") for reference in used} == set(versions)
    assert not [reference for reference in used if reference.get("Version")]
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\]", version) for version in versions.values())


def test_the_service_itself_needs_no_package(tree: Tree) -> None:
    assert xml(tree, SERVICE).find(".//PackageReference") is None


def test_a_native_binary_that_no_warning_gets_into(tree: Tree) -> None:
    assert xml(tree, SERVICE).findtext(".//PublishAot") == "true"
    properties = xml(tree, "Directory.Build.props")
    assert properties.findtext(".//TargetFramework") == "net10.0"
    assert properties.findtext(".//TreatWarningsAsErrors") == "true"
    assert properties.findtext(".//Nullable") == "enable"


def test_the_runner_is_the_one_that_xunit_comes_with(tree: Tree) -> None:
    settings = json.loads(text(tree, "global.json"))
    assert settings["test"]["runner"] == "Microsoft.Testing.Platform"
    assert settings["sdk"]["version"].startswith("10.0.")


def test_what_the_dockerfile_copies_and_runs_is_there(tree: Tree) -> None:
    dockerfile = text(tree, "Dockerfile")
    binary = xml(tree, SERVICE).findtext(".//AssemblyName")
    assert f"COPY --from=build /out/{binary} /service" in dockerfile
    for sources_, target in re.findall(r"^COPY (?!--from)(.+) (\S+)$", dockerfile, re.MULTILINE):
        for pattern in sources_.split():
            assert pattern == "." or any(PurePosixPath(path).match(pattern) for path in tree), (pattern, target)
    assert "dotnet format --verify-no-changes" in dockerfile
    assert "dotnet test" in dockerfile
    # The formatter reads .editorconfig, so the build needs it: the common list leaves it out.
    ignored = text(tree, ".dockerignore").splitlines()
    assert ignored.index("!.editorconfig") > ignored.index(".editorconfig")


def test_every_route_and_variable_of_the_contract(tree: Tree) -> None:
    routes = text(tree, "src/Service/Routes.cs")
    assert set(re.findall(r'MapMethods\("([^"]+)", Read,', routes)) == {"/", "/healthz", "/upstreams"}
    assert '["GET", "HEAD"]' in routes
    config = text(tree, "src/Service/Config.cs")
    assert set(re.findall(r'Value\("([A-Z_]+)"', config)) == {"PORT", "SERVICE_NAME", "SERVICE_VERSION", "UPSTREAMS"}
    assert '"dotnet"' in routes
    assert '["healthcheck"]' in text(tree, "src/Service/Program.cs")


def test_every_body_is_compiled_into_the_binary(tree: Tree) -> None:
    """What the JSON source generator is told of, against what the code asks it for: a gap is a compiler's error."""
    answers = text(tree, "src/Service/Answers.cs")
    named = set(re.findall(r'TypeInfoPropertyName = "(\w+)"', answers))
    plain = set(re.findall(r"\[JsonSerializable\(typeof\((\w+)\)\)\]", answers))
    asked = {
        name for code in sources(tree, "src/").values() for name in re.findall(r"ServiceJson\.Default\.(\w+)", code)
    }
    assert asked == named | plain


def test_nothing_is_caught_whatever_it_is(tree: Tree) -> None:
    for path, code in sources(tree, "src/").items():
        assert not re.search(r"catch( \(Exception( \w+)?\))?\s*\{", code), path


def test_usings_are_sorted_and_nothing_is_marked_by_a_byte_order(tree: Tree) -> None:
    """`dotnet format` would fail the build over either."""
    for path, code in (sources(tree, "src/") | sources(tree, "tests/")).items():
        usings = re.findall(r"^using ([\w.]+);$", code, re.MULTILINE)
        assert usings == sorted(usings, key=lambda name: (not name.startswith("System"), name)), path
        assert not code.startswith("\ufeff"), path
        assert "\t" not in code, path
        assert "\r" not in code, path


def test_the_sources_are_csharp(tree: Tree) -> None:
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_c_sharp")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    files = sources(tree, "src/") | sources(tree, "tests/")
    assert len(files) > 10
    for path, code in files.items():
        assert not parser.parse(code.encode()).root_node.has_error, path
    assert parser.parse(b"class Broken {").root_node.has_error
