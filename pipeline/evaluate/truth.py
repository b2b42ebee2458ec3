"""What is known about some articles: which share a text, and which was taken from which.

A pair of articles *shares a text* (positive), doesn't (negative), or isn't judged. What a table
says of a pair hangs on its kind:

- **stories** (`article_id, story`): two articles of one story share a text, two of different ones
  don't. The table says all about the articles that it names: a link from one of them to an
  article that it doesn't name is wrong, unless the truth is read as `open_`.
- **derivations** (`source_id, derived_id`, `kind` or `hops`): a row is a positive pair with a
  direction. Other pairs of one connected component aren't judged, pairs across components are
  negative, and links to unnamed articles are as with stories. Where a folder holds stories too,
  these alone decide on pairs; a derivation between stories that differ is no positive.
- **events** (`article_id, event_id`): reports written independently, so that no two of them share
  a text. Newsrooms do quote one agency now and then: pairs of one event from a Jaccard of .1 on
  are left out. Links to unnamed articles aren't judged.
- **labels** (`source_id, derived_id, category`): the category cut, light or heavy is a positive
  with a direction, non and other are negative; nothing else is judged.
- **pairs** and **cases** (`suspicious_id, source_id`; the latter with offsets): a pair is positive
  if it has a case, else negative; nothing else is judged.
- **judgements** (`a_id, b_id, verdict`): yes and no; nothing else is judged.
- **decisions** (`derived_id, source_id, decision`, `unseen_source`, `story`, `needs`): rows with a
  source are derivations, which are positive whatever the stories say; stories are as above; an
  article without a story is one by itself. Rows that `needs` leaves out, and links to their
  articles, aren't judged.
"""

from dataclasses import dataclass, field, replace

import polars as pl

from pipeline.errors import InputError
from pipeline.io.columns import short

ARTICLES = pl.Schema(
    {
        "article_id": pl.String(), "group": pl.Int64(), "label": pl.String(),
        "file": pl.String(), "row": pl.Int64(),
    }
)  # fmt: skip
LISTED = pl.Schema(
    {"a_id": pl.String(), "b_id": pl.String(), "shared": pl.Boolean(), "kind": pl.String()}
)
DIRECTED = pl.Schema({"source_id": pl.String(), "derived_id": pl.String(), "kind": pl.String()})
CASES = pl.Schema(
    {"suspicious_id": pl.String(), "source_id": pl.String(), "obfuscation": pl.String()}
    | dict.fromkeys(
        ("this_offset", "this_length", "source_offset", "source_length"), pl.Int64()
    )
)  # fmt: skip
DECISIONS = pl.Schema(
    dict.fromkeys(
        ("derived_id", "source_id", "unseen_source", "decision", "needs"), pl.String()
    )
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """One set of answers.

    Attributes:
        name: of the file or folder.
        kind: stories, derivations, events, labels, pairs, judgements or decisions.
        articles: all that are named, once each, with the `group` (story, component or event; null
            where only listed pairs are judged), its `label`, and the file and row (from 1) of the
            first mention.
        listed: pairs (a_id < b_id, unique) on which there is a word of its own, which overrides
            the groups'; `shared` null: not judged; `kind`: the truth's word for it, if any.
        directed: pairs that share a text and whose direction is known.
        cases: passages, offsets in code points of the original texts.
        decisions: what `derivations` should say; `decision` null: nothing may be found.
        within: do two articles of one group share a text? None: not judged. Two of different
            groups never do.
        outside: does one of a group share a text with an article that isn't named?
        spared_from: pairs of one group from this Jaccard on aren't judged.
    """

    name: str
    kind: str
    articles: pl.DataFrame = field(default_factory=ARTICLES.to_frame)
    listed: pl.DataFrame = field(default_factory=LISTED.to_frame)
    directed: pl.DataFrame = field(default_factory=DIRECTED.to_frame)
    cases: pl.DataFrame = field(default_factory=CASES.to_frame)
    decisions: pl.DataFrame = field(default_factory=DECISIONS.to_frame)
    within: bool | None = None
    outside: bool | None = None
    spared_from: float | None = None

    @property
    def positives(self) -> int:
        """Pairs that share a text; those of stories are counted, never listed."""
        sizes = self.articles.drop_nulls("group").group_by("group").len()["len"].cast(pl.Int64())
        alike = int((sizes * (sizes - 1) // 2).sum()) if self.within else 0
        own = self.listed.select("a_id", "b_id")
        implied = int((self._by_group(own) == True).sum())  # noqa: E712 -- nulls stay out
        return alike - implied + int(self.listed["shared"].sum())

    def judge(self, pairs: pl.DataFrame) -> pl.Series:
        """[n] do the two share a text? Null: not judged.

        Args:
            pairs: a_id, b_id, in either order, and `jaccard` where `spared_from` counts.
        """
        first, second = pl.min_horizontal("a_id", "b_id"), pl.max_horizontal("a_id", "b_id")
        told = pairs.select(first.alias("a_id"), second.alias("b_id"), pl.col("^jaccard$"))
        word = told.join(
            self.listed.with_columns(is_listed=True),
            on=["a_id", "b_id"],
            how="left",
            maintain_order="left",
        )
        own = word.select("shared", "is_listed").with_columns(implied=self._by_group(told))
        judged = pl.when("is_listed").then("shared").otherwise("implied")
        return own.select(judged.alias("shared")).to_series()

    def _by_group(self, pairs: pl.DataFrame) -> pl.Series:
        """What the groups say of pairs."""
        known = self.articles.select("article_id", "group", known=True)
        sided = pairs
        for side in "ab":
            named = known.rename({"article_id": f"{side}_id", "group": side, "known": f"{side}_in"})
            sided = sided.join(named, on=f"{side}_id", how="left", maintain_order="left")
        strangers = pl.col("a_in").is_null() | pl.col("b_in").is_null()
        grouped = pl.col("a").is_not_null() | pl.col("b").is_not_null()
        both = pl.col("a").is_not_null() & pl.col("b").is_not_null()
        same = pl.lit(self.within, pl.Boolean())
        if self.spared_from is not None and "jaccard" in pairs.columns:
            alike = pl.col("jaccard") >= self.spared_from
            same = pl.when(~alike.fill_null(value=False)).then(same)
        word = (
            pl.when(both & (pl.col("a") == pl.col("b"))).then(same)
            .when(both).then(pl.lit(value=False))
            .when(strangers & grouped).then(pl.lit(self.outside, pl.Boolean()))
        )  # fmt: skip
        return sided.select(word.alias("shared")).to_series()

    def missing_from(self, known: pl.Series) -> pl.DataFrame:
        """The articles that aren't among known ids."""
        return self.articles.join(known.rename("article_id").to_frame(), on="article_id",
                                  how="anti", maintain_order="left")  # fmt: skip

    def required_in(self, known: pl.Series, place: str) -> "Truth":
        """The truth itself.

        Args:
            known: ids of the articles there are.
            place: where they are, for the message.

        Raises:
            InputError: an article isn't there.
        """
        missing = self.missing_from(known)
        if missing.is_empty():
            return self
        first = missing.row(0, named=True)
        article_id = short(first["article_id"])
        raise InputError(
            f"truth {first['file']}, row {first['row']}: no article '{article_id}' in {place}; "
            f"{missing.height:,} of the {self.articles.height:,} articles that it names aren't "
            "there; --missing ok leaves them out"
        )

    def restricted_to(self, known: pl.Series) -> "Truth":
        """Without the articles that aren't among known ids, and without what is said of them."""
        there = known.rename("id").to_frame()

        def kept(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
            for column in columns:
                frame = frame.filter(pl.col(column).is_null() | pl.col(column).is_in(inside))
            return frame

        inside = self.articles.join(
            there, left_on="article_id", right_on="id", how="semi"
        )["article_id"].implode()  # fmt: skip
        return replace(
            self,
            articles=kept(self.articles, "article_id"),
            listed=kept(self.listed, "a_id", "b_id"),
            directed=kept(self.directed, "source_id", "derived_id"),
            cases=kept(self.cases, "suspicious_id", "source_id"),
            decisions=kept(self.decisions, "derived_id", "source_id"),
        )
