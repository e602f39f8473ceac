# class: calls
# walls: language both
def transformEvent(event, metadata):
    said = []
    for name in ("../../etc/passwd", event["canary"], "", "a\0b", "\ud800", "x" * 100000):
        for key in ("a", 1, 1.5, None, (), {}, b"x", "\ud800"):
            try:
                said.append(str(lookup(name, key))[:50])
            except Exception as wrong:
                said.append(str(wrong)[:50])
    return {"said": len(said)}
