"""Dead letters of a real server, from the poison to the fix: each is emitted exactly once, whatever interrupts the replay."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import serving

PATIENCE_SECONDS = 30
POISON = "def transformEvent(event, metadata):\n    return {'n': event['n'], 'user': event['user']}\n"
FIXED = "def transformEvent(event, metadata):\n    return {'n': event['n'], 'user': event.get('user', '?')}\n"
FUSSY = """\
def transformEvent(event, metadata):
    if event['n'] % 4 == 0:
        raise Drop("fourth")
    if event['n'] % 4 == 1:
        raise Invalid("odd one")
    return {'n': event['n'], 'id': metadata(event).get('messageId')}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where the server of this file lives; it takes batches of 50 at most."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "transformer.toml").write_text("batch_events = 50\n")
    return folder


@pytest.fixture(scope="module")
def server(home):
    with serving(home) as address:
        yield address


@pytest.fixture
def letters_in(home):
    return ("--dead-letters", f"directory:{home}/transformer.db.dead-letters")


@pytest.fixture
def letters(on, letters_in):
    """letters("list", …): dead-letters commands in the workspace of the test."""

    def run(command, *arguments):
        where = () if command == "show" else ("--workspace", on.workspace)
        return on.cli("dead-letters", command, *arguments, *where, *letters_in)

    return run


@pytest.fixture
def replay(on, letters_in):
    return lambda *arguments: on("replay", *arguments, *letters_in)


@pytest.fixture
def on(on, cli):
    on.cli = cli
    return on


@pytest.fixture
def publish(on, write):
    def put(source, name="t"):
        write(f"{name}.py", source)
        ended = on("publish", f"{name}.py", "--name", name, "--activate")
        assert ended.code == 0, ended

    return put


@pytest.fixture
def waiting(letters):
    """waiting(): the letters that wait, oldest first."""

    def told(*arguments):
        return letters("list", "--json", "-n", 10_000, *arguments).json()[::-1]

    return told


@pytest.fixture
def poisoned(on, publish, events_file, waiting):
    """poisoned(count): so many events have failed in version 1 of `t`, and their letters are there."""

    def make(count=40, name="t"):
        publish(POISON, name)
        events = [{"n": n, "messageId": f"m{n}"} for n in range(count)]
        assert on("send", name, "--events", events_file(events), "--batch-size", 50, "--quiet").code == 1
        wait_for(lambda: len(waiting(name)) >= count)

    return make


def wait_for(fact):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def numbers(lines):
    return sorted(json.loads(line)["n"] for line in lines)


def test_after_the_fix_every_letter_is_emitted_exactly_once(poisoned, publish, replay, waiting, letters):
    poisoned(120)
    dry = replay("t@1", "--code", "T201", "--dry-run", "--json").json()
    assert dry["selected"] == 120
    assert [(kind["version"].rpartition("/")[2], kind["code"], kind["count"]) for kind in dry["kinds"]] == [("1", "T201", 120)]
    assert len(waiting()) == 120
    publish(FIXED)
    ended = replay("--rate", 0)
    assert (ended.code, numbers(ended.out)) == (0, list(range(120)))
    assert ended.err == ["120 of 120 dead letters replayed: 120 emitted, 0 dropped, 0 failed again; 120 outputs"]
    assert waiting() == []
    again = replay()
    assert (again.code, again.out) == (0, [])
    replayed = letters("list", "--replayed", "--json", "-n", 1000).json()
    assert {(one["last"]["status"], one["tries"]) for one in replayed} == {("emitted", 1)}
    assert {one["last"]["versions"][0].rpartition("/")[2] for one in replayed} == {"2"}


def test_what_failed_in_a_pipeline_is_replayed_through_it(on, publish, write, events_file, replay, waiting):
    publish(POISON)
    files = {"shop": "type: kafka\nsettings: {topic: shop}\n", "p": "steps: [t]\ndestination: shop\n", "bare": "steps: [t]\n"}
    for name, text in files.items():
        write(f"{name}.yaml", text)
        assert on("destination" if name == "shop" else "pipeline", "push", f"{name}.yaml").code == 0
    assert on("pipeline", "run", "p", "--events", events_file([{"n": n, "type": "track"} for n in (7, 8)]), "--quiet").code == 1
    wait_for(lambda: len(waiting()) == 2)
    publish("def transformEvent(event, metadata):\n    return {**event, 'userId': 'ann'}\n")
    assert [json.loads(line)["topic"] for line in replay("--id", waiting()[0]["id"]).out] == ["shop"]
    assert [json.loads(line)["n"] for line in replay("--through", "pipelines/bare@1").out] == [8]


def test_what_fails_again_stays_once_with_its_new_failure(poisoned, publish, replay, waiting, letters_in):
    poisoned(8)
    publish(FUSSY)
    ended = replay("--outcomes")
    assert ended.code == 1
    told = [json.loads(line) for line in ended.out]
    assert [one["status"] for one in told] == ["dropped", "failed", "emitted", "emitted"] * 2
    assert (told[0]["reason"], told[1]["code"], told[2]["outputs"]) == ("fourth", "T202", [{"n": 2, "id": "m2"}])
    assert ended.err[0] == "8 of 8 dead letters replayed: 4 emitted, 2 dropped, 2 failed again; 4 outputs"
    assert [line.split() for line in ended.err[1:]] == [
        ["failed", "again", "code", "message", "place"],
        ["2", "T202", "odd", "one", "t@2:5"],
    ]
    assert [(one["message_id"], one["tries"], one["last"]["failure"]["code"]) for one in waiting()] == [
        ("m1", 1, "T202"),
        ("m5", 1, "T202"),
    ]
    assert replay("t@1", "--dry-run", "--json").json()["selected"] == 0
    assert replay("t@2", "--dry-run", "--json").json()["selected"] == 2
    assert replay().code == 1
    assert [one["tries"] for one in waiting()] == [2, 2]
    publish(FIXED)
    assert numbers(replay().out) == [1, 5]


def started_replay(on, letters_in, *arguments, **options):
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "transformer", "replay", *arguments),
            *("--workspace", on.workspace, "--server", on.address, *letters_in),
        ],
        stdout=options.get("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.fixture
def begun(on, server, letters_in, folder):
    """begun(lines, rate=…): a slow replay into out.jsonl that has written so many lines at least; `rate` a second."""
    running = []

    def start(lines, rate=20):
        on.address = server
        process = started_replay(on, letters_in, "--rate", str(rate), "--batch-size", "5", "--output", "out.jsonl")
        running.append(process)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(written(folder)) < lines:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def written(folder):
    path = folder / "out.jsonl"
    return path.read_bytes().splitlines() if path.exists() else []


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_an_interrupted_replay_goes_on_without_loss_and_without_doubling(
    poisoned, publish, replay, waiting, begun, folder, number
):
    poisoned(100)
    publish(FIXED)
    process = begun(10)
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert said.decode().splitlines()[-2:] == [
        "what is not done yet stays; the same command goes on",
        "transformer: interrupted",
    ]
    done = written(folder)
    assert 10 <= len(done) < 100
    assert len(waiting()) == 100 - len(done)
    assert replay("--output", "out.jsonl", "--rate", 0).code == 0
    assert numbers(written(folder)) == list(range(100))


@pytest.mark.slow
def test_a_replay_that_is_killed_loses_nothing(poisoned, publish, replay, begun, folder):
    poisoned(100)
    publish(FIXED)
    process = begun(10)
    process.kill()
    process.wait(PATIENCE_SECONDS)
    assert replay("--output", "out.jsonl", "--rate", 0).code == 0
    found = numbers(written(folder))
    assert set(found) == set(range(100))
    assert len(found) <= 105  # the one batch between its outputs and its marks


def test_only_one_replay_or_purge_runs_at_a_time(poisoned, publish, replay, letters, begun):
    poisoned(100)
    publish(FIXED)
    begun(1, rate=1)  # it lasts until the test ends it
    for ended in (replay(), letters("purge", "--every")):
        assert (ended.code, ended.err) == (4, ["transformer: another replay or purge of these letters is running"])


def test_without_a_server_everything_stays(poisoned, waiting, cli, on, letters_in):
    poisoned(3)
    ended = cli("replay", "--server", "127.0.0.1:1", "--workspace", on.workspace, "--timeout", 0.2, *letters_in)
    assert (ended.code, ended.out, len(ended.err)) == (4, [], 1)
    assert ended.err[0].startswith("transformer: T507 ")
    assert [one["tries"] for one in waiting()] == [0, 0, 0]


def test_what_the_server_refuses_stays_and_the_rest_goes_on(poisoned, publish, replay, waiting, on):
    poisoned(3, "a")
    poisoned(3, "b")
    publish(FIXED, "b")
    assert on("deactivate", "a", "--alias", "live").code == 0
    ended = replay("--json", "--output", "out.jsonl")
    told = ended.json()
    assert ended.code == 1
    assert (told["emitted"], told["refused"], told["replayed"]) == (3, 3, 6)
    assert [(one["code"], one["transformations"]) for one in told["refusals"]] == [("T402", ["transformations/a"])]
    assert any("T402" in line for line in ended.err)
    assert {one["transformations"][0] for one in waiting()} == {"transformations/a"}


def test_letters_can_go_through_something_else(poisoned, publish, replay, waiting):
    poisoned(6)
    publish(FUSSY)
    publish(POISON + "\n")
    (first, *_) = waiting()
    ended = replay("--id", waiting()[2]["id"], "--through", "t@2")
    assert (ended.code, [json.loads(line) for line in ended.out]) == (0, [{"n": 2, "id": "m2"}])
    assert len(waiting()) == 5
    assert replay("--id", first["id"]).code == 1  # what is live fails as before


def test_a_batch_that_is_too_large_for_the_server_is_sent_in_parts(poisoned, publish, replay):
    poisoned(120)
    publish(FIXED)
    ended = replay("--batch-size", 120, "--rate", 0)
    assert (ended.code, numbers(ended.out)) == (0, list(range(120)))


def test_retryable_failures_are_tried_until_the_time_is_up_and_stay(poisoned, publish, replay, waiting):
    poisoned(2)
    publish("def transformEvent(event, metadata):\n    raise Retry(0, 'not yet')\n")
    assert replay("--timeout", 0.5).code == 1
    assert [(one["tries"], one["last"]["failure"]["code"]) for one in waiting()] == [(1, "T203")] * 2


def test_nobody_who_reads_the_outputs_means_that_nothing_is_marked(poisoned, publish, waiting, on, server, letters_in):
    poisoned(5)
    publish(FIXED)
    on.address = server
    reader, writer = os.pipe()
    os.close(reader)
    process = started_replay(on, letters_in, stdout=writer)
    os.close(writer)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 141
    assert len(waiting()) == 5


def test_outputs_that_cannot_be_written_leave_the_letters(poisoned, publish, replay, waiting, folder):
    poisoned(5)
    publish(FIXED)
    (folder / "out").mkdir()
    ended = replay("--output", "out")
    assert (ended.code, ended.err) == (2, ["transformer: out: is a directory"])
    ended = replay("--output", "/dev/full")
    assert (ended.code, ended.err) == (
        5,
        ["transformer: what was emitted cannot be written: no space left on device; its letters stay"],
    )
    assert len(waiting()) == 5


def test_letters_that_cannot_be_marked_are_told(poisoned, publish, replay, waiting, home, on):
    poisoned(5)
    publish(FIXED)
    (path,) = home.glob(f"*.dead-letters/{on.workspace}/*.jsonl")
    (home / "elsewhere").touch()
    path.with_suffix(".marks").symlink_to(home / "elsewhere")  # which nothing is written through
    first = waiting()[0]["id"]
    ended = replay()
    assert (ended.code, numbers(ended.out)) == (5, [0, 1, 2, 3, 4])
    assert ended.err[-1] == (
        "transformer: the outputs of the last 5 dead letters were written, but the letters cannot be marked: "
        f"too many levels of symbolic links; a replay would write them again, from {first} on"
    )


def test_json_needs_a_place_for_the_events(replay):
    ended = replay("--json")
    assert (ended.code, ended.out) == (2, [])
    assert ended.err == ["transformer: --json prints the summary on stdout; name a file for the events with --output"]


def test_nothing_to_replay_says_where_it_looked(replay, home):
    ended = replay()
    assert (ended.code, ended.out) == (0, [])
    assert ended.err[0] == f"no dead letter fits; looked in {home}/transformer.db.dead-letters"


@pytest.mark.slow
@pytest.mark.need("linux")
def test_progress_is_shown_on_a_terminal_and_outputs_stay_clean(poisoned, publish, on, server, letters_in):
    poisoned(40)
    publish(FIXED)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "transformer", "replay", "--rate", "100", "--batch-size", "10"),
            *("--workspace", on.workspace, "--server", server, *letters_in),
        ],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"},
    ) as process:
        os.close(theirs)
        out = process.stdout.read()
        said = b""
        while True:
            try:
                said += os.read(ours, 65536)
            except OSError:  # how Linux says that nobody holds the other end any more
                break
    os.close(ours)
    assert numbers(out.splitlines()) == list(range(40))
    assert b"replaying" in said
    assert b"/40" in said


@pytest.mark.slow
@pytest.mark.need("postgres")
def test_letters_in_postgresql_are_replayed_the_same_way(postgres, tmp_path, cli, write, events_file):
    url = postgres.new_database()
    (tmp_path / "transformer.toml").write_text(f'dead_letters = "{url}"\n')
    with serving(tmp_path) as address:  # the commands find the same file
        here = ("--server", address)
        write("t.py", POISON)
        assert cli("publish", "t.py", "--name", "t", "--activate", *here).code == 0
        assert cli("send", "t", "--events", events_file([{"n": n} for n in range(30)]), *here).code == 1
        deadline = time.monotonic() + PATIENCE_SECONDS
        while cli("replay", "--dry-run", "--json").json()["selected"] < 30:
            assert time.monotonic() < deadline
        write("t.py", FIXED)
        assert cli("publish", "t.py", "--name", "t", "--activate", *here).code == 0
        ended = cli("replay", *here)
        assert (ended.code, numbers(ended.out)) == (0, list(range(30)))
        assert cli("replay", "--dry-run", "--json").json()["selected"] == 0
    postgres.take_back(url)
