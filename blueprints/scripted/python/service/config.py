"""What the environment configures."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Upstream:
    name: str
    url: str


@dataclass(frozen=True)
class Config:
    port: int = 8080
    name: str = "service"
    version: str = "dev"
    upstreams: tuple[Upstream, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read PORT, SERVICE_NAME, SERVICE_VERSION and UPSTREAMS; an empty one counts as unset.

        Raises:
            ValueError: PORT is not a port; the message is one line for whoever started the service.
        """
        return cls(
            port=_parse_port(environment.get("PORT") or str(cls.port)),
            name=environment.get("SERVICE_NAME") or cls.name,
            version=environment.get("SERVICE_VERSION") or cls.version,
            upstreams=_parse_upstreams(environment.get("UPSTREAMS", "")),
        )


def _parse_port(value: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", value) and 1 <= int(value) <= 65535:
        return int(value)
    # Quoted as JSON does, so that not even a line break in the value makes it two lines.
    raise ValueError(f"PORT must be a number from 1 to 65535, not {json.dumps(value)}")


def _parse_upstreams(value: str) -> tuple[Upstream, ...]:
    """Read `name=url,name=url`. An entry without a URL stays in the list: asking it shows what is wrong."""
    entries = (entry.partition("=") for entry in value.split(","))
    return tuple(Upstream(name.strip(), url.strip()) for name, _, url in entries if name.strip())
