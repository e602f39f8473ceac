"""The JavaScript that runs in every context before user code: the files of `prelude/`, in the order of their names.

One script of them all, whose value is a function that is given the host's door and returns the doors of the driver.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["PRELUDE", "SCRIPT"]

SCRIPT: Final = "transformation"
"""What user code is called in its own stack traces."""

_FOLDER: Final = Path(__file__).with_name("prelude")

# The eval of strict code stands outside of everything else: direct eval sees the variables around it.
_HEAD: Final = """(function (evalStrict) {
"use strict";
return function (host, seed, script, mark) {
const kit = { __proto__: null, host, script, mark, evalStrict, evalLoose: eval, seed: JSON.parse(seed) };
"""
_TAIL: Final = """
const { load, loadStrict, call, callRaw, settled, finish, tick, answered, define, loadWithin } = kit.doors;
return [load, loadStrict, call, callRaw, settled, finish, tick, answered, define, loadWithin];
};
})(function () { "use strict"; return eval(arguments[0]); })
//# sourceURL=transformer"""


def _assembled() -> str:
    """The whole script. Read when this is imported, while there still are files."""
    files = sorted(_FOLDER.glob("*.js"))
    return _HEAD + "".join(f"{path.read_text('utf-8')}(kit);\n" for path in files) + _TAIL


PRELUDE: Final = _assembled()
