"""Who may call, and do what: credentials become a caller, and a table says what a caller may do.

roles       every method, the smallest role that may call it, and where its workspace is named; printed, and tested by cell
keys        what an API key looks like; `keyring` keeps every valid one in memory
tokens      JWTs, verified with the keys of a JWKS (`jwks`)
guard       the two questions that are asked before every method: who are you, and may you?

Importing this is light; `guard` brings the libraries of cryptography along, which commands do without.
"""

from transformer.access.caller import Caller
from transformer.access.roles import RULES, Role, Rule, rule_of

__all__ = ["RULES", "Caller", "Role", "Rule", "rule_of"]
