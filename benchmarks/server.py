"""The real server as a child process, with its real registry and workers, and what is published there before anything runs."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import grpc

from benchmarks.workloads import WORKLOADS, Workload
from transformer.client import Client

WORKSPACE = "bench"


@contextlib.contextmanager
def service(folder: Path | None = None, *, ready: bool = True, **settings: object) -> Iterator[tuple[int, str]]:
    """`transformer serve` with a registry of its own; gives pid and address, ends it as an operator would.

    The registry is in `folder` where one is given, and in a new one else. With `ready` it answers before the block begins.
    """
    address = free_address()
    with tempfile.TemporaryDirectory() as own, tempfile.TemporaryFile() as log:
        where = folder or Path(own)
        told = {"database_url": f"sqlite:///{where}/registry.db", **settings}
        environment = {"PATH": os.environ["PATH"], **{f"TRANSFORMER_{name.upper()}": str(told[name]) for name in told}}
        command = [str(Path(sys.executable).parent / "transformer"), "serve", "--listen", address]
        process = subprocess.Popen(command, cwd=where, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            if ready:
                wait_for(address, process)
            yield process.pid, address
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-4000:])
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                process.kill()
                process.wait()


def free_address() -> str:
    """A port of loopback that nobody had a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers. Raises RuntimeError if it ended, or did not answer within 30 seconds."""
    until = time.monotonic() + 30
    with grpc.insecure_channel(address) as channel:
        ready = grpc.channel_ready_future(channel)
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(grpc.FutureTimeoutError):
                ready.result(timeout=0.1)
                return
    raise RuntimeError("the service did not start")


def publish(address: str, workspace: str = WORKSPACE, workloads: Sequence[Workload] = WORKLOADS) -> None:
    """The workloads, published and activated as a user would."""
    with Client(address) as client:
        client.create_workspace(workspace)
        for workload in workloads:
            client.create_transformation(workspace, workload.name)
            version = client.create_version(workspace, workload.name, workload.source)
            client.activate_version(workspace, workload.name, version.number)


def wait_for_http(address: str) -> bool:
    """Whether something answers HTTP there within five seconds."""
    host, _, port = address.rpartition(":")
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return True
        time.sleep(0.05)
    return False
