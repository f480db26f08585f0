"""Request and response bodies of the HTTP service; docs/howto.md and `/docs` have examples."""
