"""Run by test_confinement: start a pool under restrictions, run a batch with a poison event, print what happened as JSON.

python confined.py [--user UID] [--deny SYSTEM_CALL]
"""

import argparse
import asyncio
import json
import os
import sys

import pyseccomp

from transformer.errors import TransformerError
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

POISON = "def transformEvent(event, metadata):\n    while event['n'] == 1:\n        pass\n    return event\n"


async def main():
    try:
        async with Pool(Settings(event_seconds=0.3)) as pool:
            plan = Plan("w", (Step("hash", "python", "t", POISON),), Limits(event_seconds=0.3))
            ledger = await pool.run(plan, Batch([b'{"n":%d}' % n for n in range(3)]))
            held, extras = pool.confinement
            sys.stdout.write(json.dumps({"uid": os.getuid(), "status": list(ledger.status), "held": held, "extras": extras}))
    except TransformerError as error:
        sys.stdout.write(json.dumps({"error": error.message}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", type=int)
    parser.add_argument("--deny")
    chosen = parser.parse_args()
    if chosen.user:
        os.setgroups([])
        os.setresgid(*[chosen.user] * 3)
        os.setresuid(*[chosen.user] * 3)
    if chosen.deny:
        restriction = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
        restriction.add_rule(pyseccomp.ERRNO(1), chosen.deny)
        restriction.load()
    asyncio.run(main())
