"""The whole HTTP interface of the service, with logging around it."""

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from service.config import Config
from service.logs import RequestLog
from service.upstreams import ask_upstreams

# How many names of upstreams can be looked up at once.
LOOKUPS = 64


def create_app(config: Config) -> ASGIApp:
    async def index(_: Request) -> JSONResponse:
        return JSONResponse({"service": config.name, "language": "python", "version": config.version})

    async def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def upstreams(_: Request) -> JSONResponse:
        return JSONResponse(await ask_upstreams(config.upstreams))

    app = Starlette(
        routes=[Route("/", index), Route("/healthz", healthz), Route("/upstreams", upstreams)],
        exception_handlers={HTTPException: refuse, Exception: hide},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return PathOnly(RequestLog(app))


class PathOnly:
    """Strips scheme and host from a request that names the whole URL, as one to a proxy does: uvicorn keeps them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = re.sub(r"\Ahttps?://[^/]*", "", scope["path"], flags=re.IGNORECASE) or "/"
        await self.app(scope, receive, send)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    # Names are looked up in threads, of which asyncio has a handful: a few that hang would keep the others waiting.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(LOOKUPS))
    yield


async def refuse(_: Request, error: Exception) -> JSONResponse:
    """Answer what the router turns down, such as 404 and 405, in JSON."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if "Allow" in headers:
        # Starlette lists a set, whose order changes from one start to the next.
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    return JSONResponse({"error": error.detail.lower()}, error.status_code, headers)


async def hide(_request: Request, _error: Exception) -> JSONResponse:
    """Turn a bug into an answer that gives nothing away: Starlette hands the exception on, and uvicorn logs it."""
    return JSONResponse({"error": "internal error"}, 500)
