"""A real Valkey or Redis server for tests, from this machine's own package, on a socket in a directory of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

WAIT_SECONDS = 20.0


def program():
    """The server's program, None where there is none."""
    return shutil.which("valkey-server") or shutil.which("redis-server")


class ValkeyServer:
    """A server that keeps nothing on disk. `stop` and `start` may alternate; `remove` ends it."""

    def __init__(self, *options):
        self.options = options
        self.directory = Path(tempfile.mkdtemp(prefix="kv-", dir="/tmp"))  # a socket's path is short
        self.socket = self.directory / "socket"
        self.url = f"unix://{self.socket}"
        self.process = None

    def start(self):
        command = [
            program(),
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--save",
            "",
            "--appendonly",
            "no",
            *self.options,
        ]
        if setpriv := shutil.which("setpriv"):
            command = [setpriv, "--pdeathsig", "TERM", *command]  # it ends even if these tests are killed
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory, env={"PATH": os.environ["PATH"]}
            )
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._listens():
            assert self.process.poll() is None, (self.directory / "log").read_text()
            assert time.monotonic() < deadline, (self.directory / "log").read_text()
            time.sleep(0.01)

    def _listens(self):
        """Whether it takes connections: its socket is there a moment before."""
        with socket.socket(socket.AF_UNIX) as door:
            return door.connect_ex(str(self.socket)) == 0

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)  # nothing to be kept
            self.process.wait()
            self.socket.unlink(missing_ok=True)
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
