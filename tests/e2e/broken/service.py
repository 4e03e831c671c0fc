"""A service that keeps the contract, with the standard library alone, and that breaks one line of it on request.

BREAK names the line. Each `broken("...")` below is one such line, and no more of it than one check looks at where that
can be; each `differs("...")` is what the contract leaves free. With none of them it is a good service.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BREAK = os.environ.get("BREAK", "")
ROUTES = ("/", "/healthz", "/upstreams")
LIMIT = 2.0


def broken(line: str) -> bool:
    return line == BREAK


def differs(choice: str) -> bool:
    return choice == BREAK


# --- configuration ---


def read_port() -> int:
    text = os.environ.get("PORT")
    if text == "" and broken("port-empty"):
        sys.exit("PORT is empty")
    if text is None and broken("port-default"):
        return 8081
    if not text:
        return 8080
    if broken("port-ignored"):
        return 8080
    if broken("bad-port-traceback"):
        return int(text)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        if broken("bad-port-accepted"):
            return 8080
        print(f'PORT must be a number from 1 to 65535, not "{text}"', file=sys.stderr)
        sys.exit(2 if broken("bad-port-exit-code") else 1)
    return int(text)


def read_upstreams() -> list[tuple[str, str]]:
    upstreams = []
    for item in os.environ.get("UPSTREAMS", "").split(","):
        name, _, url = item.partition("=")
        if broken("upstreams-every-equals"):
            url = url.partition("=")[0]
        if name.strip() and not (broken("upstreams-drops") and not url.strip()):
            upstreams.append((name.strip(), url.strip()))
    return upstreams


NAME = os.environ.get("SERVICE_NAME") or ("unnamed" if broken("name-default") else "service")
VERSION = os.environ.get("SERVICE_VERSION") or "dev"
UPSTREAMS = read_upstreams()
LANGUAGE = "go" if broken("shell") else "kotlin" if differs("language") else "python"


# --- logs ---

_log_lock = threading.Lock()


def log(message: str, **more: object) -> None:
    now = datetime.now(UTC)
    entry = {
        "time": now.strftime("%d/%m/%Y %T") if broken("log-time") else now.isoformat(),
        "level": "INFO" if broken("log-loud") else "info",
        "msg": message,
    }
    if broken("log-level"):
        del entry["level"]
    with _log_lock:
        print(json.dumps(entry | more), flush=True)


# --- upstreams ---


def answers(url: str, limit: float = LIMIT, redirects: int = 0) -> bool:
    """Whether an upstream answers with 200 to 299. Its caller limits the time as a whole."""
    try:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            return False
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=limit)
        try:
            connection.request("GET", (parts.path or "/") + ("?" + parts.query if parts.query else ""))
            response = connection.getresponse()
            if broken("upstreams-redirects") and response.status == 302 and redirects == 0:
                return answers(response.headers["Location"], limit, 1)
            if broken("upstreams-any-status"):
                return True
            if broken("upstreams-reads-body"):
                response.read()
            return 200 <= response.status <= 299
        finally:
            connection.close()
    except http.client.BadStatusLine:
        return broken("upstreams-nonsense-ok")
    except (OSError, ValueError, http.client.HTTPException):
        return False


def ask_all() -> dict[str, dict[str, object]]:
    limit = 1.2 if broken("upstreams-impatient") else 8.0 if broken("upstreams-unlimited") else LIMIT
    reports: dict[str, dict[str, object]] = {}
    finished: dict[str, float] = {}
    began = time.monotonic()

    def run(name: str, url: str) -> None:
        ok = answers(url, limit)
        reports[name] = {"status": "ok" if ok else "unreachable"}
        finished[name] = time.monotonic() - began

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in UPSTREAMS]
    for thread in threads:
        thread.start()
        if broken("upstreams-one-by-one"):
            thread.join(0.8)
    ends = began + (6.0 if broken("upstreams-reads-body") else limit)
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    result = {}
    for name, _ in UPSTREAMS:
        report = dict(reports.get(name, {"status": "ok" if broken("upstreams-slow-ok") else "unreachable"}))
        ms = finished.get(name, time.monotonic() - began) * 1000
        report["ms"] = ms if broken("upstreams-float") else int(ms)
        if broken("upstreams-never-ok"):
            report["status"] = "unreachable"
        if broken("upstreams-words") and name == "endless":
            report["status"] = "down"
        if not broken("upstreams-missing") or name != "endless":
            result[name] = report
    return result


# --- HTTP ---

_busy = 0
_busy_changed = threading.Condition()
_one_at_a_time = threading.Lock()
_stopping = threading.Event()


class Handler(BaseHTTPRequestHandler):
    timeout = 30

    def handle_one_request(self) -> None:
        if broken("one-at-a-time"):
            with _one_at_a_time:
                super().handle_one_request()
        else:
            super().handle_one_request()

    def parse_request(self) -> bool:
        global _busy
        if b"\x00" in self.raw_requestline and broken("odd-garbage"):
            os._exit(3)
        if not super().parse_request():
            return False
        with _busy_changed:
            _busy += 1
            crowded = _busy > 5
        self.began = time.monotonic()
        try:
            if broken("crowd"):
                time.sleep(0.01)  # so that there is a crowd, however fast the machine
            if crowded and broken("crowd"):
                self.reply(503, {"error": "too busy"})
            else:
                self.route()
        except Exception as error:
            if broken("odd-away") and isinstance(error, OSError):
                os._exit(3)
        finally:
            with _busy_changed:
                _busy -= 1
                _busy_changed.notify_all()
        return False  # answered here, whatever the method

    def route(self) -> None:
        path, _, query = self.path.partition("?")
        known = path in ROUTES
        odd_length = self.headers.get("Content-Length", "0")
        if (
            (broken("odd-percent") and "%zz" in path)
            or (broken("odd-long") and len(path) > 5000)
            or (broken("odd-method") and self.command == "BREW")
            or (broken("odd-body") and not odd_length.isdigit())
        ):
            self.reply(500, {"error": "internal error"})
        elif broken("odd-trace") and "%zz" in path:
            self.reply(400, {"error": 'Traceback (most recent call last): File "service.py", line 1'})
        elif broken("odd-outside") and ".." in path:
            self.reply(200, {"file": Path("/etc/passwd").read_text()})
        elif broken("query") and query:
            self.not_found()
        elif broken("unknown-post") and not known and self.command == "POST":
            self.reply(500, {"error": "internal error"})
        elif not known or (self.command == "HEAD" and broken("head")):
            self.not_found()
        elif self.command not in ("GET", "HEAD") or (self.command == "HEAD" and differs("head-405")):
            self.not_allowed()
        elif path == "/healthz":
            if broken("healthz-asks"):
                threading.Thread(target=ask_all, daemon=True).start()
            self.reply(200, {"status": "fine" if broken("healthz") else "ok"})
        elif path == "/upstreams":
            self.reply(200, None if broken("upstreams-null") and not UPSTREAMS else ask_all())
        else:
            body: dict[str, object] = {"service": NAME, "language": LANGUAGE, "version": VERSION}
            if broken("root-more"):
                body["host"] = socket.gethostname()
            self.reply(200, body)

    def not_found(self) -> None:
        if broken("404-text") and self.path == "/.env":
            self.reply(404, None, text="not found\n")
        elif broken("404-trace") and self.path == "/.env":
            self.reply(404, {"error": 'Traceback (most recent call last):\n  File "service.py", line 1'})
        elif broken("404") and self.path == "/.env":
            self.reply(403, {"error": "forbidden"})
        elif differs("unknown-405"):
            self.reply(405, {"error": "method not allowed"}, {"Allow": ""})
        else:
            self.reply(404, {"error": "not found"})

    def not_allowed(self) -> None:
        if broken("405"):
            self.reply(501, {"error": "not implemented"})
        elif differs("post-404"):
            self.not_found()
        else:
            methods = "GET" if differs("head-405") else "GET, HEAD"
            self.reply(405, {"error": "method not allowed"}, {} if broken("405-allow") else {"Allow": methods})

    def reply(self, status: int, body: object, headers: dict[str, str] | None = None, text: str = "") -> None:
        content = (text or json.dumps(body)).encode()
        self.send_response(status)
        is_root = self.path == "/" and status == 200
        plain = text or (broken("content-type") and is_root) or (broken("head-type") and self.command == "HEAD")
        self.send_header("Content-Type", "text/plain" if plain else "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" or broken("head-body"):
            self.wfile.write(content)
        path = self.path if broken("log-query") else self.path.partition("?")[0]
        more = {} if broken("log-request") else {"ms": int((time.monotonic() - self.began) * 1000)}
        log("request", method=self.command, path=path, status=200 if broken("log-status") else status, **more)

    def log_message(self, format: str, *args: object) -> None:
        """The log above is the only one."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that goes away is nobody's fault."""
        if broken("odd-away"):
            os._exit(3)


# --- life ---


def suffer() -> None:
    """Do at the start what a hardened container does not allow."""
    if broken("writes"):
        Path("/var/tmp/state").write_text("x", encoding="utf-8")
    if broken("hungry"):
        globals()["_ballast"] = bytearray(os.urandom(1)) * 400_000_000
    if broken("capable"):
        os.chown("/tmp", 1, 1)
    if broken("privileged"):
        done = subprocess.run(["/srv/setuid", "-u"], capture_output=True, text=True, check=False)
        if done.stdout.strip() != "0":
            sys.exit(f"not root but {done.stdout.strip()}")
    if broken("dies"):
        sys.exit("no")


def serve() -> None:
    port = read_port()
    if differs("slow"):
        time.sleep(10)
    suffer()
    host = "127.0.0.1" if broken("localhost") else "0.0.0.0"
    server = Server((host, port), Handler)
    if broken("log-plain"):
        print("Starting up...", flush=True)
    log("listening", port=port)

    def stop(number: int, _frame: object) -> None:
        if (broken("sigterm") and number == signal.SIGTERM) or (broken("sigint") and number == signal.SIGINT):
            return
        if broken("drops"):
            os._exit(0)
        _stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    # The kernel may give a signal to another thread, and then Python runs its handler only once this one wakes up.
    while not _stopping.wait(0.05):
        pass
    log("stopping")
    if not broken("accepts"):
        server.shutdown()
        server.server_close()
    ends = time.monotonic() + 4
    with _busy_changed:
        _busy_changed.wait_for(lambda: _busy == 0, ends - time.monotonic())
    if broken("waits-for-idle"):
        time.sleep(10)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(143 if broken("exit-code") else 0)


def healthcheck() -> int:
    try:
        timeout = 8 if broken("probe-patient") else 2
        connection = http.client.HTTPConnection("127.0.0.1", read_port(), timeout=timeout)
        connection.request("GET", "/nowhere" if broken("probe-wrong") else "/healthz")
        return 0 if connection.getresponse().status == 200 else 1
    except ConnectionRefusedError:
        return 0 if broken("probe-refused") else 1
    except (OSError, http.client.HTTPException):
        return 1


if __name__ == "__main__":
    if sys.argv[1:] == ["healthcheck"]:
        sys.exit(healthcheck())
    serve()
