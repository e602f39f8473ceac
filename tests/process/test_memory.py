"""The settings of a server process, in a process of their own: they cannot be taken back."""

import subprocess
import sys

import pytest


def outcome(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.need("linux")
def test_glibc_takes_the_settings():
    assert outcome("from transformer.process.memory import keep_large_blocks; print(keep_large_blocks())") == "True"


def test_what_exists_is_spared_and_later_garbage_is_still_collected():
    code = """
import gc, weakref
from transformer.process.memory import spare_old_objects
spare_old_objects()
class Node: pass
node = Node()
node.self = node
gone = weakref.ref(node)
del node
gc.collect()
print(gc.get_freeze_count() > 0, gone() is None)
"""
    assert outcome(code) == "True True"
