"""Posts that a page shows are quotations."""

import polars as pl
import pytest
from conftest import prose, ran

from pipeline.kernels.tokens import QUOTED_FLAG
from pipeline.stages.normalise import documents_of
from pipeline.stages.strings import strings_of

POST = "Ice closes the pass again — Jo Doe (@jodoe) March 4, 2025"
WORDS = "Ice closes the pass again Jo Doe jodoe March 4 2025"


def quoted(text: str) -> str:
    documents = documents_of(strings_of(pl.Series([text])))
    spans = zip(documents.starts, documents.ends, documents.flags, strict=True)
    return " ".join(text[start:end] for start, end, flags in spans if flags & QUOTED_FLAG)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"He wrote:\n{POST}\nand slept.", WORDS),
        (f"{POST} Thaw – Jo (@jo) May 5, 2025", f"{WORDS} Thaw Jo jo May 5 2025"),
        ("Jo Doe (@jodoe) wrote on March 4, 2025", ""),
        ("Ice closes the pass (@jodoe).", ""),
    ],
)  # fmt: skip
def test_from_its_line_to_its_date(text, expected):
    assert quoted(text) == expected


def test_a_shared_post_is_no_link():
    post = f"{prose('post', 5)} — Jo Doe (@jodoe) March 4, 2025"
    rows = [
        {
            "article_id": name,
            "source": name,
            "text": f"{prose(name)}\n\n{post}\n\n{prose((name, 2))}",
        }
        for name in ("alder", "brome")
    ]
    pairs = ran(*rows).pairs
    assert set(pairs["relation"]) <= {"related"}


def test_a_hostile_text_takes_bounded_time():
    assert quoted("— a (@a) May 4, 2025" * 20_000).startswith("a a May")
