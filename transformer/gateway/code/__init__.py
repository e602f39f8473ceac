"""Where the code of requests comes from, and how it becomes plans.

sources     what any source of code hands out
backend     a config backend that exists; `kept` is what of it is on disk
registered  our own registry
opening     which of them the settings ask for
steps       a document becomes a step: language, imports, what it may ask for
planning    a version id becomes a plan, once
"""
