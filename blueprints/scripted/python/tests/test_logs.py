import json
import logging
import sys
from datetime import datetime

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.config import Config
from service.logs import JsonFormatter


def test_a_request_is_one_line_of_json(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "service.logs"):
        TestClient(create_app(Config())).get("/nowhere?secret=1")
    [record] = [record for record in caplog.records if record.name == "service.logs"]
    text = JsonFormatter().format(record)
    line = json.loads(text)
    assert "\n" not in text
    assert datetime.fromisoformat(line.pop("time")).tzinfo
    assert isinstance(line.pop("ms"), int)
    assert line == {"level": "info", "msg": "request", "method": "GET", "path": "/nowhere", "status": 404}


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (logging.DEBUG, "debug"),
        (logging.INFO, "info"),
        (logging.WARNING, "warn"),
        (logging.ERROR, "error"),
        (logging.CRITICAL, "error"),
    ],
)
def test_levels(level: int, name: str) -> None:
    record = logging.LogRecord("service", level, "", 0, "so it is", None, None)
    assert json.loads(JsonFormatter().format(record))["level"] == name


def test_an_exception_is_one_line_too() -> None:
    try:
        raise RuntimeError("secret")
    except RuntimeError:
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "it broke\n", None, sys.exc_info())
    text = JsonFormatter().format(record)
    line = json.loads(text)
    assert "\n" not in text
    assert line["msg"] == "it broke"
    assert "RuntimeError: secret" in line["error"]
