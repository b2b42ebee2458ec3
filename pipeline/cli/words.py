"""Durations for people."""


def seconds(value: float) -> str:
    """How long something took: 0.42 s, 12.3 s, 4 min 05 s, 2 h 11 min."""
    if value < 60:
        return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def lag(value: float | None) -> str:
    """The time between two articles, given in seconds: 25 min, 5.8 h, 3.1 days.

    Negative where credits outdo the dates.

    Example:
        >>> lag(1500.0), lag(-90000.0)
        ('25 min', '-25.0 h')
    """
    if value is None:
        return "–"
    hours = value / 3600
    if abs(hours) >= 48:
        return f"{hours / 24:.1f} days"
    return f"{hours:.1f} h" if abs(hours) >= 1 else f"{value / 60:.0f} min"
