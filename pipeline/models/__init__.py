"""Trained tables, shipped as text files that can be read."""
