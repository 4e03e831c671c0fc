import asyncio
import time

from service.config import Upstream
from service.upstreams import UPSTREAM_LIMIT, UpstreamReport, ask_upstreams
from tests.servers import OK, upstream


async def ask_every_kind() -> dict[str, UpstreamReport]:
    async with (
        upstream(OK) as live,
        upstream(b"HTTP/1.1 204 No Content\r\n\r\n") as empty_handed,
        upstream(b"HTTP/1.1 200 OK\r\n\r\n", trickle=b"more\n") as endless,
        upstream(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n") as failing,
        upstream(f"HTTP/1.1 302 Found\r\nLocation: {live}\r\nContent-Length: 0\r\n\r\n".encode()) as redirecting,
        upstream(b"what?\r\n") as nonsense,
        upstream(b"", hangs=True) as slow,
        upstream(b"", hangs=True) as slower,
        upstream(b"HTTP/1.1 200 OK\r\n", trickle=b"X-More: 1\r\n") as trickling,
    ):
        async with upstream(OK) as dead:
            pass
        urls = {
            "live": live,
            "empty-handed": empty_handed,
            "endless": endless,
            "failing": failing,
            "redirecting": redirecting,
            "nonsense": nonsense,
            "slow": slow,
            "slower": slower,
            "trickling": trickling,
            "dead": dead,
            "nowhere": "http://nowhere.invalid/",
            "no-url": "",
            "not-a-url": "http://[",
            "not-a-host": f"http://{'a' * 70}/",
            "not-http": "ftp://127.0.0.1/",
        }
        return await ask_upstreams(Upstream(name, url) for name, url in urls.items())


def test_every_kind_of_upstream() -> None:
    began = time.perf_counter()
    reports = asyncio.run(ask_every_kind())
    assert time.perf_counter() - began < 2 * UPSTREAM_LIMIT, "not asked at once, or not limited"
    assert {name for name, report in reports.items() if report["status"] == "ok"} == {"live", "empty-handed", "endless"}
    assert len(reports) == 15
    for name in ("slow", "slower", "trickling"):
        assert reports[name]["ms"] >= UPSTREAM_LIMIT * 1000
    assert all(isinstance(report["ms"], int) for report in reports.values())


def test_none() -> None:
    assert asyncio.run(ask_upstreams([])) == {}
