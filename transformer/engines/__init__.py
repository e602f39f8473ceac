"""What runs a language. `base` is the interface, `catalog` the list; `python/` is the first of them.

A spec is light and may be read by the host; an engine loads in the guest only.
"""
