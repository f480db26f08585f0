"""Measurements of the product, made from outside."""
