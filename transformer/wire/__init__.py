"""Bytes become requests and back: protobuf at the front (pb, convert, status); frames, turns, calls, tables at the worker."""
