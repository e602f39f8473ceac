# case: try, except, else and finally
def attempt(x):
    steps = []
    try:
        steps.append(10 // x)
    except ZeroDivisionError as wrong:
        steps.append(str(wrong))
    else:
        steps.append("else")
    finally:
        steps.append("finally")
    return steps


def transformEvent(event, metadata):
    return {"r": [attempt(1), attempt(0)]}
# expect: emitted {"r":[[10,"else","finally"],["integer division or modulo by zero","finally"]]}


# case: raise from and again
def transformEvent(event, metadata):
    try:
        try:
            {}["missing"]
        except KeyError as wrong:
            raise ValueError("nothing there") from wrong
    except ValueError:
        raise
# expect: failed T201 ValueError: nothing there (6:13 transformEvent)


# case: assert
def transformEvent(event, metadata):
    assert event["n"] > 1, f"n is {event['n']}"
    return event
# event: {"n": 1}
# event: {"n": 2}
# expect: failed T201 AssertionError: n is 1 (2:12 transformEvent)
# expect: emitted {"n":2}


# case: while, break, continue and else
def transformEvent(event, metadata):
    found = []
    for n in range(10):
        if n % 2:
            continue
        if n > 6:
            break
        found.append(n)
    else:
        found.append("never")
    while found:
        found.pop()
    else:
        found.append("empty")
    return {"r": found}
# expect: emitted {"r":["empty"]}


# case: match on values, sequences, mappings and classes
def kind(value):
    match value:
        case 0 | 1:
            return "small"
        case int(n) if n < 0:
            return f"negative {n}"
        case [first, *rest]:
            return f"list from {first} and {len(rest)} more"
        case {"type": "track", "event": str(name), **more}:
            return f"track {name} {sorted(more)}"
        case str() as text:
            return text
        case None:
            return "nothing"
        case _:
            return "other"


def transformEvent(event, metadata):
    return {"r": [kind(value) for value in (1, -5, [1, 2, 3], {"type": "track", "event": "x", "a": 1}, "t", None, 2.5)]}
# expect: emitted {"r":["small","negative -5","list from 1 and 2 more","track x ['a']","t","nothing","other"]}


# case: match on attributes of own classes
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


def transformEvent(event, metadata):
    match Point(1, 2):
        case Point(x=1, y=y):
            return {"y": y}
# expect: emitted {"y":2}


# case: match cannot read what an attribute cannot
def transformEvent(event, metadata):
    match event:
        case object(__class__=found):
            return found
# expect: refused 3:14 "__class__" is a restricted name in a class pattern: attributes with an underscore cannot be matched; read it in the case instead.


# case: drop with a reason, retry and invalid
def transformEvent(event, metadata):
    match event["n"]:
        case 1:
            raise Drop("not wanted")
        case 2:
            raise Retry(30, "too early")
        case 3:
            raise Invalid("no such thing")
    return event
# event: {"n": 1}
# event: {"n": 2}
# event: {"n": 3}
# event: {"n": 4}
# expect: dropped not wanted
# expect: failed T203 too early (6:13 transformEvent)
# expect: failed T202 no such thing (8:13 transformEvent)
# expect: emitted {"n":4}


# case: drop passes except Exception
def transformEvent(event, metadata):
    try:
        raise Drop("through")
    except Exception:
        return event
# expect: dropped through


# case: exits are ordinary failures
def transformEvent(event, metadata):
    raise (SystemExit, KeyboardInterrupt, GeneratorExit)[event["n"]]
# event: {"n": 0}
# event: {"n": 1}
# event: {"n": 2}
# event: {"n": 3}
# expect: failed T201 SystemExit (2:5 transformEvent)
# expect: failed T201 KeyboardInterrupt (2:5 transformEvent)
# expect: failed T201 GeneratorExit (2:5 transformEvent)
# expect: failed T201 IndexError: tuple index out of range (2:11 transformEvent)


# case: async is refused
async def transformEvent(event, metadata):
    await event
    return event
# expect: refused 1:1 async code is not supported: write a plain function (def, for, with); events of a batch are run for you.


# case: every problem is told at once
import os, json
from . import x
class A(metaclass=type):
    def __getattr__(self, name):
        return self.__dict__
def f(__builtins__, /):
    return (lambda: f.__globals__)().gi_frame
# expect: refused 1:1 Import of 'os' is not allowed. Modules that may be imported: abc, base64, binascii, calendar, collections, collections.abc, copy, dataclasses, datetime, dateutil, dateutil.easter, dateutil.parser, dateutil.relativedelta, dateutil.rrule, dateutil.tz, dateutil.utils, decimal, enum, fractions, functools, hashlib, hmac, html, ipaddress, itertools, json, json.decoder, json.encoder, math, operator, random, re, requests, statistics, string, struct, textwrap, time, typing, unicodedata, urllib, urllib.parse, urllib3, uuid, warnings, zoneinfo.
# expect: refused 2:1 Relative imports are not allowed.
# expect: refused 3:1 class A: the keyword "metaclass" is not allowed; leave it out.
# expect: refused 4:5 "__getattr__" is not allowed: a class here cannot define it; leave it out.
# expect: refused 5:16 "__dict__" is not allowed: attributes like "__x__" belong to Python; find a way without it.
# expect: refused 6:7 "__builtins__" is not allowed: names like "__x__" belong to Python; choose another one.
# expect: refused 7:12 "gi_frame" is a restricted name: it reaches the frame of a generator (CVE-2023-37271); code has no use for it.
# expect: refused 7:21 "__globals__" is not allowed: attributes like "__x__" belong to Python; find a way without it.
# expect: refused 0:0 There is no entry point: define transformEvent(event, metadata), which is called for each event, or transformBatch(events, metadata), which is called for the whole batch.


# case: what only the compiler sees
def transformEvent(event, metadata):
    break
# expect: refused 2:5 SyntaxError: 'break' outside loop


# case: a missing colon
def transformEvent(event, metadata)
    return event
# expect: refused 1:36 SyntaxError: expected ':'


# case: tabs and spaces mixed
def transformEvent(event, metadata):
    if event:
	return event
# expect: refused 3:1 TabError: inconsistent use of tabs and spaces in indentation


# case: no entry point
def transform(event):
    return event
# expect: refused 0:0 There is no entry point: define transformEvent(event, metadata), which is called for each event, or transformBatch(events, metadata), which is called for the whole batch.


# case: an entry point with too many arguments
def transformEvent(event, metadata, more):
    return event
# expect: refused 1:1 transformEvent is called with (event, metadata): let it take these two arguments.


# case: builtins that do not exist here
def transformEvent(event, metadata):
    return [open("x"), eval("1"), id(event), globals()]
# expect: refused 2:13 open() is not available: transformations have no files and no terminal.
# expect: refused 2:24 eval() is not available: code cannot be made while it runs; write it into the transformation.
# expect: refused 2:35 id() is not available: an address says nothing about an event; use hash() of a string, or hashlib.
# expect: refused 2:46 globals() is not available: namespaces cannot be looked into; name what you need.


# case: an own function may be called like a builtin that does not exist
def transformEvent(event, metadata):
    id = event["n"]
    return {"id": id}
# expect: emitted {"id":1}


# case: failing module level code fails every event
x = {}["missing"]


def transformEvent(event, metadata):
    return event
# event: {"n": 1}
# event: {"n": 2}
# expect: failed T208 KeyError: 'missing' (while the code was loaded; catch it or correct it) (1:5 module)
# expect: failed T208 KeyError: 'missing' (while the code was loaded; catch it or correct it) (1:5 module)


# case: batch function
def transformBatch(events, metadata):
    return [{**event, "of": len(events)} for event in events if event["n"] != 2]
# event: {"n": 1, "messageId": "a"}
# event: {"n": 2, "messageId": "b"}
# event: {"n": 3, "messageId": "c"}
# expect: emitted {"n":1,"messageId":"a","of":3}
# expect: dropped
# expect: emitted {"n":3,"messageId":"c","of":3}
