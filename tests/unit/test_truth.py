"""Tables of known answers: what they say of a pair, and what is said of broken ones."""

import os
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluate.truth import Truth
from pipeline.evaluate.truth_rows import grouped, named
from pipeline.evaluate.truth_sets import read_truth

SAMPLE = Path(__file__).parents[2] / "sample_corpus"


def folder(place: Path, **tables: str) -> Path:
    place.mkdir(exist_ok=True)
    for name, text in tables.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (place / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return place


def only(place: Path, **options: object) -> Truth:
    (truth,) = read_truth([place], **options)
    return truth


def word(truth: Truth, a: str, b: str, jaccard: float = 0.0) -> bool | None:
    pair = pl.DataFrame({"a_id": [a], "b_id": [b], "jaccard": [jaccard]})
    return truth.judge(pair).item()


OFFSETS = "this_offset,this_length,source_offset,source_length"
STORIES = """article_id,story
    a,s
    b,s
    c,s
    d,t"""


def test_stories_say_all_about_the_articles_that_they_name(tmp_path):
    truth = only(folder(tmp_path / "t", stories=STORIES))
    assert word(truth, "a", "c") is True
    assert word(truth, "c", "a") is True
    assert word(truth, "a", "d") is False
    assert word(truth, "a", "stranger") is False
    assert word(truth, "stranger", "other") is None
    assert truth.positives == 3


def test_open_leaves_links_to_unnamed_articles_unjudged(tmp_path):
    truth = only(folder(tmp_path / "t", stories=STORIES), open_=True)
    assert word(truth, "a", "stranger") is None
    assert word(truth, "a", "d") is False


def test_derivations_alone_judge_listed_pairs_and_those_across_components(tmp_path):
    rows = "source_id,derived_id,hops\na,b,1\nb,c,2\nx,y,1"
    truth = only(folder(tmp_path / "t", derivations=rows))
    assert word(truth, "b", "a") is True
    assert word(truth, "a", "c") is None
    assert word(truth, "c", "x") is False
    assert word(truth, "c", "stranger") is False
    assert truth.positives == 3
    assert truth.directed.rows() == [("a", "b", "1"), ("b", "c", "2"), ("x", "y", "1")]


def test_stories_decide_on_pairs_that_derivations_list(tmp_path):
    rows = "source_id,derived_id,kind\na,b,copy\na,d,copy\nd,e,copy"
    truth = only(folder(tmp_path / "t", stories=STORIES, derivations=rows))
    assert word(truth, "a", "c") is True
    assert word(truth, "a", "d") is False
    assert word(truth, "d", "e") is True, "e is in no story: its derivation alone speaks"
    assert word(truth, "a", "e") is None
    assert truth.directed["derived_id"].to_list() == ["b", "e"]
    assert truth.positives == 4


def test_events_are_independent_but_for_those_that_share_an_agency_text(tmp_path):
    rows = "article_id,event_id\na,1\nb,1\nc,2"
    truth = only(folder(tmp_path / "t", events=rows))
    assert word(truth, "a", "b", 0.09) is False
    assert word(truth, "a", "b", 0.1) is None
    assert word(truth, "a", "c", 0.5) is False
    assert word(truth, "a", "stranger") is None
    assert truth.positives == 0


def test_labels_judge_listed_pairs_only(tmp_path):
    rows = "source_id,derived_id,category\na,b,Light\na,c,non\nd,e,cut"
    truth = only(folder(tmp_path / "t", labels=rows))
    assert [word(truth, *pair) for pair in ("ab", "ca", "bc", "ad")] == [True, False, None, None]
    assert truth.directed.select("source_id", "derived_id").rows() == [("a", "b"), ("d", "e")]
    assert truth.positives == 2


def test_pairs_are_positive_if_they_have_a_case(tmp_path):
    pairs = "suspicious_id,source_id\np,q\np,r"
    header = f"suspicious_id,source_id,obfuscation,{OFFSETS}"
    cases = f"""{header}
    p,q,random,3,4,0,4
    p,q,random,30,4,9,4"""
    truth = only(folder(tmp_path / "t", pairs=pairs, cases=cases))
    assert [word(truth, *pair) for pair in ("pq", "rp", "qr")] == [True, False, None]
    assert truth.cases.height == 2
    assert truth.cases["this_offset"].to_list() == [3, 30]
    without = only(folder(tmp_path / "u", pairs=pairs))
    assert word(without, "p", "q") is False


def test_an_editors_judgements_are_a_truth(tmp_path):
    truth = only(folder(tmp_path / "t", words="a_id,b_id,verdict\nb,a,yes\na,c,NO"))
    assert [word(truth, *pair) for pair in ("ab", "ac", "bc")] == [True, False, None]


def test_decisions_of_the_sample_corpus():
    truth = only(SAMPLE / "truth.csv")
    assert word(truth, "capital-halvorsen", "examiner-ebbing") is True
    assert word(truth, "mp-carrow", "examiner-bridge") is True
    assert word(truth, "gale", "post-night-in-dark") is False
    assert word(truth, "gale", "somewhere-else") is False
    assert truth.decisions.height == 62
    assert only(SAMPLE).positives == truth.positives


def test_rows_that_needs_leave_out_are_not_judged():
    truth = only(SAMPLE / "truth.csv", needs=["near"])
    assert word(truth, "capital-halvorsen", "examiner-ebbing") is None
    assert word(truth, "stone-in-the-pit", "ballet-space-rock") is None
    assert word(truth, "gale", "ballet-space-rock") is None
    assert word(truth, "gale", "mp-carrow") is False
    assert word(truth, "mp-carrow", "examiner-bridge") is True
    assert set(truth.decisions["needs"].drop_nulls()) == {"near"}


def test_tables_that_do_not_belong_together_are_sets_of_their_own(tmp_path):
    place = folder(
        tmp_path / "mixed", stories=STORIES, events="article_id,event_id\nx,1",
        articles="article_id,text\na,words",
    )  # fmt: skip
    assert [made.name for made in read_truth([place])] == ["mixed, stories", "mixed, events"]


def test_parquet_is_read_like_csv(tmp_path):
    frame = pl.DataFrame(
        {"article_id": [1, 2], "story": pl.Series(["s", "s"], dtype=pl.Categorical())}
    )
    frame.write_parquet(tmp_path / "known.parquet")
    truth = only(tmp_path / "known.parquet")
    assert word(truth, "1", "2") is True
    assert truth.name == "known"


BROKEN = {
    "no rows": ("article_id,story\n", "no rows"),
    "nothing": ("", "can't be read"),
    "unknown columns": ("article,tale\na,b\n", "(article, tale) are those of no table"),
    "an id is missing": ("article_id,story\na,s\n,t\n", "row 2: article_id is empty"),
    "a story is blank": ("article_id,story\na,  \n", "row 1: story is empty"),
    "semicolons": ("article_id;story\na;s\n", "parted by semicolons"),
    "tabs": ("article_id\tstory\na\ts\n", "parted by tabs"),
    "a column twice": ("article_id,story,story\na,s,t\n", "two columns called 'story'"),
    "a long id": (
        f"article_id,story\n{'a' * 999},s\n{'a' * 999},{'t' * 999}\n",
        f"'{'a' * 80}…' has the story '{'t' * 80}…' here",
    ),
    "two stories": ("article_id,story\na,s\nb,s\na,t\n", "row 3: 'a' has the story 't' here"),
    "itself": ("source_id,derived_id\na,b\nc,c\n", "row 2: 'c' is paired with itself"),
    "both ways": ("source_id,derived_id\na,b\nb,a\n", "row 2: 'a' from 'b', and elsewhere"),
    "category": ("source_id,derived_id,category\na,b,great\n", "row 1: category 'great' is none"),
    "verdict": ("a_id,b_id,verdict\na,b,perhaps\n", "row 1: verdict 'perhaps' is none of yes, no"),
    "yes and no": ("a_id,b_id,verdict\na,b,yes\nc,d,no\nb,a,no\n", "row 3: says that 'b' and 'a'"),
    "decision": ("derived_id,source_id,decision\na,,stolen\n", "row 1: decision 'stolen' is none"),
    "ragged": ("article_id,story\na,s,t,u\n", "can't be read"),
    "offset": (
        f"suspicious_id,source_id,{OFFSETS}\na,b,1,2,3,4\na,b,1,-2,3,4\n",
        "row 2: this_length '-2' is no whole number",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_tables_are_told_with_file_and_row(tmp_path, what):
    text, message = BROKEN[what]
    path = tmp_path / "broken.csv"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_truth([path])
    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_other_broken_files(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        read_truth([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="holds no table"):
        read_truth([folder(tmp_path / "bare", articles="id,text\na,b")])
    (tmp_path / "false.parquet").write_bytes(b"PAR1 no, not really PAR1")
    with pytest.raises(InputError, match="can't be read"):
        read_truth([tmp_path / "false.parquet"])
    pl.DataFrame({"article_id": [1.5], "story": ["s"]}).write_parquet(tmp_path / "float.parquet")
    with pytest.raises(InputError, match="column article_id holds Float64, not text"):
        read_truth([tmp_path / "float.parquet"])
    pl.DataFrame({"source_id": ["a\nb"], "derived_id": ["a\nb"]}).write_parquet(
        tmp_path / "hostile.parquet"
    )
    with pytest.raises(InputError, match=r"'a\\nb' is paired with itself"):
        read_truth([tmp_path / "hostile.parquet"])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        read_truth([tmp_path / "pipe"])
    place = tmp_path / "links"
    place.mkdir()
    (place / "out.csv").symlink_to(folder(tmp_path / "t", stories=STORIES) / "stories.csv")
    with pytest.raises(InputError, match="a link out of its folder"):
        read_truth([place])


def test_needs_must_be_there(tmp_path):
    with pytest.raises(InputError, match="no row needs it; the rows name excerpt, near, rewrite"):
        read_truth([SAMPLE / "truth.csv"], ["nea"])
    with pytest.raises(InputError, match="no table of truth has the columns"):
        read_truth([folder(tmp_path / "t", stories=STORIES)], ["near"])


def test_articles_that_are_not_there_are_told_or_left_out(tmp_path):
    rows = "source_id,derived_id\na,b\nb,d"
    truth = only(folder(tmp_path / "t", stories=STORIES, derivations=rows))
    known = pl.Series(["a", "b", "d", "x"])
    with pytest.raises(InputError, match=r"stories.csv, row 3: no article 'c' in OUT; 1 of the 4"):
        truth.required_in(known, "OUT")
    less = truth.restricted_to(known)
    assert less.positives == 1
    assert truth.missing_from(known)["article_id"].to_list() == ["c"]
    assert less.restricted_to(pl.Series(["a"])).listed.is_empty()
    assert less.required_in(known, "OUT") is less


_IDS = st.sampled_from("abcdefgh")


@given(
    stories=st.dictionaries(_IDS, st.sampled_from("stu"), min_size=1),
    listed=st.dictionaries(
        st.tuples(_IDS, _IDS).filter(lambda it: it[0] < it[1]), st.sampled_from([True, False, None])
    ),
    within=st.sampled_from([True, False, None]),
    outside=st.sampled_from([False, None]),
)
def test_a_word_on_every_pair_as_if_each_were_listed(stories, listed, within, outside):
    frame = pl.DataFrame({"article_id": list(stories), "label": list(stories.values())})
    mentioned = named(frame.with_columns(file=pl.lit("f"), row=1), "article_id")
    rows = [(*pair, shared, None) for pair, shared in listed.items()]
    schema = Truth("t", "stories").listed.schema
    truth = Truth(
        "t", "stories", grouped(mentioned, frame), pl.DataFrame(rows, schema, orient="row"),
        within=within, outside=outside,
    )  # fmt: skip

    def naive(a: str, b: str) -> bool | None:
        if (a, b) in listed:
            return listed[a, b]
        if a in stories and b in stories:
            return within if stories[a] == stories[b] else False
        return outside if a in stories or b in stories else None

    pairs = list(combinations("abcdefgh", 2))
    words = [naive(*pair) for pair in pairs]
    assert truth.judge(pl.DataFrame(pairs, ["a_id", "b_id"], orient="row")).to_list() == words
    assert truth.positives == words.count(True)
