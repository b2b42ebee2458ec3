"""Recall of the run's pairs against the exact join on the same shingles, boilerplate off."""

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from corpus import Maker
from exact_join import BANDS, bands_of, exact_join

from pipeline import load_config, read_articles, run
from pipeline.io.read import Dump
from pipeline.stages.exact import identical_groups
from pipeline.stages.normalise import documents_of, shingles_of

EVAL = Path(__file__).parents[3] / "shared" / "eval"
FLOORS = dict(zip(BANDS, (0.999, 0.99, 0.0, 0.98), strict=True))
pytestmark = pytest.mark.quality


def _edited_corpus(folder: Path) -> Path:
    """2,000 articles, each with copies at many degrees of editing, cuts and excerpts."""
    maker = Maker(seed=11)
    rows = []
    for story in range(400):
        text = maker.text(6)
        rows.append((f"{story}-source", text))
        rows += [
            (f"{story}-{degree}", maker.edited(text, degree))
            for degree in (0.005, 0.02, 0.04, 0.07, 0.1, 0.13)
        ]
        paragraphs = text.split("\n\n")
        rows.append((f"{story}-cut", "\n\n".join(paragraphs[:4])))
        rows.append((f"{story}-inside", maker.text(4) + "\n\n" + paragraphs[2]))
        rows.append((f"{story}-brief", paragraphs[2]))
    path = folder / "edited.parquet"
    pl.DataFrame(rows, schema=["article_id", "text"], orient="row").write_parquet(path)
    return path


@pytest.fixture(params=["versions", "wire1987", "edited"])
def dump(request: pytest.FixtureRequest, tmp_path: Path) -> Dump:
    if request.param == "edited":
        path = _edited_corpus(tmp_path)
    else:
        path = EVAL / request.param / "articles.parquet"
        if not path.exists():
            pytest.skip(f"no evaluation data at {path.parent}")
    return read_articles([path], load_config().read)


def test_recall_and_exactness(dump: Dump, capsys: pytest.CaptureFixture[str]) -> None:
    config = load_config(
        None,
        ["boilerplate.enabled=false", "relate.review_tokens=1", "verify.pairs_per_group=100000"],
    )
    documents = documents_of(dump.stored.text)
    shingles = shingles_of(documents, config.normalise)
    group = identical_groups(documents.text_hash)
    ids = dump.stored.article_id.series(range(len(dump.stored))).to_list()
    row = {article_id: at for at, article_id in enumerate(ids)}
    reported = {
        (row[a], row[b]): (jaccard, containment_a, containment_b)
        for a, b, jaccard, containment_a, containment_b in run(dump, config)
        .pairs.select("a_id", "b_id", "jaccard", "containment_a", "containment_b")
        .iter_rows()
    }
    total, found = Counter[str](), Counter[str]()
    sizes = np.diff(shingles.offsets)
    for a, b, shared in exact_join(shingles):
        exact = (shared / (sizes[a] + sizes[b] - shared), shared / sizes[a], shared / sizes[b])
        if (a, b) in reported:
            assert reported[a, b] == exact, f"{ids[a]} and {ids[b]}"
        pair = tuple(sorted((int(group[a]), int(group[b]))))
        hit = pair[0] == pair[1] or pair in reported
        for band in bands_of(exact[0], max(exact[1:]), shared):
            total[band] += 1
            found[band] += hit
    with capsys.disabled():
        for band in BANDS:
            print(f"\n  {band}: {found[band]:,} of {total[band]:,}", end="")
    for band, floor in FLOORS.items():
        assert found[band] >= floor * total[band], band
