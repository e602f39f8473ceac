"""Small words of output: counts with their noun, moments."""

from __future__ import annotations

from datetime import datetime

__all__ = ["many", "moment"]


def many(count: int, noun: str) -> str:
    """`1 event`, `2,000 events`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def moment(time: datetime) -> str:
    """`2026-09-01 12:30:00Z`, of a time in UTC."""
    return f"{time:%Y-%m-%d %H:%M:%S}Z"
