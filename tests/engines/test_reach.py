"""Walks everything that user code can reach by attributes and items, as the policy lets it, and looks for what must not be there.

This is the proof behind every guard that is left out: attribute loads of harmless names, subscripts and iteration cost nothing at run time
because this walk finds no module, frame, code object, namespace or changeable thing of the host at the end of any of them.
"""

import dis
import types
from collections import deque

import pytest

from transformer.engines.base import Drop, Host
from transformer.engines.python.builtins import make_builtins
from transformer.engines.python.calls import HostCallError, make_calls, make_door
from transformer.engines.python.frozen import FrozenModule, importer
from transformer.engines.python.guards import make_guards
from transformer.engines.python.names import GUARDED, forbidden
from transformer.engines.python.text import Refused

DANGEROUS = (types.ModuleType, types.FrameType, types.CodeType, types.TracebackType, types.CellType)
CHANGEABLE = (dict, list, set, bytearray, deque)
# What a program may change without another one seeing it: made anew for every program, or for every call.
OWN_STATE = {"random"}


class Answering(Host):
    """Answers every call in the same way."""

    def ask(self, kind, arguments):
        headers = [["Set-Cookie", "a=b"], ["Link", "<https://a.example>; rel=next"]]
        return {"status": 404, "reason": "Not Found", "url": arguments["url"], "headers": headers, "body": b"", "history": []}


def samples():
    """Objects that a program can make of what it is handed: their attributes count too."""
    import collections
    import datetime as dt
    import decimal
    import fractions
    import hashlib
    import hmac
    import ipaddress
    import json
    import re
    import string
    import textwrap
    import urllib.parse
    import uuid
    import zoneinfo

    from dateutil import parser, relativedelta, rrule, tz

    from transformer.engines.python.requests import exceptions, surface

    session = surface.make_modules(make_door(Answering()))["requests"].Session()
    response = session.post("https://api.example.com/", json={}, auth=("a", "b"), cookies={"a": "b"})

    def generator():
        yield 1

    def wrong(make):
        try:
            make()
        except BaseException as raised:  # noqa: BLE001 - whatever the library raises is a sample
            return raised

    return {
        "values": ["", b"", 1, 1.5, 1j, True, None, (), frozenset(), range(3), slice(1), ..., NotImplemented],
        "iterators": [iter(()), iter(""), iter({}), enumerate(()), zip(), map(str, ()), filter(None, ()), reversed(()), generator()],
        "functions": [len, "".join, generator, generator.__get__(1), property(generator), staticmethod(generator), super],
        "times": [dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.timedelta(1), dt.UTC, zoneinfo.ZoneInfo("Europe/Berlin"), tz.tzlocal()],
        "zones": [tz.gettz("Europe/Berlin"), tz.tzstr("EST5EDT"), tz.UTC, tz.tzoffset("x", 3)],
        "rules": [rrule.rrule(3, count=1), rrule.rruleset(), relativedelta.relativedelta(days=1), relativedelta.MO],
        "parsers": [parser.parserinfo(), parser.parser(), parser.isoparser(), json.JSONEncoder(), json.JSONDecoder()],
        "numbers": [decimal.Decimal(1), fractions.Fraction(1), uuid.uuid4(), ipaddress.ip_address("::1"), ipaddress.ip_network("10.0.0.0/8")],
        "texts": [re.compile("a"), re.match("a", "a"), string.Template("a"), textwrap.TextWrapper(), urllib.parse.urlsplit("a://b/c")],
        "hashes": [hashlib.sha256(), hmac.new(b"k", b"", "sha256"), hashlib.blake2b()],
        "containers": [collections.OrderedDict(), collections.Counter(), collections.UserDict(), collections.ChainMap()],
        "exceptions": [
            wrong(lambda: 1 / 0), wrong(lambda: {}[1]), wrong(lambda: json.loads("{")), wrong(lambda: re.compile("(")),
            wrong(lambda: b"\xff".decode()), wrong(lambda: zoneinfo.ZoneInfo("x")), wrong(lambda: parser.parse("x")),
            wrong(lambda: next(iter(()))), Drop("x"), wrong(lambda: int("x")), HostCallError("x"),
            wrong(response.raise_for_status), wrong(response.json), wrong(lambda: session.get("x")), exceptions.SSLError("x"),
        ],
        "requests": [session, response, response.request, response.cookies, session.get_adapter("https://a"), *response.cookies],
    }  # fmt: skip


@pytest.fixture
def handed_out(engine):
    """Name → object: the builtins of a program and the modules it may import."""
    host = Host(print)
    modules = engine._shelf.modules({"requests"}, make_door(host))
    space = {}
    names = make_builtins(print, importer(modules), make_guards(space, engine._classes), make_calls(host, make_door(host)))
    visible = {name: thing for name, thing in names.items() if " " not in name and not name.startswith("__")}
    return visible | {f"module {name}": module for name, module in modules.items() if name != "__future__"}


def readable(name):
    """Whether user code may write `x.name` and get what is there."""
    return not name.startswith("_") and not forbidden(name) and name not in GUARDED and name.isidentifier()


def steps(thing):
    """What user code can get one attribute or item away from `thing`: (how, object, whether everybody gets the same one)."""
    for name in vars(thing) if isinstance(thing, FrozenModule) else dir(thing):
        if readable(name):
            try:
                found = getattr(thing, name)
            except Exception:  # noqa: BLE001 - not readable, so not reached
                continue
            yield f".{name}", found, found is getattr(thing, name)
    if isinstance(thing, (tuple, list, frozenset, set)):
        yield from ((f"[{at}]", item, True) for at, item in enumerate(thing) if at < 50)
    elif isinstance(thing, (dict, types.MappingProxyType)):
        yield from ((f"[{key!r}]", item, True) for key, item in list(thing.items())[:50])


def walk(start):
    """(path, object, whether everybody gets the same one) for everything reachable from `start`, each object once."""
    seen, todo = {}, deque((path, thing, True) for path, thing in start.items())
    while todo:
        path, thing, shared = todo.popleft()
        if id(thing) in seen or len(seen) > 60_000 or path.count(".") > 6:
            continue
        seen[id(thing)] = thing  # kept, so that no id is used twice
        yield path, thing, shared
        todo.extend((path + how, found, shared and same) for how, found, same in steps(thing))


def test_no_dangerous_object_is_reachable(handed_out):
    start = handed_out | {f"{kind} {at}": thing for kind, things in samples().items() for at, thing in enumerate(things)}
    found = [path for path, thing, _ in walk(start) if isinstance(thing, DANGEROUS)]
    assert found == []


def test_no_shared_thing_can_be_changed(handed_out):
    found = [
        path
        for path, thing, shared in walk(handed_out)
        if shared and type(thing) in CHANGEABLE and path.partition(" ")[2].partition(".")[0] not in OWN_STATE
    ]
    assert found == []


def test_every_handed_out_name_is_there(handed_out, engine):
    for name, module in engine._shelf.modules({"requests"}, make_door(Host())).items():
        assert set(engine._shelf.exports[name]) == {key for key in vars(module) if " " not in key}, name


def test_what_is_not_handed_out_is_refused_and_no_attribute_error(handed_out):
    for module in handed_out.values():
        if isinstance(module, FrozenModule):
            with pytest.raises(Refused, match="not allowed"):
                _ = module.no_such_name


# Methods of handed-out classes that set attributes of `self`, and why that harms nobody when `self` is somebody else's.
SETS_ATTRIBUTES = {
    "HMAC.copy": "of the copy that it has made",
    "UserDict.copy": "`data`, and puts it back",
    "parserinfo.validate": "year and zone of the result that it is given, and nothing shared has such",
    "Random.gauss": "`gauss_next`, which every generator has of its own",
    "Random.seed": "the same",
    "Random.setstate": "the same",
}


def methods(thing):
    """Every public function of the class, with its name."""
    for owner in thing.__mro__:
        for name, found in vars(owner).items():
            function = getattr(found, "__func__", getattr(found, "__wrapped__", found))
            if isinstance(function, types.FunctionType) and not name.startswith("_"):
                yield f"{owner.__name__}.{name}", function


def test_no_public_method_sets_attributes_of_what_it_is_called_on(engine):
    """A method of a Python class takes anything for `self`, also a class of the host, and must not change that."""
    found = set()
    for thing in engine._classes:
        for name, function in methods(thing):
            if any(each.opname in {"STORE_ATTR", "DELETE_ATTR"} for each in dis.get_instructions(function)):
                found.add(name)
    assert found == set(SETS_ATTRIBUTES)


@pytest.mark.parametrize(
    "attack",
    [
        "JSONEncoder.__init__(textwrap, indent=None)",
        "JSONEncoder.__init__(JSONEncoder, default=log)",
        "Mine.__init__(JSONEncoder, default=log)",
        "UserDict.__init__(JSONEncoder, {})",
        "super(Mine, Mine).__init__(JSONEncoder, default=log)",
        "abc.abstractmethod(JSONEncoder)",
        "functools.wraps(log)(json.dumps)",
        "functools.update_wrapper(json.dumps, log)",
    ],
)
def test_host_objects_stay_as_they_are(load, attack):
    import json as real
    import textwrap as real_textwrap

    before = dict(vars(real.JSONEncoder)), vars(real.dumps).copy(), real.dumps.__name__, real_textwrap.indent
    source = f"""
import abc, functools, json, textwrap
from collections import UserDict
from json import JSONEncoder
class Mine(JSONEncoder):
    pass
def transformEvent(event, metadata):
    try:
        {attack}
    except Exception as wrong:
        return str(wrong)
    return textwrap.indent("a", " ")
"""
    load(source).call({}, None)
    after = dict(vars(real.JSONEncoder)), vars(real.dumps).copy(), real.dumps.__name__, real_textwrap.indent
    assert after == before
    assert (
        load("import textwrap\ndef transformEvent(event, metadata):\n    return textwrap.indent('a', ' ')\n").call({}, None)
        == " a"
    )
