"""One report on what the service costs: which cells are measured, how, and what is made of the figures."""
