"""Runs other people's event-transformation code safely and fast.

The way of a batch, one direction, one folder per stage:

    1 wire      bytes become a request                                   transformer/wire/
    2 service   which transformations, which versions, which limits      transformer/service/   (asks registry/)
    3 pool      a free worker of this workspace, a deadline              transformer/pool/      -- host --
    4 worker    locked down; one batch (a turn) at a time                transformer/worker/    == guest ==
    5 engine    the user's code meets the event                          transformer/engines/
    6 outcome   emitted, dropped or failed, per event, in order          transformer/outcome.py -- host --

This file imports nothing: the guest imports it too, and must not find the host behind it.
"""
