"""What the cases of library/encrypt_fields cannot say: what is encrypted by chance is never the same twice."""

from transformer.engines.base import Host
from transformer.engines.python import natives
from transformer.engines.python.engine import open_engine
from transformer.library import shelf
from transformer.library.steps import function_step

ENCRYPT = shelf.find("library/encrypt_fields/v1")


def test_equal_values_are_encrypted_differently_unless_told():
    natives.open_all()
    engine = open_engine()

    def call(function, *arguments):
        step = function_step(ENCRYPT, function, "python")
        program = engine.load(step.source, "test", Host(libraries=step.libraries))
        return program.call({"arguments": list(arguments)}, None)["returned"]

    first, second = call("encrypt", "x", "key"), call("encrypt", "x", "key")
    assert first != second
    assert call("encrypt", "x", "key", "", True) == call("encrypt", "x", "key", "", True)
    assert [call("decrypt", each, ["key"]) for each in (first, second)] == ["x", "x"]
