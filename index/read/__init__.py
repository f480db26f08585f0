"""Read articles from files of several formats."""
