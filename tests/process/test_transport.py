"""gRPC's way of reading, in a process of its own: it is chosen before gRPC is loaded, and cannot be changed after that."""

import os
import subprocess
import sys

CODE = """
import asyncio, os
from transformer.process import read_where_it_waits

print(read_where_it_waits(), os.environ["GRPC_EXPERIMENTS"])

import grpc

async def echo(request, context):
    return request

async def main():
    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("a.B", {"C": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        print((await channel.unary_unary("/a.B/C")(b"answered")).decode())
    await server.stop(None)

asyncio.run(main())
"""


def run(**environment):
    told = {name: value for name, value in os.environ.items() if name != "GRPC_EXPERIMENTS"} | environment
    return subprocess.run([sys.executable, "-c", CODE], env=told, capture_output=True, text=True, timeout=60, check=True)


def test_grpc_knows_the_switch_and_serves_with_it():
    done = run()
    assert done.stdout.splitlines() == ["True -event_engine_listener", "answered"]
    assert "xperiment" not in done.stderr, "a newer gRPC does not have it any more: transport.py can go"


def test_what_the_environment_says_stays():
    done = run(GRPC_EXPERIMENTS="event_engine_listener")
    assert done.stdout.splitlines() == ["False event_engine_listener", "answered"]
