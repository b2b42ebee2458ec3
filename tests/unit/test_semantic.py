"""The optional model of what words mean: a tiny one, made here."""

import os
import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from conftest import articles, corpus, documents, dump, prose, ran
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline import tables
from pipeline.cli.app import app
from pipeline.config import Semantic, load_config
from pipeline.errors import ConfigError, MissingExtraError
from pipeline.io.semantic import load_vectors
from pipeline.io.work import Work
from pipeline.kernels.meaning import UNIT
from pipeline.run import Result, run
from pipeline.stages import semantic
from pipeline.stages.language import Languages
from pipeline.stages.semantic import (
    Meanings,
    WordVectors,
    cosines,
    find_same_meaning,
    meanings_of,
)
from pipeline.stages.stems import hashes_of, stems_of
from pipeline.stages.strings import strings_of

model2vec = pytest.importorskip("model2vec", reason="needs the extra 'semantic'")
huggingface_hub = pytest.importorskip("huggingface_hub")
safetensors = pytest.importorskip("safetensors.numpy")
tokenizers = pytest.importorskip("tokenizers")

# Two words for each thing, no stem in common.
_THINGS = [
    ("keld", "brimsa"), ("tovar", "olgun"), ("fenwick", "ruspo"), ("draal", "hisket"),
    ("menno", "yarbic"), ("sulfa", "corvane"), ("pindle", "atterby"), ("gorrel", "wexum"),
    ("lanthe", "dobric"), ("quorl", "jessamy"), ("haspen", "vintu"), ("brolly", "zeffer"),
]  # fmt: skip
_HERE, _THERE = (["".join(pair[side]) for pair in _THINGS] for side in (0, 1))
_OTHERS = ["nimbo", "tulse", "orrit", "vasker", "edlin", "murgo"]
_SIZE = 32


def _vectors() -> np.ndarray:
    """Unknown; then two near vectors for each thing; then the others, each by itself."""
    chance = np.random.default_rng(5)
    things = chance.normal(size=(len(_THINGS), _SIZE))
    near = np.concatenate([things, things + 0.1 * chance.normal(size=things.shape)])
    others = 3 * chance.normal(size=(len(_OTHERS), _SIZE))
    return np.concatenate([np.zeros((1, _SIZE)), near, others]).astype(np.float32)


def _saved(folder: Path, vectors: np.ndarray) -> str:
    names = ["[UNK]", *_HERE, *_THERE, *_OTHERS]
    vocabulary = {name: at for at, name in enumerate(names)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    model2vec.StaticModel(vectors, tokenizer).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> str:
    return _saved(tmp_path_factory.mktemp("tiny"), _vectors())


@pytest.fixture(scope="module")
def model(tiny) -> WordVectors:
    return load_vectors(Semantic(enabled=True, model=tiny))


def _told(names: list[str], seed: int) -> str:
    """Thirty sentences of six words, the same things in the same order for one seed."""
    chance = random.Random(seed)
    order = [chance.choice(range(6 * seed % 12, 6 * seed % 12 + 6)) for _ in range(180)]
    said = [names[at] for at in order]
    return " ".join(" ".join(said[at : at + 6]).capitalize() + "." for at in range(0, 180, 6))


def _dump() -> list[dict[str, object]]:
    """A text, the same in other words, one on other things, one of unknown words."""
    texts = [_told(_HERE, 0), _told(_THERE, 0), _told(_HERE, 1), prose("unknown")]
    return [
        {"article_id": f"s{at}", "source": f"Outlet {at}", "text": text,
         "published_at": f"2025-03-0{at + 1} 08:00"}
        for at, text in enumerate(texts)
    ]  # fmt: skip


def _on(tiny: str, *more: str) -> list[str]:
    return ["semantic.enabled=true", f"semantic.model={tiny!r}", *more]


def _same(one: Result, other: Result) -> None:
    for name in tables.TABLES:
        assert getattr(one, name).equals(getattr(other, name)), name


def _pairs(result: Result) -> list[tuple[str, str]]:
    return result.pairs.select("a_id", "b_id").rows()


def _evidence(result: Result) -> list[dict[str, object]]:
    return [item for item in result.pairs["evidence"][0] if item["signal"] == "meaning"]


def test_a_text_in_other_words_is_listed_with_a_model_and_not_without(tiny):
    assert _pairs(ran(*_dump())) == []
    result = ran(*_dump(), sets=_on(tiny))
    assert _pairs(result) == [("s0", "s1")]
    assert result.pairs["found_by"].to_list() == [["semantic"]]
    assert result.pairs["relation"].to_list() == ["related"]
    (meaning,) = _evidence(result)
    assert meaning["log_odds"] == 0.0
    assert 0.9 < float(str(meaning["detail"]).split()[-1]) <= 1.0


def _odds(row: dict[str, object]) -> float:
    return np.log(row["probability"] / (1 - row["probability"]))


def test_a_weight_makes_it_count(tiny):
    """Log-odds are added, and a pair that they carry over the threshold is a rewrite."""
    (row,) = ran(
        *_dump(), sets=_on(tiny, "semantic.weight=40", "semantic.neutral=0.5")
    ).pairs.to_dicts()
    assert row["relation"] == "rewrite"
    told = {item["signal"]: item for item in row["evidence"]}
    cosine = float(told["meaning"]["detail"].split()[-1])
    assert told["meaning"]["log_odds"] == pytest.approx(40 * (cosine - 0.5), abs=0.05)
    assert _odds(row) == pytest.approx(_summed(row), abs=0.02)


def _summed(row: dict[str, object]) -> float:
    """Of the evidence for a shared text, which "meaning" is the last of."""
    items = [(item["signal"], item["log_odds"]) for item in row["evidence"]]
    at = [name for name, _ in items].index("meaning")
    return sum(value for _, value in items[: at + 1])


def test_what_is_told_of_a_copy_sums_up_without_it(tiny):
    """Where words that were copied say more, the cosine adds nothing and isn't shown."""
    text = _told(_HERE, 0)
    rows = [{"article_id": f"c{at}", "source": f"Paper {at}", "text": one} for at, one in enumerate(
        (text + prose("a", 16), prose("b", 16) + text)
    )]  # fmt: skip
    for weight, shown in ((2, False), (0, True)):
        (row,) = ran(*rows, sets=_on(tiny, f"semantic.weight={weight}")).pairs.to_dicts()
        told = [item["signal"] for item in row["evidence"]]
        assert "prior" in told
        assert ("meaning" in told) == shown


def test_given_pairs_show_their_cosine(tiny):
    config = load_config(sets=_on(tiny, "run.threads=1"))
    asked = pl.DataFrame({"a_id": ["s0", "s0"], "b_id": ["s1", "s3"]})
    found = run(dump(articles(*_dump())), config, given=asked)
    signals = [[item["signal"] for item in row] for row in found.pairs["evidence"]]
    # Of the other's words the model knows none.
    assert ["meaning" in row for row in signals] == [True, False]
    assert found.pairs["found_by"].to_list() == [["given"], ["given"]]


@pytest.mark.parametrize("batch", [1, 3, 1000])
@pytest.mark.parametrize("threads", [1, 2])
def test_batches_threads_and_parts_change_nothing(tiny, monkeypatch, batch, threads):
    rows = [*_dump(), *corpus()[:12]]
    sets = _on(tiny, "semantic.similarity=0.05", "semantic.neighbours=3")
    plain = ran(*rows, sets=sets)
    assert any("semantic" in found for found in plain.pairs["found_by"])
    for name in ("_ROWS", "_COLUMNS", "_PAIRS", "_TEXTS"):
        monkeypatch.setattr(semantic, name, batch)
    random.Random(batch).shuffle(rows)
    sets += [f"run.batch={batch}", f"run.threads={threads}"]
    _same(ran(*rows, sets=sets), plain)


def test_off_it_changes_nothing_and_imports_nothing(tiny, tmp_path):
    plain = ran(*corpus())
    _same(ran(*corpus(), sets=[f"semantic.model={tiny!r}", "semantic.weight=9"]), plain)
    code = (
        "import sys; from pipeline.config import load_config; from pipeline.run import run;"
        "from pipeline.io.read import read_articles; c = load_config();"
        "run(read_articles([sys.argv[1]], c.read), c);"
        "sys.exit(bool({'model2vec', 'tokenizers', 'huggingface_hub'} & set(sys.modules)))"
    )
    articles(*_dump()).select("article_id", "text").write_ndjson(tmp_path / "in.jsonl")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    call = [sys.executable, "-c", code, str(tmp_path / "in.jsonl")]
    subprocess.run(call, check=True, env=env, timeout=300)


def _meant(texts: list[str], model: WordVectors, masked=(), weights=None) -> Meanings:
    made, strings = documents(texts, masked), strings_of(pl.Series(texts))
    languages = Languages(np.full(len(texts), -1, np.int16), ("en",))
    stems = stems_of(made, strings, languages)
    by_stem = np.ones(len(stems.hashes), np.int32)
    for word, weight in (weights or {}).items():
        by_stem[np.searchsorted(stems.hashes, hashes_of([word])[0])] = weight
    return meanings_of(made, strings, stems, by_stem, model)


def test_boilerplate_counts_for_nothing(model):
    texts = ["keld tovar fenwick", "murgo, vasker! Keld tovar murgo; fenwick"]
    meant = _meant(texts, model, masked=[[], [0, 1, 4]])
    assert np.array_equal(meant.vectors[0], meant.vectors[1])


def test_a_word_counts_by_its_weight(model):
    """A word twice as heavy is as good as one that stands there twice."""
    texts = ["keld keld murgo", "tovar murgo"]
    meant = _meant(texts, model, weights={"tovar": 2})
    same = _meant(["tovar tovar murgo"], model)
    assert np.array_equal(meant.vectors[1], same.vectors[0])
    assert not np.array_equal(meant.vectors[1], _meant(texts[1:], model).vectors[0])


def test_of_a_long_article_only_the_beginning_counts(model, monkeypatch):
    monkeypatch.setattr(semantic, "MOST_TOKENS", 4)
    texts = ["keld tovar fenwick draal " + "murgo " * 50, "keld tovar fenwick draal", "x" * 500]
    meant = _meant(texts, model)
    assert np.array_equal(meant.vectors[0], meant.vectors[1])
    assert meant.cut == {"articles_meant_in_part": 2}
    assert meant.told.tolist() == [1, 1, 0]


_HOSTILE = [
    "[UNK] [PAD] [CLS] keld", "\x00\x07\x1b[31m", "=cmd|'/c calc'!A0", "ke\u0301ld " * 3,
    "\u202ekeld\u2069 tovar", "👩‍👩‍👧 keld", "ﷺ" * 40, "\ud7ff\U0010ffff", "ก็็็็็็" * 30, "keld" * 9000,
    "?!",
]  # fmt: skip


def test_hostile_texts_have_a_meaning_or_none(model, tiny):
    meant = _meant(_HOSTILE, model)
    lengths = np.sqrt((meant.vectors.astype(np.int64) ** 2).sum(axis=1))
    assert np.all(np.abs(lengths - UNIT * meant.told.astype(int)) <= np.sqrt(_SIZE))
    rows = [{"article_id": f"{at}", "text": text} for at, text in enumerate(_HOSTILE)]
    assert len(ran(*rows, sets=_on(tiny, "semantic.similarity=0.01")).articles) > 5


@given(
    st.integers(0, 2**32 - 1), st.integers(0, 12), st.integers(1, 4), st.sampled_from([0.1, 0.6])
)
def test_the_nearest_are_those_of_the_slow_twin(seed, count, most, least):
    """Coarse vectors, so that there are ties; some rows stand for others, some have no meaning."""
    chance = np.random.default_rng(seed)
    raw = chance.integers(-1, 2, (count, 3))
    lengths = np.sqrt((raw**2).sum(axis=1))
    unit = np.rint(UNIT * raw / np.maximum(lengths, 1)[:, None]).astype(np.int16)
    meant = Meanings(unit, (lengths > 0).astype(np.uint8), {})
    group = np.arange(count)
    group[count // 2 :: 3] = 0
    order = chance.permutation(count).astype(np.uint64)
    options = Semantic(neighbours=most, similarity=least)
    found = find_same_meaning(meant, group, order, options)
    stand = [i for i in range(count) if group[i] == i and lengths[i] > 0]
    expected = set()
    for i in stand:
        dots = {j: int(unit[i].astype(int) @ unit[j].astype(int)) for j in stand if j != i}
        near = sorted(
            (-dot, order[j], j) for j, dot in dots.items() if dot >= round(least * UNIT**2)
        )
        expected |= {(min(i, j), max(i, j)) for *_, j in near[:most]}
    assert [(pair >> 32, pair & 0xFFFFFFFF) for pair in found.tolist()] == sorted(expected)
    a, b = np.array(sorted(expected), np.int64).reshape(-1, 2).T
    exact = [unit[i] @ (unit[j] / UNIT**2) for i, j in zip(a, b, strict=True)]
    assert cosines(meant, a, b) == pytest.approx(np.clip(exact, -1, 1))


def test_products_of_single_precision_are_exact():
    """Of the longest vectors that there may be, in whatever order their terms are taken."""
    chance = np.random.default_rng(2)
    raw = chance.normal(size=(6, 8192))
    unit = np.rint(UNIT * raw / np.linalg.norm(raw, axis=1)[:, None])
    for one in (unit, np.full((1, 8192), np.rint(UNIT / np.sqrt(8192) + 0.5))):
        whole = one.astype(np.int64) @ one.astype(np.int64).T
        turned = np.ascontiguousarray(one[:, ::-1]).astype(np.float32)
        assert np.array_equal((one.astype(np.float32) @ one.astype(np.float32).T), whole)
        assert np.array_equal((turned @ turned.T), whole)


def test_a_resumed_run_takes_no_other_models_word(tmp_path, tiny):
    """The folder's name is the same, and what is in it another."""
    place = tmp_path / "model"
    rows, sets = _dump(), _on(str(place), "run.threads=1")
    _saved(place, _vectors()[::-1])
    work = tmp_path / "work"
    work.mkdir()
    with closing(Work(work, {})) as steps:
        run(dump(articles(*rows)), load_config(sets=sets), work=steps)
    _saved(place, _vectors())
    with closing(Work(work, {})) as steps:
        again = run(dump(articles(*rows)), load_config(sets=sets), work=steps)
    _same(again, ran(*rows, sets=sets))
    assert _pairs(again) == [("s0", "s1")]


def test_explain_names_the_finder(tmp_path, tiny):
    frame = articles(*_dump()).select("article_id", "source", "published_at", "text")
    frame.write_ndjson(tmp_path / "in.jsonl")
    out = str(tmp_path / "out")
    sets = [part for change in _on(tiny) for part in ("--set", change)]
    told = CliRunner().invoke(app, ["run", str(tmp_path / "in.jsonl"), "-o", out, *sets])
    assert told.exit_code == 0, told.output
    for pair, words in (
        (("s0", "s1"), "found by semantic"),
        (("s0", "s2"), "nearest to the other"),
    ):
        told = CliRunner().invoke(app, ["explain", out, *pair])
        assert told.exit_code == 0, told.output
        assert words in " ".join(told.output.split())


def _refused(name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_vectors(Semantic(enabled=True, model=name))


def test_what_is_no_model_is_told(tmp_path, tiny, monkeypatch):
    _refused(str(tmp_path / "none"), "no folder .*none; a model on the .* hub:owner/name")
    # A mistyped folder isn't looked up as a name.
    _refused("models/tiny", "no folder models/tiny")
    (tmp_path / "empty").mkdir()
    _refused(str(tmp_path / "empty"), "empty can't be used: ")
    for name, broken in (
        ("model.safetensors", b"{"),
        ("tokenizer.json", b"{}"),
        ("config.json", b"["),
    ):
        folder = tmp_path / name.split(".")[0]
        _saved(folder, _vectors())
        (folder / name).write_bytes(broken)
        _refused(str(folder), "can't be used: ")
    vectors = _vectors()
    vectors[3, 2] = np.nan
    _refused(_saved(tmp_path / "nan", vectors), "aren't all finite")
    short = Path(_saved(tmp_path / "short", _vectors()))
    safetensors.save_file({"embeddings": _vectors()[:5]}, short / "model.safetensors")
    _refused(str(short), "can't be used: .*does not match")
    monkeypatch.chdir(Path(tiny).parent)
    _refused(f"hub:{Path(tiny).name}", "there is a folder")
    _refused("hub:", "can't be used")


def test_a_name_is_looked_for_only_under_hub(tiny, monkeypatch):
    asked = []

    def download(name, **options):
        asked.append(name)
        return tiny

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    _refused("owner/name", "no folder owner/name")
    assert asked == []
    found = load_vectors(Semantic(enabled=True, model="hub:nobody-here/tiny"))
    assert asked == ["nobody-here/tiny"]
    assert found.digest == load_vectors(Semantic(enabled=True, model=tiny)).digest


def test_the_missing_extra_is_named(tiny, monkeypatch):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[semantic\]'"):
        ran(*_dump(), sets=_on(tiny))


def test_mistakes_in_the_section_are_told(tiny, monkeypatch):
    with pytest.raises(ConfigError, match=r"semantic: enabled, but semantic\.model names none"):
        load_config(sets=["semantic.enabled=true"])
    monkeypatch.setitem(run.__globals__, "MOST_ARTICLES", 3)
    with pytest.raises(ConfigError, match="too long for 4; 3 are the most"):
        ran(*_dump(), sets=_on(tiny))
