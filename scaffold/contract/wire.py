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

Address = tuple[str, int]

# What the traces of the ten languages look like; nobody outside of the log should see one.
_TRACE = re.compile(
    r"Traceback \(most recent|goroutine \d+ \[|panicked at|Exception in thread|Stack trace:|stacktrace"
    r"|^\s+at .+[(:].*\d\)?$|^#\d+ /|\bin `[^']+'|\.(?:py|rb|php|m?js|ts|java|rs|go|erl|cs|swift):\d+",
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
        except ValueError:
            raise NotMetError(f"the body is no JSON: {shorten(self.body)}") from None


def ask(
    address: Address, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, patience: float = 10
) -> Answer:
    """Ask once, over a connection of its own; follow no redirect. Silence of `patience` seconds is a TimeoutError."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(*address, timeout=patience)
    try:
        connection.request(method, path, headers={"Connection": "close", **(headers or {})})
        response = connection.getresponse()
        body = response.read()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, body, time.monotonic() - began)
    finally:
        connection.close()


def send(address: Address, payload: bytes) -> bytes:
    """Send bytes as they are and return what comes back until the service closes or falls silent."""
    received = b""
    with contextlib.suppress(ConnectionError, TimeoutError), socket.create_connection(address, timeout=3) as connection:
        connection.sendall(payload)
        while chunk := connection.recv(65536):
            received += chunk
            connection.settimeout(0.3)  # the rest of an answer follows at once
    return received


def status_of(received: bytes) -> int | None:
    """Return the status of an answer in bytes; None when there is no answer in them."""
    match = re.match(rb"HTTP/\d\.\d (\d{3})\b", received)
    return int(match[1]) if match else None


def is_served(address: Address) -> bool:
    """Whether a new connection gets an answer: Docker's proxy accepts for a service that does not, and hangs up."""
    try:
        ask(address, "/healthz", patience=1)
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
