"""Binaries: compiled once, in a worker of their own, kept, and handed to workers as memory that they share."""

import asyncio
import contextlib
import shutil
import time
from pathlib import Path
from types import MappingProxyType

import pytest

from transformer.engines.base import EngineSpec, Report
from transformer.engines.binary import encode_binary
from transformer.engines.python.spec import PYTHON
from transformer.errors import Code, PlatformError
from transformer.pool import Batch, Plan, Pool, Step
from transformer.pool.artefacts import Built
from transformer.pool.sealed import Sealed
from transformer.pool.watch import Watch
from transformer.settings import Settings

TOY = EngineSpec(
    name="toy",
    summary="For tests.",
    suffixes=(".toy",),
    module="toy_binaries",
    probe=encode_binary(b"probe"),
    system_calls=("recvmsg", "pread64"),
    binary=True,
)
ENGINES = MappingProxyType({spec.name: spec for spec in (PYTHON, TOY)})


@pytest.fixture
def guests(tmp_path):
    """A folder with the engine, in which `fingerprint` may be written."""
    folder = tmp_path / "guests"
    shutil.copytree(Path(__file__).with_name("toy"), folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
async def open_pool(guests, tmp_path):
    """open_pool(setting=value…) → a started pool; those of a test share a folder of artefacts."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(watch=None, **settings):
            pool = Pool(
                Settings(**{"spare_workers": 0, **settings}),
                engines=ENGINES,
                guest_path=[str(guests)],
                artefacts=tmp_path / "artefacts",
                watch=watch or Watch(),
            )
            return await stack.enter_async_context(pool)

        yield make


def step(binary: bytes, engine: str = "toy") -> Step:
    source = encode_binary(binary) if engine == "toy" else binary.decode()
    return Step(f"hash of {binary!r}", engine, "step", source, uses_metadata=False)


class Seen(Watch):
    """What the pool told of compiling."""

    def __init__(self):
        self.outcomes, self.seconds, self.found, self.useless = [], [], [], 0

    def compiled(self, workspace, seconds, outcome):
        self.outcomes.append(outcome)
        self.seconds.append(seconds)

    def artefact_found(self, where):
        self.found += [where] if where == "folder" else []

    def artefact_useless(self):
        self.useless += 1


async def outcome_or_error(pool, binary):
    try:
        return await outcome(pool, binary)
    except PlatformError as error:
        return error


async def outcome(pool, *binaries, workspace="w", deadline=None):
    """What became of one event: what the programs added, or the failure."""
    plan = Plan(workspace, tuple(one if isinstance(one, Step) else step(one) for one in binaries), pool.settings.limits)
    ledger = await pool.run(plan, Batch([b"{}"]), deadline=deadline)
    return ledger.failures[0] if ledger.failures else ledger.payloads[0].decode()


def kept(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if len(path.name) == 64)


class TestCompiling:
    async def test_one_artefact_serves_all_workers(self, open_pool):
        pool = await open_pool(workspace_workers=2, concurrent_turns=2, workers=4)
        told = await asyncio.gather(*(outcome(pool, b"one") for _ in range(8)))
        assert len(set(told)) == 1
        assert "one " in told[0]

    async def test_who_asks_at_once_waits_for_one_compilation(self, open_pool):
        pool = await open_pool()
        started = pool.stats()["workers_started"]
        reports = await asyncio.gather(*(pool.check("w", "toy", encode_binary(b"one"), "x") for _ in range(5)))
        assert {report.entry_point for report in reports} == {"transformEvent"}
        assert pool.stats()["workers_started"] == started + 1

    async def test_a_workspace_has_its_own(self, open_pool):
        pool = await open_pool()
        assert await outcome(pool, b"one", workspace="a") != await outcome(pool, b"one", workspace="b")

    async def test_reports_are_whole_and_nobodys_to_change(self, open_pool):
        pool = await open_pool()
        first = await pool.check("w", "toy", encode_binary(b"warn"), "x")
        assert [(one.message, one.line, one.column) for one in first.warnings] == [("look here", 2, 3)]
        assert not first.uses_metadata
        first.warnings.clear()
        assert (await pool.check("w", "toy", encode_binary(b"warn"), "x")).warnings
        report = await pool.check("w", "toy", encode_binary(b"problem with it"), "x")
        assert [problem.message for problem in report.problems] == ["with it"]
        (problem,) = (await pool.check("w", "toy", "(module)", "x")).problems
        assert problem.message.startswith("the source is not base64")
        assert (await pool.check("w", "toy", "", "x")).entry_point == "transformEvent"  # an empty file is the engine's to judge

    @pytest.mark.parametrize(
        ("binary", "told"),
        [
            (b"hang", "compiling it took longer than 0.5 s (compile_seconds): make it smaller"),
            (b"crash", "compiling it ended its worker (exited with code 3)"),
            (b"large 9000000", "its machine code has 9000000 bytes; at most 4195136 can be kept: make it smaller"),
        ],
    )
    async def test_what_cannot_be_compiled_is_a_problem(self, open_pool, binary, told):
        pool = await open_pool(compile_seconds=0.5 if binary == b"hang" else 60)
        (problem,) = (await pool.check("w", "toy", encode_binary(binary), "x")).problems
        assert problem.message.startswith(told)

    async def test_memory_is_that_of_compiling_not_of_running(self, open_pool):
        pool = await open_pool(memory_bytes=16 * 2**20, compile_bytes=256 * 2**20)
        assert not (await pool.check("w", "toy", encode_binary(b"eat 50000000"), "x")).problems

    async def test_a_batch_does_not_wait_for_longer_than_its_caller(self, open_pool):
        pool = await open_pool(compile_seconds=60)
        with pytest.raises(PlatformError, match="still being compiled") as raised:
            await outcome(pool, b"hang", deadline=asyncio.get_running_loop().time() + 0.3)
        assert raised.value.code is Code.NO_CAPACITY

    async def test_a_published_binary_that_cannot_be_compiled_here_is_retryable(self, open_pool):
        pool = await open_pool()
        for _ in range(2):  # the second time nothing is tried
            with pytest.raises(PlatformError, match="could not be compiled on this server") as raised:
                await outcome(pool, b"crash")
            assert raised.value.code is Code.WORKER_LOST

    async def test_it_is_tried_again_where_the_worker_is_lost_with_its_zygote(self, open_pool, until):
        pool = await open_pool()
        await outcome(pool, b"one")
        started = pool.stats()["workers_started"]
        report = asyncio.create_task(pool.check("w", "toy", encode_binary(b"slow"), "x"))
        await until(lambda: pool.stats()["workers_started"] > started)
        pool._nurseries.of(frozenset({"toy"})).zygote._process.kill()
        assert not (await report).problems

    async def test_a_published_binary_with_problems_fails_its_events(self, open_pool):
        pool = await open_pool()
        failure = await outcome(pool, b"one", b"problem of today")
        assert (failure.code, failure.message, failure.step) == (Code.CODE_BROKEN, "of today", 1)

    async def test_an_artefact_that_does_not_load_fails_its_events(self, open_pool):
        pool = await open_pool()
        failure = await outcome(pool, b"garbage")
        assert (failure.code, failure.message) == (Code.CODE_BROKEN, "it cannot be loaded")

    async def test_an_artefact_that_is_whole_but_does_not_load_is_made_anew(self, open_pool, tmp_path):
        pool = await open_pool(spare_workers=1)
        assert "one " in await outcome(pool, b"one")
        (path,) = kept(tmp_path / "artefacts")
        await pool.close()
        seen = Seen()
        later = await open_pool(watch=seen)
        compiler = later.compiler
        key = await compiler._key_of("w", step(b"one"))
        assert path.name == key.name
        # Sealed with the right key, as another library of the same name would have done.
        compiler._folder.keep(key, Built(Report(entry_point="transformEvent"), Sealed.of([b"not what this engine makes"])))
        told = await asyncio.gather(*(outcome(later, b"one") for _ in range(4)))
        assert len(set(told)) == 1
        assert "one " in told[0]
        assert [seen.found, seen.useless, seen.outcomes] == [["folder"], 1, ["made"]]
        await later.close()
        assert await outcome(await open_pool(), b"one") == told[0]

    async def test_one_that_never_loads_is_not_made_for_ever(self, open_pool):
        seen = Seen()
        pool = await open_pool(watch=seen)
        failure = await outcome_or_error(pool, b"useless")
        assert (failure.code, failure.code.retryable) == (Code.INTERNAL, True)
        assert failure.message == "what the code was compiled to cannot be loaded on this server; send the batch again"
        assert (await outcome_or_error(pool, b"useless")).code is Code.INTERNAL
        assert (seen.useless, seen.outcomes) == (1, ["made", "made"])
        assert "one " in await outcome(pool, b"one")


class TestTheShare:
    async def test_who_has_had_its_share_waits_and_others_do_not(self, open_pool):
        seen = Seen()
        # Four seconds at once; and hardly anything comes back while the test runs.
        pool = await open_pool(compile_seconds=1, compile_share=0.001, watch=seen)
        assert not (await pool.check("w", "toy", encode_binary(b"first"), "x")).problems
        pool.compiler._allowance.spend("w", 6, time.perf_counter())
        with pytest.raises(PlatformError, match=r"its share of compiling \(compile_share\); in \d+ s it may go on") as caught:
            await pool.check("w", "toy", encode_binary(b"second"), "x")
        assert caught.value.code is Code.RATE_LIMITED
        assert caught.value.retry_after_seconds > 100
        assert not (await pool.check("w", "toy", encode_binary(b"first"), "x")).problems  # is there
        assert not (await pool.check("v", "toy", encode_binary(b"second"), "x")).problems
        assert "third" in await outcome(pool, b"third")  # what was published runs for longer
        pool.compiler._allowance.spend("w", 6, time.perf_counter())
        with pytest.raises(PlatformError, match="compile_share"):
            await outcome(pool, b"fourth")
        assert seen.outcomes == ["made"] * 3

    async def test_time_is_charged_whatever_came_of_it(self, open_pool):
        seen = Seen()
        pool = await open_pool(compile_seconds=0.5, watch=seen)
        await pool.check("w", "toy", encode_binary(b"hang"), "x")
        await pool.check("w", "toy", encode_binary(b"problem with it"), "x")
        assert seen.outcomes == ["lost", "refused"]
        assert seen.seconds[0] >= 0.4
        assert pool.compiler._allowance._owed["w"][0] >= 0.4


class TestHandingOver:
    @pytest.mark.need("seccomp")
    async def test_a_library_may_open_what_was_passed_and_nothing_else(self, open_pool):
        pool = await open_pool()  # the engine refuses to load where more can be opened
        assert await outcome(pool, b"one", b"two")
        assert "two" in (told := await outcome(pool, b"two"))
        assert told.endswith('opened"}')

    async def test_languages_mix(self, open_pool):
        pool = await open_pool()
        python = step(b"def transformEvent(event, metadata):\n    return {**event, 'n': 1}\n", "python")
        assert await outcome(pool, python, b"one", python, b"two", b"two")

    async def test_a_worker_asks_again_for_what_it_has_forgotten(self, open_pool):
        pool = await open_pool(worker_versions=1, workspace_workers=1)
        first = await outcome(pool, b"one")
        for binary in (b"two", b"three", b"one", b"two"):
            told = await outcome(pool, binary)
        assert "two " in told
        assert await outcome(pool, b"one") == first

    async def test_descriptors_do_not_run_out(self, open_pool):
        pool = await open_pool(worker_versions=32, workspace_workers=1)
        started = 0
        for round_ in range(3):
            for number in range(12):
                await outcome(pool, b"n%d" % number)
            if not round_:
                started = pool.stats()["workers_started"]
        assert pool.stats()["workers_started"] == started

    async def test_steps_before_a_broken_one_leave_nothing_behind(self, open_pool):
        pool = await open_pool(workspace_workers=1)
        for number in range(30):
            failure = await outcome(pool, b"garbage %d" % number, b"one")
            assert failure.code is Code.CODE_BROKEN
        assert "one " in await outcome(pool, b"one")


class TestTheFolder:
    async def test_a_server_that_starts_again_compiles_nothing(self, open_pool):
        pool = await open_pool()
        first = await outcome(pool, b"one")
        await pool.close()
        later = await open_pool()
        assert await outcome(later, b"one") == first
        assert not (await later.check("w", "toy", encode_binary(b"one"), "x")).problems

    async def test_two_servers_share_it(self, open_pool, tmp_path, until):
        one, other = await open_pool(), await open_pool()
        told = await outcome(one, b"one")
        await until(lambda: (tmp_path / "artefacts").is_dir() and kept(tmp_path / "artefacts"))
        assert await outcome(other, b"one") == told

    async def test_another_fingerprint_means_another_artefact(self, open_pool, guests):
        first = await outcome(await open_pool(), b"one")
        (guests / "fingerprint").write_text("second", "utf-8")
        assert await outcome(await open_pool(), b"one") != first

    async def test_a_renewal_takes_the_new_fingerprint(self, open_pool, guests):
        pool = await open_pool()
        first = await outcome(pool, b"one")
        (guests / "fingerprint").write_text("second", "utf-8")
        await pool.renew()
        assert await outcome(pool, b"one") != first

    async def test_what_somebody_planted_is_not_run(self, open_pool, tmp_path):
        pool = await open_pool()
        first = await outcome(pool, b"one")
        await pool.close()
        (path,) = kept(tmp_path / "artefacts")
        path.write_bytes(path.read_bytes().replace(b"one", b"two"))
        told = await outcome(await open_pool(), b"one")
        assert "one " in told
        assert told != first

    async def test_a_folder_that_cannot_be_made_costs_time_only(self, open_pool, tmp_path):
        (tmp_path / "artefacts").write_text("a file", "utf-8")
        assert "one " in await outcome(await open_pool(), b"one")
