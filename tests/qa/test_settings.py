"""Settings from the environment."""

from importlib.metadata import version
from pathlib import Path

import pytest

from index.errors import SettingsError
from index.web.addresses import PRIVATE, networks
from qa.settings import Settings
from qa.web import options


def test_without_variables_the_defaults_are_used() -> None:
    settings = Settings.from_environment({})
    assert (settings.data, settings.host, settings.port, settings.model) == (
        Path("var/newsqa"),
        "127.0.0.1",
        8000,
        None,
    )


def test_blank_variables_are_ignored() -> None:
    environment = {"NEWSQA_DATA": "/srv/news", "NEWSQA_PORT": "0", "NEWSQA_HOST": "", "NEWSQA_LANGUAGES": "fr, en"}
    settings = Settings.from_environment(environment)
    assert (settings.data, settings.port, settings.host) == (Path("/srv/news"), 0, "127.0.0.1")
    assert settings.languages == ("fr", "en")


@pytest.mark.parametrize(("value", "expected"), [("0", 0.0), (".25", 0.25), ("0.5", 0.5), ("1", 1.0), ("1.0", 1.0)])
def test_the_minimum_confidence_is_a_probability(value: str, expected: float) -> None:
    assert Settings.from_environment({"NEWSQA_MIN_CONFIDENCE": value}).min_confidence == expected


@pytest.mark.parametrize("mode", ["off", "fast", "full"])
def test_the_reader_has_three_modes(mode: str) -> None:
    assert Settings.from_environment({"NEWSQA_READER": mode}).reader == mode
    assert Settings.from_environment({}).reader == "fast"


def test_an_unknown_mode_of_the_reader_is_an_error_that_lists_the_modes() -> None:
    with pytest.raises(SettingsError, match="NEWSQA_READER is 'On': write off, fast or full"):
        Settings.from_environment({"NEWSQA_READER": "On"})


def test_other_variables_are_ignored() -> None:
    assert Settings.from_environment({"PORT": "9", "DATA": "elsewhere"}) == Settings.from_environment({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWSQA_PORT", "eighty"),
        ("NEWSQA_PORT", "65536"),
        ("NEWSQA_QUEUE", "0"),
        ("NEWSQA_MIN_CONFIDENCE", "1.5"),
        ("NEWSQA_MIN_CONFIDENCE", "half"),
        ("NEWSQA_LANGUAGES", "fr,klingon"),
        ("NEWSQA_DEADLINE", "0"),
        ("NEWSQA_RATE", "often"),
        ("NEWSQA_RATE", "-1/minute"),
        ("NEWSQA_MAX_BODY", "8MB"),
        ("NEWSQA_DISK_FLOOR", "-1"),
        ("NEWSQA_FETCH_PRIVATE", "intranet"),
        ("NEWSQA_FETCH_PRIVATE", "10.0.0.1/8"),
        ("NEWSQA_FETCH_PORTS", "8080,0"),
        ("NEWSQA_FETCH_MAX_BODY", "0"),
        ("NEWSQA_FETCH_PROXY", "proxy:3128"),
        ("NEWSQA_FETCH_CONTACT", "me (at) home"),
        ("NEWSQA_FEEDS_INTERVAL", "15"),
        ("NEWSQA_FEEDS_INTERVAL", "30s"),
        ("NEWSQA_READER", "on"),
        ("NEWSQA_DEVICE", "mps"),
        ("NEWSQA_LOG", "xml"),
        ("NEWSQA_LOG_QUESTIONS", "yes"),
    ],
)
def test_an_invalid_setting_is_named_in_the_error(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


def test_private_networks_are_none_all_or_named() -> None:
    for value, expected in (("false", ()), ("true", PRIVATE), ("10.1.0.0/16, ::1", networks("10.1.0.0/16", "::1"))):
        assert Settings.from_environment({"NEWSQA_FETCH_PRIVATE": value}).fetch_private == expected


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)])
def test_an_interval_has_a_unit(value: str, seconds: int) -> None:
    assert Settings.from_environment({"NEWSQA_FEEDS_INTERVAL": value}).feeds_interval == seconds


def test_the_user_agent_names_a_contact() -> None:
    named = {"NEWSQA_FETCH_CONTACT": "https://news.example/about", "NEWSQA_PUBLIC_URL": "https://news.example"}
    assert options(Settings.from_environment(named)).agent.endswith(" (+https://news.example/about)")
    del named["NEWSQA_FETCH_CONTACT"]
    assert options(Settings.from_environment(named)).agent.endswith(" (+https://news.example)")
    assert options(Settings()).agent == f"newsqa/{version('newsqa')}"


def test_limits_and_names_are_read() -> None:
    settings = Settings.from_environment(
        {
            "NEWSQA_DEADLINE": "5",
            "NEWSQA_RATE": "600/minute",
            "NEWSQA_MAX_BODY": "20",
            "NEWSQA_DISK_FLOOR": "0",
            "NEWSQA_HOSTS": "News.example, archive.example",
            "NEWSQA_CORS_ORIGINS": "https://news.example",
            "NEWSQA_LOG": "json",
            "NEWSQA_LOG_QUESTIONS": "1",
        }
    )
    assert (settings.deadline, settings.rate, settings.max_body, settings.disk_floor) == (5, "600/minute", 20, 0)
    assert (settings.hosts, settings.cors_origins) == (("news.example", "archive.example"), ("https://news.example",))
    assert (settings.log, settings.log_questions) == ("json", True)
    assert Settings.from_environment({"NEWSQA_RATE": "off"}).rate == "off"


def test_passages_are_embedded_on_the_cpu_unless_a_gpu_is_named() -> None:
    assert Settings.from_environment({}).device == "cpu"
    assert Settings.from_environment({"NEWSQA_DEVICE": "cuda"}).device == "cuda"


@pytest.mark.parametrize(("value", "expected"), [("/news", "/news"), ("/a/b-c.d/", "/a/b-c.d"), ("/", ""), ("", "")])
def test_the_root_path_has_no_slash_at_its_end(value: str, expected: str) -> None:
    assert Settings.from_environment({"NEWSQA_ROOT_PATH": value}).root_path == expected


@pytest.mark.parametrize("value", ["news", "/a b", "https://news.example/a", "//a", "/a?b"])
def test_a_root_path_that_is_no_path_is_an_error(value: str) -> None:
    with pytest.raises(SettingsError, match=r"NEWSQA_ROOT_PATH is '.*': write a path such as /news"):
        Settings.from_environment({"NEWSQA_ROOT_PATH": value})


def test_the_public_address_has_no_slash_at_its_end() -> None:
    assert Settings.from_environment({"NEWSQA_PUBLIC_URL": "https://a.example/b/"}).public_url == "https://a.example/b"


@pytest.mark.parametrize("value", ["news.example", "ftp://a.example", "https://a.example/?b", "https://a.example/ b"])
def test_a_public_address_that_is_no_web_address_is_an_error(value: str) -> None:
    with pytest.raises(SettingsError, match="NEWSQA_PUBLIC_URL is"):
        Settings.from_environment({"NEWSQA_PUBLIC_URL": value})


def test_the_store_is_an_address_of_milvus() -> None:
    for address in ("milvus+http://127.0.0.1:19530", "milvus+https://u:p@m.example:443/news"):
        assert Settings.from_environment({"NEWSQA_STORE": address}).store == address
    for refused in (
        "http://127.0.0.1:19530",
        "milvus+http://host:1/a-b",
        "milvus+http://host:1?x=1",
        "milvus+http://u:p@[a",
        "milvus+http://h:99999",
        "milvus+http://:19530",
        "milvus+http://u:p@",
    ):
        with pytest.raises(SettingsError, match=r"NEWSQA_STORE: write an address such as milvus\+http://host:19530"):
            Settings.from_environment({"NEWSQA_STORE": refused})
    with pytest.raises(SettingsError, match="NEWSQA_STORE: pymilvus does not support IPv6 addresses: use a host name"):
        Settings.from_environment({"NEWSQA_STORE": "milvus+http://u:p@[::1]:19530"})
