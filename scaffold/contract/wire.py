"""Asking a service over HTTP, well-formed or not."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scaffold.contract.checks import NotMetError
from scaffold.languages import LANGUAGES

Address = tuple[str, int]
_PATIENCE = 10.0  # seconds for an answer as a whole
_MOST = 1_000_000  # bytes of a body; no route of the contract has a thousandth of that

# What stack traces look like, with the place of a source file above all; nobody outside of the log should see one. No
# pattern goes over the same text again and again, for a body may be of a size and a shape that is meant to last.
_SUFFIXES = "|".join(re.escape(suffix) for language in LANGUAGES.values() for suffix in language.suffixes)
_TRACE = re.compile(
    r"Traceback \(most recent|goroutine \d+ \[|panicked at|Exception in thread|Stack trace:|stacktrace"
    rf"|^[ \t]+at [^\n(:]*[(:].*\d\)?$|^#\d+ /|\bin `[^'\n]{{1,200}}'|(?:{_SUFFIXES}):\d+",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Answer:
    """What a service answered; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            NotMetError: it is none, or the answer does not say that it is.
        """
        kind = self.headers.get("content-type", "")
        if kind.partition(";")[0].strip().lower() != "application/json":
            raise NotMetError(f"the Content-Type is {kind!r}, not application/json")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise NotMetError(f"the body is no JSON: {shorten(self.body)}") from None

    def object(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            NotMetError: it is none.
        """
        body = self.json()
        if not isinstance(body, dict):
            raise NotMetError(f"the body is {shorten(self.body)}, not an object")
        return body


class _Limited(socket.socket):
    """A socket that waits for no more than its timeout in all: each byte in time would be an answer without end."""

    ends = 0.0

    def recv_into(self, *arguments: Any) -> int:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left)
        return super().recv_into(*arguments)


def _connect(address: Address, patience: float) -> _Limited:
    ends = time.monotonic() + patience
    with socket.create_connection(address, timeout=patience) as plain:
        limited = _Limited(fileno=plain.detach())
    limited.settimeout(patience)
    limited.ends = ends
    return limited


def ask(
    address: Address,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    patience: float = _PATIENCE,
) -> Answer:
    """Ask once, over a connection of its own; follow no redirect.

    Raises:
        TimeoutError: there is no whole answer within `patience` seconds.
        NotMetError: the answer is too large, or none that HTTP knows.
        OSError, HTTPException: there is none.
    """
    began = time.monotonic()
    connection = http.client.HTTPConnection(*address, timeout=patience)
    try:
        connection.sock = _connect(address, patience)
        connection.request(method, path, headers={"Connection": "close", **(headers or {})})
        response = connection.getresponse()
        body = response.read(_MOST + 1)
        if len(body) > _MOST:
            raise NotMetError(f"{method} {path} has a body of more than {_MOST} bytes")
        if response.length:
            raise http.client.IncompleteRead(body, response.length)
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, body, time.monotonic() - began)
    except (ValueError, OverflowError) as error:
        raise NotMetError(f"{method} {path} has an answer that is no HTTP: {error}") from None
    finally:
        connection.close()


def send(address: Address, payload: bytes) -> bytes:
    """Send bytes as they are and return what comes back until the service closes, falls silent, or says too much."""
    received = b""
    with contextlib.suppress(ConnectionError, TimeoutError), _connect(address, _PATIENCE) as connection:
        connection.settimeout(3)
        connection.sendall(payload)
        while len(received) <= _MOST and time.monotonic() < connection.ends and (chunk := connection.recv(65536)):
            received += chunk
            connection.settimeout(0.3)  # the rest of an answer follows at once
    return received


def answer_in(received: bytes) -> Answer:
    """Read an answer as it came over the wire: all that follows its head is its body, whatever the head says.

    Raises:
        NotMetError: it is none.
    """
    status = status_of(received)
    if status is None:
        raise NotMetError(f"the answer is {shorten(received)}")
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").splitlines()[1:]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(status, headers, body, 0.0)


def status_of(received: bytes) -> int | None:
    """Return the status of an answer in bytes; None when there is no answer in them."""
    match = re.match(rb"HTTP/\d\.\d (\d{3})\b", received)
    return int(match[1]) if match else None


def is_served(address: Address, patience: float = 1.0) -> bool:
    """Whether a new connection gets an answer: Docker's proxy accepts for a service that does not, and hangs up."""
    try:
        ask(address, "/healthz", patience=patience)
    except NotMetError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


def gives_away(body: bytes) -> bool:
    """Whether a body looks like a stack trace."""
    return bool(_TRACE.search(body.decode("utf-8", "replace")))


def shorten(body: bytes) -> str:
    """Return the beginning of a body, to be shown in a reason."""
    text = body.decode("utf-8", "replace")
    return repr(text if len(text) <= 80 else text[:77] + "...")
