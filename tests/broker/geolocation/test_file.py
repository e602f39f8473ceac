"""Geolocation from a file: the shapes of databases, files that change, arguments that are no address."""

import asyncio

import pytest
import structlog
from structlog.testing import capture_logs

from tests.broker.geolocation.databases import CITY, COUNTRY, FLAT, write
from transformer.broker.geolocation import file, open_geolocation
from transformer.capabilities import Capabilities
from transformer.settings import Settings, SettingsError
from transformer.wire.calls import CallError

GRANTS = Capabilities(geolocation=True)
NOWHERE = dict.fromkeys(
    ["city", "region", "region_code", "postal", "country", "country_name", "continent", "location", "timezone"], ""
)
NETWORKS = {"198.51.100.0/24": CITY, "2001:db8::/32": COUNTRY, "203.0.113.0/24": FLAT}


@pytest.fixture
def database(tmp_path):
    return write(tmp_path / "city.mmdb", NETWORKS)


@pytest.fixture
async def open_file():
    opened = []

    def make(path):
        opened.append(open_geolocation(Settings(geolocation=f"file:{path}"), structlog.get_logger()))
        return opened[-1]

    yield make
    for one in opened:
        await one.close()


@pytest.fixture
def find(open_file, database):
    geolocation = open_file(database)

    async def find(ip):
        return await geolocation.answer("shop", GRANTS, {"ip": ip})

    return find


async def test_a_nested_record_becomes_one_flat_object(find):
    assert await find("198.51.100.7") == {
        "ip": "198.51.100.7",
        "city": "Springfield",
        "region": "Illinois",
        "region_code": "IL",
        "postal": "62701",
        "country": "US",
        "country_name": "United States",
        "continent": "NA",
        "location": "39.8,-89.65",
        "timezone": "America/Chicago",
    }


async def test_a_flat_record_has_the_same_names(find):
    assert await find("203.0.113.9") == NOWHERE | {
        "ip": "203.0.113.9",
        "city": "Lyon",
        "region": "Rhone",
        "postal": "69000",
        "country": "FR",
        "location": "45.7,4.8",
        "timezone": "Europe/Paris",
    }


@pytest.mark.parametrize("ip", ["192.0.2.1", "127.0.0.1", "::1"])
async def test_an_address_that_nobody_knows_is_empty_texts(find, ip):
    assert await find(ip) == {"ip": ip, **NOWHERE}


async def test_what_a_record_lacks_is_empty_texts(find):
    assert await find("2001:db8::1") == {"ip": "2001:db8::1", **NOWHERE, "country": "DE", "country_name": "Germany"}


@pytest.mark.parametrize(
    "ip", ["", "nowhere", "1.2.3", "1.2.3.4.5", "999.1.1.1", "1.2.3.4/8", "1.2.3.4\n", None, 5, ["1.2.3.4"]]
)
async def test_what_is_no_address_is_an_ordinary_error(find, ip):
    with pytest.raises(CallError) as caught:
        await find(ip)
    assert caught.value.kind == "invalid"


async def test_a_database_of_ipv4_knows_no_other_addresses(open_file, tmp_path):
    geolocation = open_file(write(tmp_path / "four.mmdb", {"198.51.100.0/24": CITY}, version=4))
    assert (await geolocation.answer("shop", GRANTS, {"ip": "2001:db8::1"}))["country"] == ""
    assert (await geolocation.answer("shop", GRANTS, {"ip": "198.51.100.1"}))["country"] == "US"


async def test_a_file_that_changes_is_read_again_however_it_is_replaced(find, database, monkeypatch):
    monkeypatch.setattr(file, "_LOOK_SECONDS", 0.0)

    async def countries():
        await asyncio.sleep(0.01)
        return (await find("198.51.100.7"))["country"]

    assert await countries() == "US"
    other = write(database.with_suffix(".new"), {"198.51.100.0/24": {"country": {"iso_code": "CA"}}})
    other.replace(database)
    while await countries() != "CA":
        pass
    content = write(database.with_suffix(".new"), {"198.51.100.0/24": {"country": {"iso_code": "MX"}}}).read_bytes()
    with database.open("r+b") as overwritten:  # in place: under a mapping this would end the process
        overwritten.truncate(0)
        overwritten.flush()
        assert await countries() == "CA"
        overwritten.write(content)
    while await countries() != "MX":
        pass
    database.write_bytes(b"broken")
    for _ in range(20):
        assert await countries() == "MX"
    database.unlink()
    assert await countries() == "MX"


async def test_a_file_that_cannot_be_read_any_more_is_logged_once(find, database, monkeypatch):
    monkeypatch.setattr(file, "_LOOK_SECONDS", 0.0)

    async def look(lines, count):
        while len(lines) < count:
            await find("198.51.100.7")
            await asyncio.sleep(0.001)

    content = database.read_bytes()
    with capture_logs() as lines:
        database.write_bytes(b"broken")
        await look(lines, 1)
        for _ in range(20):
            await find("198.51.100.7")
            await asyncio.sleep(0.001)
        database.write_bytes(content)
        await look(lines, 2)
    told = {"reason": "it is no MaxMind database", "meanwhile": "what it said before is served"}
    assert lines == [
        {"event": "geolocation database cannot be read", "log_level": "warning", **told},
        {"event": "geolocation database read", "log_level": "info"},
    ]


async def test_an_ipv4_address_in_the_clothes_of_ipv6_is_looked_up_as_what_it_is(find):
    found = await find("::ffff:198.51.100.7")
    assert (found["ip"], found["country"]) == ("::ffff:198.51.100.7", "US")


@pytest.mark.parametrize("text", [b"", b"no database", bytes(100_000)])
def test_a_file_that_is_no_database_is_named_at_the_start(tmp_path, text):
    path = tmp_path / "city.mmdb"
    path.write_bytes(text)
    with pytest.raises(SettingsError) as caught:
        open_geolocation(Settings(geolocation=f"file:{path}"))
    assert str(caught.value) == f"geolocation: {path} is no MaxMind database"


def test_a_file_that_is_not_there_is_named_at_the_start(tmp_path):
    with pytest.raises(SettingsError) as caught:
        open_geolocation(Settings(geolocation=f"file:{tmp_path}/none.mmdb"))
    assert str(caught.value) == f"geolocation: {tmp_path}/none.mmdb: No such file or directory"


@pytest.mark.parametrize("text", ["city.mmdb", "file:", "ftp://geo", "http://", "https://geo/?key=s3cret", "http://[::1"])
def test_a_slip_in_the_setting_is_told_with_its_forms(text):
    with pytest.raises(SettingsError) as caught:
        open_geolocation(Settings(geolocation=text))
    assert (
        str(caught.value)
        == "geolocation is not one of its forms; file:PATH of a .mmdb file, http://HOST, https://HOST, or none"
    )


def test_without_a_setting_there_is_none():
    assert open_geolocation(Settings()) is None
