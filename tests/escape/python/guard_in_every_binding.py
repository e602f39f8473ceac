# class: guard
def transformEvent(event, metadata):
    match event:
        case {"messageId": __builtins__, **__import__}:
            return {"REACHED": "names"}
    try:
        pass
    except Exception as __build_class__:
        pass
    [__debug__ for __name__ in [1]]
