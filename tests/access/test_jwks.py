"""Where an issuer's keys come from: an address or a file, and what happens when that is in trouble."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import Mock

import pytest

from transformer.access.jwks import Jwks, check_source
from transformer.settings import SettingsError


class Endpoint:
    """An address that answers with `status` and `body`, and counts."""

    def __init__(self):
        self.status, self.body, self.asked, self.headers = 200, b"", 0, {}
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                endpoint.asked += 1
                self.send_response(endpoint.status)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(endpoint.body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/keys?token=canary"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def serve(self, *issuers):
        self.status, self.body = 200, json.dumps({"keys": [issuer.jwk for issuer in issuers]}).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def endpoint():
    made = Endpoint()
    yield made
    made.close()


@pytest.mark.parametrize("source", ["http://issuer.test/keys", "ftp://issuer.test/keys", "https://", "file:///etc/keys"])
def test_keys_are_never_read_from_where_anybody_may_change_them(source):
    with pytest.raises(SettingsError, match=r"^jwks: must be an https:// address or a file"):
        check_source(source)


async def test_known_keys_go_on_working_while_the_address_is_in_trouble(endpoint, issuer, log, lines):
    endpoint.serve(issuer)
    jwks = Jwks(endpoint.address, 300, log)
    await jwks.refresh()
    edition = jwks.edition
    for trouble in (
        {"status": 500},
        {"body": b"<html>"},
        {"body": b'{"keys": []}'},
        {"body": b"[]"},
        {"body": b"x" * 2**20 + b"x"},
    ):
        endpoint.serve(issuer)
        vars(endpoint).update(trouble)
        await jwks.refresh()
        assert [key.key_id for key in await jwks.candidates("k1")] == ["k1"]
    assert jwks.edition == edition
    assert [line["reason"] for line in lines if line["level"] == "warning"] == [
        "HTTP 500",
        "not JSON",
        "no usable key in it",
        "not a JWKS",
        "too large",
    ]
    assert "canary" not in repr(lines)


async def test_trouble_that_lasts_is_logged_once_and_again_when_it_comes_back(issuer, tmp_path, log, lines):
    path = tmp_path / "keys.json"
    jwks = Jwks(str(path), 300, log)

    def warned():
        return [line["reason"] for line in lines if line["level"] == "warning"]

    for _ in range(3):
        await jwks.refresh()
    assert warned() == ["No such file or directory"]
    path.write_text("{")
    for _ in range(3):
        jwks._seen = None  # as if it were written again
        await jwks.refresh()
    assert warned()[1:] == ["not JSON"]
    path.write_text(json.dumps({"keys": [issuer.jwk]}))
    await jwks.refresh()
    path.unlink()
    await jwks.refresh()
    assert warned()[2:] == ["No such file or directory"]
    jwks._told = ("No such file or directory", jwks._told[1] - 300)
    await jwks.refresh()
    assert len(warned()) == 4


async def test_no_redirect_is_followed(endpoint, issuer, log, lines):
    endpoint.serve(issuer)
    endpoint.status, endpoint.headers = 302, {"location": endpoint.address}
    jwks = Jwks(endpoint.address, 300, log)
    await jwks.refresh()
    assert (endpoint.asked, jwks.loaded, lines[-1]["reason"]) == (1, False, "HTTP 302")


async def test_an_unknown_key_is_looked_for_but_not_for_every_token(endpoint, new_issuer, log, monkeypatch):
    old, new = new_issuer(kid="old"), new_issuer(kid="new")
    endpoint.serve(old)
    jwks = Jwks(endpoint.address, 300, log)
    await jwks.refresh()
    endpoint.serve(old, new)
    for _ in range(20):
        assert await jwks.candidates("new") == []
    assert endpoint.asked == 1  # it was asked a moment ago
    monkeypatch.setattr("transformer.access.jwks._MISSING_SECONDS", 0.0)
    assert [key.key_id for key in await jwks.candidates("new")] == ["new"]
    assert endpoint.asked == 2


async def test_a_file_is_read_again_when_it_changes(jwks_file, new_issuer, log, monkeypatch, until):
    monkeypatch.setattr("transformer.access.jwks._FILE_SECONDS", 0.01)
    old, new = new_issuer(kid="old"), new_issuer(kid="new")
    jwks = Jwks(jwks_file(old), 300, log)
    await jwks.start()
    try:
        edition = jwks.edition
        jwks_file(new)
        await until(lambda: jwks.edition > edition)
        assert await jwks.candidates("old") == []
        assert [key.key_id for key in await jwks.candidates("new")] == ["new"]
        assert [key.key_id for key in await jwks.candidates(None)] == ["new"]
    finally:
        await jwks.close()
    assert all(task is asyncio.current_task() for task in asyncio.all_tasks())


async def test_a_file_that_cannot_be_opened_is_read_as_soon_as_it_can(jwks_file, issuer, log, lines, monkeypatch):
    jwks = Jwks(jwks_file(issuer), 300, log)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.open", Mock(side_effect=PermissionError(13, "Permission denied")))
        await jwks.refresh()
    assert not jwks.loaded
    assert lines[-1]["reason"] == "Permission denied"
    await jwks.refresh()  # the file is as old and as large as before
    assert jwks.loaded
