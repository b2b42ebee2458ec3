"""Options that are shares."""

import typer


def share(value: float | None) -> float | None:
    """The value, if it is a share; bounds of typer's own would say of "nan" that it's too large."""
    if value is not None and not 0 <= value <= 1:
        raise typer.BadParameter(f"{value:g} is no share from 0 to 1")
    return value
