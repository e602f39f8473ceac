"""Words that databases reserve, from the documentation of each. A module for each dialect, with `WORDS`."""
