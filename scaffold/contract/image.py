"""What an image promises: whom it runs as, and what it says of itself."""

from __future__ import annotations

import re
from typing import Any

from scaffold import docker
from scaffold.contract.checks import Checklist, expect
from scaffold.contract.configuration import DEFAULT_PORT
from scaffold.contract.contents import is_shell
from scaffold.contract.sandbox import Container

_LABELS = ("title", "description", "version")


def check_image(checklist: Checklist, config: dict[str, Any], container: Container) -> None:
    """Look at what an image says of itself, and at whom its processes belong to."""
    with checklist.check("image", "runs as a numeric user who is not root") as note:
        user = str(config.get("User") or "")
        expect(user, "the image sets no USER, so it runs as root")
        expect(
            re.fullmatch(r"[0-9]+(:[0-9]+)?", user),
            f"USER is {user!r}, which is a name: an orchestrator can't tell root",
        )
        # Its group may be 0, as OpenShift has it.
        expect(int(user.partition(":")[0]), f"USER is {user}: root")
        owners = _owners(container)
        expect(owners, "no process runs in the container")
        expect(not owners & {"0", "root"}, "a process in the container runs as root")
        note.text = user
    with checklist.check("image", "the ENTRYPOINT is a program, not a shell") as note:
        command = list(config.get("Entrypoint") or []) or list(config.get("Cmd") or [])
        expect(command, "the image has neither ENTRYPOINT nor CMD")
        expect(not is_shell(command), f"it starts {' '.join(command)[:80]!r}: signals end at the shell")
        expect(config.get("Entrypoint"), "the image has a CMD but no ENTRYPOINT")
        note.text = " ".join(command)[:80]
    with checklist.check("image", "EXPOSE documents the port") as note:
        ports = sorted(config.get("ExposedPorts") or {})
        settings = dict(setting.partition("=")[::2] for setting in config.get("Env") or [])
        port = f"{settings.get('PORT') or DEFAULT_PORT}/tcp"
        expect(port in ports, f"{', '.join(ports) or 'nothing'} is exposed, but it listens on {port}")
        note.text = ", ".join(ports)
    with checklist.check("image", "has the OCI labels title, description and version") as note:
        labels = config.get("Labels") or {}
        for name in _LABELS:
            expect(labels.get(f"org.opencontainers.image.{name}"), f"org.opencontainers.image.{name} is missing")
        note.text = f"{labels['org.opencontainers.image.title']} {labels['org.opencontainers.image.version']}"


def _owners(container: Container) -> set[str]:
    """Return the user ids of the container's processes, as the engine's host sees them."""
    lines = docker.docker("top", container.name, "-eo", "pid,uid").splitlines()[1:]
    return {line.split()[1] for line in lines if len(line.split()) > 1}
