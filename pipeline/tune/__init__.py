"""Thresholds chosen from labelled pairs."""
