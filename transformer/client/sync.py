"""The synchronous client: for scripts, the command line and tests."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

import grpc
from tenacity import Retrying

from transformer.client import messages, service, tables
from transformer.client.calls import Call, Upload, method, told
from transformer.client.records import TransformBatch, TransformResult
from transformer.client.reopen import Unanswered
from transformer.client.resend import Resend
from transformer.client.retry import Tries, policy
from transformer.client.surface import Surface
from transformer.client.tap import tap
from transformer.errors import TransformerError

__all__ = ["Client"]

T = TypeVar("T")


class Client(Surface):
    """A connection to a server, until `close()` or the end of the `with` block. Safe to share between threads."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; running calls fail. Harmless to repeat."""
        self._channel.close()

    def stream(
        self, batches: Iterable[TransformBatch], *, timeout: float | None = None
    ) -> Iterator[TransformResult | TransformerError]:
        """Transform batches over one stream, pipelined, and yield their answers in order.

        A batch that fails as a whole yields its error in its place, and the stream goes on. Where the connection is lost or the
        service ends the stream, as for a restart, it is opened again and batches without an answer are sent again. `batches` is
        read by another thread, as fast as the server takes them. `timeout` bounds the whole stream; None: it lives as long as
        its batches. Leaving the iteration early cancels the stream.

        Raises:
            PlatformError: no connection could be had in as many attempts as the client makes, or the stream's time was up.
            What the iterator of batches raised.
        """
        unanswered, tries = Unanswered(batches), Tries(self._attempts, timeout)
        while True:
            call = self._start("TransformService", "TransformStream", unanswered.requests(), tries.left())
            error: TransformerError | None = None
            try:
                for response in call:
                    tries.progress()
                    unanswered.answered()
                    yield messages.read_stream_response(response)
            except grpc.RpcError as failed:
                error = self._error(failed)
            finally:
                call.cancel()
            if unanswered.raised is not None:
                raise unanswered.raised
            if error is None:
                return
            time.sleep(tries.wait(error))

    def _ask(self, call: Call[T]) -> T:
        seconds = self._timeout if call.timeout is None else call.timeout
        end = time.monotonic() + seconds

        def attempt() -> T:
            try:
                return call.read(self._start(call.service, call.method, call.request, end - time.monotonic()))
            except grpc.RpcError as failed:
                raise self._error(failed) from None

        return Retrying(**policy(seconds, self._attempts))(attempt)

    def _send(self, call: Upload[T]) -> T:
        wrong: list[Exception] = []
        try:
            return call.read(self._start(call.service, call.method, told(call.requests(), wrong), call.timeout))
        except grpc.RpcError as failed:
            if wrong:
                raise wrong[0] from None
            raise self._error(failed) from None

    def _ask_again(self, resend: Resend) -> TransformResult:
        result = self._ask(resend.start(self._timeout))
        while (wait := resend.take(result)) is not None:
            time.sleep(wait)
            try:
                result = self._ask(resend.call())
            except TransformerError:
                break  # what is known so far is an answer; the events concerned keep their retryable outcome
        return resend.result()

    def _follow(self, call: Call[T]) -> Iterator[T]:
        answers = self._start(call.service, call.method, call.request, call.timeout)
        try:
            for answer in answers:
                yield call.read(answer)
        except grpc.RpcError as failed:
            raise self._error(failed) from None
        finally:
            answers.cancel()

    transform_all = method(service.transform_all, _ask_again)
    tap = method(tap, _follow)
    push_table = method(tables.push_table, _send)
