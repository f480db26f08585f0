"""Articles become searchable: read, processed, embedded, stored and published."""
