"""No secret reaches a log, an error or a crash dump, whatever goes wrong with it."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from transformer.access import keys
from transformer.client import Client
from transformer.errors import TransformerError
from transformer.registry import Store
from transformer.registry.records import KeyDraft
from transformer.wire.pb import access_pb2, registry_pb2, transform_pb2

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

PASSWORD = "canary-password"


@pytest.mark.slow
def test_a_key_is_in_no_line_of_the_server_whatever_happens(tmp_path):
    # Given a server that logs all it can, and a key
    database = tmp_path / "registry.db"
    store = Store(f"sqlite:///{database}")
    store.migrate()
    made, unknown = keys.make(), keys.make()
    store.create_key(KeyDraft(made.id, made.digest, "canary", "default", "admin"))
    store.close()
    environment = os.environ | {"PYTHONFAULTHANDLER": "1", "TRANSFORMER_API_KEY": made.text, "GRPC_VERBOSITY": "debug"}
    flags = [
        "--listen",
        "127.0.0.1:0",
        "--authentication",
        "keys",
        "--log-level",
        "debug",
        "--database-url",
        f"sqlite:///{database}",
    ]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-m", "transformer", "serve", *flags],
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            cwd=tmp_path,
        )
    try:
        address = process.stdout.readline().decode().strip().removeprefix("listening on ")
        # When it is used and misused in every place that takes a text
        told = misuse(address, made.text) + misuse(address, unknown.text)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("DROP TABLE api_keys")
            connection.commit()
        told += misuse(address, made.text) + misuse(address, unknown.text)
        # And the process crashes
        assert "Max core file size        0" in Path(f"/proc/{process.pid}/limits").read_text()
        process.send_signal(signal.SIGABRT)
        assert process.wait(20) == -signal.SIGABRT
    finally:
        process.kill()
        process.communicate()
    # Then no line holds it, and no answer does
    said = (tmp_path / "log").read_text()
    assert "Fatal Python error: Aborted" in said
    assert '"UNAUTHENTICATED"' in said
    assert "keys/" + made.id in said  # whose key it is, is no secret
    for one in (made, unknown):
        secret = one.text.rpartition("_")[2]
        assert secret not in said
        assert secret not in repr(told)
    assert list(tmp_path.glob("core*")) == []


def misuse(address, key):
    """What is answered when a key is sent where it belongs, and where it does not."""
    bearer = (("authorization", f"Bearer {key}"),)
    requests = [
        ("AccessService/GetKey", access_pb2.GetKeyRequest(name=f"keys/{key}")),
        ("AccessService/GetKey", access_pb2.GetKeyRequest(name=key)),
        ("AccessService/RevokeKey", access_pb2.RevokeKeyRequest(name=key)),
        ("AccessService/ListKeys", access_pb2.ListKeysRequest(page_token=key)),
        (
            "RegistryService/ListTransformations",
            registry_pb2.ListTransformationsRequest(parent="workspaces/default", page_token=key),
        ),
        ("TransformService/Transform", transform_pb2.TransformRequest(workspace="workspaces/default", transformations=["x"])),
    ]
    told = []
    with grpc.insecure_channel(address) as channel:
        for method, request in requests:
            for metadata in (
                bearer,
                (("authorization", key),),
                (("authorization", f"Basic {key}"),),
                (*bearer, ("x-actor", "me")),
            ):
                call = channel.unary_unary(f"/transformer.v1.{method}", type(request).SerializeToString)
                try:
                    told.append(call(request, metadata=metadata, timeout=20))
                except grpc.RpcError as error:
                    told.append((error.code(), error.details(), error.trailing_metadata()))
    with Client(address, api_key=key, attempts=1) as client:
        try:
            told.append(client.list_transformations("default"))
        except TransformerError as error:
            told.append((error.code, error.message))
    return told


@pytest.mark.slow
def test_the_password_of_the_database_is_in_no_message(program, cli, monkeypatch):
    """Each command that meets the database, in the most talkative way."""
    secrets = {"API_KEY": "tk_canary", "DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1:1/nowhere?connect_timeout=1"}
    environment = {f"TRANSFORMER_{name}": value for name, value in secrets.items()}
    ended = [program("--debug", "serve", "--listen", "127.0.0.1:0", environment=environment)]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ended += [cli("--debug", "keys", "list", "--local"), cli("settings"), cli("settings", "--json")]
    assert [one.code == 0 for one in ended] == [False, False, True, True]
    assert "Traceback" in repr(ended[0])
    assert "canary" not in repr(ended)
