"""Which language an article is in: by its script, and where a script has many, by a detector.

The detector is slow (about 1,500 short texts a second), so of each outlet and script only a sample
is shown to it; if that agrees, the outlet's other articles in that script get the same language.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.config import Normalise
from pipeline.documents import I16, I32, I64, U64
from pipeline.kernels.strings import latin_shares, string_hashes
from pipeline.stages.articles import Articles
from pipeline.stages.detector import detector_of
from pipeline.stages.spread import Spread, joined, ranges
from pipeline.stages.strings import Strings, batches, named, pieces

_LOOK, _SHOWN, _ENOUGH = 2000, 500, 20
# Scripts that settle the language, and scripts that leave a choice.
_SETTLED = {
    "Hangul": "ko", "Thai": "th", "Greek": "el", "Hebrew": "he", "Georgian": "ka", "Armenian": "hy",
    "Tamil": "ta", "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Gujarati": "gu",
    "Gurmukhi": "pa", "Bengali": "bn", "Oriya": "or", "Sinhala": "si", "Khmer": "km", "Lao": "lo",
    "Myanmar": "my", "Ethiopic": "am", "Tibetan": "bo", "Thaana": "dv", "Han": "zh", "Kana": "ja",
}  # fmt: skip
_CHOICES = {
    "Latin": "af an az bs ca cs cy da de en eo es et eu fi fo fr ga gl hr ht hu id is it la lb lt"
    " lv mg ms mt nl nn no oc pl pt qu ro rw se sk sl so sq sv sw tk tl tr uz vi wa xh yo zu",
    "Cyrillic": "be bg kk ky mk mn ru sr tg tt uk",
    "Arabic": "ar fa ps ug ur",
    "Devanagari": "hi mr ne",
}
# At this many bytes a character no script but the Latin can lead.
_LATIN_BYTES = 1.1


_SCRIPTS = (*_CHOICES, *_SETTLED)
_NAMES = tuple(sorted({*" ".join(_CHOICES.values()).split(), *_SETTLED.values()}))
_PLACES = {name: place for place, name in enumerate(_NAMES)}
# The language of each script that settles it; behind them that of no script.
_BY_SCRIPT = np.array([*(_PLACES.get(_SETTLED.get(s, ""), -1) for s in _SCRIPTS), -1], np.int16)


@dataclass(frozen=True)
class Languages:
    """The articles' languages.

    Attributes:
        places: [n] in `names`, −1 where a text has too few letters to tell.
        names: ISO 639-1 codes, ascending; some may be no article's.
    """

    places: I16
    names: tuple[str, ...]

    def series(self, rows: range) -> pl.Series:
        """Codes of some articles, null where unknown."""
        return named(self.names, self.places[rows.start : rows.stop]).alias("language")


class _Sample(NamedTuple):
    """Articles of groups (outlet and script), ascending by group and hash.

    Attributes:
        group: [m] the outlet's place times the number of scripts, plus the script's.
        order: [m] hash of the article's id.
        row: [m] which articles.
    """

    group: I64
    order: U64
    row: I64

    def with_further(self, others: list["_Sample"]) -> "_Sample":
        """All of them, in no order."""
        return _Sample(*map(np.concatenate, zip(self, *others, strict=True)))

    def first(self, size: int) -> "_Sample":
        """The first few of each group."""
        ranked = np.lexsort((self.row, self.order, self.group))
        group = self.group[ranked]
        _, start, counts = np.unique(group, return_index=True, return_counts=True)
        kept = ranked[np.arange(len(group)) - np.repeat(start, counts) < size]
        return _Sample(self.group[kept], self.order[kept], self.row[kept])


def detect_language(
    articles: Articles, options: Normalise, batch: int = 2000, spread: Spread = map
) -> Languages:
    """The language of each article.

    Args:
        articles: each outlet under its canonical name; an article of an unknown outlet is judged
            by itself.
        options: `language_sample` articles of each outlet and script are shown to the detector.
        batch: articles read at once, fewer where they are long; changes nothing but memory and
            speed.
        spread: runs the batches.

    Example:
        >>> from pipeline.stages.articles import articles_of
        >>> columns = ["article_id", "source", "title", "author", "url", "text"]
        >>> rows = [
        ...     ("a", "X", "", "", "", "The ferry ran aground on Monday."),
        ...     ("b", "X", "", "", "", "Nobody was hurt, he said."),
        ...     ("c", "Y", "", "", "", "总理说"),
        ... ]
        >>> dump = pl.DataFrame(rows, columns, orient="row").with_columns(
        ...     published_at=pl.lit(None, pl.Datetime("us", "UTC")),
        ...     published_precision=pl.lit("unknown"),
        ... )
        >>> detect_language(articles_of(dump), Normalise()).series(range(3)).to_list()
        ['en', 'en', 'zh']
    """
    looked = partial(_look, articles, options.language_sample)
    parts = spread(looked, batches(articles.text, batch))
    scripts, shown = _sampled(parts, len(articles), options.language_sample)
    places = _BY_SCRIPT[scripts]

    def judge(rows: I64) -> None:
        parts = spread(partial(_judged, articles, scripts), pieces(articles.text, rows, batch))
        places[rows] = joined(parts, np.int16)

    judge(shown.row)
    agreed = _agreed(shown.group, places[shown.row])
    follow = partial(_follow, articles, scripts, places, agreed)
    alone = np.setdiff1d(joined(map(follow, ranges(len(articles), batch)), np.int64), shown.row)
    judge(alone)
    return Languages(places, _NAMES)


def _sampled(parts: Iterable[tuple[I16, _Sample]], n: int, size: int) -> tuple[I16, _Sample]:
    """[n] scripts, and the first few articles of each group, of what `_look` found."""
    scripts = np.empty(n, np.int16)
    kept = _Sample(np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.int64))
    pending: list[_Sample] = []
    start = 0
    for found, sample in parts:
        scripts[start : start + len(found)] = found
        start += len(found)
        pending.append(sample)
        # Seldom enough that the sorting grows with the articles, not with their square.
        if sum(len(more.row) for more in pending) > 2 * len(kept.row):
            kept, pending = kept.with_further(pending).first(size), []
    return scripts, kept.with_further(pending).first(size)


def _look(articles: Articles, sample: int, rows: range) -> tuple[I16, _Sample]:
    """The scripts of a batch, and the first of each outlet's articles by the hash of their id."""
    scripts = _scripts(articles.text, rows)
    source = articles.source[rows.start : rows.stop]
    at = np.flatnonzero((scripts >= 0) & (scripts < len(_CHOICES)) & (source >= 0))
    ids, bounds = articles.article_id.data, articles.article_id.bounds
    order = string_hashes(ids, bounds, articles.article_id.places(at + rows.start))
    chosen = _Sample(_group(source[at], scripts[at]), order, at + rows.start)
    return scripts, chosen.first(sample)


def _group(source: I32, script: I16) -> I64:
    return source.astype(np.int64) * len(_SCRIPTS) + script


def _agreed(group: I64, places: I16) -> tuple[I64, I16]:
    """The groups whose sample has one language, ascending, and which."""
    told = places >= 0
    pairs = np.unique(np.stack([group[told], places[told]]), axis=1)
    groups, first, counts = np.unique(pairs[0], return_index=True, return_counts=True)
    return groups[counts == 1], pairs[1][first[counts == 1]].astype(np.int16)


def _follow(
    articles: Articles, scripts: I16, places: I16, agreed: tuple[I64, I16], rows: range
) -> I64:
    """Give a batch its outlets' languages; returns the articles whose outlet has several."""
    span = slice(rows.start, rows.stop)
    source, script = articles.source[span], scripts[span]
    group = np.where(source < 0, -1, _group(source, script))
    open_ = (script >= 0) & (script < len(_CHOICES))
    at = np.searchsorted(agreed[0], group)
    there = np.append(agreed[0], -2)[at] == group
    places[span][open_ & there] = np.append(agreed[1], 0)[at[open_ & there]]
    return np.flatnonzero(open_ & ~there) + rows.start


def _scripts(texts: Strings, rows: range) -> I16:
    """[n] the script of most letters in each text, −1 for none."""
    sizes, points, letters = latin_shares(texts.data, texts.bounds, texts.places(rows), _LOOK)
    scripts = np.where(letters, np.int16(_SCRIPTS.index("Latin")), np.int16(-1))
    wide = np.flatnonzero(sizes > points * _LATIN_BYTES)
    leading = _leading(texts.series(wide + rows.start).str.head(_LOOK))
    places = {name: at for at, name in enumerate(_SCRIPTS)}
    found = leading.replace_strict(places, default=-1, return_dtype=pl.Int16())
    scripts[wide] = found.to_numpy()
    return scripts


def _leading(texts: pl.Series) -> pl.Series:
    """The script of most letters in each text; Han beside kana counts as kana."""
    text = pl.col("text")
    frame = texts.to_frame("text").with_row_index("row")
    classes = {name: rf"\p{{{name}}}" for name in (*_CHOICES, *_SETTLED) if name != "Kana"}
    classes["Kana"] = r"[\p{Hiragana}\p{Katakana}]"
    counts = frame.select(
        "row", *(text.str.count_matches(pattern).alias(name) for name, pattern in classes.items())
    )
    japanese = (pl.col("Kana") * 20 > pl.col("Han")).cast(pl.UInt32)
    counts = counts.with_columns(
        Kana=(pl.col("Kana") + pl.col("Han")) * japanese, Han=pl.col("Han") * (1 - japanese)
    )
    long = counts.unpivot(index="row", variable_name="script", value_name="letters")
    leading = (
        long.filter(pl.col("letters") > 0)
        .sort("row", "letters", "script", descending=[False, True, False])
        .unique("row", keep="first", maintain_order=True)
        .select("row", "script")
    )
    return frame.join(leading, on="row", how="left", maintain_order="left")["script"]


def _judged(articles: Articles, scripts: I16, rows: I64) -> I16:
    """The languages of some articles, each judged by itself."""
    texts = articles.text.series(rows).str.head(_SHOWN)
    told = np.array([_is_enough(text) for text in texts], bool)
    places = np.full(len(rows), -1, np.int16)
    for script in np.unique(scripts[rows][told]):
        at = np.flatnonzero(told & (scripts[rows] == script))
        found = detector_of(_CHOICES[_SCRIPTS[script]]).classify(texts.gather(at).to_list())
        places[at] = [_PLACES["no" if name == "nn" else name] for name in found]
    return places


def _is_enough(text: str) -> bool:
    return len(list(islice(filter(str.isalpha, text), _ENOUGH))) == _ENOUGH
