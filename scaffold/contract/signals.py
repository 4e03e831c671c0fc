"""How a service ends: in its own time with what it began, and within five seconds."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from dataclasses import dataclass, field

from scaffold.contract.checks import Checklist, NotMetError, expect
from scaffold.contract.neighbours import Neighbours
from scaffold.contract.start import Service
from scaffold.contract.wire import Address, Answer, ask, is_served

LIMIT = 5.0


@dataclass
class _Flight:
    """A request to a service that waits for one of its upstreams."""

    address: Address
    answers: list[Answer | Exception] = field(default_factory=list)

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        try:
            self.answers.append(ask(self.address, "/upstreams"))
        except Exception as error:  # the reason of a failed check
            self.answers.append(error)


def check_sigterm_in_flight(checklist: Checklist, service: Service, neighbours: Neighbours) -> None:
    """Stop a service, PID 1 of its container, whose UPSTREAMS has a held one, while a request waits for it."""
    flight = _Flight(service.address)
    idle = _keep_alive(service.address)
    neighbours.hold()
    thread = flight.start()
    arrived = neighbours.wait_for_held(10)
    began = time.monotonic()
    service.container.kill("TERM")
    with checklist.check("signals", "SIGTERM: finishes a request in flight"):
        expect(arrived, "the request never reached its upstream")
        time.sleep(0.3)  # a service that gives up does so at once
        with checklist.check("signals", "SIGTERM: stops accepting"):
            expect(not is_served(service.address), "a new connection is still answered")
        neighbours.release()
        thread.join(10)
        answer = flight.answers[0] if flight.answers else None
        if isinstance(answer, Exception) or answer is None:
            raise NotMetError(f"the request got no answer: {answer or 'within 10 s'}")
        expect(answer.status == 200, f"the request was answered by {answer.status}")
        held = answer.json().get("held", {})
        expect(held.get("status") == "ok", f"the answer says {held} of the upstream that it waited for")
    _expect_exit(checklist, service, began, "SIGTERM: exits 0 within 5 s, without an init")
    idle.close()


def check_sigterm_idle(checklist: Checklist, service: Service) -> None:
    """Stop a service while connections are open on which nothing happens, or half a request has come."""
    connections = [_keep_alive(service.address)]
    for payload in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"):
        connection = socket.create_connection(service.address, timeout=5)
        connection.sendall(payload)
        connections.append(connection)
    time.sleep(0.2)
    began = time.monotonic()
    service.container.kill("TERM")
    _expect_exit(checklist, service, began, "SIGTERM: idle and half-begun connections do not hold it up")
    for each in connections:
        each.close()


def check_sigint(checklist: Checklist, service: Service) -> None:
    """Stop a service that runs under an init as ^C does."""
    began = time.monotonic()
    service.container.kill("INT")
    _expect_exit(checklist, service, began, "SIGINT: exits 0 within 5 s, under an init")


def _keep_alive(address: Address) -> socket.socket:
    """Return a connection that has had an answer and stays open."""
    connection = http.client.HTTPConnection(*address, timeout=5)
    connection.request("GET", "/healthz")
    kept = connection.sock
    connection.getresponse().read()
    return kept


def _expect_exit(checklist: Checklist, service: Service, began: float, name: str) -> None:
    with checklist.check("signals", name) as note:
        code = service.container.wait(LIMIT + 5 - (time.monotonic() - began))
        seconds = time.monotonic() - began
        expect(code is not None, f"it still runs after {seconds:.0f} s")
        expect(code == 0, f"the exit code is {code}")
        expect(seconds <= LIMIT, f"it took {seconds:.1f} s")
        note.text = f"{seconds:.1f} s"
