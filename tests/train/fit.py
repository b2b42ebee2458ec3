"""Tables from planted passages: log-odds of tokens and edges, and the verifiers."""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from pipeline.documents import F64, I64, Flags
from pipeline.kernels.matches import UNIT
from pipeline.kernels.measures import FEATURES
from pipeline.kernels.retold import retold_boxes
from pipeline.models.passages import PassageModel, Trees, trees_of
from pipeline.stages.retold import shares_of
from tests.train.planted import SUMMARY, Planted
from tests.train.tally import tally

_STRENGTH = np.array([20, 50])[None, :, None, None]  # tokens that the other classes count for
# Small trees, each split chosen among some of the features: a readable table, and as good as more.
_BOX_TREES = {
    "max_iter": 60,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 40,
    "l2_regularization": 5,
    "max_features": 0.3,
}
_SUMMARY_TREES = {
    "max_iter": 100,
    "max_leaf_nodes": 6,
    "min_samples_leaf": 10,
    "l2_regularization": 1,
    "max_features": 0.5,
}
_UNSURE = 0.2  # boxes of a summary that overlap it by more are neither right nor wrong


@dataclass(frozen=True)
class Boxes:
    """Boxes of pairs, with how much of each is planted.

    Attributes:
        pair: [r].
        places: [r, 4] tokens in the shorter text, in the longer.
        summary: [r] is it a summary?
        measured: [r, features].
        right: [r] share of its tokens inside the best case; of summaries, only of cases that are.
        in_summary: [r] is the pair's case a summary?
    """

    pair: I64
    places: I64
    summary: Flags
    measured: F64
    right: F64
    in_summary: Flags


def arguments(planted: Planted, pairs: I64) -> tuple[np.ndarray, ...]:
    """What kernels are told of some pairs."""
    short, long = planted.short[pairs], planted.long[pairs]
    share = shares_of(planted.idf)
    return (
        planted.stems.ids, planted.documents.offsets, share, planted.bounds, planted.edges,
        short, long, short, long,
    )  # fmt: skip


def weights_of(planted: Planted, pairs: I64) -> tuple[I64, I64, I64]:
    """Tables of tokens, starts and stops, in thousandths of a nat, from some pairs."""
    chosen = [
        [
            c
            for c in range(planted.firsts[k], planted.firsts[k + 1])
            if planted.kinds[c] != SUMMARY and np.all(np.diff(planted.tokens[c])[[0, 2]] > 0)
        ]
        for k in pairs
    ]
    firsts = np.cumsum([0, *map(len, chosen)])
    cases = planted.tokens[[c for own in chosen for c in own]]
    table, edges = tally(*arguments(planted, pairs), firsts, cases)
    pooled = table.sum(axis=0, keepdims=True) + 0.5
    prior = pooled / pooled.sum(axis=-1, keepdims=True)
    share = (table + _STRENGTH * prior) / (table.sum(axis=-1, keepdims=True) + _STRENGTH)
    tokens = np.log((share[:, 0] + 0.001) / (share[:, 1] + 0.001))
    often = (edges + 1) / (edges + 1).sum(axis=-1, keepdims=True)
    starts, stops = np.log(often[0] / often[2]), np.log(often[1] / often[2])
    thousandths = (np.rint(UNIT * tokens), np.rint(2 * UNIT * starts), np.rint(2 * UNIT * stops))
    return tuple(table.astype(np.int64) for table in thousandths)


def boxes_of(planted: Planted, pairs: I64, weights: tuple[I64, I64, I64]) -> Boxes:
    """All boxes of some pairs."""
    counts, table, measured, _, _ = retold_boxes(*arguments(planted, pairs), *weights, np.inf)
    pair, places, summary = np.repeat(pairs, counts), table[:, :4], table[:, 5] > 0
    in_summary = np.array(
        [SUMMARY in planted.kinds[planted.firsts[k] : planted.firsts[k + 1]] for k in pair], bool
    )
    right = np.zeros(len(pair))
    for r in range(len(pair)):
        own = planted.tokens[planted.firsts[pair[r]] : planted.firsts[pair[r] + 1]]
        if len(own) and (in_summary[r] or not summary[r]):
            x0, x1, y0, y1 = places[r]
            over_x = np.minimum(x1, own[:, 1]) - np.maximum(x0, own[:, 0])
            over_y = np.minimum(y1, own[:, 3]) - np.maximum(y0, own[:, 2])
            both = (over_x > 0) & (over_y > 0)
            right[r] = np.max(both * (over_x + over_y)) / (x1 - x0 + y1 - y0)
    return Boxes(pair, places, summary, measured, right, in_summary)


def train(planted: Planted, pairs: I64) -> PassageModel:
    """A model from some pairs."""
    weights = weights_of(planted, pairs)
    boxes = boxes_of(planted, pairs, weights)
    plain = ~boxes.summary & ~(boxes.in_summary & (boxes.right > _UNSURE))
    return PassageModel(
        *weights,
        _verifier(boxes, plain, _BOX_TREES),
        _verifier(boxes, boxes.summary, _SUMMARY_TREES),
    )


def _verifier(boxes: Boxes, chosen: Flags, options: dict[str, float]) -> Trees:
    """Boosted trees that tell right boxes from wrong ones."""
    model = HistGradientBoostingClassifier(
        learning_rate=0.1, early_stopping=False, random_state=0, **options
    )
    model.fit(boxes.measured[chosen], boxes.right[chosen] > 0.5)
    return trees_of(rows_of(model))


def rows_of(model: HistGradientBoostingClassifier) -> list[dict[str, str]]:
    """The trees as rows of text, what they start from as a tree of one leaf."""
    blank = {"feature": "", "threshold": "", "low": "", "high": "", "value": ""}
    start = float(model._baseline_prediction[0, 0])
    rows = [{"tree": "0", "node": "0", **blank, "value": f"{start:.4f}"}]
    for number, (tree,) in enumerate(model._predictors, 1):
        for at, node in enumerate(tree.nodes):
            own = {"tree": str(number), "node": str(at), **blank}
            if node["is_leaf"]:
                own["value"] = f"{node['value']:.4f}"
            else:
                own |= {
                    "feature": FEATURES[node["feature_idx"]],
                    "threshold": f"{node['num_threshold']:.6g}",
                    "low": str(node["left"]),
                    "high": str(node["right"]),
                }
            rows.append(own)
    return rows
