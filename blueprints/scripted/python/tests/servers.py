"""Neighbours of every kind, good and bad."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@asynccontextmanager
async def upstream(answer: bytes, trickle: bytes = b"", *, hangs: bool = False) -> AsyncIterator[str]:
    """Serve `answer`, as it is, to whoever connects, and go on with `trickle` for ever if there is any.

    One that `hangs` keeps the connection open after its answer. Yields the URL.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        while trickle:
            writer.write(trickle)
            await asyncio.sleep(0.05)
        if hangs:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}/"
    finally:
        server.close()
