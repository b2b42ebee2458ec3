"""The lines of a dump that may hold a credit, so that most never meet a Python regex."""

from collections.abc import Iterable

import polars as pl

HEAD, TAIL = 2500, 900
_AGENCY_WORDS = ("agency", "agentur", "agence", "agencia", "presse", "press", "service", "wire")
# What a line must have before any of the patterns is tried on it (regex crate, not re).
_HINTS = (
    "©", "opyright", "OPYRIGHT", "(c)", "(C)", "eporting by", "EPORTING BY", "eporting from",
    " contribut", "ontributing:", "ore from",
    "aterial from", "iles from", "nformation from", "nputs from", "nput from",
)  # fmt: skip
_DATELINE_HINT = (
    r"^[^(（\[]{0,64}[(（\[][^()（）\[\]]{2,60}[)）\]]|^[^/|]{0,60}/[^/|]{2,30}/\W|[电電]"
    r"|^[^.—–]{2,40} [—–-] [^.,]{2,30}\."
)
_BY_HINT = (
    r"(?i)^\W{0,3}(?:by|from|via|source|por|par|von|da|fonte|fuente|quelle|автор|источник|المصدر"
    r"|来源|來源|स्रोत)[\s:：]"
)
# Outside ASCII and Latin letters' range the registry's words can't be searched without case.
_ACRONYM_OR_OTHER = r"(?-u:\b)[A-Z]{2,6}(?-u:\b)|[^\x00-\x{24F}\x{2000}-\x{206F}]"
_END_HINT = r"(?:--|[-–—―]\s?|[(（\[])[^()（）\[\]—–]{2,60}[)）\]]?[.\s]{0,3}$"


def _windows(articles: pl.DataFrame) -> pl.DataFrame:
    """Lines of each text's first 2,500 and last 900 code points: row, line, base, first, last."""
    text, size = pl.col("text"), pl.col("text").str.len_chars().cast(pl.Int64)
    whole = size <= HEAD + TAIL
    head = pl.when(whole).then(text).otherwise(text.str.head(HEAD))
    windows = [
        articles.select("row", line=head, base=pl.lit(0, pl.Int64), head=True, tail=whole),
        articles.filter(~whole).select(
            "row", line=text.str.tail(TAIL), base=size - TAIL, head=False, tail=True
        ),
    ]
    split = pl.concat(windows).with_columns(pl.col("line").str.split("\n")).explode("line")
    length = pl.col("line").str.len_chars().cast(pl.Int64) + 1
    window, place = ("row", "head"), pl.int_range(pl.len(), dtype=pl.Int64)
    split = split.with_columns(base=pl.col("base") + (length.cum_sum() - length).over(window))
    return split.filter(pl.col("line").str.contains(r"\S")).with_columns(
        first=place.over(window), last=(pl.len() - 1 - place).over(window)
    )


def credit_lines(articles: pl.DataFrame, named: Iterable[str]) -> pl.DataFrame:
    """Lines that may hold a credit, and which finders to try on them.

    Args:
        articles: row, text.
        named: known names, in lower case.

    Returns:
        row, line, base (the line's first code point in the text), and as booleans dateline, byline,
        at_edge (among the first or last three lines), hint (words such as "©"), end.
    """
    line, opening = pl.col("line"), pl.col("line").str.head(180)
    at_edge = (pl.col("head") & (pl.col("first") < 3)) | (pl.col("tail") & (pl.col("last") < 3))
    patterns = sorted({*named, *_AGENCY_WORDS})
    naming = line.str.contains_any(patterns, ascii_case_insensitive=True)
    naming |= opening.str.contains(_ACRONYM_OR_OTHER)
    short = line.str.len_chars() <= 160
    last_words = line.str.tail(90).str.contains(_END_HINT)
    tries = {
        "dateline": pl.col("head") & opening.str.contains(_DATELINE_HINT),
        "byline": short & ((at_edge & naming) | opening.str.contains(_BY_HINT)),
        "hint": line.str.contains_any(list(_HINTS)),
        "end": pl.col("tail") & (pl.col("last") == 0) & last_words,
    }
    lines = (
        _windows(articles).with_columns(at_edge=at_edge, **tries).filter(pl.any_horizontal(*tries))
    )
    return lines.select("row", "line", "base", "at_edge", *tries)
