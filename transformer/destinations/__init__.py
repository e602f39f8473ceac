"""Destinations before any event: what `library/destinations/` says of them, checked, and compiled for the guest. Host code."""
