"""Names: asked once, checked each time, pinned to the connection. A name that changes its meaning gains nothing."""

import asyncio

import pytest

from tests.broker.fetch.upstream import Upstream
from transformer.broker.fetch.addresses import ForbiddenAddressError, Networks, parse_networks
from transformer.broker.fetch.names import parse_overrides, parse_servers
from transformer.broker.fetch.resolver import Resolver

OPENED = Networks(parse_networks("127.0.0.0/8"))


@pytest.fixture
async def open_resolver(names):
    opened = []

    def make(networks=OPENED, **options):
        opened.append(Resolver(networks, servers=[names.address], **options))
        return opened[-1]

    yield make
    for resolver in opened:
        await resolver.close()


async def found(resolver, name):
    return [result["host"] for result in await resolver.resolve(name, 80)]


async def test_only_allowed_addresses_of_a_name_leave_the_resolver(names, open_resolver):
    names.names["mixed.test"] = ["10.0.0.1", "127.0.0.7", "169.254.169.254", "::1", "fd00::1"]
    assert await found(open_resolver(), "mixed.test") == ["127.0.0.7"]


async def test_a_name_without_an_allowed_address_is_forbidden(names, open_resolver):
    names.names["inside.test"] = ["10.0.0.1", "fd00::1", "::ffff:10.0.0.2"]
    with pytest.raises(ForbiddenAddressError):
        await found(open_resolver(), "inside.test")


async def test_a_name_that_does_not_exist_is_an_error_without_the_name(open_resolver):
    with pytest.raises(OSError) as caught:
        await found(open_resolver(), "nowhere.test")
    assert str(caught.value) == "the name cannot be resolved"


async def test_an_answer_is_kept_for_its_time_and_not_without_one(names, open_resolver):
    names.names["a.test"] = ["127.0.0.1"]
    keeping, asking = open_resolver(seconds=60.0), open_resolver()
    for _ in range(3):
        await found(keeping, "a.test")
        await found(keeping, "a.test.")
    assert names.asked == ["a.test"]
    await found(asking, "a.test")
    await found(asking, "a.test")
    assert names.asked == ["a.test"] * 3


async def test_kept_answers_are_checked_again_by_every_resolver(names, open_resolver):
    names.names["a.test"] = ["127.0.0.1"]
    strict = open_resolver(Networks(), seconds=60.0)
    for _ in range(2):
        with pytest.raises(ForbiddenAddressError):
            await found(strict, "a.test")


async def test_many_who_ask_at_once_ask_once_and_one_who_leaves_takes_nobody_along(names, open_resolver):
    names.names["a.test"] = ["127.0.0.1"]
    resolver = open_resolver(seconds=60.0)
    first = asyncio.create_task(found(resolver, "a.test"))
    others = [asyncio.create_task(found(resolver, "a.test")) for _ in range(20)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.gather(*others) == [["127.0.0.1"]] * 20
    assert names.asked == ["a.test"]


async def test_overrides_win_over_name_servers_and_are_checked_too(names, open_resolver):
    names.names["a.test"] = ["127.0.0.1"]
    resolver = open_resolver(overrides={"a.test": "127.0.0.9", "b.test": "10.0.0.1"})
    assert await found(resolver, "a.test") == ["127.0.0.9"]
    with pytest.raises(ForbiddenAddressError):
        await found(resolver, "b.test")
    assert names.asked == []


async def test_a_name_that_is_bound_to_another_address_after_the_check_gains_nothing(names, open_fetch):
    async with Upstream() as good, Upstream(host="127.0.0.2") as inside:
        addresses = iter(["127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.2"])
        names.names["rebinds.test"] = lambda: [next(addresses)]
        calls = open_fetch(f"rebinds.test:{good.port}", f"rebinds.test:{inside.port}", fetch_dns_seconds=0.0)
        assert (await calls(f"http://rebinds.test:{good.port}/"))["status"] == 200
        assert len(names.asked) == 1  # checked and connected to with one and the same answer
        kind, why, _ = await calls.failed(f"http://rebinds.test:{inside.port}/")
        assert (kind, why, inside.seen) == ("refused", "private", [])


async def test_a_slow_name_server_holds_up_only_those_who_asked_it(names, open_fetch, upstream):
    names.silent.add("slow.test")
    calls = open_fetch("slow.test", f"127.0.0.1:{upstream.port}")
    slow = [asyncio.create_task(calls("http://slow.test/")) for _ in range(50)]
    await asyncio.sleep(0)
    assert (await calls(upstream.url))["status"] == 200
    assert not any(task.done() for task in slow)
    for task in slow:
        task.cancel()
    assert {type(one) for one in await asyncio.gather(*slow, return_exceptions=True)} == {asyncio.CancelledError}


def test_what_operators_write_is_read_and_slips_are_named():
    assert parse_overrides("A.test=10.0.0.1, b.test.=::1") == {"a.test": "10.0.0.1", "b.test": "::1"}
    assert parse_servers("10.0.0.1, 10.0.0.1:5353,[::1]:53, ::1") == ("10.0.0.1", "10.0.0.1:5353", "[::1]:53", "::1")
    for parse, text in (
        (parse_overrides, "a.test"),
        (parse_overrides, "a=b"),
        (parse_servers, "dns.test"),
        (parse_servers, "1.2.3.4:x"),
    ):
        with pytest.raises(ValueError) as caught:
            parse(text)
        assert text in str(caught.value)
