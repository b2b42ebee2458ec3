"""Sums that don't depend on the order of their terms."""

import polars as pl

_SCALE = float(1 << 32)


def fixed_sum(values: pl.Expr) -> pl.Expr:
    """Sum in fixed point: 2⁻³² is the grain, so terms below 2³⁰ in all stay exact.

    Floating-point sums differ with the number of threads; whatever decides something, or stands
    in a table, is summed here.
    """
    return (values * _SCALE).round().cast(pl.Int64()).sum() / _SCALE


def added(*terms: pl.Expr) -> pl.Expr:
    """Row-wise sum from left to right; Polars' own groups its terms by the number of threads."""
    total, *rest = terms
    for term in rest:
        total = total + term
    return total


def fixed_mean(values: pl.Expr) -> pl.Expr:
    """Mean of the non-null values by `fixed_sum`; null where there are none."""
    return fixed_sum(values) / pl.when(values.count() > 0).then(values.count())
