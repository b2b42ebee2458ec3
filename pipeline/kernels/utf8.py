"""Code points from bytes and back."""

import numpy as np

from pipeline.kernels.jit import inlined


@inlined
def decode(data, at):
    """The code point at byte `at`, and its length in bytes; the text is valid UTF-8."""
    lead = np.int32(data[at])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return ((lead & 0x1F) << 6) | (np.int32(data[at + 1]) & 0x3F), 2
    if lead < 0xF0:
        tail = ((np.int32(data[at + 1]) & 0x3F) << 6) | (np.int32(data[at + 2]) & 0x3F)
        return ((lead & 0x0F) << 12) | tail, 3
    tail = ((np.int32(data[at + 2]) & 0x3F) << 6) | (np.int32(data[at + 3]) & 0x3F)
    return ((lead & 0x07) << 18) | ((np.int32(data[at + 1]) & 0x3F) << 12) | tail, 4


@inlined
def encode(point, buffer, at):
    """Write a code point's UTF-8 into `buffer` from `at`; returns the next free place."""
    if point < 0x80:
        buffer[at] = point
        return at + 1
    if point < 0x800:
        buffer[at] = 0xC0 | (point >> 6)
        buffer[at + 1] = 0x80 | (point & 0x3F)
        return at + 2
    if point < 0x10000:
        buffer[at] = 0xE0 | (point >> 12)
        buffer[at + 1] = 0x80 | ((point >> 6) & 0x3F)
        buffer[at + 2] = 0x80 | (point & 0x3F)
        return at + 3
    buffer[at] = 0xF0 | (point >> 18)
    buffer[at + 1] = 0x80 | ((point >> 12) & 0x3F)
    buffer[at + 2] = 0x80 | ((point >> 6) & 0x3F)
    buffer[at + 3] = 0x80 | (point & 0x3F)
    return at + 4
