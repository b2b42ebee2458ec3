"""The lines of a batch that may hold a credit, so that most never meet a Python regex."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.documents import I32, I64, U8
from pipeline.kernels.lines import EDGE, HEAD, HINTED, LAST, NAMED, SHORT, find_lines
from pipeline.kernels.strings import take_pieces
from pipeline.kernels.tokens import PADDING
from pipeline.stages.credit_lines import LISTED
from pipeline.stages.credit_names import Hits
from pipeline.stages.spread import ends
from pipeline.stages.strings import Strings

REACH_HEAD, REACH_TAIL = 2500, 900
AGENCY_WORDS = ("agency", "agentur", "agence", "agencia", "presse", "press", "service", "wire")
# Without one of these no name has an agency's form; letters that fold into ASCII ones may be any.
FORMS = ("agen", "ncia", "press", "wire", "service", "ß", "ẞ", "ſ", "ﬁ", "ﬆ", "ﬅ", "ﬀ", "\u212a")
# What a line must have before any of the patterns is tried on it (regex crate, not re).
_HINTS = (
    "©", "opyright", "OPYRIGHT", "(c)", "(C)", "eporting by", "EPORTING BY", "eporting from",
    " contribut", "ontributing:", "ore from",
    " was reported by ", " was written by ", " was provided by ",
    "aterial from", "iles from", "nformation from", "nputs from", "nput from",
)  # fmt: skip
_DATELINE_HINT = (
    r"^[^(（\[]{0,64}[(（\[][^()（）\[\]]{2,60}[)）\]]|^[^/|]{0,60}/[^/|]{2,30}/\W|[电電]"
    r"|^[^.—–]{2,40} [—–-] [^.,]{2,30}\."
)
# A name in brackets that nobody knows counts only before a dash.
_DASHED = r"[)）\]]\s{0,3}\.?\s?[-–—―]"
_BY_HINT = (
    r"(?i)^\W{0,3}(?:by|from|via|source|por|par|von|da|fonte|fuente|quelle|автор|источник|المصدر"
    r"|来源|來源|स्रोत)[\s:：]"
)
# Outside ASCII and Latin letters' range the registry's words can't be searched without case.
_ACRONYM_OR_OTHER = re.compile(
    r"(?<![A-Za-z0-9_])[A-Z]{2,6}(?![A-Za-z0-9_])|[^\x00-\u024f\u2000-\u206f]"
)
_END_HINT = r"(?:--|[-–—―]\s?|[(（\[])[^()（）\[\]—–]{2,60}[)）\]]?[.\s]{0,3}$"
# "With inputs from": taking these words out may join what stands around them.
_TAKEN_OUT = (
    r"(?i)(?:with|from|de|avec|mit|via|con|von|d[aeo]|source|quelle|fuente|материалам|来源)[\s:：]"
)


class Tries(NamedTuple):
    """Which finders to try on a line.

    Attributes:
        at_edge: it's among the first or last of its text.
        by: it opens with "by" or the like.
    """

    at_edge: bool
    by: bool
    dateline: bool
    byline: bool
    hint: bool
    end: bool


class Texts(NamedTuple):
    """Some texts, end to end, and what `find_signs` tells of them."""

    data: U8
    bounds: I64
    signs: U8
    points: I32


def credit_lines(texts: Texts, hits: Hits, rows: I64, words: int) -> pl.DataFrame:
    """Lines that may hold a credit, and which finders to try on them.

    Only lines of a text's first 2,500 and last 900 code points count.

    Args:
        texts: a batch's.
        hits: known names and telling words in them.
        rows: which texts to look at.
        words: of the longest known name.

    Returns:
        row (in the batch), line, base (the line's first code point in the text), and as booleans
        at_edge (among the first or last three lines), by (it opens with "by" or the like),
        dateline, byline, hint (words such as "©"), end.
    """
    found, bits = find_lines(*texts, *hits, rows, (REACH_HEAD, REACH_TAIL))
    bounds = ends(found[:, 3] - found[:, 2])
    data = np.empty(bounds[-1] + PADDING, np.uint8)
    take_pieces(texts.data, found[:, 2].copy(), found[:, 3].copy(), data)
    flags = {"head": HEAD, "last": LAST, "at_edge": EDGE, "named": NAMED, "hinted": HINTED}
    line = Strings(data, bounds).series(range(len(found)))
    columns = {"row": found[:, 0], "base": found[:, 1], "line": line}
    lines = pl.DataFrame(columns | {name: (bits & bit) != 0 for name, bit in flags.items()})
    tries = _tries(words)
    lines = lines.with_columns(by=pl.col("line").str.head(180).str.contains(_BY_HINT))
    lines = lines.with_columns(**tries).filter(pl.any_horizontal(*tries))
    return lines.select("row", "line", "base", "at_edge", "by", *tries)


def _tries(words: int) -> dict[str, pl.Expr]:
    """Which lines to try each finder on."""
    line = pl.col("line")
    opening, tail = line.str.head(180), line.str.tail(90)
    listed = line.str.contains(",", literal=True) & (line.str.len_chars() <= LISTED)
    # A name alone, perhaps with "the" and "staff reports" or the like.
    alone = line.str.count_matches(r"[\p{L}\p{N}]\S*") <= max(words, 5) + 7
    form = line.str.contains_any(list(FORMS), ascii_case_insensitive=True)
    byline = pl.col("by") | line.str.strip_chars().str.contains(_BY_HINT) | listed | alone
    return {
        "dateline": pl.col("head")
        & opening.str.contains(_DATELINE_HINT)
        & (pl.col("named") | opening.str.contains(_DASHED)),
        "byline": (pl.col("at_edge") | pl.col("by"))
        & (line.str.len_chars() <= SHORT)
        & (pl.col("named") | form)
        & byline,
        "hint": pl.col("hinted") & line.str.contains_any(list(_HINTS)),
        "end": pl.col("last")
        & tail.str.contains(_END_HINT)
        & (pl.col("named") | tail.str.contains(_TAKEN_OUT)),
    }


def may_name(line: str, patterns: Sequence[bytes]) -> bool:
    """Is a line without "by" one that may name somebody?

    Args:
        line: a line.
        patterns: known names' keys and `AGENCY_WORDS` in UTF-8.
    """
    folded = line.encode().lower()
    return bool(_ACRONYM_OR_OTHER.search(line[:180])) or any(p in folded for p in patterns)
