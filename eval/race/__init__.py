"""A race of newsqa against other systems on the same model and passages: `newsqa eval race`."""
