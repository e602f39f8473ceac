"""Files of TLS as operators have them, and what a server shows of them."""

import asyncio
import socket
import ssl

import trustme

from transformer.client import Tls


class Files:
    """A CA and the files of a server in a folder; `renew` replaces what the server has by a new certificate."""

    def __init__(self, folder):
        self.folder, self.ca = folder, trustme.CA()
        self.settings = {name: str(folder / f"{name}.pem") for name in ("tls_certificate", "tls_key")}
        self.renew()

    @property
    def trusted(self):
        return self.ca.cert_pem.bytes()

    def renew(self, *names):
        made = self.ca.issue_cert("127.0.0.1", "localhost")
        texts = {
            "tls_certificate": b"".join(pem.bytes() for pem in made.cert_chain_pems),
            "tls_key": made.private_key_pem.bytes(),
        }
        for name in names or texts:
            self.replace(name, texts[name])

    def replace(self, name, text):
        fresh = self.folder / "fresh"
        fresh.write_bytes(text)
        fresh.replace(self.folder / f"{name}.pem")

    def of_client(self):
        made = self.ca.issue_cert("client@example.test")
        return Tls(self.trusted, made.cert_chain_pems[0].bytes(), made.private_key_pem.bytes())


async def shown(address, trusted, protocol="h2"):
    """The certificate that a new connection is shown, once it was found to be of the CA."""

    def connect():
        context = ssl.create_default_context(cadata=trusted.decode())
        context.set_alpn_protocols([protocol])
        host, _, port = address.rpartition(":")
        with (
            socket.create_connection((host, int(port)), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=host) as safe,
        ):
            return safe.getpeercert(binary_form=True)

    return await asyncio.to_thread(connect)
