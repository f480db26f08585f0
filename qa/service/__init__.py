"""The HTTP service and its protocols: JSON, OpenAI, SearXNG, MCP and the web page."""
