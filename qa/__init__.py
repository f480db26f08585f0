"""Question answering: search, quotes and citations, the HTTP service and the command line."""
