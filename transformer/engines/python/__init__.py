"""The Python engine: CPython under our own RestrictedPython policy, in a confined process."""
