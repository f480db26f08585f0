"""Questions become answers: search, quote, cite; the service and the command line."""
