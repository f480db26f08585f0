"""Articles become searchable: read, split, embed, keep, publish."""
