# case: comprehensions of every kind
def transformEvent(event, metadata):
    return {
        "list": [x * y for x in range(3) for y in range(3) if x != y],
        "dict": {k: v for k, v in zip("ab", (1, 2))},
        "set": sorted({x % 2 for x in range(5)}),
        "sum": sum(x for x in range(4)),
    }
# expect: emitted {"list":[0,0,0,2,0,2],"dict":{"a":1,"b":2},"set":[0,1],"sum":6}


# case: generators, send and yield from
def inner():
    got = yield 1
    yield got


def outer():
    yield from inner()
    return


def transformEvent(event, metadata):
    it = outer()
    return {"r": [next(it), it.send(5), next(it, "end")]}
# expect: emitted {"r":[1,5,"end"]}


# case: unpacking with stars
def transformEvent(event, metadata):
    first, *middle, last = range(5)
    (a, [b, *c]), d = (1, [2, 3, 4]), 5
    return {"r": [first, middle, last, a, b, c, d], "merged": {**{"x": 1}, **{"y": 2}}, "args": [*middle, *"ab"]}
# expect: emitted {"r":[0,[1,2,3],4,1,2,[3,4],5],"merged":{"x":1,"y":2},"args":[1,2,3,"a","b"]}


# case: slices, chained comparison, ternaries
def transformEvent(event, metadata):
    word = "transformation"
    return {"r": [word[:5], word[::-1][:3], word[-3:]], "in": 1 < event["n"] + 1 <= 2, "t": "yes" if event["n"] else "no"}
# expect: emitted {"r":["trans","noi","ion"],"in":true,"t":"yes"}


# case: augmented assignment to names, items and attributes
class Box:
    n = 1


def transformEvent(event, metadata):
    box, items = Box(), {"a": [1]}
    box.n += 2
    items["a"] += [2]
    items["b"] = 5
    items["b"] **= 2
    event["n"] <<= 3
    return {"r": [box.n, items, event["n"]]}
# expect: emitted {"r":[3,{"a":[1,2],"b":25},8]}


# case: delete names, items, slices and attributes
class Box:
    pass


def transformEvent(event, metadata):
    box, items = Box(), [1, 2, 3, 4]
    box.a = 1
    del box.a, items[0], items[-1:]
    x = 1
    del x
    del event["n"]
    return {"r": items, "left": hasattr(box, "a"), **event}
# expect: emitted {"r":[2,3],"left":false}


# case: f-strings, format and percent
def transformEvent(event, metadata):
    n, name = 3.14159, "ada"
    return {
        "f": f"{n:.2f} {name!r:>8} {name=} {{}} {event['n']:03d}",
        "format": "{0:>5}|{name:^7}|{x[a]}|{:.1f}".format if False else "{:>5}|{name:^7}|{x[a]}".format(1, name=name, x={"a": 2}),
        "map": "{a}-{b}".format_map({"a": 1, "b": 2}),
        "percent": "%s has %05.1f%%, %(x)s" % {"x": 1} if False else "%s has %05.1f%%" % (name, n),
    }
# expect: emitted {"f":"3.14    'ada' name='ada' {} 001","format":"    1|  ada  |2","map":"1-2","percent":"ada has 003.1%"}


# case: bytes and numbers
def transformEvent(event, metadata):
    return {"r": [b"ab".hex(), int("ff", 16), 0b101 ^ 0x0F, 7 // 2, -7 % 3, 2**10, round(2.675, 2), divmod(7, 2)]}
# expect: emitted {"r":["6162",255,10,3,2,1024,2.67,[3,1]]}


# case: type names
def transformEvent(event, metadata):
    values = [1, "a", None, [], {}, 1.5, True, ValueError()]
    return {"r": [type(value).__name__ for value in values], "is": type(event) is dict, "c": values[0].__class__.__name__}
# expect: emitted {"r":["int","str","NoneType","list","dict","float","bool","ValueError"],"is":true,"c":"int"}


# case: a type of a module is refused
import json


def transformEvent(event, metadata):
    return {"r": str(type(json))}
# expect: failed T207 type() of a module is not supported; isinstance() and callable() are (5:22 transformEvent)


# case: getattr is refused when it runs
def transformEvent(event, metadata):
    return {"r": getattr(event, "get")("n")}
# expect: failed T207 getattr() is not supported: write x.name, or keep values in a dict (2:18 transformEvent)


# case: log and print
def transformEvent(event, metadata):
    log("seen", event, [1, "ä"], None)
    print("a", 1, sep="-")
# expect: logged seen {"n": 1} [1, "ä"] None
# expect: logged a-1
# expect: dropped
