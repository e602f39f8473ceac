"""One runnable file for each question about speed; README.md beside this file says which, and what was learnt."""
