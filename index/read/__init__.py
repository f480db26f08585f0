"""Sources become raw articles: files and their formats."""
