"""The checks that ask over HTTP and read the log: each passes on a good service and fails on one that breaks its line.

The service is the one of tests/e2e/broken, here as a process of this machine: no engine is needed.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scaffold.contract.checks import Check, Checklist, Status
from scaffold.contract.logs import check_logs, make_known_request
from scaffold.contract.neighbours import Neighbours
from scaffold.contract.oddities import check_oddities
from scaffold.contract.routes import check_routes
from scaffold.contract.upstreams import check_upstreams, configuration
from scaffold.contract.wire import Address, is_served

SERVICE = Path(__file__).parents[1] / "e2e" / "broken" / "service.py"

_HEAD = "HEAD is answered like GET, or refused with 405, and has no body"
_UNKNOWN = "an unknown path is 404 or 405 with a JSON error"
_OTHER_METHOD = "a known path with another method is 404 or 405 with a JSON error"
_ALL_AT_ONCE = "all are asked at once, each for 2 s at most"
_UNREACHABLE = "a dead, failing or nonsensical upstream is unreachable"

# What BREAK is set to, the group of checks, and exactly those that have to fail for it.
BROKEN_LINES: list[tuple[str, str, set[str]]] = [
    ("root-more", "routes", {"GET / names the service, its language and its version"}),
    ("content-type", "routes", {"GET / names the service, its language and its version"}),
    ("healthz", "routes", {"GET /healthz is ok"}),
    ("healthz-asks", "routes", {"GET /healthz never calls anyone"}),
    ("query", "routes", {"a query changes no route"}),
    ("head", "routes", {_HEAD}),
    ("head-body", "routes", {_HEAD}),
    ("head-type", "routes", {_HEAD}),
    ("404", "routes", {_UNKNOWN}),
    ("404-text", "routes", {_UNKNOWN}),
    ("404-trace", "routes", {_UNKNOWN}),
    ("405", "routes", {_OTHER_METHOD}),
    ("405-allow", "routes", {_OTHER_METHOD}),
    ("unknown-post", "routes", {"an unknown path with another method is an error too"}),
    ("crowd", "routes", {"many requests at once are all answered"}),
    ("one-at-a-time", "upstreams", {"other requests are answered while upstreams are slow"}),
    ("upstreams-missing", "upstreams", {"GET /upstreams reports every upstream"}),
    ("upstreams-words", "upstreams", {"each report is a status and whole milliseconds"}),
    ("upstreams-float", "upstreams", {"each report is a status and whole milliseconds"}),
    ("upstreams-never-ok", "upstreams", {"a live upstream is ok"}),
    ("upstreams-every-equals", "upstreams", {"a URL is divided at the first = alone"}),
    ("upstreams-any-status", "upstreams", {_UNREACHABLE}),
    ("upstreams-nonsense-ok", "upstreams", {_UNREACHABLE}),
    # What it is led to is well, and so it says of the upstream.
    ("upstreams-redirects", "upstreams", {"redirects are not followed", _UNREACHABLE}),
    ("upstreams-slow-ok", "upstreams", {"a slow, silent or trickling upstream is unreachable"}),
    (
        "upstreams-drops",
        "upstreams",
        {"an item without a valid URL stays, unreachable", "GET /upstreams reports every upstream"},
    ),
    ("upstreams-one-by-one", "upstreams", {_ALL_AT_ONCE}),
    # More than its time is given to each, and so to all.
    ("upstreams-unlimited", "upstreams", {_ALL_AT_ONCE, "a slow upstream is given its time"}),
    ("upstreams-reads-body", "upstreams", {_ALL_AT_ONCE}),
    ("upstreams-impatient", "upstreams", {"a slow upstream is given its time"}),
    ("odd-percent", "odd requests", {"malformed percent-encodings do no harm"}),
    ("odd-trace", "odd requests", {"malformed percent-encodings do no harm"}),
    ("odd-outside", "odd requests", {"paths that lead out do no harm"}),
    ("odd-long", "odd requests", {"long paths and heads do no harm"}),
    ("odd-method", "odd requests", {"strange methods and targets do no harm"}),
    ("odd-body", "odd requests", {"broken bodies do no harm"}),
    # It is dead from then on.
    ("odd-garbage", "odd requests", {"no HTTP at all does no harm", "clients that go away do no harm"}),
    ("odd-away", "odd requests", {"clients that go away do no harm"}),
    ("log-plain", "logs", {"every line on stdout is one JSON object"}),
    ("log-time", "logs", {"each has time, level and msg"}),
    # No level is none of the levels.
    ("log-level", "logs", {"each has time, level and msg", "level is one of debug, info, warn, error"}),
    ("log-loud", "logs", {"level is one of debug, info, warn, error"}),
    ("log-request", "logs", {"a request has method, path, status and ms"}),
    ("log-status", "logs", {"a request has method, path, status and ms"}),
    ("log-query", "logs", {"a path is logged without its query"}),
]
# What BREAK is set to for a service that does what the contract leaves free.
DIFFERENT = ["head-405", "post-404", "unknown-405"]


@pytest.mark.waits
def test_the_good_service_passes() -> None:
    checks = [check for group in _GROUPS for check in _check("", group)]
    assert [check for check in checks if check.status is not Status.PASSED] == []
    shown = {name for *_, names in BROKEN_LINES for name in names}
    assert {check.name for check in checks} == shown, "every check is shown to fail below"


@pytest.mark.waits
@pytest.mark.parametrize("choice", DIFFERENT)
def test_what_the_contract_leaves_free_passes(choice: str) -> None:
    checks = [check for group in ("routes", "logs") for check in _check(choice, group)]
    assert [check for check in checks if check.status is not Status.PASSED] == []


@pytest.mark.waits
@pytest.mark.parametrize(("line", "group", "names"), BROKEN_LINES, ids=[broken[0] for broken in BROKEN_LINES])
def test_a_broken_line_fails_its_check_and_no_other(line: str, group: str, names: set[str]) -> None:
    failed = {check.name: check.reason for check in _check(line, group) if check.status is Status.FAILED}
    assert set(failed) == names, failed
    assert all(failed.values())


@pytest.mark.waits
@pytest.mark.exhaustive
@pytest.mark.parametrize(("line", "own"), [broken[:2] for broken in BROKEN_LINES], ids=[b[0] for b in BROKEN_LINES])
def test_a_broken_line_fails_no_check_of_another_group(line: str, own: str) -> None:
    checks = [check for group in _GROUPS if group != own for check in _check(line, group)]
    assert [check for check in checks if check.status is not Status.PASSED] == []


def _check(line: str, group: str) -> list[Check]:
    checklist = Checklist()
    neighbours = Neighbours("127.0.0.1", "127.0.0.1")
    try:
        with _service(line, configuration(neighbours)) as (address, stop):
            _GROUPS[group](checklist, address, neighbours, stop)
    finally:
        neighbours.close()
    return checklist.checks


def _routes(checklist: Checklist, address: Address, neighbours: Neighbours, _: Callable[[], str]) -> None:
    check_routes(checklist, address, "verified", "1.2.3", lambda: sum(neighbours.asked.values()))


def _upstreams(checklist: Checklist, address: Address, neighbours: Neighbours, _: Callable[[], str]) -> None:
    check_upstreams(checklist, address, neighbours)


def _oddities(checklist: Checklist, address: Address, *_: object) -> None:
    check_oddities(checklist, address)


def _logs(checklist: Checklist, address: Address, _: Neighbours, stop: Callable[[], str]) -> None:
    status = make_known_request(address, "/known")
    check_logs(checklist, stop(), "/known", status)


_GROUPS = {"routes": _routes, "upstreams": _upstreams, "odd requests": _oddities, "logs": _logs}


def _free_port() -> int:
    """A port that nobody has: below those that the kernel gives to whoever asks for any, such as another test."""
    while True:
        port = random.randrange(15_000, 30_000)
        with socket.socket() as unused, contextlib.suppress(OSError):
            unused.bind(("127.0.0.1", port))
            return port


@contextmanager
def _service(line: str, upstreams: str) -> Iterator[tuple[Address, Callable[[], str]]]:
    """Start the service; yield its address, and a function that stops it and returns what it printed on stdout."""
    address: Address = ("127.0.0.1", _free_port())
    own = {"PORT": str(address[1]), "BREAK": line, "UPSTREAMS": upstreams}
    own |= {"SERVICE_NAME": "verified", "SERVICE_VERSION": "1.2.3"}
    process = subprocess.Popen([sys.executable, SERVICE], env=os.environ | own, stdout=subprocess.PIPE, text=True)

    def stop() -> str:
        process.terminate()
        return process.communicate(timeout=10)[0]

    try:
        ends = time.monotonic() + 10
        while not is_served(address):
            assert time.monotonic() < ends, "the service does not start"
            assert process.poll() is None, "the service ended"
            time.sleep(0.02)
        yield address, stop
    finally:
        process.kill()
        process.communicate()
