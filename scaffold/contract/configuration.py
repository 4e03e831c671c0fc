"""What the environment configures, and what a service says to a PORT that is none."""

from __future__ import annotations

import time

from scaffold.contract.checks import Checklist, NotMetError, expect
from scaffold.contract.limits import start_limit
from scaffold.contract.sandbox import Container, Sandbox, hardened
from scaffold.contract.start import Service, start_service
from scaffold.contract.upstreams import status_in
from scaffold.contract.wire import Answer, ask, shorten

DEFAULT_PORT = 8080
_BAD_PORTS = ("http", "0", "65536", "-1", "80 80", "8080.5", "0x1F90", "1e3", "99999999999999999999")


def check_bad_ports(checklist: Checklist, sandbox: Sandbox, image: str) -> None:
    """Start the image with each bad PORT, all of them before looking at the first."""
    with checklist.check("configuration", "a bad PORT is one clear line on stderr and exit code 1") as note:
        started = [(port, sandbox.run(image, environment={"PORT": port}, options=hardened())) for port in _BAD_PORTS]
        for port, container in started:
            _expect_refused(port, container)
        note.text = f"tried {len(_BAD_PORTS)}"


def check_defaults(checklist: Checklist, sandbox: Sandbox, image: str, first: Service, alias: str) -> Service | None:
    """Start a second container with nothing configured but a neighbour: the first, by its name on the network.

    Returns:
        The second service, or None when it does not start.
    """
    service: Service | None = None
    upstreams = f" first = http://{alias}:{first.port}/healthz ,, root=http://{alias}:{first.port}/"
    unset: dict[str, str | None] = dict.fromkeys(("PORT", "SERVICE_NAME", "SERVICE_VERSION"))
    with checklist.check("configuration", f"listens on {DEFAULT_PORT} when PORT is unset"):
        service = start_service(sandbox, image, DEFAULT_PORT, {**unset, "UPSTREAMS": upstreams}, options=hardened())
    with checklist.check("configuration", "is called service, version dev, when neither is set"):
        answer = _ask(service, "/")
        body = answer.object()
        expect(body.get("service") == "service" and body.get("version") == "dev", f"it is {shorten(answer.body)}")
    with checklist.check("configuration", "a container on the network reaches it by its name"):
        answer = _ask(service, "/upstreams")
        for name in ("first", "root"):
            expect(status_in(answer.object(), name) == "ok", f"asked over the network: {shorten(answer.body)}")
    return service


def check_empty(checklist: Checklist, sandbox: Sandbox, image: str) -> Service | None:
    """Start a container under an init with a PORT and UPSTREAMS that are empty.

    Returns:
        The service, or None when it does not start.
    """
    service: Service | None = None
    with checklist.check("configuration", f"listens on {DEFAULT_PORT} when PORT is empty"):
        service = start_service(
            sandbox, image, DEFAULT_PORT, {"PORT": "", "UPSTREAMS": ""}, options=[*hardened(), "--init"]
        )
    with checklist.check("upstreams", "without UPSTREAMS the answer is an empty object"):
        answer = _ask(service, "/upstreams")
        expect(answer.status == 200 and answer.json() == {}, f"{answer.status} {shorten(answer.body)}")
    return service


def _ask(service: Service | None, path: str) -> Answer:
    if service is None:
        raise NotMetError("it does not start")
    return ask(service.address, path)


def _expect_refused(port: str, container: Container) -> None:
    began = time.monotonic()
    code = container.wait(start_limit(container.healthcheck()))
    expect(code is not None, f"with PORT={port} it still runs after {time.monotonic() - began:.0f} s")
    stdout, stderr = container.logs()
    expect(code == 1, f"with PORT={port} the exit code is {code}")
    lines = stderr.splitlines()
    expect(len(lines) == 1, f"with PORT={port} it prints {len(lines)} lines on stderr")
    expect("PORT" in lines[0], f"with PORT={port} it says {lines[0][:100]!r}, which does not name PORT")
    expect(not stdout.strip(), f"with PORT={port} it prints on stdout: {stdout[:80]!r}")
