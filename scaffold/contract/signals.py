"""How a service ends: in its own time with what it began, and within five seconds."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from scaffold.contract.checks import Checklist, NotMetError, SkippedError, expect
from scaffold.contract.neighbours import Neighbours
from scaffold.contract.start import Service
from scaffold.contract.upstreams import LIMIT as UPSTREAM_LIMIT
from scaffold.contract.upstreams import status_in
from scaffold.contract.wire import Address, Answer, ask, is_served

LIMIT = 5.0
# Seconds that the request may have waited for its upstream when that is let go: the service gives up after two.
_ROOM = UPSTREAM_LIMIT - 0.4


@dataclass
class _Flight:
    """A request that waits for an upstream of the service while that is told to stop, and what came of both.

    Attributes:
        service: the service.
        began: when it was told.
        accepted: whether it still took new connections afterwards.
        waited: how many seconds the request had waited when its upstream was let go.
        answers: how the request was answered.
    """

    service: Service
    began: float = 0.0
    accepted: bool = False
    waited: float = 0.0
    answers: list[Answer | Exception] = field(default_factory=list)

    @property
    def is_late(self) -> bool:
        """Whether this machine was too busy to let the upstream go in time, so that the service rightly gave it up."""
        return self.waited > _ROOM

    def run(self, neighbours: Neighbours) -> None:
        """Send the request, tell the service to stop while it waits, look whether it still accepts, let it go."""
        thread = threading.Thread(target=self._ask, daemon=True)
        with _keep_alive(self.service.address):
            neighbours.hold()
            try:
                thread.start()
                arrived = neighbours.wait_for_held(10)
                since = time.monotonic()
                self.service.container.kill("TERM")
                self.began = time.monotonic()
                expect(arrived, "the request never reached its upstream")
                time.sleep(0.3)  # a service that gives up does so at once
                self.accepted = is_served(self.service.address, patience=0.5)
                while self.accepted and time.monotonic() - since < _ROOM / 2:
                    time.sleep(0.1)  # a busy machine may not have told it yet
                    self.accepted = is_served(self.service.address, patience=0.5)
                self.waited = time.monotonic() - since
            finally:
                neighbours.release()
            thread.join(10)

    def _ask(self) -> None:
        try:
            self.answers.append(ask(self.service.address, "/upstreams"))
        except Exception as error:  # the reason of a failed check
            self.answers.append(error)


def check_sigterm_in_flight(
    checklist: Checklist, service: Service, neighbours: Neighbours, restart: Callable[[], Service]
) -> None:
    """Stop a service, PID 1 of its container, whose UPSTREAMS has a held one, while a request waits for it.

    Args:
        checklist: where the results go.
        service: the service.
        neighbours: its upstreams.
        restart: starts the service anew, for a second attempt where this machine was too busy for the first.
    """
    flight = _Flight(service)
    with checklist.check("signals", "SIGTERM: finishes a request in flight"):
        flight.run(neighbours)
        if flight.is_late:
            flight = _Flight(restart())
            flight.run(neighbours)
        answer = flight.answers[0] if flight.answers else None
        if isinstance(answer, Exception) or answer is None:
            raise NotMetError(f"the request got no answer: {answer or 'within 10 s'}")
        expect(answer.status == 200, f"the request was answered by {answer.status}")
        held = status_in(answer.object(), "held")
        if held == "unreachable" and flight.is_late:
            raise SkippedError(f"this machine is too busy: its upstream was held for {flight.waited:.1f} s")
        expect(held == "ok", f"the answer says {held} of the upstream that it waited for")
    with checklist.check("signals", "SIGTERM: stops accepting"):
        expect(flight.waited, "it could not be stopped with a request in flight")
        expect(not flight.accepted, "a new connection is still answered")
    with checklist.check("signals", "SIGTERM: exits 0 within 5 s, without an init") as note:
        expect(flight.began, "SIGTERM could not be sent")
        note.text = _expect_exit(flight.service, flight.began)


def check_sigterm_idle(checklist: Checklist, service: Service) -> None:
    """Stop a service while connections are open on which nothing happens, or half a request has come."""
    name = "SIGTERM: idle and half-begun connections do not hold it up"
    with checklist.check("signals", name) as note, contextlib.ExitStack() as connections:
        connections.enter_context(_keep_alive(service.address))
        for payload in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"):
            connection = connections.enter_context(socket.create_connection(service.address, timeout=5))
            connection.sendall(payload)
        time.sleep(0.2)
        service.container.kill("TERM")
        note.text = _expect_exit(service, time.monotonic())


def check_sigint(checklist: Checklist, service: Service) -> None:
    """Stop a service that runs under an init as ^C does."""
    with checklist.check("signals", "SIGINT: exits 0 within 5 s, under an init") as note:
        service.container.kill("INT")
        note.text = _expect_exit(service, time.monotonic())


def _keep_alive(address: Address) -> contextlib.closing[socket.socket]:
    """Return a connection that has had an answer and stays open."""
    connection = http.client.HTTPConnection(*address, timeout=5)
    connection.request("GET", "/healthz")
    kept = connection.sock
    connection.getresponse().read()
    return contextlib.closing(kept)


def _expect_exit(service: Service, began: float) -> str:
    """Expect that a service that was told to stop does; return how long it took."""
    code = service.container.wait(LIMIT + 5 - (time.monotonic() - began))
    seconds = time.monotonic() - began
    expect(code is not None, f"it still runs after {seconds:.0f} s")
    expect(code == 0, f"the exit code is {code}")
    expect(seconds <= LIMIT, f"it took {seconds:.1f} s")
    return f"{seconds:.1f} s"
