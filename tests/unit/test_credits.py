import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Outlets, load_config
from pipeline.stages import credits as stage
from pipeline.stages import links as link_stage
from pipeline.stages.articles import Articles, articles_of
from pipeline.stages.credits import CREDITS
from pipeline.stages.normalise import documents_of

SHIPPED = load_config().outlets
SCHEMA = dict.fromkeys(("article_id", "source", "author", "url", "text"), pl.String)


def columns(frame: pl.DataFrame) -> Articles:
    rest = {"title": "", "published_at": None, "published_precision": "unknown"}
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in rest.items())
    frame = frame.with_columns(pl.col("published_at").cast(pl.Datetime("us", "UTC")))
    return articles_of(frame.sort("article_id"))


def find_credits(frame: pl.DataFrame, outlets: Outlets, batch: int = 2000) -> pl.DataFrame:
    articles = columns(frame)
    documents = documents_of(articles.frame(columns=["text"])["text"])
    return stage.find_credits(articles, documents, outlets, batch)


def find_links(frame: pl.DataFrame, batch: int = 2000) -> pl.DataFrame:
    return link_stage.find_links(columns(frame), batch).found


def dump(*texts: str, sources: tuple[str, ...] = (), author: str | None = None) -> pl.DataFrame:
    n = len(texts)
    return pl.DataFrame(
        {
            "article_id": [f"a{i:02}" for i in range(n)],
            "source": [*sources, *["Quay Post"] * (n - len(sources))],
            "author": [author] * n,
            "url": [None] * n,
            "text": list(texts),
        },
        schema=SCHEMA,
    )


def credited(text: str, **kwargs) -> set[tuple[str, str]]:
    found = find_credits(dump(text, **kwargs), SHIPPED)
    return set(found.select("name", "kind").iter_rows())


AP, REUTERS, AFP = "Associated Press", "Reuters", "Agence France-Presse"
XINHUA, DPA, EFE, PTI = (
    "Xinhua News Agency", "Deutsche Presse-Agentur", "Agencia EFE", "Press Trust of India",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("WASHINGTON (AP) — The House voted.", AP, "dateline"),
        ("BATON ROUGE, La. (AP) -- The House voted.", AP, "dateline"),
        ("A caption.\n\nLONDON, March 4 (Reuters) - The bank said.", REUTERS, "dateline"),
        ("(CNN) The House voted.", "CNN", "dateline"),
        ("Washington (CNN) The House voted.", "CNN", "dateline"),
        ("STANFORD, Calif.--(BUSINESS WIRE)--A firm said.", "Business Wire", "dateline"),
        ("Madrid, 4 mar (EFE).- El presidente dijo.", EFE, "dateline"),
        ("Berlin (dpa) - Der Kanzler sprach.", DPA, "dateline"),
        ("Berlin (dpa/AFP) - Der Kanzler sprach.", AFP, "dateline"),
        ("МОСКВА, 4 марта. /ТАСС/. Президент сказал.", "TASS", "dateline"),
        ("МОСКВА, 4 мар — РИА Новости. Президент сказал.", "RIA Novosti", "dateline"),
        ("القاهرة (رويترز) - قال الرئيس", REUTERS, "dateline"),
        ("新华社北京3月4日电 国务院总理说。", XINHUA, "dateline"),
        ("नयी दिल्ली, चार मार्च (भाषा) प्रधानमंत्री ने कहा।", PTI, "dateline"),
        ("By The Associated Press\n\nText.", AP, "by_agency"),
        ("By AP Staff\n\nText.", AP, "by_agency"),
        ("Text.\n\n来源：新华社", XINHUA, "by_agency"),
        ("Von Max Muster, dpa\n\nText.", DPA, "person_agency"),
        ("Jane Doe, Associated Press\n\nText.", AP, "person_agency"),
        ("By Jane Doe of The Associated Press\n\nText.", AP, "person_agency"),
        ("By JANE DOE Associated Press\n\nText.", AP, "person_agency"),
        ("Associated Press\n\nText.", AP, "bare_line"),
        ("Text, he said. — Reuters", REUTERS, "bare_line"),
        ("Texto, dijo. (Con información de EFE)", EFE, "bare_line"),
        ("Text.\n\nCopyright 2020 The Associated Press. All rights reserved.", AP, "copyright"),
        ("Text.\n\n© 2020 AFP", AFP, "copyright"),
        ("Text.\n\nAP writer Jane Doe contributed from Rome.", AP, "writer"),
        ("Text.\n\n(Reporting by Jane Doe; Editing by John Roe)", REUTERS, "reporting_by"),
        (
            "Text.\n\nThe Associated Press and Reuters contributed to this report.",
            AP,
            "reporting_by",
        ),
        ("Text.\n\nContributing: Jane Doe, Quay Post; The Associated Press", AP, "reporting_by"),
        ("Text.\n\n© 2019 Thomson/Reuters. All rights reserved.", REUTERS, "copyright"),
        ("Text.\n\nWith files from The Canadian Press", "Canadian Press", "reporting_by"),
        ("“Yes.”The Associated Press also contributed to this report.", AP, "reporting_by"),
        ("• AP Maritime Writer Jane Doe contributed to this report.", AP, "reporting_by"),
        ("Jane Doe, as well as Reuters contributed to this report.", REUTERS, "reporting_by"),
        ("Text.\n\nMaterial from Reuters was used in this report.", REUTERS, "reporting_by"),
        ("Text.\n\nThis story was reported by The Associated Press.", AP, "reporting_by"),
        ("The log, obtained by The Associated Press, is torn.", AP, "exclusive"),
        ("The captain told The Associated Press on Monday.", AP, "told"),
        ("He spoke to Reuters.", REUTERS, "told"),
        ("Il a déclaré à l'AFP.", AFP, "told"),
        ("He told “Fox News Sunday”.", "Fox News", "told"),
        ("अधिकारी ने पीटीआई को बताया।", PTI, "told"),
        ("The New York Times first reported the deal.", "The New York Times", "reported"),
        ("The deal was first reported by Politico.", "Politico", "reported"),
        ("According to Reuters, it sank.", REUTERS, "reported"),
        ("As the Guardian reported:", "The Guardian", "reported"),
        (
            "This first appeared in the Washington Free Beacon.",
            "Washington Free Beacon",
            "reported",
        ),
        ("Según Reuters, no.", REUTERS, "reported"),
        ("Об этом сообщает «Интерфакс».", "Interfax", "reported"),
        ("据路透社报道，他说。", REUTERS, "reported"),
        ("共同通信によると、", "Kyodo News", "reported"),
        ("연합뉴스에 따르면 말했다.", "Yonhap News Agency", "reported"),
        ("Das Schiff sank, wie Reuters berichtet.", REUTERS, "reported"),
    ],
)
def test_forms(text, name, kind):
    assert (name, kind) in credited(text)


@pytest.mark.parametrize(
    "text",
    [
        "The Senate (Photo: Evan Vucci, AP)\n\nText.",
        "Evan Vucci/AP\n\nText.",
        "(Joshua Roberts/Reuters)\n\nText.",
        "James Comey in March (Reuters photo: Joshua Roberts)\n\nText.",
        "Image copyright Reuters Image caption A senator\n\nText.",
        "Getty Images | AFP\n\nText.",
        "• Reuters\n• CNN\n\nText.",
        "The World Health Organization (WHO) - a body of the UN.",
        "Sen. Charles Schumer (D-N.Y.) — a Democrat.",
        "And it was so (Brian) — or not.",
        "An AP-NORC poll and a Reuters/Ipsos survey. According to a Reuters poll, no.",
        "He told APN and CNNs. An untold AP story.",
        "By Joy Press\n\nText.",
        "By the time of the Times report, he had left.",
        "The reason told Reason of reasons.",
        "On the Hill, they told Hill staff.",
        "Reporting by many outlets shows it.",
    ],
)
def test_no_credits(text):
    assert credited(text) == set()


def test_own_outlet_is_no_credit():
    text = "LONDON (Reuters) - He told Reuters.\n\n(Reporting by Jane Doe; Editing by John Roe)"
    assert credited(text, sources=("Reuters",)) == set()
    assert credited(text, sources=("Quay Post",)) != set()


def test_unknown_agencies_are_learned_from_their_form():
    texts = [
        "LISBON (Northgate News Agency) — A ferry ran aground.",
        "PORTO (NNA) — A ferry ran aground.\n\nText.\n\n(NNA)",
        "A captain told NNA on condition of anonymity.",
        "The ferry sank, Northgate News Agency reported.",
        "© 2024 Northgate News Agency",
    ]
    found = find_credits(dump(*texts), SHIPPED)
    assert found["name"].unique().to_list() == ["Northgate News Agency"]
    assert found.filter(pl.col("article_id") == "a01")["kind"].to_list() == [
        "dateline",
        "bare_line",
    ]
    told = found.filter(pl.col("kind") == "told")["detail"].to_list()
    assert told == ["told NNA on condition of anonymity"]
    assert set(found["article_id"]) == {"a00", "a01", "a02", "a03", "a04"}


def test_acronym_of_an_outlet_in_the_dump():
    texts = ["LISBON (MP) — A ferry.", "Own text.", "He told the Meridian Press."]
    found = find_credits(dump(*texts, sources=("Quay Post", "Meridian Press")), SHIPPED)
    assert found.select("article_id", "name").rows() == [
        ("a00", "Meridian Press"), ("a02", "Meridian Press"),
    ]  # fmt: skip


def test_unresolved_acronym_stays():
    assert credited("LISBON (QQZ) — A ferry.") == {("QQZ", "dateline")}
    assert credited("TAMPA (FL) — A ferry.") == set()


def test_people_among_the_sources_are_no_outlets():
    texts = ["According to Rand Paul, no. He told Rand Paul. The Harbor Ledger reported.", "x", "y"]
    found = find_credits(dump(*texts, sources=("Quay Post", "Rand Paul", "Harbor Ledger")), SHIPPED)
    assert found["name"].to_list() == ["Harbor Ledger"]


def test_author_field():
    found = find_credits(dump("Text.", author="Jane Doe, Associated Press; Joy Press"), SHIPPED)
    assert found.rows() == [("a00", AP, "author", "Associated Press", None, None)]


@pytest.mark.parametrize(
    "author",
    ["Jane Doe, AP", "Special To AP", "Jane Doe, AP Maritime Editor-At-Large", "Jane Doe Afp, AP"],
)
def test_roles_in_the_author_field(author):
    assert (AP, "author") in credited("Text.", author=author)


def test_of_many_authors_some_are_others():
    assert credited("Text.", author="Jane Doe, Jo Roe, Al Poe, Ed Coe, AP") == {(AP, "listed")}


def test_reuters_form_without_editor_needs_the_name():
    bare = "Text.\n\n(Reporting by Jane Doe)"
    assert credited(bare) == set()
    assert ("Reuters", "reporting_by") in credited("A Reuters text.\n\n(Reporting by Jane Doe)")


WORDS = st.sampled_from(
    ["WASHINGTON", "(AP)", "—", "\n", "©", "2020", "Reuters", "told", "The", "the", "Associated",
     "Press", "😀", "é", "أ", "新华社", "NNA", "By", ",", "Doe", "reported", "(Reporting by", ";",
     "Editing", "AFP", "据", "路透社", "报道", ".", ""]
)  # fmt: skip


@given(st.lists(st.lists(WORDS, max_size=25).map(" ".join), min_size=1, max_size=4))
def test_details_stand_where_they_say(texts):
    frame = dump(*texts)
    found = find_credits(frame, SHIPPED)
    assert found.schema == CREDITS
    assert not found.select("article_id", "name", "kind").is_duplicated().any()
    by_id = dict(frame.select("article_id", "text").iter_rows())
    for article_id, _, kind, detail, start, end in found.iter_rows():
        assert kind == "author" or by_id[article_id][start:end] == detail
        assert 0 < len(detail) <= 120


@given(st.permutations(range(6)))
def test_row_order_does_not_matter(order):
    texts = ["LISBON (NNA) — A.", "By Northgate News Agency\n\nB.", "He told NNA.", "(AP)", "x", ""]
    frame = dump(*texts)
    assert find_credits(frame[list(order)], SHIPPED).equals(find_credits(frame, SHIPPED))


@given(st.lists(st.lists(WORDS, max_size=25).map(" ".join), min_size=1, max_size=9))
def test_batches_do_not_matter(texts):
    frame = dump("x", "", *texts, sources=("Reuters", "NNA Press"))
    assert find_credits(frame, SHIPPED, batch=2).equals(find_credits(frame, SHIPPED))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He told Reu\u00adters. told\u200b AP. He e\u0301told AP.", {(AP, "told")}),
        ("据CNN报道，他说。", {("CNN", "reported")}),
        ("©2019AP", {(AP, "copyright")}),
        ("He told “Associated\u00a0Press” so.", {(AP, "told")}),
    ],
)
def test_what_tokens_cannot_tell(text, found):
    assert credited(text) == found


def test_a_word_cut_by_the_window():
    # The last 900 code points start with "AP".
    assert credited("x" * 3000 + "AP\n" + "y " * 448 + "z") == {(AP, "bare_line")}


@pytest.mark.parametrize(
    "unit",
    ["(", "AP ", " ", "\n", "told AP ", "told Reason ", "(AP ", "© ", "told ", "a\u0301", "By AP,",
     "(reporting by ", "— ", " contributed to this", "据路透社",
     "http://a.b/", "[(", "/ТАСС/", "The "],
)  # fmt: skip
def test_hostile_texts_take_bounded_time(unit):
    text = unit * (1_000_000 // len(unit))
    frame = dump(text, author=text).with_columns(url=pl.col("text"))
    began = time.process_time()
    find_credits(frame, SHIPPED)
    find_links(frame)
    assert time.process_time() - began < 10


def test_empty_and_null():
    assert find_credits(dump(), SHIPPED).schema == CREDITS
    assert find_credits(dump(), SHIPPED).is_empty()
    nothing = dump("", author="").with_columns(source=pl.lit(None, pl.String()))
    assert find_credits(nothing, Outlets()).is_empty()
    assert find_links(dump()).is_empty()


def links(*rows: tuple[str, str | None, str]) -> list[tuple[str, str]]:
    frame = pl.DataFrame(rows, schema=["article_id", "url", "text"], orient="row")
    frame = frame.with_columns(pl.lit("").alias("author"), pl.lit("Quay Post").alias("source"))
    frame = frame.cast({"url": pl.String})
    return find_links(frame).select("article_id", "target_id").rows()


@pytest.mark.parametrize(
    "text",
    [
        "See https://www.x.org/news/1.",
        "See [it](http://x.org/news/1/) now",
        '<a href="HTTPS://X.ORG/news/1?utm_source=a&amp;utm_medium=b#top">it</a>',
        "See www.x.org/news/1, they say",
        "(https://x.org/news/1)",
    ],
)
def test_links(text):
    assert links(("a", "https://x.org/news/1", "One."), ("b", None, text)) == [("b", "a")]


@pytest.mark.parametrize(
    "text",
    [
        "https://x.org/news/12",
        "https://x.org/news/1?page=2",
        "https://x.org/",
        "https://x.org/News/1",
    ],
)
def test_other_addresses_are_no_links(text):
    assert links(("a", "https://x.org/news/1", "One."), ("b", None, text)) == []


def test_links_to_all_versions_but_not_to_itself():
    one, two = "https://x.org/1", "http://www.x.org/1?fbclid=q"
    text = f"Share {one}"
    assert links(("a", one, text), ("b", two, text), ("c", None, text)) == [("c", "a"), ("c", "b")]


def test_of_a_page_with_many_versions_the_first_are_linked(monkeypatch):
    monkeypatch.setattr(link_stage, "_VERSIONS", 2)
    rows = [("a", f"https://x.org/{row % 2}", "") for row in range(6)]
    text = "See https://x.org/0, or www.x.org/0; or http://x.org/1"
    rows = [(f"a{row}", url, text) for row, (_, url, text) in enumerate([*rows, ("", None, text)])]
    assert links(*rows) == [("a6", target) for target in ("a0", "a1", "a2", "a3")]
    frame = pl.DataFrame(rows, schema=["article_id", "url", "text"], orient="row")
    frame = frame.with_columns(pl.lit("").alias("author"), pl.lit("Quay Post").alias("source"))
    assert link_stage.find_links(columns(frame)).cut == 2


def test_batches_do_not_matter_to_links():
    rows = [(f"a{i}", f"https://x.org/{i}", f"http://x.org/{i + 1} www.x.org/0") for i in range(9)]
    frame = pl.DataFrame(rows, schema=["article_id", "url", "text"], orient="row")
    frame = frame.with_columns(pl.lit("").alias("author"), pl.lit("Quay Post").alias("source"))
    assert len(find_links(frame)) == 16
    assert find_links(frame, 2).equals(find_links(frame))


def test_parameters_that_name_the_page_count():
    rows = ("a", "https://x.org/p?id=1", ""), ("b", "https://x.org/p?id=2", "")
    assert links(*rows, ("c", None, "https://x.org/p?utm_campaign=z&id=2")) == [("c", "b")]
