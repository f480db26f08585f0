"""Measure how newsqa grows: archives of any size from real ones, and a table of what questions and updates cost."""
