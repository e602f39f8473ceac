"""Lists that come in pages, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from transformer.client.records import Page

__all__ = ["all_pages"]

T = TypeVar("T")


def all_pages(page: Callable[[int, str], Page[T]], size: int = 1000) -> Iterator[T]:
    """Everything in a list: `page(size, token)` gives the page that starts at a token. Pages are asked for as needed."""
    token = ""
    while True:
        found = page(size, token)
        yield from found.items
        if not (token := found.next_token):
            return
