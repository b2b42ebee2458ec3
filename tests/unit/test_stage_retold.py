"""Passages and sentence links of made texts: exact places, either way round, however they run."""

import random
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import polars as pl
import pytest
from conftest import documents, prose, sentences, words
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.documents import Documents
from pipeline.kernels.measures import FEATURES
from pipeline.models.passages import EDGES_FILE, TOKENS_FILE, TREES_FILE, passage_model
from pipeline.stages import retold as retold_stage
from pipeline.stages.idf import UNIT
from pipeline.stages.language import Languages
from pipeline.stages.normalise import spans_of
from pipeline.stages.retold import GIVEN, NEWS, retold
from pipeline.stages.sentence_links import link_sentences
from pipeline.stages.stems import Stems, stems_of
from pipeline.stages.strings import Strings, strings_of
from tests.train.passages import write

COMMON = [f"{word}" for word in ("the", "of", "and", "to", "a", "in", "was", "for")]


@dataclass(frozen=True)
class Made:
    """Texts with all that the stages read; words of `COMMON` are frequent, others rare."""

    texts: list[str]
    documents: Documents
    strings: Strings
    stems: Stems
    idf: np.ndarray

    def passages(self, a=(0,), b=(1,), rules=NEWS, **more):
        """The stage's passages of pairs of rows."""
        rows = np.array(a, np.int64), np.array(b, np.int64)
        return retold(
            *rows, self.documents, self.strings, self.stems, self.idf, rules, **more
        ).passages

    def links(self, a=(0,), b=(1,)):
        rows = np.array(a, np.int64), np.array(b, np.int64)
        return link_sentences(*rows, self.documents, self.stems, self.idf).links

    def cut(self, rows):
        """The pieces of text of both sides."""
        return [
            tuple(
                self.texts[side][start:end]
                for side, (first, last) in enumerate(((row[1], row[2]), (row[3], row[4])))
                for start, end in [self.span(first, last)]
            )
            for row in rows.iter_rows()
        ]

    def span(self, first, last):
        start, end = spans_of(self.documents, np.array([first]), np.array([last]))
        return int(start[0]), int(end[0])


def made(*texts, masked=()):
    """Texts ready for the stages."""
    every = [*texts, " ".join(COMMON)]
    tokens = documents(every, masked)
    strings = strings_of(pl.Series(every))
    stems = stems_of(tokens, strings, Languages(np.zeros(len(every), np.int16), ("en",)))
    idf = np.full(len(stems.hashes), 8 * UNIT, np.int32)
    idf[stems.ids[tokens.offsets[-2] :]] = UNIT // 10
    return Made(list(texts), tokens, strings, stems, idf)


def reworded(text, seed, share):
    """A text with some of its words replaced by others, and common ones strewn in."""
    chance = random.Random(seed)
    fresh = iter(words(("fresh", seed), len(text.split())))
    parts = []
    for word in text.split():
        parts.append(next(fresh) if chance.random() < share else word)
        if chance.random() < 0.3:
            parts.append(chance.choice(COMMON))
    return " ".join(parts)


def story(seed, count=6):
    return prose(seed, count)


def test_a_passage_word_for_word_inside_other_text():
    shared = story("shared", 4)
    it = made(f"{story(1)}\n\n{shared}\n\n{story(2)}", f"{story(3)}\n\n{shared}\n\n{story(4)}")
    found = it.passages()
    assert found["kind"].to_list() == ["verbatim"]
    # A full stop is no token, so it is no part of the passage.
    assert it.cut(found) == [(shared[:-1], shared[:-1])]
    assert found["similarity"].item() > 0.95


def test_a_passage_in_other_words():
    shared = story("shared", 8)
    other = reworded(shared, 5, 0.35)
    it = made(f"{story(1)}\n\n{shared}\n\n{story(2)}", f"{story(3)}\n\n{other}\n\n{story(4)}")
    found = it.passages(rules=GIVEN)
    assert found["kind"].to_list() == ["rewritten"]
    ((one, two),) = it.cut(found)
    assert one in shared
    assert two in other
    assert len(one) > 0.9 * len(shared)
    assert len(two) > 0.9 * len(other)
    assert 0.4 < found["similarity"].item() < 0.9
    assert 0.5 < found["probability"].item() <= 1


def test_texts_without_anything_in_common_have_no_passage():
    it = made(story(1, 20), story(2, 20), reworded(story(1, 20), 3, 1.0))
    assert len(it.passages([0, 0, 1], [1, 2, 2], GIVEN)) == 0


def test_short_passages_count_only_word_for_word():
    piece = " ".join(words("piece", 13))
    it = made(
        f"{story(1)} {piece.capitalize()}. {story(2)}",
        f"{story(3)} {piece.capitalize()}. {story(4)}",
        f"{story(5)} {' '.join(piece.split()[:11]).capitalize()}. {story(6)}",
    )
    found = it.passages([0, 0], [1, 2])
    assert found.select("pair", "kind").rows() == [(0, "verbatim")]


def test_what_stands_in_quotation_marks_is_a_quotation():
    speech = " ".join(sentences("speech", 3))
    it = made(f"{story(1)} “{speech}” {story(2)}", f"{story(3)} “{speech}” {story(4)}")
    found = it.passages()
    assert found["kind"].to_list() == ["quotation"]
    assert found["quoted"].to_list() == [36]


@pytest.mark.parametrize("side", [0, 1])
def test_no_passage_and_no_sentence_crosses_masked_tokens(side):
    shared = story("shared", 6)
    it = made(
        f"{shared} {story(1)}", f"{shared} {story(2)}", masked=[[30] * (side == 0), [30] * side]
    )
    hidden = it.documents.offsets[side] + 30
    columns = ("a_first", "a_last") if side == 0 else ("b_first", "b_last")
    for rows in (it.passages(), it.links()):
        assert len(rows) > 1
        assert all(not first <= hidden < last for first, last in rows.select(columns).iter_rows())


def test_of_identical_texts_all_that_is_masked_in_neither():
    text = story("whole", 4)
    it = made(text, text, masked=[[0, 20], [1]])
    a, b = it.documents.offsets[:2]
    spans = [(first - a, last - a, a + first, a + last) for first, last in ((2, 20), (21, 48))]
    found = it.passages().select("a_first", "a_last", "b_first", "b_last").rows()
    assert found == [(x, y, b + z - a, b + w - a) for x, y, z, w in spans]


def test_places_are_exact_in_the_original_text():
    """Combining characters, NFC against NFD, emoji and text from right to left."""
    chance = random.Random(1)
    letters = "éüñçåبتثجحخ"
    lines = [
        " ".join("".join(chance.choices(letters, k=6)) for _ in range(12)) + ". " for _ in range(4)
    ]
    shared = "".join(lines).strip()
    decomposed = unicodedata.normalize("NFD", shared)
    it = made(
        f"😀 {story(1)} 👩‍👩‍👧\n\n{shared}\n\n😀 {story(2)}",
        f"{story(3)} 😀😀\n\n{decomposed}\n\n{story(4)}",
    )
    assert decomposed != shared
    found = it.passages()
    assert it.cut(found) == [(shared[:-1], decomposed[:-1])]


_PIECES = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.0, 0.0, 0.3, 0.6])), max_size=5)


def _composed(pieces, own):
    return "\n\n".join(
        [story(("own", own), 2), *(reworded(story(n, 4), own, s) for n, s in pieces)]
    )


@settings(max_examples=15)
@given(_PIECES, _PIECES)
def test_which_one_is_called_a_changes_nothing(one, two):
    it = made(_composed(one, 1), _composed(two, 2))
    columns = ["b_first", "b_last", "a_first", "a_last"]
    names = ["a_first", "a_last", "b_first", "b_last"]
    for rows, back in (
        (it.passages(rules=GIVEN), it.passages([1], [0], GIVEN)),
        (it.links(), it.links([1], [0])),
    ):
        turned = back.rename(dict(zip(columns, names, strict=True)))
        order = ["a_first", "b_first", "a_last", "b_last"]
        assert turned.select(rows.columns).sort(order).equals(rows.sort(order))


def test_threads_batches_and_order_change_nothing(monkeypatch):
    texts = [_composed([(n % 4, 0.3), ((n + 1) % 4, 0.0)], n) for n in range(8)]
    it = made(*texts)
    a, b = np.triu_indices(len(texts), 1)
    whole, links = it.passages(a, b), it.links(a, b)
    assert whole["pair"].n_unique() > 5
    monkeypatch.setattr(retold_stage, "_BLOCK", 3)
    with ThreadPoolExecutor(3) as pool:
        assert it.passages(a, b, spread=pool.map).equals(whole)
    back = it.passages(a[::-1], b[::-1]).with_columns(pair=len(a) - 1 - pl.col("pair"))
    assert back.sort("pair", maintain_order=True).equals(whole)
    alone = [it.passages([x], [y]) for x, y in zip(a, b, strict=True)]
    assert pl.concat(alone).drop("pair").equals(whole.drop("pair"))
    assert len(links) > 0


def test_sentences_retold_one_by_one():
    told = sentences("told", 5, 14)
    other = [reworded(line, at, 0.3).capitalize() + "." for at, line in enumerate(told)]
    it = made(" ".join([*told, *sentences(1, 3)]), " ".join([*sentences(2, 3), *other[::-1]]))
    found = it.links()
    pairs = [(one.rstrip("."), two.rstrip(".")) for one, two in zip(told, other, strict=True)]
    assert it.cut(found) == pairs
    assert found["similarity"].min() >= 0.35


def test_two_sentences_retold_as_one_are_both_linked():
    one, two = sentences("two", 2, 10)
    joined = f"{one[:-1]} and {two.lower()}"
    found = made(f"{one} {two} {story(1)}", f"{story(2)} {joined}").links()
    assert len(found) == 2
    assert found["b_first"].n_unique() == 1


def test_nothing_in_gives_nothing_out():
    it = made("Ice.", "…", "Thaw, he said.")
    assert it.passages([], []).schema == it.passages().schema
    assert len(it.passages([0, 1, 0], [1, 2, 2])) == len(it.links([0, 1, 0], [1, 2, 2])) == 0


def test_hostile_texts_end_soon_and_what_is_cut_is_counted():
    """A word repeated; a thousand words repeated; long texts that share every word at random."""
    chance = random.Random(0)
    lexicon = words("lexicon", 1000)
    refrain = " ".join(lexicon)
    long = [" ".join(chance.choices(lexicon, k=150_000)) for _ in range(2)]
    it = made("buffalo " * 300_000, "buffalo " * 299_999, refrain * 100, refrain * 99, *long)
    a, b = np.array([0, 2, 4, 0]), np.array([1, 3, 5, 5])
    found = retold(a, b, it.documents, it.strings, it.stems, it.idf, GIVEN)
    assert found.cut["passage_matches"] > 300_000 * 299_000
    linked = link_sentences(a, b, it.documents, it.stems, it.idf)
    assert linked.cut["sentence_stems"] > 0


def test_the_shipped_tables_are_as_training_writes_them(tmp_path):
    write(passage_model(), tmp_path)
    for name in (TOKENS_FILE, EDGES_FILE, TREES_FILE):
        assert (tmp_path / name).read_bytes() == (files("pipeline.models") / name).read_bytes()


def test_the_shipped_tables_are_whole():
    model = passage_model()
    assert model.tokens[0, 0, 4] > 3000 > model.tokens[0, 0, 0]
    assert np.count_nonzero(model.tokens) > 0.9 * model.tokens.size
    assert np.all(model.starts != 0)
    assert np.all(model.stops != 0)
    for trees in (model.box, model.summary):
        assert len(trees.roots) > 20
        inner = trees.feature >= 0
        assert trees.feature.max() < len(FEATURES)
        assert np.all(trees.low[inner] > np.flatnonzero(inner))
        assert np.all(trees.high[inner] > np.flatnonzero(inner))
