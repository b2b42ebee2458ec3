"""Which language an article is in: by its script, and where a script has many, by a detector.

The detector is slow (about 1,500 short texts a second), so of each outlet and script only a sample
is shown to it; if that agrees, the outlet's other articles in that script get the same language.
"""

from functools import lru_cache
from typing import Any

import polars as pl
import xxhash

from pipeline.config import Normalise

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


def detect_language(articles: pl.DataFrame, options: Normalise) -> pl.Series:
    """ISO 639-1 codes, in the rows' order; null where a text has too few letters to tell.

    Args:
        articles: article_id, source (canonical, null: each article is judged by itself), text.
        options: `language_sample` articles of each outlet and script are shown to the detector.

    Example:
        >>> dump = pl.DataFrame({
        ...     "article_id": ["a", "b", "c"], "source": ["X", "X", "Y"],
        ...     "text": ["The ferry ran aground on Monday.", "Nobody was hurt, he said.", "总理说"],
        ... })
        >>> detect_language(dump, Normalise()).to_list()
        ['en', 'en', 'zh']
    """
    rows = articles.select("article_id", "source", pl.col("text").fill_null("").str.head(_LOOK))
    rows = rows.with_columns(script=_scripts(rows["text"])).with_row_index("row")
    settled = pl.col("script").replace_strict(_SETTLED, default=None, return_dtype=pl.String())
    open_rows = rows.filter(pl.col("script").is_in(list(_CHOICES)))
    found = _detected(open_rows, options.language_sample)
    return (
        rows.select("row", language=settled)
        .join(found, on="row", how="left", maintain_order="left")
        .select(pl.coalesce("language", "detected").alias("language"))
        .to_series()
    )


def _scripts(texts: pl.Series) -> pl.Series:
    """The script of most letters in each text; Han beside kana counts as kana."""
    text = pl.col("text")
    frame = texts.to_frame("text").with_row_index("row")
    wide = text.str.len_bytes() > text.str.len_chars() * _LATIN_BYTES
    latin = frame.filter(~wide).select(
        "row", script=pl.when(text.str.contains("[A-Za-z]")).then(pl.lit("Latin"))
    )
    classes = {name: rf"\p{{{name}}}" for name in (*_CHOICES, *_SETTLED) if name != "Kana"}
    classes["Kana"] = r"[\p{Hiragana}\p{Katakana}]"
    counts = frame.filter(wide).select(
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
    both = pl.concat([latin, leading])
    return frame.join(both, on="row", how="left", maintain_order="left")["script"]


def _detected(rows: pl.DataFrame, sample: int) -> pl.DataFrame:
    """Column `detected`: the outlet's language where its sample agrees, else the article's own."""
    group = ("source", "script")
    order = pl.Series(
        "order", [xxhash.xxh64_intdigest(i.encode()) for i in rows["article_id"]], pl.UInt64()
    )
    rows = rows.with_columns(order, text=pl.col("text").str.head(_SHOWN))
    rows = rows.sort("order", "article_id", "text")
    outlets = rows.filter(pl.col("source").is_not_null())
    shown = _judged(outlets.filter(pl.int_range(pl.len()).over(group) < sample))
    agreed = (
        shown.drop_nulls("detected").group_by(group)
        .agg(pl.col("detected").unique())
        .filter(pl.col("detected").list.len() == 1)
        .select(*group, pl.col("detected").list.first())
    )  # fmt: skip
    by_outlet = rows.join(agreed, on=group).select("row", "detected")
    alone = rows.join(by_outlet, on="row", how="anti").join(shown, on="row", how="anti")
    split = shown.join(by_outlet, on="row", how="anti")
    return pl.concat(
        [by_outlet, split.select("row", "detected"), _judged(alone).select("row", "detected")]
    )


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `detected`, each text judged by itself."""
    found = [_classify(text, script) for text, script in rows.select("text", "script").iter_rows()]
    return rows.with_columns(detected=pl.Series(found, dtype=pl.String()))


def _classify(text: str, script: str) -> str | None:
    if sum(map(str.isalpha, text)) < _ENOUGH:
        return None
    language: str = _detector(script).classify(text)[0]
    return "no" if language == "nn" else language


@lru_cache(maxsize=len(_CHOICES))
def _detector(script: str) -> Any:
    from py3langid import langid  # noqa: PLC0415 -- most of a second that many runs can spare

    detector = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    detector.set_languages(_CHOICES[script].split())
    return detector


from dataclasses import dataclass
import numpy as np

@dataclass(frozen=True)
class Languages:
    codes: np.ndarray
    names: tuple

    def series(self, rows):
        places = pl.Series(self.codes[rows.start:rows.stop], dtype=pl.Int64())
        return pl.Series(self.names, dtype=pl.String()).gather(places.set(places < 0, None))
