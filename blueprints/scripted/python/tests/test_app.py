import socket
import threading
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import app
from service.config import Config, Upstream

CONFIG = Config(name="orders", version="1.2.3")


@pytest.fixture
def client() -> TestClient:
    return TestClient(app.create_app(CONFIG), raise_server_exceptions=False, follow_redirects=False)


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/", 200, {"service": "orders", "language": "python", "version": "1.2.3"}),
        ("GET", "/healthz", 200, {"status": "ok"}),
        ("GET", "/upstreams", 200, {}),
        ("GET", "/nowhere", 404, {"error": "not found"}),
        ("GET", "/healthz/", 404, {"error": "not found"}),
        ("GET", "/%ff%00", 404, {"error": "not found"}),
        ("POST", "/nowhere", 404, {"error": "not found"}),
        ("POST", "/", 405, {"error": "method not allowed"}),
        ("DELETE", "/upstreams", 405, {"error": "method not allowed"}),
    ],
)
def test_routes(client: TestClient, method: str, path: str, status: int, body: object) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == body
    assert response.headers.get("Allow") == ("GET, HEAD" if status == 405 else None)


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/healthz", 200), ("/upstreams", 200), ("/nowhere", 404)])
def test_head(client: TestClient, path: str, status: int) -> None:
    assert client.head(path).status_code == status


def test_upstreams_are_reported() -> None:
    config = Config(upstreams=(Upstream("odd", ""),))
    report = TestClient(app.create_app(config)).get("/upstreams").json()
    assert report["odd"]["status"] == "unreachable"
    assert isinstance(report["odd"]["ms"], int)


def test_names_that_hang_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up, given_up = threading.Event(), threading.Event()

    def getaddrinfo(host: bytes, *_: Any, **__: Any) -> None:
        if host == b"known":
            looked_up.set()
        else:
            given_up.wait(10)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    names = [f"hangs-{number}" for number in range(50)] + ["known"]
    config = Config(upstreams=tuple(Upstream(name, f"http://{name}/") for name in names))
    with TestClient(app.create_app(config)) as client:
        report = client.get("/upstreams").json()
        assert looked_up.is_set()
        given_up.set()
    assert list(report) == names


async def broken(_: object) -> object:
    raise RuntimeError("secret")


async def no_json(_: object) -> object:
    return {"secret": float("nan")}


@pytest.mark.parametrize("bug", [broken, no_json])
def test_a_bug_gives_nothing_away(client: TestClient, monkeypatch: pytest.MonkeyPatch, bug: object) -> None:
    monkeypatch.setattr(app, "ask_upstreams", bug)
    response = client.get("/upstreams")
    assert (response.status_code, response.json()) == (500, {"error": "internal error"})
