"""Upstreams that behave, misbehave and fall silent: one socket of this machine, the path says how it answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator

_HOST_FROM_CONTAINER = "host.docker.internal"  # what Docker Desktop calls this machine
_TRICKLE = 12.0  # seconds that the endless ones go on; far beyond any limit that a service should have
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Neighbours:
    """The upstreams that a service is told to ask.

    Args:
        host: how containers call this machine.
        bind: the address to listen on, reachable from the containers and by nobody else if possible.

    Attributes:
        asked: how often each path was asked for.
    """

    def __init__(self, host: str, bind: str) -> None:
        self.host = host
        self.asked: Counter[str] = Counter()
        self._held = threading.Event()
        self._held.set()
        self._arrived = threading.Event()
        self._stopped = False
        self._listener = socket.create_server((bind, 0), backlog=128)
        self._port: int = self._listener.getsockname()[1]
        # A port that is ours and refuses: bound, never listening, so that nobody else gets it meanwhile.
        self._dead = socket.socket()
        self._dead.bind((bind, 0))
        # One that accepts and never says a word: the kernel does the accepting.
        self._silent = socket.create_server((bind, 0), backlog=16)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, behaviour: str) -> str:
        """Return the URL of an upstream that behaves as the word says: see `_BEHAVIOURS`, or dead, or silent."""
        port = self._port
        if behaviour == "dead":
            port = self._dead.getsockname()[1]
        elif behaviour == "silent":
            port = self._silent.getsockname()[1]
        return f"http://{self.host}:{port}/{behaviour}"

    def hold(self) -> None:
        """From now on let those who ask /held wait until `release`."""
        self._arrived.clear()
        self._held.clear()

    def wait_for_held(self, seconds: float) -> bool:
        """Wait until somebody asks /held; say whether somebody did."""
        return self._arrived.wait(seconds)

    def release(self) -> None:
        """Answer everybody who waits at /held."""
        self._held.set()

    def close(self) -> None:
        """Stop listening and let go of everybody."""
        self._stopped = True
        self._held.set()
        for each in (self._listener, self._dead, self._silent):
            # A thread that waits in accept() keeps a socket open that is only closed.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(15)
            head = b""
            while b"\r\n\r\n" not in head and (chunk := connection.recv(4096)):
                head += chunk
            target = (head + b" ? ").split(b" ", 2)[1].decode("latin-1")
            self.asked[target] += 1
            self._answer(connection, target.strip("/").partition("?")[0])

    def _answer(self, connection: socket.socket, behaviour: str) -> None:
        if behaviour == "slow":
            self._pause(_TRICKLE)
        elif behaviour == "held":
            self._arrived.set()
            self._held.wait(_TRICKLE)
            connection.sendall(_OK)
        elif behaviour in ("trickling-head", "trickling-body"):
            whole = behaviour == "trickling-body"
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 100000\r\n\r\n" if whole else b"X-Never: "))
            ends = time.monotonic() + _TRICKLE
            while time.monotonic() < ends and not self._stopped:
                connection.sendall(b"x")
                time.sleep(0.2)
        elif behaviour == "endless":
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            ends = time.monotonic() + _TRICKLE
            while time.monotonic() < ends and not self._stopped:
                connection.sendall(b"x" * 1024)
                time.sleep(0.01)  # endless is the point, not fast: this machine has other things to do
        elif behaviour == "moved":
            target = f"http://{self.host}:{self._port}/moved-to"
            connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            connection.sendall(_FIXED.get(behaviour, _OK))

    def _pause(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not self._stopped:
            time.sleep(0.1)


_FIXED = {
    "empty": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "failing": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "missing": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "nonsense": b"what?\r\n\r\n\x00\xff\xfe",
    "half": b"HTTP/1.1 20",
    "hang-up": b"",
}


@contextlib.contextmanager
def reachable_neighbours(gateway: str) -> Iterator[tuple[Neighbours, list[str]]]:
    """Start the upstreams where containers reach them; also give the options that a container needs for that.

    An engine on this very machine has the network's gateway as an address of it: nobody but containers gets there.
    Docker Desktop's engine lives in a machine of its own, and leads one name to the loopback address of this one.

    Args:
        gateway: the address of the network's gateway; empty where it has none.
    """
    try:
        if not gateway:
            raise OSError("this machine has no address on that network")
        neighbours, options = Neighbours(gateway, gateway), []
    except OSError:
        neighbours = Neighbours(_HOST_FROM_CONTAINER, "127.0.0.1")
        options = [f"--add-host={_HOST_FROM_CONTAINER}:host-gateway"]
    try:
        yield neighbours, options
    finally:
        neighbours.close()
