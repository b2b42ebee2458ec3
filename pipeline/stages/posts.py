"""Posts of social media that a page shows: what somebody else wrote, so they are quotations."""

import re

import numpy as np

from pipeline.documents import I32, I64, U8
from pipeline.kernels.tokens import QUOTED_FLAG

# "… text of the post. — Jane Doe (@janedoe) March 4, 2025", as the embedding code leaves it.
_SIGN = re.compile(rb" \(@")
_SIGNED = re.compile(r"[—–-] ?[^\n()—–]{1,60} \(@\w{1,15}\) [^\W\d]{3,12}\.? \d{1,2}, \d{4}")
_LONGEST = 600  # code points of a post, addresses included


def quote_posts(data: U8, bounds: I64, counts: I64, first: I32, flags: U8) -> None:
    """Flag the tokens of posts, and of who signs them, as quoted.

    A post begins with its line, or behind the post before it.

    Args:
        data, bounds: text i is data[bounds[i]:bounds[i + 1]] in UTF-8.
        counts: [n] their tokens.
        first: [tokens] first code points, in the texts' order.
        flags: [tokens] are changed.

    Example:
        >>> flags, first = np.zeros(7, np.uint8), np.array([0, 7, 12, 16, 20, 23, 28])
        >>> text = "Ice. — Jo (@jo) May 4, 2025 He".encode()
        >>> data, bounds = np.frombuffer(text, np.uint8), np.array([0, len(text)])
        >>> quote_posts(data, bounds, np.array([7]), first, flags)
        >>> flags.tolist()
        [1, 1, 1, 1, 1, 1, 0]
    """
    text = data[: bounds[-1]]
    signs = np.array([match.start() for match in _SIGN.finditer(text.data)], np.int64)
    tokens = np.concatenate([[0], np.cumsum(counts)])
    for row in np.unique(np.searchsorted(bounds, signs, side="right") - 1):
        low, high = tokens[row : row + 2]
        for start, end in _posts(text[bounds[row] : bounds[row + 1]].tobytes().decode()):
            begin, stop = low + np.searchsorted(first[low:high], (start, end))
            flags[begin:stop] |= QUOTED_FLAG


def _posts(text: str) -> list[tuple[int, int]]:
    """First code point and end of each post."""
    found = list(_SIGNED.finditer(text))
    before = [0, *(match.end() for match in found)]
    return [
        (max(low, text.rfind("\n", low, match.start()) + 1, match.start() - _LONGEST), match.end())
        for low, match in zip(before, found, strict=False)
    ]
