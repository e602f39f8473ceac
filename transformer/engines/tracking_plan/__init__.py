"""Tracking plans as an engine: events held against the JSON Schemas of a plan, which are other people's. Guest code."""
