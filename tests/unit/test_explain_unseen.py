"""`stemma explain OUT STORY`: what an unseen source must have said."""

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from conftest import articles, dump, prose, sentences
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from typer.testing import CliRunner

from pipeline.cli.explain import explain_command
from pipeline.config import load_config
from pipeline.errors import InputError
from pipeline.explain import unseen
from pipeline.explain.unseen import covered, stretches
from pipeline.io.folder import Folder
from pipeline.io.output import read_table, write
from pipeline.run import run

WIRE = sentences("wire", 18)
LEAD, END = WIRE[:9], WIRE[9:]


def saved(out: Path, *rows: dict[str, object]) -> Path:
    config = load_config()
    made = dump(articles(*rows))
    with Folder(out) as folder:
        write(folder, run(made, config), made, config)
    return out


def row(article_id: str, parts: list[str], **more: object) -> dict[str, object]:
    text = f"LORVIK (AP) — {' '.join(parts)}"
    return {"article_id": article_id, "source": f"{article_id.title()} Post", "text": text} | more


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three copies of an agency's text; the third is cut, the first has words of its own."""
    own = sentences("own", 2)
    return saved(
        tmp_path_factory.mktemp("unseen") / "out",
        row("alder", [*LEAD, *own, *END], title="\x1b[2J[bold]Ferry"),
        row("brome", [*LEAD, *END]),
        row("cress", LEAD),
        {"article_id": "heath", "source": "Heath Post", "text": prose("heath")},
        {"article_id": "moor", "source": "Moor Post", "text": prose("moor")},
        {"article_id": "mire", "source": "Mire Post", "text": prose("moor")},
    )


def command(*args: object, width: int = 100) -> str:
    app = typer.Typer()
    app.command()(explain_command)
    result = CliRunner().invoke(app, [*map(str, args), "--width", str(width)])
    if result.exception:
        raise result.exception
    return result.stdout


def test_what_two_share_and_what_three(out):
    told = unseen(out, "cress")
    assert (told.name, told.articles, told.siblings) == ("Associated Press", 3, 3)
    assert told.base_id in ("alder", "brome")
    pieces = {piece.carriers: piece.text for piece in told.stretches}
    assert set(pieces) == {2, 3}
    assert " ".join(LEAD).strip(".") in pieces[3]
    assert " ".join(END).strip(".") in pieces[2]
    assert sentences("own", 1)[0] not in "".join(pieces.values())


def test_a_storys_id_is_as_good_as_an_articles(out):
    cluster_id = read_table(out, "articles").filter(article_id="alder")["cluster_id"].item()
    assert unseen(out, cluster_id) == unseen(out, "brome")


def test_copies_of_siblings_are_not_counted(tmp_path):
    named = "\n\n— Alder Post"
    rows = [
        row(name, [*LEAD, *END], published_at="2025-03-01 06:00") for name in ("alder", "brome")
    ]
    copy = {
        "article_id": "cress", "source": "Cress Post", "published_at": "2025-03-02 06:00",
        "text": f"{' '.join([*LEAD, *sentences('cress', 1), *END])}{named}",
    }  # fmt: skip
    run_of = saved(tmp_path / "out", *rows, copy)
    decided = read_table(run_of, "derivations").filter(derived_id="cress")
    assert decided["source_id"].to_list() == ["alder"]
    told = unseen(run_of, "cress")
    assert (told.articles, told.siblings) == (3, 2)
    assert {piece.carriers for piece in told.stretches} == {2}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("moor", "has no source outside the dump"),
        ("heath", "'heath' is in no story"),
        ("heat", "no story; no article 'heat' in .*; near it: heath"),
    ],
)
def test_where_there_is_none_it_says_so(out, name, message):
    with pytest.raises(InputError, match=message):
        unseen(out, name)


@pytest.mark.parametrize("width", [40, 100])
def test_shown_safely_and_in_width(out, width):
    shown = command(out, "alder", width=width)
    assert "Associated Press" in shown
    assert "in 3 articles" in shown
    assert "\x1b" not in shown
    assert max(map(cell_len, shown.splitlines())) <= width
    short = command(out, "alder", "--max-passages", 1)
    assert "and 1 more" in short
    assert "in 2 articles" not in short


def test_json_and_csv_hold_the_stretches(out):
    told = json.loads(command(out, "alder", "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(command(out, "alder", "--format", "csv"))))
    assert [str(piece["carriers"]) for piece in told["stretches"]] == [
        row["carriers"] for row in rows
    ]
    assert {row["article_id"] for row in rows} == {told["base_id"]}


SPANS = st.lists(
    st.tuples(st.integers(0, 150), st.integers(1, 90), st.sampled_from("abcd")).map(
        lambda it: (it[0], it[0] + it[1], it[2])
    )
)


@given(SPANS)
def test_stretches_cover_what_the_spans_cover(spans):
    having = [{who for start, end, who in spans if start <= at < end} for at in range(240)]
    found = stretches(spans)
    inside = [at for start, end, _ in found for at in range(start, end)]
    assert inside == [at for at in range(240) if having[at]]
    assert len(inside) == covered(spans)
    for start, end, carriers in found:
        assert carriers == 1 + min(len(having[at]) for at in range(start, end))
