"""How our destinations compare with what data planes get today: `make conformance`, `python -m tests.conformance --help`."""
