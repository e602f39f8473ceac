"""What answers the requests of each route: one file for each thing that is asked."""
