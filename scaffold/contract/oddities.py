"""Requests that nobody sends by accident: each is refused, none is an internal error, and the service lives on."""

from __future__ import annotations

import socket
import struct
import time

from scaffold.contract.checks import Checklist, expect
from scaffold.contract.wire import Address, ask, gives_away, send, shorten, status_of


def _get(target: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers, b"", b""])


# RFC 9112 leaves a server free to answer most of these with an error or to hang up; 5xx is wrong except where it
# says "I don't do that": 501 for a method or a coding, 505 for a version.
_REFUSALS = {501, 505}
_ODD: dict[str, dict[str, bytes]] = {
    "malformed percent-encodings do": {
        "/%zz": _get(b"/%zz"),
        "/%": _get(b"/%"),
        "/%c0%ae%c0%ae/etc/passwd": _get(b"/%c0%ae%c0%ae/etc/passwd"),
        "/%ff%fe": _get(b"/%ff%fe"),
        "/%00": _get(b"/%00"),
        "/healthz%00": _get(b"/healthz%00"),
        "/?%zz=%": _get(b"/?%zz=%"),
    },
    "paths that lead out do": {
        "/../../etc/passwd": _get(b"/../../etc/passwd"),
        "/..%2f..%2fetc/passwd": _get(b"/..%2f..%2fetc/passwd"),
        "//healthz": _get(b"//healthz"),
        r"/..\..\etc": _get(rb"/..\..\etc"),
    },
    "long paths and heads do": {
        "a path of 20 000 bytes": _get(b"/" + b"a" * 20_000),
        "a header of 100 000 bytes": _get(b"/", b"X-Long: " + b"a" * 100_000),
        "2000 headers": _get(b"/", *(b"X-%d: 1" % number for number in range(2000))),
    },
    "strange methods and targets do": {
        "BREW /": b"BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "OPTIONS *": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "CONNECT": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nConnection: close\r\n\r\n",
        "an absolute target": _get(b"http://example.com/nowhere"),
        "a target that is no path": _get(b"nowhere"),
        "letters beyond ASCII": _get("/grüße".encode()),
        "raw bytes in the path": _get(b"/\xff\xfe\x01"),
        "version 9.9": b"GET / HTTP/9.9\r\nHost: x\r\nConnection: close\r\n\r\n",
    },
    "broken bodies do": {
        "a bad Content-Length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        "a negative Content-Length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "a bad chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "a length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    },
    "no HTTP at all does": {
        "garbage": b"\x00\x01\x02\xff\xfe garbage\r\n\r\n",
        "TLS": bytes.fromhex("16030100a5010000a10303") + b"\x00" * 154,
        "half a line": b"GET",
        "an empty line": b"\r\n\r\n\r\n\r\n",
        "a header without a colon": b"GET / HTTP/1.1\r\nHost: x\r\nno colon here\r\nConnection: close\r\n\r\n",
        "a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\nConnection: close\r\n\r\n",
    },
}


def check_oddities(checklist: Checklist, address: Address) -> None:
    """Send each odd request and see that it does no harm."""
    for kind, payloads in _ODD.items():
        with checklist.check("odd requests", f"{kind} no harm"):
            for what, payload in payloads.items():
                _expect_harmless(what, send(address, payload))
            _expect_alive(address)
    with checklist.check("odd requests", "clients that go away do no harm"):
        for payload in (b"", b"GET /upstre", _get(b"/upstreams")):
            with socket.create_connection(address, timeout=3) as connection:
                connection.sendall(payload)
                # Linger for no time at all: the service gets a reset in the middle of its answer.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.5)  # a busy service sees it only now
        _expect_alive(address)


def _expect_harmless(what: str, received: bytes) -> None:
    status = status_of(received)
    expect(
        status is None or status < 500 or status in _REFUSALS,
        f"{what} is answered by {status}: {shorten(received[-80:])}",
    )
    expect(not gives_away(received), f"{what} gives a stack trace away")
    expect(b"root:" not in received, f"{what} gives a file away")


def _expect_alive(address: Address) -> None:
    answer = ask(address, "/healthz")
    expect(answer.status == 200, f"afterwards GET /healthz answers {answer.status}")
