"""Bytes become requests and back: protobuf at the front (pb, convert, status), frames at the worker (frames, turns)."""
