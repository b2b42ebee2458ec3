"""A plan as JSON and as CSV."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pipeline.cli.safe import csv_text
from pipeline.plan import JACCARDS, Plan
from pipeline.plan.facts import Share


def as_json(plan: Plan) -> dict[str, Any]:
    """All of a plan; bytes, seconds and shares as numbers, times as ISO 8601."""
    facts = plan.facts
    return {
        "articles": round(plan.articles),
        "counted": plan.counted,
        "sampled": plan.sampled,
        "bytes": plan.bytes,
        "rejected_share": round(plan.rejected, 6),
        "files": [
            {
                "path": it.label,
                "bytes": it.bytes,
                "rows": None if it.rows is None else round(it.rows),
                "counted": it.exact,
                "sample": it.how,
            }
            for it in plan.files
        ],
        "languages": _named(facts.languages),
        "dates": {
            "share": round(facts.dated, 6),
            "precisions": _named(facts.precisions),
            "first": facts.first.isoformat() if facts.first else None,
            "last": facts.last.isoformat() if facts.last else None,
        },
        "outlets": {
            "seen": facts.outlets,
            "unknown_share": round(facts.unknown_outlet, 6),
            "largest": _named(facts.largest),
        },
        "texts": {
            "mean_bytes": round(facts.text_bytes, 3),
            "mean_tokens": round(facts.tokens, 3),
            "short_share": round(facts.short, 6),
            "nearly_empty_share": round(facts.bare, 6),
            "boilerplate_share": round(facts.boilerplate, 6),
            "heaviest_block_share": round(facts.heaviest, 6),
        },
        "near": {
            "bands": plan.layout.bands,
            "rows": plan.layout.rows,
            "expected_pairs": round(plan.layout.expected_pairs, 3),
            "catches": {f"{at:.1f}": round(plan.layout.catches(at), 6) for at in JACCARDS},
        },
        "pairs": {"compared": round(plan.compared), "listed": round(plan.pairs)},
        "estimates": {
            "seconds": {
                "value": round(plan.seconds, 3),
                "stages": [asdict(it) for it in plan.stages],
            },
            **{
                name: {"bytes": round(it.value), "basis": it.basis}
                for name in ("memory", "resident", "work", "output")
                for it in [getattr(plan, name)]
            },
        },
        "warnings": list(plan.warnings),
    }


def as_csv(plan: Plan) -> str:
    """One row for each figure: metric, value, basis."""
    rows = list(_flat("", {k: v for k, v in as_json(plan).items() if k != "files"}))
    return csv_text(("metric", "value"), rows)


def _flat(name: str, value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), item)
    elif isinstance(value, list):
        for at, item in enumerate(value, 1):
            label = item.get("name") if isinstance(item, dict) else None
            yield from _flat(f"{name}.{label or at}", item)
    else:
        yield name, value


def _named(shares: tuple[Share, ...]) -> dict[str, float]:
    return {it.name: round(it.share, 6) for it in shares}
