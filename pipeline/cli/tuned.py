"""What `stemma tune` found: for people, as JSON, or as CSV."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.cli.config import own_outlets
from pipeline.cli.safe import csv_text, json_text, plain
from pipeline.cli.toml import toml_text
from pipeline.config import Config
from pipeline.io.whole import write_whole
from pipeline.report.charts import Chart, Curve, in_terminal
from pipeline.report.page import Page, Section, Table, as_html
from pipeline.stages.shares import Share
from pipeline.tune.chosen import Tuned
from pipeline.tune.search import KNOBS, Choice, Counts

_SHOWN = 12  # points of the curve
OFF = 1_000_000  # tokens that no pair shares
_COUNTS = ("precision", "recall", "right", "wrong", "of")
_STORIES = (
    'Thresholds change which links join articles to stories (those of "partial" never do); what',
    "becomes of the stories isn't counted here: run with the new ones, then `stemma evaluate`.",
)


def as_json(told: Tuned) -> str:
    """All of it."""
    return json_text(
        {
            "truths": list(told.truths),
            "goal": asdict(told.goal),
            "now": _plain(told.now),
            "chosen": told.chosen and _plain(told.chosen),
            "unseen": told.unseen and _counted(told.unseen),
            "unseen_why_not": told.why_not or None,
            "curve": [_plain(it) for it in told.curve],
        },
        indent=2,
    )


def as_csv(told: Tuned) -> str:
    """The curve."""
    rows = ((*it.thresholds.values(), *_row(it.counts)) for it in told.curve)
    return csv_text((*KNOBS, *_COUNTS), rows)


def as_table(told: Tuned, *, plot: bool) -> str:
    """Thresholds as they are and as they would be, what they come to, and the curve."""
    lines = [f"by {', '.join(map(plain, told.truths))}", ""]
    chosen = told.chosen
    lines.append(f"{'':<18}{'now':>12}{'chosen':>12}")
    for name in KNOBS:
        new = _number(chosen.thresholds[name]) if chosen else "–"
        lines.append(f"{name:<18}{_number(told.now.thresholds[name]):>12}{new:>12}")
    lines += ["", counted("now", told.now.counts)]
    if chosen:
        lines.append(counted("chosen", chosen.counts))
    if told.unseen:
        lines.append(counted("unseen", told.unseen))
        lines.append("(unseen: chosen on each half of the stories, counted on the other)")
    else:
        lines.append(f"unseen   – {told.why_not}")
    lines += ["", *_STORIES]
    lines += ["", f"{'recall':>8}{'precision':>11}  {'  '.join(KNOBS)}", *_curve(told)]
    return "\n".join([*lines, *(["", in_terminal(chart(told), 72, 16)] if plot else [])])


def as_config(told: Tuned, config: Config) -> str:
    """TOML: the run's config with the chosen thresholds, as far as it isn't the default."""
    if told.chosen is None:
        raise ValueError("nothing was chosen")
    values = {name: _value(name, it) for name, it in told.chosen.thresholds.items()}
    config = config.model_copy(update={"relate": config.relate.model_copy(update=values)})
    mine, usual = (it.model_dump(exclude={"outlets", "run"}) for it in (config, Config()))
    changed: dict[str, Any] = {
        section: {key: value for key, value in keys.items() if value != usual[section][key]}
        for section, keys in mine.items()
    }
    own = own_outlets(config, config.outlets.model_dump())
    usual_registry = {"registry": Config().outlets.registry}
    changed |= {"outlets": {} if own == usual_registry else own}
    truths = ", ".join(map(plain, told.truths))
    about = [
        f"# Tuned to a {told.goal.by} of {told.goal.share:g} by {truths}.",
        f"# {counted('chosen', told.chosen.counts)}",
        *([f"# {counted('unseen', told.unseen)}"] if told.unseen else []),
    ]
    return "\n".join([*about, "", toml_text({k: v for k, v in changed.items() if v}), ""])


def _value(name: str, threshold: float) -> float | int:
    return int(threshold) if name == "partial_tokens" else threshold


def write_page(path: Path, told: Tuned, out: str, *, overwrite: bool) -> None:
    """Write a page with what the table shows.

    Raises:
        OutputError: something stands there, or it can't be written.
        MissingExtraError: the extra that draws is missing.
    """
    chosen = told.chosen.thresholds if told.chosen else {}
    knobs = tuple((name, _number(now), _number(chosen[name]) if chosen else "–")
                  for name, now in told.now.thresholds.items())  # fmt: skip
    met = [("now", told.now.counts)]
    met += [("chosen", told.chosen.counts)] if told.chosen else []
    met += [("unseen", told.unseen)] if told.unseen else []
    figures = tuple((name, _within(it.precision), _within(it.recall), it.right, it.wrong, it.of)
                    for name, it in met)  # fmt: skip
    points = tuple((*map(_number, it.thresholds.values()), *_row(it.counts)) for it in told.curve)
    truths = ", ".join(map(plain, told.truths))
    sections = (
        Section("Thresholds", (f"By {truths}.", Table(("knob", "now", "chosen"), knobs))),
        Section("What they come to", (
            Table(("", "precision", "recall", "right", "wrong", "of"), figures),
            "Unseen: chosen on each half of the stories, counted on the other."
            if told.unseen
            else f"Unseen: {told.why_not}.",
            " ".join(_STORIES),
        )),
        Section("The trade-off", (chart(told), Table((*KNOBS, *_COUNTS), points))),
    )  # fmt: skip
    write_whole(path, as_html(Page(f"Thresholds for {plain(out)}", sections)), overwrite=overwrite)


def chart(told: Tuned) -> Chart:
    """Precision over recall."""
    points = [(it.counts.recall, it.counts.precision) for it in told.curve]
    known = [(x.share, y.share) for x, y in points if x and y]
    curves = [Curve("best", tuple(x for x, _ in known), tuple(y for _, y in known))]
    for name, choice in (("now", told.now), ("chosen", told.chosen)):
        if choice and choice.counts.recall and choice.counts.precision:
            place = ((choice.counts.recall.share,), (choice.counts.precision.share,))
            curves.append(Curve(name, *place, points=True))
    return Chart("What thresholds can reach", "recall", "precision", tuple(curves))


def counted(name: str, counts: Counts) -> str:
    """A line on what thresholds come to."""
    return f"{name:<8} " + " · ".join(
        f"{what} {_within(share)} ({counts.right:,} of {of:,})"
        for what, share, of in (
            ("precision", counts.precision, counts.right + counts.wrong),
            ("recall", counts.recall, counts.of),
        )
    )


def _within(share: Share | None) -> str:
    if share is None:
        return "–"
    return f"{share.share:.3f} [{share.low:.3f}–{share.high:.3f}]"


def _curve(told: Tuned) -> Iterator[str]:
    step = max(1, -(-len(told.curve) // _SHOWN))
    for it in (*told.curve[:-1:step], *told.curve[-1:]):
        values = (f"{_number(it.thresholds[name]):>{len(name)}}" for name in KNOBS)
        precision, recall = it.counts.precision, it.counts.recall
        if precision and recall:
            yield f"{recall.share:>8.3f}{precision.share:>11.3f}  {'  '.join(values)}"


def _plain(choice: Choice) -> dict[str, Any]:
    return {"thresholds": choice.thresholds, **_counted(choice.counts)}


def _counted(counts: Counts) -> dict[str, Any]:
    return {
        "right": counts.right,
        "wrong": counts.wrong,
        "of": counts.of,
        "precision": counts.precision and asdict(counts.precision),
        "recall": counts.recall and asdict(counts.recall),
    }


def _row(counts: Counts) -> tuple[float | None, ...]:
    precision, recall = (it.share if it else None for it in (counts.precision, counts.recall))
    return (precision, recall, counts.right, counts.wrong, counts.of)


def _number(value: float) -> str:
    return "off" if value >= OFF else f"{value:g}"
