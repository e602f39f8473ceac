"""What turns an event into what its destination expects: requests, records or rows. Guest code."""
