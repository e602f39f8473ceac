"""What must never be in an answer, and what is looked for in one: the marks of the host that an attempt may have brought home.

The process wall does not hide a worker's own memory from the code in it, so addresses, names of modules and what an attempt
calls REACHED or ESCAPED count against wall 1 only; planted secrets, the contents of real files and what an attempt calls
BREACHED count against every wall.
"""

import re
import secrets
import socket
import tempfile
from pathlib import Path

__all__ = ["Canaries"]

_OBJECTS = re.compile(
    r"\b0x[0-9a-f]{6,}|<(?:module|frame|code|traceback|cell|slot wrapper|member)\b|\btransformer\.(?:worker|engines)\b"
    r"|<class '(?:type|function|module|code|frame|transformer|_frozen_importlib)|site-packages|/lib/python\d|/transformer/",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\d.])\d{12,15}(?![\d.])")
_REAL_FILES = ("/etc/passwd", "/etc/hostname", "/proc/version")


class Canaries:
    """Secrets planted where an attempt must not reach: the host's environment, a file, another workspace's code and events."""

    def __init__(self):
        self.environment = f"canary-env-{secrets.token_hex(8)}"
        self.file = f"canary-file-{secrets.token_hex(8)}"
        self.workspace = f"canary-workspace-{secrets.token_hex(8)}"
        self.path = Path(tempfile.gettempdir()) / f"transformer-{secrets.token_hex(8)}"
        self.path.write_text(self.file)
        self.path.chmod(0o644)
        self._texts = {
            self.environment: "the host's environment",
            self.file: "a file of the host",
            self.workspace: "another workspace",
        }
        for name in _REAL_FILES:
            try:
                content = Path(name).read_text().strip()
            except OSError:
                continue
            if len(content) >= 6:
                self._texts[content.splitlines()[0]] = name
        if len(socket.gethostname()) >= 6:
            self._texts[socket.gethostname()] = "the host's name"

    def remove(self):
        self.path.unlink(missing_ok=True)

    def found(self, text, *, language):
        """What of the host is in `text`, in words, or "". `language`: whether wall 1 stands, which hides objects too."""
        for canary, where in self._texts.items():
            if canary in text:
                return f"{where} is in the answer"
        for word in ("BREACHED", "REACHED", "ESCAPED") if language else ("BREACHED",):
            if word in text:
                return f"the attempt says: {text[text.index(word) :][:80]}"
        if language and (match := _OBJECTS.search(text)):
            return f"{match[0]!r} is in the answer"
        if language and any(_like_an_address(int(number)) for number in _NUMBER.findall(text)):
            return "a number like an address is in the answer"
        return ""


def _like_an_address(number):
    """Where Linux on 64 bits puts programs, heaps and mappings; as it is, and as hash() shifts it."""
    return any(
        0x5500_0000_0000 <= each < 0x5700_0000_0000 or 0x7E00_0000_0000 <= each < 0x8000_0000_0000
        for each in (number, number << 4)
    )
