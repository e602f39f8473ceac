# case: text modules
import html
import re
import string
import textwrap
import unicodedata
from urllib.parse import parse_qs, quote, urlencode, urlparse


def transformEvent(event, metadata):
    return {
        "re": re.sub(r"(\w+)@(\w+)", lambda m: m.group(2), "ada@home"),
        "html": html.unescape(html.escape("<a>")),
        "string": string.Template("$a and ${b}").substitute(a=1, b=2),
        "caps": string.capwords("ada lovelace"),
        "wrap": textwrap.shorten("one two three four", 12),
        "nfc": unicodedata.normalize("NFKD", "é").encode("ascii", "ignore").decode(),
        "url": [urlparse("https://x.example/p?q=1").netloc, parse_qs("a=1&a=2"), quote("a b"), urlencode({"a": "ä"})],
    }
# expect: emitted {"re":"home","html":"<a>","string":"1 and 2","caps":"Ada Lovelace","wrap":"one [...]","nfc":"e","url":["x.example",{"a":["1","2"]},"a%20b","a=%C3%A4"]}


# case: coded bytes
import base64
import binascii
import hashlib
import hmac
import uuid


def transformEvent(event, metadata):
    return {
        "base64": base64.b64encode(b"abc").decode(),
        "struct": base64.struct.pack("<H", 513).hex(),
        "error": issubclass(base64.binascii.Error, ValueError),
        "crc": binascii.crc32(b"abc"),
        "sha": hashlib.sha256(b"abc").hexdigest()[:8],
        "md5": hashlib.new("md5", b"abc").hexdigest()[:8],
        "hmac": hmac.new(b"k", b"abc", "sha256").hexdigest()[:8],
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, "x")),
        "four": uuid.uuid4().version,
    }
# expect: emitted {"base64":"YWJj","struct":"0102","error":true,"crc":891568578,"sha":"ba7816bf","md5":"90015098","hmac":"342e519c","uuid":"4cd605e7-afa2-5360-b5b9-c5e9fb5c76f4","four":4}


# case: dates and zones without files
import calendar
import datetime
from datetime import datetime as dt
from zoneinfo import ZoneInfo

import dateutil.parser
from dateutil import tz
from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, rrule


def transformEvent(event, metadata):
    when = dt(2024, 3, 30, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    return {
        "zone": [(when + datetime.timedelta(days=d)).isoformat() for d in (0, 1)],
        "gettz": dt(2024, 7, 1, tzinfo=tz.gettz("America/New_York")).isoformat(),
        "parse": dateutil.parser.parse("2024-01-02T03:04:05Z").isoformat(),
        "strptime": dt.strptime("02 Jan 2024", "%d %b %Y").date().isoformat(),
        "months": str(dt(2024, 1, 31) + relativedelta(months=1)),
        "rule": [str(day.date()) for day in rrule(DAILY, count=2, dtstart=dt(2024, 2, 28))],
        "leap": calendar.isleap(2024),
        "utcnow": dt.utcnow().year > 2000,
    }
# expect: emitted {"zone":["2024-03-30T12:00:00+01:00","2024-03-31T12:00:00+02:00"],"gettz":"2024-07-01T00:00:00-04:00","parse":"2024-01-02T03:04:05+00:00","strptime":"2024-01-02","months":"2024-02-29 00:00:00","rule":["2024-02-28","2024-02-29"],"leap":true,"utcnow":true}


# case: numbers
import decimal
import math
import random
import statistics
from decimal import Decimal
from fractions import Fraction


def transformEvent(event, metadata):
    random.seed(1)
    decimal.getcontext().prec = 5
    return {
        "math": [math.floor(2.5), round(math.pi, 3), math.gcd(12, 18)],
        "random": random.randint(1, 1000) == random.Random(1).randint(1, 1000),
        "mean": statistics.mean([1, 2, 6]),
        "decimal": str(Decimal(1) / Decimal(3)),
        "fraction": str(Fraction(1, 3) + 1),
    }
# expect: emitted {"math":[2,3.142,6],"random":true,"mean":3,"decimal":"0.33333","fraction":"4/3"}


# case: collections and functions
import copy
import functools
import itertools
import json as j
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Mapping
from operator import itemgetter


Point = namedtuple("Point", "x y", defaults=[0])


@functools.lru_cache(maxsize=None)
def square(n):
    return n * n


def transformEvent(event, metadata):
    groups = defaultdict(list)
    for key, value in [("a", 1), ("b", 2), ("a", 3)]:
        groups[key].append(value)
    deep = copy.deepcopy(event)
    deep["n"] = 2
    return {
        "groups": groups,
        "counter": Counter("abca").most_common(1),
        "deque": list(deque([1, 2, 3], maxlen=2)),
        "point": Point(1)._replace(y=5)._asdict(),
        "chain": list(itertools.chain([1], itertools.islice(itertools.count(5), 2))),
        "reduce": functools.reduce(lambda a, b: a * b, [1, 2, 3]),
        "cached": square(4) + square(4),
        "partial": functools.partial(max, 5)(3),
        "json": j.loads(j.dumps({"a": [1, None]})),
        "sorted": sorted([("b", 1), ("a", 2)], key=itemgetter(0)),
        "copy": [event["n"], deep["n"], isinstance(event, Mapping)],
    }
# expect: emitted {"groups":{"a":[1,3],"b":[2]},"counter":[["a",2]],"deque":[2,3],"point":{"x":1,"y":5},"chain":[1,5,6],"reduce":6,"cached":32,"partial":5,"json":{"a":[1,null]},"sorted":[["a",2],["b",1]],"copy":[1,2,true]}


# case: typing is there for annotations
from __future__ import annotations

from typing import Any, Dict, List, Optional


def transformEvent(event: Dict[str, Any], metadata) -> Optional[List[Dict[str, Any]]]:
    return [event, event]
# expect: emitted {"n":1}
# expect: emitted {"n":1}


# case: addresses
import ipaddress


def transformEvent(event, metadata):
    return {"r": [str(ipaddress.ip_network("10.0.0.0/30")[1]), ipaddress.ip_address("::1").is_loopback]}
# expect: emitted {"r":["10.0.0.1",true]}


# case: modules that may not be imported
import os
import urllib.request
from requests.utils import socket
from json import codecs


def transformEvent(event, metadata):
    return event
# expect: refused 1:1 Import of 'os' is not allowed. Modules that may be imported: abc, base64, binascii, calendar, collections, collections.abc, copy, dataclasses, datetime, dateutil, dateutil.easter, dateutil.parser, dateutil.relativedelta, dateutil.rrule, dateutil.tz, dateutil.utils, decimal, enum, fractions, functools, hashlib, hmac, html, ipaddress, itertools, json, json.decoder, json.encoder, math, operator, random, re, requests, statistics, string, struct, textwrap, time, typing, unicodedata, urllib, urllib.parse, urllib3, uuid, warnings, zoneinfo.
# expect: refused 2:1 Import of 'urllib.request' is not allowed. Modules that may be imported: abc, base64, binascii, calendar, collections, collections.abc, copy, dataclasses, datetime, dateutil, dateutil.easter, dateutil.parser, dateutil.relativedelta, dateutil.rrule, dateutil.tz, dateutil.utils, decimal, enum, fractions, functools, hashlib, hmac, html, ipaddress, itertools, json, json.decoder, json.encoder, math, operator, random, re, requests, statistics, string, struct, textwrap, time, typing, unicodedata, urllib, urllib.parse, urllib3, uuid, warnings, zoneinfo.
# expect: refused 3:1 Import of 'socket' from 'requests.utils' is not allowed: the name is non-importable here.
# expect: refused 4:1 Import of 'codecs' from 'json' is not allowed: the name is non-importable here.


# case: modules behind modules
import uuid


def transformEvent(event, metadata):
    return {"r": str(uuid.os)}
# expect: failed T207 module 'os': attribute access through 'uuid' is not allowed (5:22 transformEvent)


# case: one version's generator and precision are not another's
import decimal
import random


def transformEvent(event, metadata):
    return {"prec": decimal.getcontext().prec, "same": random.random() == random.Random(1).random()}
# expect: emitted {"prec":28,"same":false}
