"""Cases: events with what a transformation should make of them; `transformer test` and publishing judge by them.

Pure: reads bytes, makes payloads, compares a `Ledger`. Whoever has a pool runs them. The file format is described in `load.py`.
"""

from __future__ import annotations

from transformer.cases.case import Case, Dropped, Emitted, Expectation, Failed, Inputs
from transformer.cases.differences import Difference
from transformer.cases.load import load_case, load_cases

__all__ = ["Case", "Difference", "Dropped", "Emitted", "Expectation", "Failed", "Inputs", "load_case", "load_cases"]
