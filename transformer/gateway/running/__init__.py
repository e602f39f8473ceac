"""How work is run such that a data plane can live with the answer.

whole      every event has its outcome, or all are to be sent again
patience   when a version has kept its events from an answer for too long
pieces     which events are a batch each, and batches beside each other
doors      plans for destinations
trial      where code runs that nobody has published
"""
