"""`stemma explain`: the run's answer, and why not, from the texts on the spot."""

import csv
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import typer
from conftest import articles, dump, prose, sentences
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from typer.testing import CliRunner

from pipeline.cli.explain import as_json, explain_command
from pipeline.config import load_config
from pipeline.errors import InputError, OutputError, StemmaError
from pipeline.explain import Explanation, explain
from pipeline.explain.differences import differing_parts
from pipeline.io.folder import Folder
from pipeline.io.judgements import NO_JUDGEMENTS
from pipeline.io.output import read_table, write
from pipeline.io.read import Dump, read_articles
from pipeline.run import run

SAMPLE = Path(__file__).parents[2] / "sample_corpus" / "articles"


def save(
    out: Path, made: Dump, sets: tuple[str, ...] = (), judgements: pl.DataFrame = NO_JUDGEMENTS
) -> Path:
    config = load_config(None, sets)
    with Folder(out) as folder:
        write(folder, run(made, config, judgements), made, config, judgements)
    return out


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = load_config()
    made = read_articles([SAMPLE], config.read)
    return save(tmp_path_factory.mktemp("explain") / "out", made)


def command(*args: object, width: int = 100) -> str:
    app = typer.Typer()
    app.command()(explain_command)
    result = CliRunner().invoke(app, [*map(str, args), "--width", str(width)])
    if result.exception:
        raise result.exception
    return result.stdout


def codes(explanation: Explanation) -> set[str]:
    return {note.code for note in explanation.notes}


@pytest.mark.parametrize(
    ("pair", "verdict"),
    [
        ("mp-carrow chronicle-bridge", "chronicle-bridge likely took from mp-carrow (p "),
        ("capital-halvorsen examiner-ebbing", "examiner-ebbing likely took from capital-halvorsen"),
        ("kestrel-week ledger-market", "kestrel-week likely took a passage from ledger-market"),
        ("post-archive ledger-registers", "beacon-tea-chests (p = .97), which likely took from"),
        ("examiner-bridge lantern-commuters", "both likely took from mp-carrow (p "),
        ("chronicle-lynx lynx", "isn't in the dump: Northgate News Agency's"),
        ("kestrel-clock pellam-clock", "shares text with pellam-clock; it can't be told who took"),
        ("stone-in-the-pit lantern-meteorite", "share no passage, and aren't linked"),
        ("gale ledger-ducks", "share nothing but boilerplate, and aren't linked"),
    ],
)
def test_one_sentence_says_what_the_run_decided(sample: Path, pair: str, verdict: str) -> None:
    a_id, b_id = pair.split()
    explanation = explain(sample, a_id, b_id)
    assert verdict in explanation.verdict
    assert (explanation.a.article_id, explanation.b.article_id) == (a_id, b_id)
    assert "plagiar" not in explanation.verdict


def test_every_pair_gets_the_scores_and_passages_of_the_tables(sample: Path) -> None:
    passages = read_table(sample, "passages")
    for row in read_table(sample, "pairs").iter_rows(named=True):
        explanation = explain(sample, row["a_id"], row["b_id"])
        told = {name: getattr(explanation.scores, name, None) for name in row}
        same = ("relation", "probability", "p_a_from_b", "jaccard", "containment_a")
        assert [told[name] for name in same] == [row[name] for name in same]
        own = passages.filter(pl.col("a_id") == row["a_id"], pl.col("b_id") == row["b_id"])
        assert [(p.a_start, p.b_end) for p in explanation.passages] == list(
            own.select("a_start", "b_end").iter_rows()
        )
        for passage in explanation.passages:
            a = explanation.a.text[passage.a_start : passage.a_end]
            assert passage.a_text == a
        met = [threshold.gives for threshold in explanation.thresholds if threshold.met]
        assert row["relation"] in ("identical", *met)


def test_the_other_order_tells_the_same_from_the_other_side(sample: Path) -> None:
    one = explain(sample, "attic-books", "fs-library")
    other = explain(sample, "fs-library", "attic-books")
    assert one.verdict == other.verdict
    assert one.evidence == other.evidence
    assert one.scores.containment_a == other.scores.containment_b
    assert one.scores.p_a_from_b == other.scores.p_b_from_a
    assert [p.a_text for p in one.passages] == [p.b_text for p in other.passages]


def test_boilerplate_that_hides_what_two_share_is_shown_as_such(sample: Path) -> None:
    explanation = explain(sample, "gale", "ledger-ducks")
    assert codes(explanation) == {"boilerplate"}
    assert not explanation.passages
    assert "morning letter" in explanation.hidden[0].a_text
    assert "masked boilerplate, doesn't count" in command(sample, "gale", "ledger-ducks")


def test_a_retelling_is_told_what_it_lacks(sample: Path) -> None:
    explanation = explain(sample, "stone-in-the-pit", "lantern-meteorite")
    assert codes(explanation) == {"wording"}
    assert [finder.proposes for finder in explanation.finders] == [False] * 3
    partial = next(it for it in explanation.thresholds if it.gives == "partial")
    assert (partial.asked, partial.reached, partial.short_by, partial.met) == (40, 0, 40, False)


def test_across_languages_nothing_is_found_and_it_says_so(sample: Path) -> None:
    assert codes(explain(sample, "watchman", "fs-library")) == {"languages"}


def test_twins_are_shown_through_the_article_that_stands_for_them(sample: Path) -> None:
    explanation = explain(sample, "chronicle-bridge", "post-carrow-closed")
    (note,) = explanation.notes
    assert note.code == "twin"
    assert "mp-carrow" in note.text
    assert "near_copy" in note.text
    assert explanation.linked
    assert not explanation.in_pairs


def test_two_twins_of_a_third_are_linked_through_it(tmp_path: Path) -> None:
    made = dump(articles(*({"article_id": name, "text": prose(1)} for name in "abc")))
    explanation = explain(save(tmp_path / "out", made), "b", "c")
    assert explanation.linked
    assert "a b, and a c" in explanation.notes[0].text
    assert "shares its whole text" in explanation.verdict


def test_an_editors_no_is_named(tmp_path: Path) -> None:
    rows = [{"article_id": name, "text": f"{prose(1)} {prose(name, 2)}"} for name in "ab"]
    word = pl.DataFrame({"a_id": ["a"], "b_id": ["b"], "verdict": [False]})
    explanation = explain(save(tmp_path / "out", dump(articles(*rows)), judgements=word), "b", "a")
    assert codes(explanation) == {"judgement"}
    assert not explanation.linked
    assert explanation.thresholds[0].met


def test_a_pair_thinned_out_of_a_large_group_is_named(tmp_path: Path) -> None:
    common = prose("common", 30)
    rows = [{"article_id": f"x{i:02}", "text": f"{common} {prose(i, 1)}"} for i in range(12)]
    sets = ("verify.pairs_per_group=5", "verify.neighbours=1", "boilerplate.enabled=false")
    out = save(tmp_path / "out", dump(articles(*rows)), sets)
    kept = set(read_table(out, "pairs").select("a_id", "b_id").iter_rows())
    ids = [str(row["article_id"]) for row in rows]
    a_id, b_id = next((a, b) for a in ids for b in ids if a < b and (a, b) not in kept)
    explanation = explain(out, a_id, b_id)
    assert codes(explanation) == {"thinned"}
    assert explanation.scores.relation == "near_copy"


def test_texts_left_out_are_read_again(tmp_path: Path, sample: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for file in SAMPLE.glob("*.jsonl"):
        (source / file.name).write_bytes(file.read_bytes())
    made = read_articles([source], load_config().read)
    out = save(tmp_path / "out", made, ("output.texts=false",))
    assert explain(out, "lynx", "gale") == explain(sample, "lynx", "gale")
    changed = source / "northern-beacon.jsonl"
    changed.write_text(changed.read_text(encoding="utf-8").replace("spruce", "larch"))
    with pytest.raises(OutputError, match="the input has changed: article 'lynx'"):
        explain(out, "lynx", "gale")
    changed.unlink()
    with pytest.raises(OutputError, match="the input has changed"):
        explain(out, "lynx", "gale")


def test_texts_of_a_folder_are_found_again_whatever_it_was_called(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "note.txt").write_text(prose(name), encoding="utf-8")
    made = read_articles([tmp_path / "in"], load_config().read)
    out = save(tmp_path / "out", made, ("output.texts=false",))
    a_id, b_id = made.articles["article_id"]
    assert explain(out, a_id, b_id).a.text == made.articles["text"][0]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (("lynx", "lynx"), "named twice"),
        (("lynx", "chronicle-lynxx"), "near it: chronicle-lynx"),
        (("bridge", "lynx"), "near it: chronicle-bridge, examiner-bridge, fs-bridge-hi"),
        (("", "lynx"), "no article ''"),
    ],
)
def test_wrong_ids_are_told(sample: Path, ids: tuple[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        explain(sample, *ids)


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(StemmaError):
            explain(folder, "a", "b")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_asked(sample: Path, width: int) -> None:
    for ids in (("fs-watchman", "watchman"), ("fs-bridge-hi", "rope-bridge"), ("gale", "lynx")):
        shown = command(sample, *ids, width=width)
        assert max(map(cell_len, shown.splitlines())) <= width


def test_differences_are_in_brackets_without_a_terminal(sample: Path) -> None:
    shown = command(sample, "chronicle-lynx", "lynx")
    assert "[set up to catch]" in shown
    assert "[caught]" in shown
    assert "\x1b" not in shown


def test_passages_beyond_the_most_are_counted(sample: Path) -> None:
    shown = command(sample, "kestrel-clock", "pellam-clock", "--max-passages", 1)
    assert "passage 1 of 3" in shown
    assert "passage 2 of 3" not in shown
    assert "and 2 more" in shown


def test_context_can_be_left_out(sample: Path) -> None:
    passage = "Dockers"
    assert "first reported by" in command(sample, "examiner-ebbing", "capital-halvorsen")
    shown = command(sample, "examiner-ebbing", "capital-halvorsen", "--context", 0)
    assert "first reported by" not in shown
    assert passage.lower() in shown.lower()


def test_right_to_left_texts_stand_one_above_the_other(sample: Path) -> None:
    assert "│" not in command(sample, "fs-library", "attic-books", width=120)
    assert "│" in command(sample, "fs-watchman", "watchman", width=120)


def test_json_holds_everything_but_the_full_texts(sample: Path) -> None:
    told = json.loads(command(sample, "lynx", "chronicle-lynx", "--format", "json"))
    assert told == as_json(explain(sample, "lynx", "chronicle-lynx"))
    assert "text" not in told["a"]
    assert told["passages"][0]["a_text"].startswith("Scientists")
    assert told["a"]["published_at"] == "2025-03-10T14:40:00+00:00"
    assert {"thresholds", "finders", "notes", "evidence", "scores"} <= told.keys()


def test_csv_holds_the_passages(sample: Path) -> None:
    rows = list(
        csv.DictReader(io.StringIO(command(sample, "gale", "ledger-ducks", "--format", "csv")))
    )
    assert [row["kind"] for row in rows] == ["boilerplate"]
    assert rows[0]["a_id"] == "gale"


def test_hostile_texts_ids_and_titles_are_neutralised(tmp_path: Path) -> None:
    common = (
        f"=cmd|' /C calc'!A0 [bold]{prose(1)}[/bold] \x1b[2J\x1b]0;owned\x07 {prose(2)} \u202eevil"
    )
    rows = [
        {
            "article_id": f"{name}[red]",
            "title": "[link=file:///etc]\x1b[31mred",
            "text": common + end,
        }
        for name, end in (("a", ""), ("b", f" {prose(3)}"))
    ]
    out = save(tmp_path / "out", dump(articles(*rows)))
    shown = command(out, "a[red]", "b[red]")
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "[link=file:///etc]red" in " ".join(shown.split())
    (row,) = csv.DictReader(io.StringIO(command(out, "a[red]", "b[red]", "--format", "csv")))
    assert not row["a_text"].startswith(("=", "+", "-", "@"))


def edited(chance: random.Random, words: list[str]) -> Iterator[str]:
    for word in words:
        if chance.random() < 0.1:
            yield chance.choice(["", "new", "new words", word.upper()])
        else:
            yield word


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_parts_are_the_texts_and_equal_parts_are_equal(seed: int, length: int) -> None:
    chance = random.Random(seed)
    words = " ".join(sentences(seed, length, 5)).split()
    a, b = " ".join(words), " ".join(edited(chance, words))
    a_parts, b_parts, _ = differing_parts(a, b)
    assert "".join(text for text, _ in a_parts) == a
    assert "".join(text for text, _ in b_parts) == b
    equal = [
        "".join(text for text, differs in parts if not differs).casefold().replace(".", "").split()
        for parts in (a_parts, b_parts)
    ]
    assert equal[0] == equal[1]


def test_a_long_passage_made_to_be_slow_is_quick() -> None:
    a, b = "x y " * 20_000, "y x z " * 14_000
    assert "".join(text for text, _ in differing_parts(a, b)[0]) == a
