"""Web pages written for measuring how newsqa reads them."""
