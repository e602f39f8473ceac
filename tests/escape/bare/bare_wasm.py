"""wasmtime with wall 1 removed: no limit and no epoch, all of WASI, and functions that do in the host's name what machine code
could do. What holds here, the process wall holds alone.

A module may import any system call, by its name on this machine, as a function of six numbers (`system.openat`); and of `host`:
`address`, where in the process a place of its memory is; `load` and `store`, which read and write anywhere; `jump`, which runs
what lies at an address; `python`, which runs statements, sees the event as `event` and the memory as `memory`, and tells what
they leave in `result`. WASI's come with the whole file system, the environment and every socket, as far as the process has them.

The worker is that of the real engine: artefacts reach it in the same way, but here they are the modules themselves.
"""

import base64
import contextlib
import ctypes
import json
import traceback

import pyseccomp
from wasmtime import Config, FuncType, Linker, Module, Store, ValType, WasiConfig, WasmtimeError
from wasmtime import Engine as Wasmtime

from transformer.engines.base import Explained, LoadError, Report
from transformer.engines.compiled import Compiled
from transformer.errors import Code, Problem

_WORD = 0xFFFFFFFF
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _call(number):
    """The system call, as the kernel answers it: a negative error number where it refuses."""

    def call(*arguments):
        told = _libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
        return -ctypes.get_errno() if told == -1 else told

    return call


class Reach:
    """What the functions of `host` do, for one program."""

    def __init__(self, log):
        self.log = log
        self.event = None

    def base(self, caller):
        return ctypes.addressof(caller.get("memory").data_ptr(caller).contents)

    def address(self, caller, place):
        return self.base(caller) + (place & _WORD)

    def load(self, _caller, address):
        return ctypes.c_longlong.from_address(address & (1 << 64) - 1).value

    def store(self, _caller, address, value):
        ctypes.c_longlong.from_address(address & (1 << 64) - 1).value = value

    def jump(self, _caller, address):
        return ctypes.CFUNCTYPE(ctypes.c_long)(address & (1 << 64) - 1)()

    def python(self, caller, place, size):
        """The place and size of the text that the statements left in `result`, as an answer of one line."""
        memory = caller.get("memory")
        text = bytes(memory.read(caller, place, place + size)).decode()
        namespace = {"event": self.event, "memory": memory, "caller": caller, "log": self.log}
        exec(text, namespace)
        told = json.dumps({"told": str(namespace.get("result"))[:5000]}).encode()
        memory.write(caller, told, 60_000 - len(told))
        return 60_000 - len(told) << 32 | len(told)


_HOST = {"address": ("i", "I"), "load": ("I", "I"), "store": ("II", ""), "jump": ("I", "I"), "python": ("ii", "I")}


class Program:
    text_only = True
    finite = False
    many = None
    raw = None
    entry_point = "transformEvent"

    def __init__(self, engine, module, log):
        self._engine = engine
        self._module = module
        self._reach = Reach(log)
        self._linker = Linker(engine)
        self._linker.define_wasi()
        for each in module.imports:
            if each.module == "system":
                number = pyseccomp.resolve_syscall(pyseccomp.system_arch(), each.name)
                self._linker.define_func("system", each.name, _type("IIIIII", "I"), _call(number))
            elif each.module == "host":
                types = _type(*_HOST[each.name])
                self._linker.define_func("host", each.name, types, getattr(self._reach, each.name), access_caller=True)
        self._linker.define_unknown_imports_as_traps(module)

    def call(self, value, metadata):
        with _lack_of_memory():
            return self._call(value)

    def _call(self, value):
        self._reach.event = value
        store = Store(self._engine)
        try:
            return self._answer(store, value)
        finally:
            store.close()  # otherwise a traceback keeps all its memory

    def _answer(self, store, value):
        wasi = WasiConfig()
        wasi.inherit_env()
        for folder in ("/", "/etc", "/tmp"):
            with contextlib.suppress(WasmtimeError):
                wasi.preopen_dir(folder, folder)
        store.set_wasi(wasi)
        exports = self._linker.instantiate(store, self._module).exports(store)
        event = json.dumps(value).encode()
        memory = exports["memory"]
        place = exports["allocate"](store, len(event)) & _WORD
        memory.write(store, event, place)
        told = exports["transformEvent"](store, place, len(event))
        place, size = told >> 32 & _WORD, told & _WORD
        if place + size > memory.data_len(store):
            raise ValueError("the answer lies outside the memory")
        answer = bytes(memory.read(store, place, place + size)).strip()
        if answer.startswith(b"error "):
            raise ValueError(answer.decode())
        return json.loads(answer) if answer else None

    def explain(self, raised):
        code = Code.MEMORY_LIMIT if isinstance(raised, MemoryError) else Code.EXCEPTION
        return Explained(code, "".join(traceback.format_exception_only(raised)).strip()[:1000])


@contextlib.contextmanager
def _lack_of_memory():
    """Say in Python's way that there was no memory: a worker that hears of it is given up."""
    try:
        yield
    except WasmtimeError as wrong:
        if "allocate" in str(wrong):
            raise MemoryError(str(wrong)) from None
        raise


def _type(parameters, results):
    kinds = {"i": ValType.i32, "I": ValType.i64}
    return FuncType([kinds[each]() for each in parameters], [kinds[each]() for each in results])


class Engine:
    def __init__(self):
        config = Config()
        config.parallel_compilation = False
        config.memory_init_cow = False  # its images would be memfds, which a worker may not make
        self._engine = Wasmtime(config)

    def check(self, source, name):
        return Report(entry_point="transformEvent")

    def fingerprint(self):
        return "bare"

    def compile(self, binary, name):
        return Compiled(Report(entry_point="transformEvent"), bytes(binary))

    def load_artefact(self, artefact, name, host):
        return self._program(bytes(artefact.view), host.log)

    def load(self, source, name, host):
        return self._program(base64.b64decode(source), host.log)

    def _program(self, binary, log):
        try:
            with _lack_of_memory():
                return Program(self._engine, Module(self._engine, binary), log)
        except MemoryError:
            raise
        except BaseException as wrong:  # noqa: BLE001 - whatever comes of it
            raise LoadError([Problem(f"{type(wrong).__name__}: {wrong}"[:1000])]) from None


def open_engine():
    return Engine()
