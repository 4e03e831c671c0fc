"""What can be known of the Swift blueprint without building it: its packages come from GitHub, out of reach here."""

from __future__ import annotations

import json
import re
from hashlib import sha256

import pytest

from scaffold.tree import Tree
from tests.blueprints.conftest import render_folder

#: What a toolchain brings along.
TOOLCHAIN = {"Darwin", "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Testing"}


@pytest.fixture(scope="session")
def tree() -> Tree:
    return render_folder("swift").tree


def text(tree: Tree, path: str) -> str:
    return tree[path].data.decode()


def sources(tree: Tree, folder: str = "") -> dict[str, str]:
    return {path: text(tree, path) for path in tree if path.startswith(folder) and path.endswith(".swift")}


def requirements(tree: Tree) -> dict[str, tuple[int, ...]]:
    """The packages of the manifest: URL and least version."""
    found = re.findall(r'\.package\(url: "([^"]+)", from: "([\d.]+)"\)', text(tree, "Package.swift"))
    return {url: tuple(int(part) for part in version.split(".")) for url, version in found}


def products(tree: Tree, target: str) -> set[tuple[str, str]]:
    """The products that a target of the manifest uses, and the packages they are from."""
    block = re.search(
        rf'name: "{target}",\n      dependencies: \[(.*?)\n      \]', text(tree, "Package.swift"), re.DOTALL
    )
    assert block
    return set(re.findall(r'\.product\(name: "(\w+)", package: "([\w-]+)"\)', block[1]))


def test_the_lock_is_that_of_the_manifest_whatever_the_name() -> None:
    """SwiftPM resolves anew unless the lock has the hash of the manifest: so no answer may change that."""
    for name in ("orders", "a-1-b"):
        tree = render_folder("swift", name=name).tree
        lock = json.loads(text(tree, "Package.resolved"))
        assert lock["originHash"] == sha256(tree["Package.swift"].data).hexdigest()


def test_every_package_is_locked_to_a_commit(tree: Tree) -> None:
    lock = json.loads(text(tree, "Package.resolved"))
    assert lock["version"] == 3
    identities = [pin["identity"] for pin in lock["pins"]]
    assert identities == sorted(set(identities))
    for pin in lock["pins"]:
        assert pin["kind"] == "remoteSourceControl", pin
        assert re.fullmatch(rf"https://github\.com/[\w-]+/{pin['identity']}(\.git)?", pin["location"]), pin
        assert re.fullmatch(r"[0-9a-f]{40}", pin["state"]["revision"]), pin
        assert re.fullmatch(r"\d+\.\d+\.\d+", pin["state"]["version"]), pin


def test_the_lock_answers_the_manifest(tree: Tree) -> None:
    pins = {pin["location"]: pin["state"]["version"] for pin in json.loads(text(tree, "Package.resolved"))["pins"]}
    required = requirements(tree)
    assert len(required) == text(tree, "Package.swift").count(".package(")
    for url, least in required.items():
        locked = tuple(int(part) for part in pins[url].split("."))
        assert least <= locked < (least[0] + 1,), url


@pytest.mark.parametrize(("target", "folder"), [("App", "Sources/App/"), ("AppTests", "Tests/AppTests/")])
def test_a_target_says_what_it_imports(tree: Tree, target: str, folder: str) -> None:
    code = "\n".join(sources(tree, folder).values())
    imported = set(re.findall(r"^\s*(?:@\w+ )*import (\w+)$", code, re.MULTILINE))
    declared = products(tree, target)
    packages = {url.rpartition("/")[2].removesuffix(".git") for url in requirements(tree)}
    assert {package for _, package in declared} <= packages
    assert imported - TOOLCHAIN - {"App"} == {product for product, _ in declared}


def test_what_the_dockerfile_builds_is_a_product(tree: Tree) -> None:
    dockerfile = text(tree, "Dockerfile")
    assert '.executable(name: "service", targets: ["App"])' in text(tree, "Package.swift")
    assert set(re.findall(r"--product (\w+)", dockerfile)) == {"service"}
    assert "--static-swift-stdlib" in dockerfile
    assert "swift format lint --strict" in dockerfile
    assert "swift test" in dockerfile


def test_nothing_resolves_anew(tree: Tree) -> None:
    """Each command that would do so says not to."""
    commands = re.findall(r"swift (?:package resolve|test|build)[^&\n]*", text(tree, "Dockerfile"))
    loose = [c for c in commands if "-resol" not in c and "--show-bin-path" not in c]
    assert len(commands) > 4
    assert loose == []


def test_every_route_and_variable_of_the_contract(tree: Tree) -> None:
    routes = text(tree, "Sources/App/Routes.swift")
    assert set(re.findall(r'^    "(/\w*)": \{', routes, re.MULTILINE)) == {"/", "/healthz", "/upstreams"}
    assert '"language": "swift"' in routes
    config = text(tree, "Sources/App/Config.swift")
    variables = {"PORT", "SERVICE_NAME", "SERVICE_VERSION", "UPSTREAMS"}
    assert set(re.findall(r'environment\["([A-Z_]+)"\]', config)) == variables
    assert '["healthcheck"]' in text(tree, "Sources/App/App.swift")


def test_lines_are_as_long_as_the_formatter_lets_them_be(tree: Tree) -> None:
    limit = json.loads(text(tree, ".swift-format"))["lineLength"]
    assert f"max_line_length = {limit}\n" in text(tree, ".editorconfig")
    assert max(len(line) for code in sources(tree).values() for line in code.splitlines()) <= limit


def test_the_sources_are_swift(tree: Tree) -> None:
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_swift")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    files = sources(tree)
    assert len(files) > 10
    for path, code in files.items():
        assert not parser.parse(code.encode()).root_node.has_error, path
    assert parser.parse(b"struct Broken {").root_node.has_error
