"""A run beside known answers: what it found, what it missed, and how well it knew."""
