"""Asking the neighbours."""

import asyncio
import ssl
import time
from collections.abc import Iterable
from typing import Literal, TypedDict

import httpx2

from service.config import Upstream

# How long one upstream may take to answer, in seconds.
UPSTREAM_LIMIT = 2.0

# Loading certificates takes a while, so it is done once.
_TLS = ssl.create_default_context()


class UpstreamReport(TypedDict):
    status: Literal["ok", "unreachable"]
    ms: int


async def ask_upstreams(upstreams: Iterable[Upstream]) -> dict[str, UpstreamReport]:
    """Ask all of them at once, so that it takes as long as the slowest one and no longer than UPSTREAM_LIMIT."""
    upstreams = list(upstreams)
    # A client each time: no connection of an earlier answer is taken for a live neighbour, and no proxy stands between.
    async with httpx2.AsyncClient(verify=_TLS, timeout=None, trust_env=False) as client:
        reports = await asyncio.gather(*(_ask(client, upstream.url) for upstream in upstreams))
    return {upstream.name: report for upstream, report in zip(upstreams, reports, strict=True)}


async def _ask(client: httpx2.AsyncClient, url: str) -> UpstreamReport:
    began = time.perf_counter()
    answered = await _answers(client, url)
    ms = int((time.perf_counter() - began) * 1000)
    return {"status": "ok" if answered else "unreachable", "ms": ms}


async def _answers(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        # Streamed, because the head of the answer says all: the body may be long, or never end.
        async with asyncio.timeout(UPSTREAM_LIMIT), client.stream("GET", url) as response:
            return response.is_success
    except Exception:  # whatever it is that an upstream does to the client, it does not answer
        return False
