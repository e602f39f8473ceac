"""A transformation as a component in Python, which tries what an event tells it to."""

import json
import os
import random
import sys
import time

import wit_world
from wit_world.imports import host


def attempt(what, at):
    match what:
        case "clock":
            return time.time() > 1_600_000_000 and time.monotonic() > 0
        case "random":
            return len(os.urandom(16)) == 16 and random.SystemRandom().random() < 1
        case "environment":
            return [dict(os.environ), sys.argv]
        case "read":
            return sys.stdin.read()
        case "print":
            print("printed")
            print("and to stderr", file=sys.stderr)
            return host.log(at, "logged")
        case "open":
            return open("/etc/passwd").read()
        case "list":
            return os.listdir("/")
        case "memory":
            return len([bytes(10_000_000) for _ in range(100)])
        case "recursion":
            return attempt_again(0)
        case "metadata":
            return json.loads(host.metadata().split("\n")[at])
        case "sleep":
            return time.sleep(0.01)
        case "exit":
            return os._exit(3)
        case "abort":
            return os.abort()
        case "loop":
            while True:
                pass


def attempt_again(n):
    return attempt_again(n + 1)


def transform(line, at):
    try:
        return json.dumps({"r": attempt(json.loads(line)["try"], at)})
    except Exception as wrong:
        return f"error {json.dumps(type(wrong).__name__)}"


class WitWorld(wit_world.WitWorld):
    def transform_event(self, events: str) -> str:
        return "\n".join(transform(line, at) for at, line in enumerate(events.split("\n")))
