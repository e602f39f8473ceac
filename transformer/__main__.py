"""The program `transformer`, and `python -m transformer`, where its script is not on the path."""

import sys

from transformer.cli.loading import loading

__all__ = ["main"]


def main() -> int:
    """Carry out the command line. Returns the exit code."""
    with loading(keep=True):
        from transformer.cli.main import main as carry_out
    return carry_out()


if __name__ == "__main__":
    sys.exit(main())
