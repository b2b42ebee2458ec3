"""What an explanation holds: plain data, nothing to print with.

Everything is said from the asker's side: `a` is the first article named, whatever its id, and the
tables' rows are turned round where they have it second.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

# A stretch of a passage's text, and whether its words differ from the other side's.
Part = tuple[str, bool]


@dataclass(frozen=True)
class Signal:
    """One item of evidence.

    Attributes:
        log_odds: above 0 for what `speaks_for` names.
        speaks_for: in words, what the signal makes likelier.
    """

    signal: str
    detail: str
    log_odds: float
    speaks_for: str


@dataclass(frozen=True)
class Derivation:
    """A row of `derivations`."""

    derived_id: str
    rank: int
    source_id: str | None
    unseen_source: str | None
    decision: str
    probability: float
    relation: str | None
    lag: timedelta | None
    credited: bool | None


@dataclass(frozen=True)
class Credit:
    """An agency or outlet that an article names as an origin, and the words that say so."""

    name: str
    kind: str
    detail: str


@dataclass(frozen=True)
class Story:
    """The story an article belongs to."""

    cluster_id: str
    title: str | None
    articles: int
    sources: int


@dataclass(frozen=True)
class Article:
    """One article's facts.

    Attributes:
        same_text_as: the article that stands for it and all others of its exact text, if that is
            another one.
        text: the original text, as offsets count it.
    """

    article_id: str
    source: str | None
    published_at: datetime | None
    published_precision: str
    title: str | None
    author: str | None
    url: str | None
    language: str | None
    tokens: int
    credits: tuple[Credit, ...]
    story: Story | None
    decisions: tuple[Derivation, ...]
    same_text_as: str | None
    text: str = field(repr=False)


@dataclass(frozen=True)
class Scores:
    """How alike the two are.

    Attributes:
        relation: as in `pairs`; of a pair that isn't there, what it would be called.
        verbatim, quoted: equal tokens in passages, outside and inside quotations.
        shared: shingles in both.
    """

    relation: str
    probability: float
    p_a_from_b: float
    p_b_from_a: float
    p_common: float
    jaccard: float
    containment_a: float
    containment_b: float
    shared: int
    verbatim: int
    quoted: int
    longest_passage: int


@dataclass(frozen=True)
class Passage:
    """Where both say the same.

    Attributes:
        kind: as in `passages`, or "boilerplate": masked, so it doesn't count.
        tokens: of the longer side.
        a_parts, b_parts: the two texts in stretches, each with whether it differs.
    """

    kind: str
    similarity: float
    tokens: int
    a_start: int
    a_end: int
    b_start: int
    b_end: int
    a_parts: tuple[Part, ...]
    b_parts: tuple[Part, ...]

    @property
    def a_text(self) -> str:
        """The passage as the first article has it."""
        return "".join(text for text, _ in self.a_parts)

    @property
    def b_text(self) -> str:
        """The passage as the second article has it."""
        return "".join(text for text, _ in self.b_parts)


@dataclass(frozen=True)
class Threshold:
    """What a setting of the run asks, and what these two have.

    Attributes:
        short_by: how much is missing; 0 where `met`.
    """

    setting: str
    gives: str
    measure: str
    asked: float
    reached: float
    short_by: float
    met: bool


@dataclass(frozen=True)
class Finder:
    """Whether a finder would have proposed the pair, and why."""

    name: str
    proposes: bool
    detail: str


@dataclass(frozen=True)
class Note:
    """A reason in a sentence; `code` names it for programs."""

    code: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """All there is to say about two articles.

    Attributes:
        verdict: one sentence.
        unit: what a token is called in the two's languages, "words" or "characters".
        in_pairs: the pair has a row in `pairs`; if not, scores and passages were computed now.
        linked: any relation but `related`.
        hidden: passages of masked boilerplate, which don't count.
        derivations: the rows that name one of the two as the other's source.
        thresholds: in order of precedence.
    """

    a: Article
    b: Article
    verdict: str
    unit: str
    in_pairs: bool
    linked: bool
    found_by: tuple[str, ...]
    scores: Scores
    evidence: tuple[Signal, ...]
    derivations: tuple[Derivation, ...]
    passages: tuple[Passage, ...]
    hidden: tuple[Passage, ...]
    thresholds: tuple[Threshold, ...]
    finders: tuple[Finder, ...]
    notes: tuple[Note, ...]
