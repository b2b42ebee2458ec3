"""What an outlet repeats is masked; what it tells again isn't."""

import numpy as np
import pytest
from conftest import articles, documents, prose, sentences, words

from pipeline.config import Boilerplate
from pipeline.kernels.tokens import MASKED_FLAG
from pipeline.stages.articles import articles_of
from pipeline.stages.boilerplate import mask_boilerplate
from pipeline.stages.strings import Strings

FOOTER = "Sign up for the morning letter of the Lorvik Courier and never miss a story again"


def mask(rows, options=None):
    """Masked text of each article, by id, and the table; rows: (id, source, text[, url])."""
    columns = ("article_id", "source", "text", "url")
    frame = articles(*(dict(zip(columns, row, strict=False)) for row in rows))
    made = documents(frame["text"])
    masked = mask_boilerplate(made, articles_of(frame), options or Boilerplate())
    assert not (made.flags & MASKED_FLAG).any(), "the documents given stay as they are"
    hidden = {}
    for row, (article_id, text) in enumerate(frame.select("article_id", "text").iter_rows()):
        span = slice(made.offsets[row], made.offsets[row + 1])
        tokens = zip(masked.flags[span], made.starts[span], made.ends[span], strict=True)
        hidden[article_id] = " ".join(text[a:b] for flag, a, b in tokens if flag & MASKED_FLAG)
    return hidden, masked.blocks


def with_footer(count, source="Courier", footer=FOOTER, first=0):
    return [
        (f"{source}-{i:03}", source, f"{prose((source, i))}\n\n{footer}")
        for i in range(first, first + count)
    ]


def test_a_footer_of_unrelated_articles_is_masked():
    hidden, table = mask(with_footer(4))
    assert set(hidden.values()) == {FOOTER}
    assert table.select("source", "text", "articles").rows() == [("Courier", FOOTER, 4)]


def test_two_articles_are_too_few():
    hidden, table = mask(with_footer(2))
    assert set(hidden.values()) == {""}
    assert table.is_empty()
    hidden, _ = mask(with_footer(2), Boilerplate(min_articles=2))
    assert set(hidden.values()) == {FOOTER}


def test_another_outlet_learns_for_itself():
    hidden, table = mask([*with_footer(5), *with_footer(2, "Ledger")])
    assert {hidden[f"Courier-{i:03}"] for i in range(5)} == {FOOTER}
    assert {hidden[f"Ledger-{i:03}"] for i in range(2)} == {""}
    assert table["source"].to_list() == ["Courier"]


def at_site(rows, site):
    return [(i, source, text, f"https://{site}/{i}") for i, source, text in rows]


def test_a_guest_on_an_outlets_site_carries_its_footer():
    rows = [
        *at_site(with_footer(3), "www.courier.example"),
        *at_site(with_footer(1, "Ada Lindqvist"), "courier.example"),
        *at_site(with_footer(1, "Ole Brand"), "letters.example"),
    ]
    hidden, table = mask(rows)
    assert hidden["Ada Lindqvist-000"] == FOOTER
    assert hidden["Ole Brand-000"] == ""
    assert table.select("source", "articles").rows() == [("Courier", 4)]


def test_a_site_that_nobody_owns_is_no_outlet():
    rows = [row for name in ("Courier", "Ledger") for row in with_footer(2, name)]
    assert set(mask(at_site(rows, "reader.example"))[0].values()) == {""}


def test_an_article_without_an_outlet_is_at_home_nowhere():
    rows = at_site(with_footer(3), "courier.example")
    rows += [("x", None, *rows[0][2:])]
    hidden, _ = mask(rows)
    assert hidden["x"] == ""


GALLERY = " ".join(
    f"{' '.join(words(('caption', n), 20)).capitalize()}. Photo {n + 1} of 9" for n in range(9)
)


@pytest.mark.parametrize("source", ["Courier", None])
def test_a_gallery_is_masked_however_much_of_the_page_it_is(source):
    rows = [(f"g{i}", source, f"{prose(i, 6)}\n\n{GALLERY}") for i in range(2)]
    hidden, table = mask(rows)
    assert set(hidden.values()) == {GALLERY.replace(".", "")}
    assert table["articles"].to_list() == ([2] if source else [])


def test_pages_with_one_gallery_still_testify():
    """Most of what they hold is the same, and yet they're no copies of a story."""
    rows = [(f"g{i}", "Courier", f"{prose(i, 6)}\n\n{GALLERY}\n\n{FOOTER}") for i in range(3)]
    hidden, _ = mask(rows)
    assert all(text.endswith(FOOTER) for text in hidden.values())


def test_a_wire_story_in_thirty_outlets_is_not_masked():
    wire = prose("wire", 20)
    rows = [(f"o{i:02}", f"Outlet {i}", wire) for i in range(30)]
    rows += [(f"o{i:02}-{k}", f"Outlet {i}", prose((i, k))) for i in range(30) for k in range(5)]
    hidden, table = mask(rows)
    assert set(hidden.values()) == {""}
    assert table.is_empty()


def near_copies(count, lead=12):
    """One story, each time with another first sentence and one sentence left out."""
    body = sentences("story", 20)
    return [
        f"{prose(('lead', i), 1, lead)} {' '.join(body[: i % 18 + 1] + body[i % 18 + 2 :])}"
        for i in range(count)
    ]


@pytest.mark.parametrize("lead", [5, 12, 40])
def test_copies_of_one_story_are_not_masked(lead):
    copies = near_copies(52, lead)
    hidden, table = mask([(f"c{i:02}", "Courier", text) for i, text in enumerate(copies)])
    assert set(hidden.values()) == {""}
    assert table.is_empty()


def test_copies_of_one_story_among_other_articles_are_not_masked():
    rows = [(f"c{i:02}", "Courier", text) for i, text in enumerate(near_copies(52))]
    hidden, _ = mask(rows + [(f"p{i}", "Courier", prose(i)) for i in range(20)])
    assert set(hidden.values()) == {""}


def test_identical_texts_count_once():
    rows = with_footer(2)
    rows += [(f"again-{i}", "Courier", rows[0][2]) for i in range(9)]
    assert set(mask(rows)[0].values()) == {""}


def test_copies_are_masked_where_others_testify():
    rows = with_footer(4)
    rows += [(f"again-{i}", "Courier", rows[0][2]) for i in range(9)]
    hidden, table = mask(rows)
    assert set(hidden.values()) == {FOOTER}
    assert table["articles"].to_list() == [13]


def test_numbers_in_a_block_are_alike():
    rows = [
        (
            f"n{i}",
            "Courier",
            f"{prose(i)}\n\nThis story stood on page {i + 3} of our printed edition",
        )
        for i in range(5)
    ]
    hidden, _ = mask(rows)
    assert hidden["n0"] == "This story stood on page 3 of our printed edition"
    assert hidden["n4"] == "This story stood on page 7 of our printed edition"


def test_what_a_digest_counts_is_not_masked():
    """Results of different matches: names alike, numbers not."""
    rows = [
        (f"n{i}", "Courier", f"{prose(i)}\n\nLorvik {i} Tamsa {i + 2} Brenn {2 * i} Ostra {9 - i}")
        for i in range(6)
    ]
    assert set(mask(rows)[0].values()) == {""}


@pytest.mark.parametrize("size", [20, 40, 80, 200])
def test_at_most_half_of_an_article_is_masked(size):
    block = " ".join(words("block", size))
    rows = [(f"h{i}", "Courier", f"{prose(i, 5)}\n\n{block}") for i in range(6)]
    hidden, _ = mask(rows)
    for text in hidden.values():
        assert len(text.split()) <= (60 + size) / 2
        assert block.startswith(text)
    # With 80 of 140 words stock, half is masked; with 200 of 260, none could be told from a copy.
    assert {len(text.split()) for text in hidden.values()} == {min(size, 70) if size < 200 else 0}


def test_an_article_with_many_blocks_is_fetched_once(monkeypatch):
    fetched = []
    own = Strings.series

    def counted(*asked):
        found = own(*asked)
        fetched.append(len(found.drop_nulls()))
        return found

    monkeypatch.setattr(Strings, "series", counted)
    block = sentences("stock", 20)
    rows = []
    for i in range(5):
        lines = [line for pair in zip(sentences(i, 20), block, strict=True) for line in pair]
        rows.append((f"m{i}", "Courier", "\n".join([*lines, *sentences((i, "more"), 20)])))
    _, table = mask(rows)
    assert sorted(table["text"]) == sorted(line.rstrip(".") for line in block)
    assert set(table["articles"]) == {5}
    assert sum(fetched) <= 5


def test_articles_without_an_outlet_teach_nothing():
    rows = [(i, None, text) for i, _, text in with_footer(8)]
    hidden, table = mask(rows)
    assert set(hidden.values()) == {""}
    assert table.is_empty()


def test_disabled():
    hidden, table = mask(with_footer(8), Boilerplate(enabled=False))
    assert set(hidden.values()) == {""}
    assert table.is_empty()


def test_a_common_sentence_inside_paragraphs_is_masked():
    """A promotional sentence at another place each time."""
    promo = "Hear more of this on our weekly sound show Harbour Talk."
    rows = []
    for i in range(6):
        body = sentences(i, 12)
        body.insert(2 + i, promo)
        rows.append((f"s{i}", "Courier", " ".join(body)))
    hidden, _ = mask(rows)
    assert set(hidden.values()) == {promo.rstrip(".")}


def test_the_order_of_articles_does_not_matter():
    rows = [
        *with_footer(6),
        *with_footer(5, "Ledger", "Read all about the harbour in our Friday paper"),
    ]
    renamed = [(f"{(7 * k) % 11:02}", source, text) for k, (_, source, text) in enumerate(rows)]
    one, table = mask(rows)
    other, table2 = mask(renamed)
    texts = {i: text for i, _, text in rows}
    texts2 = {i: text for i, _, text in renamed}
    assert sorted((texts[i], h) for i, h in one.items()) == sorted(
        (texts2[i], h) for i, h in other.items()
    )
    assert np.array_equal(table["block_hash"].sort(), table2["block_hash"].sort())
