"""The part of `requests` that transformations use, as our own code: nothing in it opens a socket, calls go to the host.

Names, arguments and results are those of requests 2, so that pasted code runs. Objects of these classes belong to the program
that made them, which may set their attributes; nothing of the host lives in them.
"""
