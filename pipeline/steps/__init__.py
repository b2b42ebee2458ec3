"""The parts of a run: each calls some stages, one after the other."""
