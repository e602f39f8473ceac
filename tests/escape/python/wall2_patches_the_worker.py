# class: process
import sys


def transformEvent(event, metadata):
    for name, module in list(sys.modules.items()):
        if name.startswith("transformer.worker"):
            for key, value in list(vars(module).items()):
                if callable(value) and not isinstance(value, type):
                    setattr(module, key, lambda *args, **named: None)
    return event
