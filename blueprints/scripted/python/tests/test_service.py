"""The service as the container runs it: a process that is started, asked, and told to stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from service.health import is_healthy


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "service", *arguments]


def environment(**variables: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in {"PORT", "UPSTREAMS"}}
    return inherited | variables


def wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


@contextmanager
def running(**variables: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with subprocess.Popen(
        command(),
        env=environment(PORT=str(port), **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_until(lambda: is_healthy(port), "does not start")
            yield process, port
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_finishes_what_it_began(number: signal.Signals) -> None:
    def ask() -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as asking:
            asking.request("GET", "/upstreams")
            response = asking.getresponse()
            return response.status, json.load(response)["slow"]["status"]

    with (
        socket.create_server(("127.0.0.1", 0)) as slow,
        running(UPSTREAMS=f"slow=http://127.0.0.1:{slow.getsockname()[1]}/") as (process, port),
        ThreadPoolExecutor() as pool,
        socket.create_connection(("127.0.0.1", port)) as idle,
    ):
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = pool.submit(ask)
        connection, _ = slow.accept()
        process.send_signal(number)
        wait_until(lambda: not is_healthy(port), "still accepts connections")
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        assert answer.result(10) == (200, "ok")
        out, err = process.communicate(timeout=5)
        connection.close()
    assert process.returncode == 0
    assert err == ""
    lines = [json.loads(line) for line in out.splitlines()]
    assert all({"time", "level", "msg"} <= line.keys() for line in lines)
    assert [line["status"] for line in lines if line.get("path") == "/upstreams"] == [200]


def test_told_to_stop_while_it_starts(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(60)\n")
    slow = environment(PYTHONPATH=str(tmp_path))
    with subprocess.Popen(command(), env=slow, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "importing\n"
        process.terminate()
        assert process.wait(5) == 0


@pytest.mark.parametrize(
    ("head", "status", "logged"),
    [
        ("what?", 400, ["Invalid HTTP request received."]),
        ("GET / HTTP/1.1", 400, ["Invalid HTTP request received."]),
        ("GET http://x/nowhere?q=1 HTTP/1.1\r\nHost: x", 404, ["/nowhere"]),
        ("GET HTTP://x HTTP/1.1\r\nHost: x", 200, ["/"]),
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close, upgrade\r\nUpgrade: websocket", 200, ["/"]),
    ],
)
def test_odd_requests_are_answered_in_json(head: str, status: int, logged: list[str]) -> None:
    with running() as (process, port):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
            answer = connection.makefile().read()
        process.terminate()
        out, _ = process.communicate(timeout=5)
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "content-type: application/json\n" in answer.lower()
    assert json.loads(answer.partition("\n\n")[2])
    lines = [json.loads(line) for line in out.splitlines()]
    seen = [line.get("path", line["msg"]) for line in lines if line["level"] == "warn" or line["msg"] == "request"]
    assert [text for text in seen if text != "/healthz"] == logged


def test_health_probe() -> None:
    with running() as (process, port):
        healthy = subprocess.run(command("healthcheck"), env=environment(PORT=str(port)), check=False)
        process.terminate()
        process.wait(5)
        unhealthy = subprocess.run(command("healthcheck"), env=environment(PORT=str(port)), check=False)
    assert (healthy.returncode, unhealthy.returncode) == (0, 1)


def test_health_probe_has_a_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not is_healthy(silent.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "port", "message"),
    [
        ([], "http", 'PORT must be a number from 1 to 65535, not "http"\n'),
        (["healthcheck"], "0", 'PORT must be a number from 1 to 65535, not "0"\n'),
        (["healthchek"], "", "unknown arguments ['healthchek']: the only one is healthcheck\n"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], port: str, message: str) -> None:
    result = subprocess.run(
        command(*arguments), env=environment(PORT=port), capture_output=True, text=True, check=False, timeout=20
    )
    assert (result.returncode, result.stdout, result.stderr) == (1, "", message)
