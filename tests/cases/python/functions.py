# case: defaults, keywords and stars
def f(a, /, b=2, *rest, c=3, **more):
    return [a, b, list(rest), c, more]


def transformEvent(event, metadata):
    event["r"] = [f(1), f(1, 5, 6, 7, c=8, d=9)]
    return event
# expect: emitted {"n":1,"r":[[1,2,[],3,{}],[1,5,[6,7],8,{"d":9}]]}


# case: closures keep and change what they enclose
def counter():
    n = 0

    def step():
        nonlocal n
        n += 1
        return n

    return step


def transformEvent(event, metadata):
    step = counter()
    return {"r": [step(), step(), step()]}
# expect: emitted {"r":[1,2,3]}


# case: lambda and sorting by key
def transformEvent(event, metadata):
    return {"r": sorted(["bb", "a", "ccc"], key=lambda word: -len(word))}
# expect: emitted {"r":["ccc","bb","a"]}


# case: decorators wrap
import functools


def twice(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) * 2

    return wrapper


@twice
def f(x):
    return x + 1


def transformEvent(event, metadata):
    return {"r": f(1), "name": f.__name__}
# expect: emitted {"r":4,"name":"f"}


# case: recursion
def depth(value):
    return 1 + max(map(depth, value.values()), default=0) if isinstance(value, dict) else 0


def transformEvent(event, metadata):
    return {"r": depth({"a": {"b": {}}})}
# expect: emitted {"r":3}


# case: endless recursion fails its event alone
def f(n):
    return f(n + 1)


def transformEvent(event, metadata):
    return f(0) if event["n"] == 1 else event
# event: {"n": 1}
# event: {"n": 2}
# expect: failed T201 RecursionError: maximum recursion depth exceeded (2:12 f)
# expect: emitted {"n":2}


# case: globals live between events
count = 0


def transformEvent(event, metadata):
    global count
    count += 1
    return {"count": count}
# event: {}
# event: {}
# expect: emitted {"count":1}
# expect: emitted {"count":2}


# case: one argument is enough
def transformEvent(event):
    return {"n": event["n"] + 1}
# expect: emitted {"n":2}


# case: annotations and walrus
def transformEvent(event: dict, metadata: "unknown") -> "dict | None":
    found: int
    if (found := event.get("n", 0)) > 0:
        return {"r": found}
# expect: emitted {"r":1}


# case: names with one underscore are names
_LIMIT = 3


def _clean(value, _factor=2):
    _, kept = value, value * _factor
    return min(kept, _LIMIT)


def transformEvent(event, metadata):
    for _ in range(2):
        event["n"] = _clean(event["n"])
    return event
# expect: emitted {"n":3}
