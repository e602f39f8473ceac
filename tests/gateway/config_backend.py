"""A config backend on loopback, for tests: documents by version id, and every way in which such a backend fails.

Runs in threads of its own, so that it answers whoever asks, from whatever event loop or process.
"""

import base64
import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

KINDS = {"/transformation/getByVersionId": "transformations", "/transformationLibrary/getByVersionId": "libraries"}


class ConfigBackend:
    """`with ConfigBackend() as backend:`; `backend.url` is where it is.

    transformations, libraries   documents by version id; bytes are sent as they are
    rudder_libraries             by (name, version)
    plans                        tracking plans by (workspace, plan, version)
    secret                       the user that basic authentication must name; "" lets everybody in
    failures                     what to answer instead: by version id, and "" for whatever is asked: a status, a pair of status
                                 and body, a URL to redirect to, or "reset", "hang", "cut" and "huge"
    asked                        path and query of every request that came, in order; `headers` goes with it
    """

    def __init__(self):
        self.transformations, self.libraries, self.rudder_libraries, self.plans = {}, {}, {}, {}
        self.secret = ""
        self.failures = {}
        self.redirect = 302
        self.asked, self.headers = [], []
        self.port = 0
        self._server = None
        self._going = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def code(self, version_id, code, **more):
        """Have a transformation. Returns its version id."""
        document = {"id": f"id-{version_id}", "versionId": version_id, "name": version_id, "code": code, "codeVersion": "1"}
        self.transformations[version_id] = {**document, "language": "javascript", **more}
        return version_id

    def library(self, version_id, name, code, **more):
        """Have a library. Returns its version id."""
        self.libraries[version_id] = {"versionId": version_id, "name": name, "importName": name, "code": code, **more}
        return version_id

    def up(self):
        """Listen, on the port that it had before."""
        if self._server is None:
            self._going.clear()
            self._server = _Server(("127.0.0.1", self.port), _Handler)
            self._server.backend = self
            self.port = self._server.server_address[1]
            threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def down(self):
        """Do not listen any more: connections are refused, those that are open are cut."""
        self._going.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self):
        return self.up()

    def __exit__(self, *_):
        self.down()

    def answer(self, path, headers):
        """Status and body of what is asked, or what fails."""
        found = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(found.query).items()}
        asked_for = query.get("versionId", found.path)
        failure = self.failures.get(asked_for, self.failures.get(""))
        if failure is not None:
            return failure if isinstance(failure, tuple | str) else (failure, b"")
        if self.secret and headers.get("Authorization") != "Basic " + base64.b64encode(f"{self.secret}:".encode()).decode():
            return 401, b"{}"
        parts = [unquote(part) for part in found.path.split("/")]
        if found.path in KINDS:
            document = getattr(self, KINDS[found.path]).get(asked_for)
        elif parts[1] == "rudderstackTransformationLibraries":
            document = self.rudder_libraries.get((parts[2], query.get("version")))
        elif parts[1:4:2] == ["workspaces", "tracking-plans"]:
            document = self.plans.get((parts[2], parts[4], query.get("version")))
        else:
            document = None
        if document is None:
            return 404, b'{"message": "not found"}'
        return 200, document if isinstance(document, bytes) else json.dumps(document).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """Whoever hangs up has a reason."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        backend = self.server.backend
        backend.asked.append(self.path)
        backend.headers.append({name.title(): value for name, value in self.headers.items()})
        found = backend.answer(self.path, self.headers)
        if isinstance(found, str):
            self._fail(found)
        else:
            self._send(*found)

    def _send(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.server.backend._going.is_set():
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def _fail(self, how):
        backend = self.server.backend
        self.close_connection = True
        if how.startswith("http"):
            self._send(backend.redirect, b"", Location=how)
        elif how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == "hang":
            backend._going.wait(30)
        elif how == "cut":
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"code": "def')
        elif how == "huge":
            self._send(200, b'{"code": "' + b"x" * 2**21 + b'"}')

    def log_message(self, *_):
        """Nothing."""
