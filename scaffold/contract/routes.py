"""What the service answers, path by path."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from scaffold.contract.checks import Checklist, expect
from scaffold.contract.wire import Address, Answer, answer_in, ask, gives_away, send, shorten

_KNOWN = ("/", "/healthz", "/upstreams")


def check_routes(checklist: Checklist, address: Address, name: str, version: str, asked: Callable[[], int]) -> str:
    """Ask every path of the contract.

    Args:
        address: where the service is published.
        name: the SERVICE_NAME that it was started with.
        version: its SERVICE_VERSION.
        asked: how many requests its upstreams have had so far.

    Returns:
        The language that the service says it is written in; empty when it says none.
    """
    language = ""
    with checklist.check("routes", "GET / names the service, its language and its version") as note:
        answer = ask(address, "/")
        expect(answer.status == 200, f"GET / answered {answer.status}")
        body = answer.json()
        keys = sorted(body) if isinstance(body, dict) else []
        expect(keys == ["language", "service", "version"], f"the body is {shorten(answer.body)}")
        language = str(body["language"])
        expect(body["service"] == name, f"service is {body['service']!r}, but SERVICE_NAME is {name!r}")
        expect(body["version"] == version, f"version is {body['version']!r}, but SERVICE_VERSION is {version!r}")
        expect(isinstance(body["language"], str) and language, f"language is {body['language']!r}")
        note.text = f"language {language}"
    with checklist.check("routes", "GET /healthz is ok"):
        answer = ask(address, "/healthz")
        expect(answer.status == 200, f"GET /healthz answered {answer.status}")
        expect(answer.json() == {"status": "ok"}, f"the body is {shorten(answer.body)}")
    with checklist.check("routes", "GET /healthz never calls anyone"):
        before = asked()
        ask(address, "/healthz")
        time.sleep(0.3)  # for one that asks behind its answer's back
        expect(asked() == before, "it asked an upstream")
    with checklist.check("routes", "a query changes no route"):
        for path in ("/?a=1", "/healthz?verbose=1&x=%20"):
            status = ask(address, path).status
            expect(status == 200, f"GET {path} answered {status}")
    methods = {"GET", "HEAD"}
    with checklist.check("routes", "HEAD is answered like GET, or refused with 405, and has no body"):
        for path in ("/", "/healthz"):
            # As bytes: an HTTP client reads no body after HEAD, and so would never see one.
            request = f"HEAD {path} HTTP/1.1\r\nHost: {address[0]}\r\nConnection: close\r\n\r\n"
            head, get = answer_in(send(address, request.encode())), ask(address, path)
            if head.status == 405:
                methods = {"GET"}
                _expect_allowed(head, f"HEAD {path}", methods)
            else:
                expect(head.status == get.status, f"HEAD {path} answered {head.status}, but GET {get.status}")
                kinds = [answer.headers.get("content-type") for answer in (head, get)]
                expect(kinds[0] == kinds[1], f"the Content-Type of HEAD {path} is {kinds[0]!r}, of GET {kinds[1]!r}")
            expect(not head.body, f"HEAD {path} has the body {shorten(head.body)}")
    with checklist.check("routes", "an unknown path is 404 or 405 with a JSON error"):
        for path in ("/nowhere", "/healthz/deeper", "/healthzz", "/upstream", "/index.html", "/.env"):
            _expect_error(ask(address, path), f"GET {path}")
    with checklist.check("routes", "a known path with another method is 404 or 405 with a JSON error"):
        for path in _KNOWN:
            for method in ("POST", "PUT", "DELETE", "PATCH"):
                answer = ask(address, path, method, {"Content-Length": "0"})
                _expect_error(answer, f"{method} {path}")
                if answer.status == 405:
                    _expect_allowed(answer, f"{method} {path}", methods)
    with checklist.check("routes", "an unknown path with another method is an error too"):
        _expect_error(ask(address, "/nowhere", "POST", {"Content-Length": "0"}), "POST /nowhere")
    with checklist.check("routes", "many requests at once are all answered") as note:
        with ThreadPoolExecutor(20) as pool:
            statuses = [answer.status for answer in pool.map(lambda _: ask(address, "/"), range(100))]
        bad = [status for status in statuses if status != 200]
        expect(not bad, f"{len(bad)} of {len(statuses)} failed, the first with {bad[:1]}")
        note.text = f"{len(statuses)} requests, 20 at a time"
    return language


def _expect_allowed(answer: Answer, what: str, methods: set[str]) -> None:
    """Expect that a 405 names the methods that do work there, as RFC 9110 has it."""
    allowed = {word.strip() for word in answer.headers.get("allow", "").split(",")}
    expect(methods <= allowed, f"{what}: Allow is {answer.headers.get('allow')!r}")


def _expect_error(answer: Answer, what: str) -> None:
    expect(answer.status in (404, 405), f"{what} answered {answer.status}, not 404 or 405")
    body = answer.json()
    is_error = isinstance(body, dict) and list(body) == ["error"] and isinstance(body["error"], str) and body["error"]
    expect(is_error, f"{what}: the body is {shorten(answer.body)}, not an error")
    expect(not gives_away(answer.body), f"{what}: the body gives a stack trace away")
