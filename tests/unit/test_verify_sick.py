"""A service that is sick in any way is a report with reasons: no check ends in an error, and none waits for ever."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scaffold.contract import configuration, limits, signals, upstreams, wire
from scaffold.contract.checks import Checklist, NotMetError, Status
from scaffold.contract.logs import check_logs
from scaffold.contract.neighbours import Neighbours
from scaffold.contract.sandbox import Sandbox
from scaffold.contract.start import Service, start_service
from scaffold.contract.wire import Address, Answer, answer_in, ask, is_served, send
from scaffold.errors import DockerError

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[Address]:
    """Answer everybody who connects with what a function does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            answer(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def saying(answer: bytes) -> contextlib.AbstractContextManager[Address]:
    return serving(lambda connection: connection.sendall(answer))


def trickling(head: bytes, drop: bytes) -> contextlib.AbstractContextManager[Address]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(0.02)

    return serving(answer)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX-Never: ", HEAD + b"\r\n", HEAD + b"Content-Length: 9999\r\n\r\n"]
)
def test_an_answer_without_end_is_given_up(head: bytes) -> None:
    began = time.monotonic()
    with trickling(head, b"x") as address:
        with pytest.raises(TimeoutError):
            ask(address, "/", patience=0.5)
        assert not is_served(address, patience=0.5)
    assert time.monotonic() - began < 5


def test_bytes_without_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_PATIENCE", 0.5)
    with trickling(HEAD + b"\r\n", b"x") as address:
        assert send(address, b"GET / HTTP/1.1\r\n\r\n").startswith(HEAD)


def test_an_answer_that_is_too_large() -> None:
    with saying(HEAD + b"\r\n" + b"x" * 1_500_000) as address:
        with pytest.raises(NotMetError, match="more than 1000000 bytes"):
            ask(address, "/")
        assert is_served(address), "it is an answer"
        assert len(send(address, b"GET / HTTP/1.1\r\n\r\n")) < 1_200_000


@pytest.mark.parametrize("length", [b"99999999999999999999", b"1000000000000", b"20"])
def test_a_body_that_is_shorter_than_it_says(length: bytes) -> None:
    checklist = Checklist()
    with saying(HEAD + b"Content-Length: " + length + b"\r\n\r\nhello") as address, checklist.check("a", "b"):
        ask(address, "/")
    assert checklist.checks[0].status is Status.FAILED


@pytest.mark.parametrize("body", [b"[" * 100_000, b"no", b"1" * 10_000, b"\xff"])
def test_a_body_that_is_no_json(body: bytes) -> None:
    with pytest.raises(NotMetError, match="the body is no JSON"):
        Answer(200, {"content-type": "application/json"}, body, 0.0).json()


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"1"])
def test_a_body_that_is_no_object(body: bytes) -> None:
    with pytest.raises(NotMetError, match="not an object"):
        Answer(200, {"content-type": "application/json"}, body, 0.0).object()


def test_an_answer_in_bytes() -> None:
    answer = answer_in(b"HTTP/1.1 404 Not Found\r\nContent-Type: a/b; c=d\r\nX-Y:z\r\n\r\nbody\r\n\r\n")
    assert (answer.status, answer.headers, answer.body) == (
        404,
        {"content-type": "a/b; c=d", "x-y": "z"},
        b"body\r\n\r\n",
    )
    with pytest.raises(NotMetError, match="the answer is 'what"):
        answer_in(b"what?\r\n\r\n")


def test_a_log_of_any_shape() -> None:
    checklist = Checklist()
    check_logs(checklist, "[" * 100_000 + "\n", "/known", 404)
    assert {check.status for check in checklist.checks} == {Status.FAILED}


class FakeContainer:
    """A container that needs no engine: `on_kill` is what it does when it is told to stop."""

    def __init__(self, on_kill: Callable[[], None] = lambda: None) -> None:
        self.on_kill = on_kill
        self.killed: list[str] = []

    def kill(self, name: str) -> None:
        self.killed.append(name)
        self.on_kill()

    def wait(self, _: float) -> int | None:
        return 0

    def state(self) -> dict[str, Any]:
        return {"Status": "running"}

    def healthcheck(self) -> dict[str, Any]:
        return {}

    def address(self, _: int) -> Address | None:
        return None

    def logs(self) -> tuple[str, str]:
        return "", "its last words"


@pytest.fixture
def neighbours() -> Iterator[Neighbours]:
    neighbours = Neighbours("127.0.0.1", "127.0.0.1")
    yield neighbours
    neighbours.close()


@pytest.fixture
def dead() -> Iterator[Address]:
    """Return an address where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()


def test_a_service_that_died_before_it_is_stopped(neighbours: Neighbours, dead: Address) -> None:
    def gone() -> None:
        raise DockerError("there is no such container")

    checklist = Checklist()
    service = Service(FakeContainer(gone), 8080, dead)
    signals.check_sigterm_in_flight(checklist, service, neighbours, lambda: service)
    signals.check_sigterm_idle(checklist, service)
    signals.check_sigint(checklist, service)
    assert [check.status for check in checklist.checks] == [Status.FAILED] * 5
    assert all(check.reason for check in checklist.checks)


class Waiting:
    """A service that asks its held upstream when it is asked, and gives it up after a while."""

    def __init__(self, neighbours: Neighbours, patience: float, slow_kill: float = 0.0) -> None:
        self.neighbours = neighbours
        self.patience = patience
        self.slow_kill = slow_kill
        self.stopped = False

    def answer(self, connection: socket.socket) -> None:
        if self.stopped:
            return
        if self.asks:
            ok = True
            try:
                with socket.create_connection(("127.0.0.1", self.neighbours._port), timeout=self.patience) as upstream:
                    upstream.sendall(b"GET /held HTTP/1.1\r\n\r\n")
                    ok = bool(upstream.recv(100))
            except TimeoutError:
                ok = False
            body = json.dumps({"held": {"status": "ok" if ok else "unreachable", "ms": 1}}).encode()
            connection.sendall(HEAD + b"\r\n" + body)
        else:
            self.asks = True  # the first request is the one that keeps its connection
            connection.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    asks = False

    def stop(self) -> None:
        self.stopped = True
        time.sleep(self.slow_kill)


def fly(neighbours: Neighbours, *services: Waiting) -> dict[str, tuple[str, str]]:
    with contextlib.ExitStack() as stack:
        addresses = [stack.enter_context(serving(service.answer)) for service in services]
        started = iter(
            Service(FakeContainer(service.stop), 1, address)
            for service, address in zip(services, addresses, strict=True)
        )
        checklist = Checklist()
        signals.check_sigterm_in_flight(checklist, next(started), neighbours, lambda: next(started))
    return {check.name: (check.status.value, check.reason) for check in checklist.checks}


FINISHES = "SIGTERM: finishes a request in flight"


def test_a_request_in_flight_is_finished(neighbours: Neighbours) -> None:
    assert {status for status, _ in fly(neighbours, Waiting(neighbours, 2)).values()} == {"passed"}


def test_a_machine_that_was_too_busy_tries_once_more(neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_ROOM", 0.8)
    found = fly(neighbours, Waiting(neighbours, 0.9, slow_kill=1.2), Waiting(neighbours, 2))
    assert {status for status, _ in found.values()} == {"passed"}
    found = fly(neighbours, *(Waiting(neighbours, 0.9, slow_kill=1.2) for _ in range(2)))
    assert found[FINISHES][0] == "skipped"
    assert "too busy" in found[FINISHES][1]


def test_a_service_that_gives_up_too_early_fails(neighbours: Neighbours) -> None:
    status, reason = fly(neighbours, Waiting(neighbours, 0.1))[FINISHES]
    assert (status, "unreachable" in reason) == ("failed", True)


@pytest.mark.parametrize("slow", ["down", {"status": "unreachable", "ms": None}, [], None, {"status": "unreachable"}])
def test_a_report_of_any_shape(
    neighbours: Neighbours, dead: Address, monkeypatch: pytest.MonkeyPatch, slow: Any
) -> None:
    kinds = (upstreams._OK, upstreams._BAD, upstreams._SLOW, upstreams._ENDLESS, upstreams._INVALID)
    names = {name for kind in kinds for name in kind} | {"no-equals"}
    body = json.dumps({name: {"status": "unreachable", "ms": 1} for name in names} | {"slow": slow}).encode()
    monkeypatch.setattr(upstreams, "ask", lambda *_: Answer(200, {"content-type": "application/json"}, body, 2.0))
    checklist = Checklist()
    upstreams.check_upstreams(checklist, dead, neighbours)
    found = {check.name: check for check in checklist.checks}
    assert found["a slow upstream is given its time"].status is Status.FAILED
    early = found["other requests are answered while upstreams are slow"]
    assert early.reason.startswith("GET /upstreams was over before: it answered 200")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b'{"first": "ok"}', b'{"first": ["ok"], "root": null}'])
def test_a_second_service_of_any_shape(dead: Address, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    service = Service(FakeContainer(), 8080, dead)
    monkeypatch.setattr(configuration, "start_service", lambda *_, **__: service)
    monkeypatch.setattr(configuration, "ask", lambda *_: Answer(200, {"content-type": "application/json"}, body, 0.1))
    checklist = Checklist()
    configuration.check_defaults(checklist, Sandbox(), "image", service, "alias")
    assert [check.status for check in checklist.checks] == [Status.PASSED, Status.FAILED, Status.FAILED]


def test_what_does_not_answer_leaves_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    container, sandbox = FakeContainer(), Sandbox()
    monkeypatch.setattr(limits, "START_LIMIT", 0.1)
    monkeypatch.setattr(sandbox, "run", lambda *_, **__: container)
    with pytest.raises(NotMetError, match=r"nothing answers on .* its last words"):
        start_service(sandbox, "image", 8080, {}, options=[], alias="service")
    assert container.killed == ["KILL"]


def test_neighbours_that_are_closed_are_gone() -> None:
    neighbours = Neighbours("127.0.0.1", "127.0.0.1")
    time.sleep(0.05)
    neighbours.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", neighbours._port), 1)
