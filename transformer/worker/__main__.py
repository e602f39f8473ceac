"""The way into the zygote, `python -I -m transformer.worker FD [apart]`: into namespaces first, then load what it needs.

The process that stays outside of the namespaces waits for the one inside, and holds for good what was loaded before: little.
"""

import sys

from transformer.worker.namespaces import isolate

__all__ = ["main"]


def main(descriptor: int, *, apart: bool) -> None:
    """Be a zygote for whoever holds the other end of the socket, apart from everybody else or not."""
    extras = isolate() if apart else []
    import socket

    from transformer.worker import zygote

    zygote.main(socket.socket(fileno=descriptor), extras, apart=apart)


if __name__ == "__main__":
    main(int(sys.argv[1]), apart=sys.argv[2:] == ["apart"])
