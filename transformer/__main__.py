"""`python -m transformer`: the program `transformer`, where its script is not on the path."""

import sys

from transformer.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
