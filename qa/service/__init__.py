"""The HTTP service and what speaks through it."""
