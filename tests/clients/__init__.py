"""Clients of other projects, run against the service: `python -m tests.clients FOLDER`."""
