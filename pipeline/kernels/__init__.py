"""Loops over bytes and numbers: arrays in, arrays out, compiled once and cached."""
