# class: broken
# walls: language both
# must: refused
import sys
from pathlib import Path


def module():
    return Path(sys.executable).resolve().read_bytes()[:200_000]
