"""A whole workspace as a folder in git: read, compared with what a server has, and applied to it.

folder      what DIR says, checked as far as it can be without a server      (code, rows, texts: one kind of file each)
live        what the server has, and what was applied to it last
difference  one item for each resource: to be created, changed, removed, or as it should be; and what has drifted
apply       versions first, which change nothing yet; then everything that becomes live, in one transaction
"""
