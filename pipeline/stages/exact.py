"""Groups of articles with one normalised text."""

import numpy as np

from pipeline.documents import I64, U64


def identical_groups(text_hash: U64) -> I64:
    """[n] each article's representative: the row of the smallest article_id with the same text.

    Later stages work on those that represent themselves.

    Args:
        text_hash: [n] in the order of article_id.

    Example:
        >>> identical_groups(np.array([7, 9, 7], np.uint64)).tolist()
        [0, 1, 0]
    """
    order = np.argsort(text_hash, kind="stable")
    fresh = np.ones(len(order), bool)
    fresh[1:] = text_hash[order[1:]] != text_hash[order[:-1]]
    group = np.empty(len(order), np.int64)
    group[order] = order[fresh][np.cumsum(fresh) - 1]
    return group


def publication_order(published_at: I64) -> I64:
    """[n] each article's place by publication time, then id; undated ones last."""
    # The least number stands for an unknown time; as the largest unsigned one it comes last.
    times = published_at.astype(np.uint64) + np.uint64(1 << 63)
    order = np.argsort(times - np.uint64(1), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place
