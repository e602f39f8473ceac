# class: info
def f():
    yield 1


def transformEvent(event, metadata):
    class Plain:
        pass
    
    things = [f, f(), Plain(), Plain, [].append, object(), lambda: 1, iter([]), map(f, []), super, log, metadata, event.get]
    text = [f"{thing}{thing!r}{thing!a}" for thing in things]
    text += [str(thing) + repr(thing) + format(thing) + "%s %r" % (thing, thing) + "{} {!r}".format(thing, thing) for thing in things]
    text += [str({1: things}), f"{things}", str(ValueError(things)), "{0[1]}".format(things)]
    log(things, {"a": f})
    print(things)
    return {"text": text}
