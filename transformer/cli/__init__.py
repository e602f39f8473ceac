"""The command line: one file per command, each with a `CommandSpec`; `main.py` has the list of them.

Data goes to stdout, talk to stderr. A command is a plain function of its arguments and the settings, and returns an `Exit`.
"""
