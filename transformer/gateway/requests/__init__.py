"""What is asked: a body as it arrives, its items as slices of its bytes, and what an endpoint gets to know of the request.

reading    bodies as they arrive, bounded
bodies     items of a body; no event is parsed
jobs       what is asked of destinations, plain or compacted
calls      a request, and what it may ask of the service
"""
