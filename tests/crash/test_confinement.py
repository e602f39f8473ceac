"""The process wall where it stands on less: an ordinary user, a container that grants no namespaces, a kernel without Landlock."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from transformer.worker.lockdown import STEPS

SCRIPT = str(Path(__file__).parent / "confined.py")
POISON_ALONE = [1, 3, 1]


def confined(*arguments):
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments], cwd="/", capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.need("landlock", "seccomp")
def test_the_wall_stands_in_a_container_that_grants_no_namespaces():
    told = confined("--deny", "unshare")
    assert (told["status"], told["held"], told["extras"]) == (POISON_ALONE, list(STEPS), [])


@pytest.mark.need("landlock", "seccomp", "root")
@pytest.mark.parametrize("more", [[], ["--deny", "unshare"]])
def test_the_wall_stands_for_an_ordinary_user(more):
    told = confined("--user", "1000", *more)
    assert (told["uid"], told["status"], told["held"]) == (1000, POISON_ALONE, list(STEPS))


@pytest.mark.need("seccomp")
def test_a_kernel_without_landlock_is_refused_by_name():
    assert confined("--deny", "landlock_create_ruleset") == {
        "error": "this system cannot confine workers: landlock not in force; landlock needs Linux 5.13 or newer with Landlock "
        "enabled. For development only, choose --profile development"
    }


@pytest.mark.need("landlock", "seccomp", "root")
async def test_a_worker_of_a_root_host_is_not_root(pool):
    (worker,) = pool.workers()
    assert set(worker.uids()) == {65534}
    assert os.getuid() == 0
