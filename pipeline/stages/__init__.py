"""Table in, table out: pure functions `stage(frames…, options)`."""
