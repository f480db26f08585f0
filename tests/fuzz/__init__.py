"""Fuzzers of the parsers: seconds in `make test`, ten minutes for each parser with `make fuzz`."""
