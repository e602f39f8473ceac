"""What is answered: bytes, in the shapes that data planes decode strictly.

answers    status, body and headers; replies that every endpoint has
answering  replies for destinations, from what a worker said
texts      what is told of events that failed, and of code
"""
