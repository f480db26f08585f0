"""What several hosts gain when passages are embedded: make hosts."""
