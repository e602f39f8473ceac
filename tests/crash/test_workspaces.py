"""Code of one workspace leaves something behind wherever it can, and code of another one looks for it there.

With wall 1 removed in Python, where the code can put it anywhere in its process; with wall 1 in both languages. There is room
for one worker only, so that the second workspace gets the place of the first.
"""

import json

import pytest

from tests.crash.conftest import BARE
from transformer.engines.javascript.spec import JAVASCRIPT
from transformer.engines.python.spec import PYTHON
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Step

WORD = "left behind"

# Each place: how to leave the word there, and how to look for it.
PYTHON_BARE = """
import builtins, ctypes, gc, json, os, signal, sys
from transformer.worker import turn

libc = ctypes.CDLL(None, use_errno=True)
libc.getenv.restype = ctypes.c_char_p
KEY, NAME = 0x7261736b, "/tmp/transformer-left-behind"


def segment():
    at = libc.shmget(KEY, 4096, 0o1666)
    if at < 0:
        raise OSError
    libc.shmat.restype = ctypes.c_void_p
    return ctypes.c_void_p(libc.shmat(at, None, 0))


def write(path):
    with open(path, "w") as file:
        file.write(WORD)


PLACES = {
    "builtins": (lambda: setattr(builtins, "left", WORD), lambda: builtins.left),
    "a module": (lambda: sys.modules.update(left=WORD), lambda: sys.modules["left"]),
    "the worker's code": (lambda: setattr(turn, "left", WORD), lambda: turn.left),
    "a standard module": (lambda: setattr(json, "left", WORD), lambda: json.left),
    "the environment": (lambda: os.environ.update(LEFT=WORD), lambda: os.environ["LEFT"]),
    "the C environment": (lambda: libc.setenv(b"LEFT", WORD.encode(), 1), lambda: libc.getenv(b"LEFT").decode()),
    "an object that is never freed": (lambda: gc.callbacks.append(WORD), lambda: gc.callbacks[-1]),
    "a file": (lambda: write(NAME), lambda: open(NAME).read()),
    "shared memory": (lambda: write("/dev/shm/left-behind"), lambda: open("/dev/shm/left-behind").read()),
    "a segment of memory": (lambda: ctypes.memmove(segment(), WORD.encode(), 11), lambda: ctypes.string_at(segment(), 11).decode()),
    "a signal's handler": (lambda: signal.signal(signal.SIGUSR1, lambda *_: WORD), lambda: signal.getsignal(signal.SIGUSR1)(0, 0)),
    "the working directory": (lambda: os.chdir("/proc"), lambda: WORD if os.getcwd() == "/proc" else ""),
    "the mask of new files": (lambda: os.umask(0o123), lambda: WORD if os.umask(0o123) == 0o123 else ""),
    "the name of the process": (lambda: libc.prctl(15, b"left behind", 0, 0, 0), lambda: open("/proc/self/comm").read().strip()),
}


def tried(step):
    try:
        return step()
    except Exception:
        return ""


def transformEvent(event, metadata):
    if event["leave"]:
        for leave, _ in PLACES.values():
            tried(leave)
    return {"found": [name for name, (_, look) in PLACES.items() if tried(look) == WORD]}
""".replace("WORD", repr(WORD))

PYTHON_CONFINED = """
import decimal, json, random, re

KEPT = []


def leave():
    KEPT.append("left")
    decimal.getcontext().prec = 7
    random.seed("left")


def transformEvent(event, metadata):
    if event["leave"]:
        leave()
    found = ["a global"] if KEPT else []
    found += ["the precision of decimals"] if decimal.getcontext().prec == 7 else []
    return {"found": found}
"""

JAVASCRIPT_CONFINED = """
export function transformEvent(event) {
  if (event.leave) {
    globalThis.left = Object.prototype.inherited = Symbol.for("left").toString.left = "left behind";
    Array.prototype.push.left = JSON.left = "left behind";
  }
  const places = { global: globalThis.left, prototype: {}.inherited, method: [].push.left, symbol: Symbol.prototype.toString.left, json: JSON.left };
  return { found: Object.keys(places).filter((name) => places[name] === "left behind") };
}
"""


@pytest.mark.parametrize(
    ("spec", "source", "found"),
    [
        pytest.param(BARE["python"], PYTHON_BARE, 8, id="python-without-wall-1"),
        pytest.param(PYTHON, PYTHON_CONFINED, 1, id="python"),
        pytest.param(JAVASCRIPT, JAVASCRIPT_CONFINED, 5, id="javascript", marks=pytest.mark.need("javascript")),
    ],
)
async def test_what_one_workspace_leaves_behind_another_does_not_find(make_pool, spec, source, found):
    engines = {"python": PYTHON, spec.name: spec}
    pool = await make_pool(engines=engines, guest_path=(), workers=1, concurrent_turns=1, event_seconds=5)

    async def ask(workspace, *, leave):
        step = Step("the same version", spec.name, "step", source)
        ledger = await pool.pool.run(
            Plan(workspace, (step,), pool.pool.settings.limits), Batch([json.dumps({"leave": leave}).encode()])
        )
        assert list(ledger.status) == [Status.EMITTED], ledger.failures
        return json.loads(ledger.payloads[0])["found"]

    left = await ask("one", leave=True)
    assert len(left) >= found  # or there is nothing to look for
    assert await ask("one", leave=False) == left  # in the worker that it has for itself
    assert await ask("other", leave=False) == []
    assert await ask("one", leave=False) == []  # its worker had to make room
    await pool.serves("one")
