"""Publishing: what passes becomes a version, what does not is refused with what to do. With real workers."""

import json

import pytest

from transformer.broker import Broker
from transformer.capabilities import NOTHING, Capabilities
from transformer.errors import CallerError, Code
from transformer.pool import Batch, Plan, Pool, Step
from transformer.registry import publish
from transformer.registry.probe import NO_ANSWERS, SAMPLES, sample_batch
from transformer.registry.records import Call, CaseFile
from transformer.settings import Settings

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"


@pytest.fixture
def settings():
    return Settings(workers=4, event_seconds=0.5, memory_bytes=64 * 2**20, code_bytes=4096)


@pytest.fixture
async def pool(settings):
    async with Pool(settings) as pool:
        yield pool


@pytest.fixture
def store(sqlite_url, open_store):
    store = open_store(sqlite_url)
    store.migrate()
    store.create_transformation("default", "clean", "")
    return store


@pytest.fixture
def publishing(pool, store, settings):
    async def publish_it(source, cases=(), *, engine="python", transformation="clean", capabilities=NOTHING, **call):
        where = "default", transformation
        return await publish(
            *(pool, store, *where, engine, source, cases),
            capabilities=capabilities,
            limits=settings.limits,
            call=Call(**call),
        )

    return publish_it


@pytest.fixture
def refusal(publishing, store):
    """What publishing refuses, and that it left nothing behind."""

    async def refuse(source, cases=(), *, code=Code.CODE_REFUSED, **options) -> CallerError:
        generation = store.generation()
        with pytest.raises(CallerError) as caught:
            await publishing(source, cases, **options)
        assert caught.value.code == code
        assert store.generation() == generation
        return caught.value

    return refuse


def case(name="a case", **fields) -> CaseFile:
    return CaseFile(name, json.dumps({"name": name, "event": {"a": 1}, "expect": {"emitted": {"a": 1}}, **fields}).encode())


class TestGoodCode:
    async def test_it_becomes_a_version_with_what_was_found_out(self, publishing, store):
        made = await publishing(IDENTITY, [case()], actor="ada")
        assert (made.number, made.engine, made.entry_point, made.warnings) == (1, "python", "transformEvent", ())
        assert (made.source, made.cases, made.actor) == (IDENTITY, (case(),), "ada")
        assert store.get_version("default", "clean", 1) == made

    async def test_batch_function_is_found(self, publishing):
        made = await publishing("def transformBatch(events, metadata):\n    return events\n")
        assert made.entry_point == "transformBatch"

    async def test_code_that_never_asks_for_metadata_is_known(self, publishing):
        used = await publishing("def transformEvent(event, metadata):\n    event['s'] = metadata(event)\n    return event\n")
        unused = await publishing(IDENTITY)
        assert (used.uses_metadata, unused.uses_metadata) == (True, False)

    async def test_same_content_is_the_same_version(self, publishing, store):
        first = await publishing(IDENTITY, [case()])
        await publishing(IDENTITY + "# more\n")
        assert await publishing(IDENTITY, [case()], actor="bob") == first
        assert [entry.action for entry in store.list_audit("default").items].count("CreateVersion") == 2

    async def test_repeated_request_gives_the_first_answer(self, publishing):
        first = await publishing(IDENTITY, request_id="r-1")
        await publishing(IDENTITY + "# more\n")
        assert await publishing(IDENTITY, request_id="r-1") == first

    async def test_validation_stores_nothing(self, publishing, store):
        checked = await publishing(IDENTITY, [case()], validate_only=True)
        assert (checked.number, checked.entry_point) == (1, "transformEvent")
        assert store.list_versions("default", "clean").items == []

    async def test_drops_and_several_outputs_are_no_remark(self, publishing):
        source = "def transformEvent(event, metadata):\n    return [event, event] if event['type'] == 'track' else None\n"
        assert (await publishing(source)).warnings == ()

    async def test_exception_on_a_sample_is_a_warning_with_its_line(self, publishing):
        made = await publishing("def transformEvent(event, metadata):\n    event['properties']['x'] = 1\n    return event\n")
        assert [(one.line, one.message) for one in made.warnings] == [
            (2, "the sample identify, group and alias events failed: T201 KeyError: 'properties'")
        ]


class TestBrokenCode:
    async def test_syntax_error_has_line_and_column(self, refusal):
        wrong = await refusal("def transformEvent(event, metadata)\n    return event\n")
        [problem] = wrong.problems
        assert (problem.line, problem.column) == (1, 36)
        assert wrong.message == f"The code was refused with 1 problem; line 1: {problem.message}"

    async def test_forbidden_import_has_its_line(self, refusal):
        wrong = await refusal("import json\nimport os\n" + IDENTITY)
        [problem] = wrong.problems
        assert problem.line == 2
        assert problem.message.startswith("Import of 'os' is not allowed.")

    async def test_code_without_an_entry_point_is_refused(self, refusal):
        [problem] = (await refusal("x = 1\n")).problems
        assert "transformEvent" in problem.message

    async def test_code_that_fails_while_it_loads_has_its_line(self, refusal):
        [problem] = (await refusal("\nx = 1 / 0\n" + IDENTITY)).problems
        assert problem.line == 2
        assert problem.message.startswith("ZeroDivisionError: division by zero")

    async def test_code_that_hangs_costs_one_worker_and_is_refused(self, refusal, publishing, pool):
        before = pool.stats()["workers_started"]
        wrong = await refusal("def transformEvent(event, metadata):\n    while True:\n        pass\n")
        [problem] = wrong.problems
        assert problem.message == "the sample identify event ran longer than one event may (0.5 s); make the code end sooner"
        assert pool.stats()["workers_started"] - before <= 4
        assert (await publishing(IDENTITY)).number == 1

    async def test_code_that_hangs_while_it_loads_is_refused(self, refusal):
        wrong = await refusal("while True:\n    pass\n" + IDENTITY)
        assert len(wrong.problems) == 1

    async def test_code_that_eats_memory_is_refused(self, refusal, publishing):
        wrong = await refusal("def transformEvent(event, metadata):\n    return {'x': 'x' * 10 ** 10}\n")
        [problem] = wrong.problems
        assert problem.message == (
            "the sample identify, track, page, screen, group and alias events needed more memory than code may have (64 MiB); "
            "keep less of it at a time"
        )
        assert (await publishing(IDENTITY)).number == 1

    async def test_code_that_is_too_large_is_refused_with_the_limit(self, refusal):
        wrong = await refusal(IDENTITY + "#" * 4096, code=Code.BAD_REQUEST)
        assert wrong.message == "version.source: 4150 bytes of code are too many; at most 4096 (code_bytes)"

    async def test_unknown_engine_is_told_the_known_ones(self, refusal):
        wrong = await refusal(IDENTITY, engine="cobol", code=Code.BAD_REQUEST)
        assert wrong.message == 'version.engine: there is no engine "cobol"; engines: python, javascript, wasm'

    async def test_unknown_transformation_is_named(self, refusal):
        wrong = await refusal(IDENTITY, transformation="claen", code=Code.NOT_FOUND)
        assert wrong.message == "workspaces/default/transformations/claen does not exist; did you mean clean?"

    async def test_validation_refuses_too(self, refusal):
        await refusal("nonsense(", validate_only=True)


class TestCases:
    async def test_failing_case_is_named_with_each_difference(self, refusal):
        wrong = await refusal(IDENTITY, [case("holds"), case("adds one", expect={"emitted": {"a": 2, "b": 3}})])
        assert [problem.message for problem in wrong.problems] == [
            'case "adds one": expect.emitted.a: expected 2, got 1',
            'case "adds one": expect.emitted.b: expected 3, got nothing',
        ]

    async def test_exception_in_a_case_has_its_line(self, refusal):
        source = (
            "def transformEvent(event, metadata):\n    if 'a' in event:\n        raise ValueError('no')\n    return event\n"
        )
        [problem] = (await refusal(source, [case()])).problems
        assert problem.line == 3
        assert problem.message.startswith('case "a case": expect: ')
        assert "T201: ValueError: no" in problem.message

    async def test_expected_failure_holds(self, publishing):
        source = "def transformEvent(event, metadata):\n    return {'got': event['b']}\n"
        failing = case(expect={"failed": {"code": "T201", "message": "KeyError: 'b'"}})
        assert (await publishing(source, [failing])).cases == (failing,)

    async def test_case_that_hangs_is_a_difference(self, refusal, publishing):
        source = "def transformEvent(event, metadata):\n    while 'a' in event:\n        pass\n    return event\n"
        [problem] = (await refusal(source, [case()])).problems
        assert "T301" in problem.message
        assert (await publishing(IDENTITY)).number == 1

    async def test_case_that_is_not_well_formed_is_named(self, refusal):
        wrong = await refusal(IDENTITY, [CaseFile("odd", b'{"name": "odd", "evnt": {}}')], code=Code.BAD_REQUEST)
        assert wrong.message.startswith("version.cases[0] odd")

    async def test_metadata_of_a_case_reaches_the_code(self, publishing):
        source = "def transformEvent(event, metadata):\n    return {'source': metadata(event).get('sourceId')}\n"
        good = case(metadata={"sourceId": "web"}, expect={"emitted": {"source": "web"}})
        assert (await publishing(source, [good])).number == 1


class TestSamples:
    def test_there_is_one_of_each_type(self):
        assert [sample["type"] for sample in SAMPLES] == ["identify", "track", "page", "screen", "group", "alias"]

    def test_batch_has_ids_and_metadata_for_each(self):
        batch = sample_batch()
        assert [json.loads(payload)["messageId"] for payload in batch.payloads] == [one["messageId"] for one in batch.metadata]
        assert len(set(map(len, (batch.payloads, batch.metadata, SAMPLES)))) == 1


ASKS = """import requests


def transformEvent(event, metadata):
    event["said"] = requests.get("https://api.example.com/hello").text
    return event
"""
DECLARED = Capabilities(hosts=("api.example.com",))


class TestCodeThatAsksItsHost:
    @pytest.fixture
    async def pool(self, settings):
        async def real(_workspace, _capabilities, _arguments):
            raise AssertionError("a real call was made")

        broker = Broker()
        broker.register("fetch", real)
        async with Pool(settings, broker=broker) as pool:
            yield pool

    async def test_what_it_does_not_declare_is_refused_with_the_line_to_add(self, refusal):
        (problem,) = (await refusal(ASKS)).problems
        assert (problem.line, problem.column) == (5, 21)
        assert problem.message == (
            "the host api.example.com is not declared; "
            "write into the manifest beside the code: capabilities: {hosts: [api.example.com]}"
        )

    async def test_it_is_tried_without_a_real_call_and_its_cases_have_the_answers_that_they_record(self, publishing, refusal):
        calls = [{"fetch": "https://api.example.com/hello", "answer": {"body": "hello"}}]
        recorded = case(expect={"emitted": {"a": 1, "said": "hello"}}, calls=calls)
        made = await publishing(ASKS, [recorded], capabilities=DECLARED)
        assert [warning.message for warning in made.warnings] == [NO_ANSWERS]
        wrong = await refusal(ASKS + "\n", [case(expect={"emitted": True})], capabilities=DECLARED)
        assert "calls: expected a recorded answer for every call" in wrong.problems[-1].message

    async def test_what_it_keeps_of_an_answer_never_meets_a_real_event(self, publishing, pool, settings):
        source = f"TOKEN = 'Bearer ' + getCredential('TOKEN')\n{IDENTITY.replace('return event', 'return {**event, **dict(t=TOKEN)}')}"
        declared = Capabilities(secrets=("TOKEN",))
        cases = [
            case(f"with {value}", expect={"emitted": {"a": 1, "t": f"Bearer {value}"}}, secrets={"TOKEN": value})
            for value in "xy"
        ]
        made = await publishing(source, cases, capabilities=declared)
        assert made.warnings == ()

        async def real(*_):
            return "real"

        broker = Broker()
        broker.register("secret", real)
        step = Step(made.content_hash, "python", made.name, source, capabilities=declared)
        ledger = await pool.run(Plan("default", (step,), settings.limits), Batch([b"{}"]), broker=broker)
        assert ledger.payloads == [b'{"t":"Bearer real"}']

    async def test_answer_that_it_wants_while_it_is_loaded_is_no_reason_to_refuse_it(self, publishing):
        source = f"import requests\nPLANS = requests.get('https://api.example.com/').json()\n{IDENTITY}"
        made = await publishing(source, capabilities=DECLARED)
        assert [warning.message for warning in made.warnings] == [NO_ANSWERS]
