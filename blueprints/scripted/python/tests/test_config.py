import pytest

from service.config import Config, Upstream


def test_defaults() -> None:
    assert Config.from_environment({}) == Config(port=8080, name="service", version="dev", upstreams=())


def test_empty_counts_as_unset() -> None:
    empty = dict.fromkeys(["PORT", "SERVICE_NAME", "SERVICE_VERSION", "UPSTREAMS"], "")
    assert Config.from_environment(empty) == Config()


def test_all_of_it() -> None:
    config = Config.from_environment(
        {
            "PORT": "9090",
            "SERVICE_NAME": "orders",
            "SERVICE_VERSION": "1.2.3",
            "UPSTREAMS": " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd,=http://nobody",
        }
    )
    assert config == Config(
        port=9090,
        name="orders",
        version="1.2.3",
        upstreams=(
            Upstream("users", "http://users:8080/healthz"),
            Upstream("stock", "http://stock:8080/?a=b"),
            Upstream("odd", ""),
        ),
    )


@pytest.mark.parametrize("port", ["1", "65535"])
def test_good_port(port: str) -> None:
    assert Config.from_environment({"PORT": port}).port == int(port)


@pytest.mark.parametrize(
    "port", ["http", "0", "65536", "-1", "+1", "80 80", " 80", "8080\n", "8.0", "1_0", "٨٠", "9" * 5000]
)
def test_bad_port(port: str) -> None:
    with pytest.raises(ValueError, match="PORT must be a number from 1 to 65535, not ") as raised:
        Config.from_environment({"PORT": port})
    assert "\n" not in str(raised.value)
