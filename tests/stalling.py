"""A proxy in front of a server that can stop passing anything on, while it goes on accepting: the worst kind of outage."""

import contextlib
import selectors
import socket
import threading


class StallingProxy:
    """From a listening socket to `connect()`, both ways. While `stalled` is set, bytes wait here; they go on when it is cleared."""

    def __init__(self, listener: socket.socket, connect) -> None:
        self._listener = listener
        self._connect = connect
        self._going = threading.Event()
        self._going.set()
        self._over = False
        self._pairs = {}
        self.accepted = 0
        self._thread = threading.Thread(target=self._run, name="proxy")
        self._thread.start()

    def stall(self) -> None:
        self._going.clear()

    def go_on(self) -> None:
        self._going.set()

    def close(self) -> None:
        self._over = True
        self._thread.join(10)
        for one in [*self._pairs, self._listener]:
            one.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            self._listener.setblocking(False)
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._over:
                for key, _ in selector.select(0.02):
                    if key.fileobj is self._listener:
                        self._accept(selector)
                    elif self._going.is_set() and key.fileobj in self._pairs:
                        self._pass_on(selector, key.fileobj)
                if not self._going.is_set():
                    self._going.wait(0.02)  # what can be read stays readable: no need to spin meanwhile

    def _accept(self, selector) -> None:
        with contextlib.suppress(OSError):
            near, _ = self._listener.accept()
            self.accepted += 1
            try:
                far = self._connect()
            except OSError:
                near.close()
                return
            for one, other in ((near, far), (far, near)):
                self._pairs[one] = other
                selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, selector, source) -> None:
        target = self._pairs[source]
        try:
            taken = source.recv(65536)
            if taken:
                target.sendall(taken)
                return
        except OSError:
            pass
        for one in (source, target):
            self._pairs.pop(one, None)
            selector.unregister(one)
            one.close()
