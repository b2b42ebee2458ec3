"""Links between articles: which join, which article belongs, by the plain rule."""

import random

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.stories import join_links

_LENGTH = 200


def merged(spans):
    """The same places as spans that ascend and don't overlap, as passages are."""
    tokens = sorted({token for span in spans for token in range(*span)})
    starts = [t for at, t in enumerate(tokens) if at == 0 or tokens[at - 1] != t - 1]
    stops = [t + 1 for at, t in enumerate(tokens) if t == tokens[-1] or tokens[at + 1] != t + 1]
    return zip(starts, stops, strict=True)


def joined(links, sizes):
    """`join_links` on link number → {document: spans}; [links] and {document: home}."""
    documents = sorted(sizes)
    groups, of, spans, starts, stops = [0], [], [0], [], []
    for document in documents:
        for number, link in enumerate(links):
            if document in link:
                of.append(number)
                for start, stop in merged(link[document]):
                    starts.append(1000 * document + start)
                    stops.append(1000 * document + stop)
                spans.append(len(starts))
        groups.append(len(of))
    arrays = [np.array(part, np.int64) for part in (groups, of, spans, starts, stops)]
    names, home = join_links(
        *arrays,
        np.array([sizes[document] for document in documents], np.int64),
        len(links),
    )
    return names.tolist(), dict(zip(documents, home.tolist(), strict=True))


def as_tokens(links):
    return [
        {document: {t for span in spans for t in range(*span)} for document, spans in link.items()}
        for link in links
    ]


# On a grid, so that parts of equal size, exact halves and exact overlaps are common.
_SPAN = st.tuples(st.integers(0, 19), st.integers(1, 20)).map(
    lambda it: (10 * it[0], min(_LENGTH, 10 * (it[0] + it[1])))
)
_SPANS = st.lists(_SPAN, min_size=1, max_size=3)


@st.composite
def graphs(draw):
    documents = draw(st.integers(2, 6))
    links = []
    for _ in range(draw(st.integers(1, 10))):
        a, b = draw(st.permutations(range(documents)))[:2]
        links.append({a: draw(_SPANS), b: draw(_SPANS)})
    used = sorted({document for link in links for document in link})
    return links, dict.fromkeys(used, _LENGTH)


@settings(max_examples=300)
@given(graphs())
def test_joined_links_and_homes(graph):
    links, sizes = graph
    names, home = joined(links, sizes)
    expected = naive.join_links(as_tokens(links), sizes)
    assert names == expected.links
    assert home == expected.home


@settings(max_examples=200)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_links_does_not_matter(graph, chance):
    links, sizes = graph
    names, home = joined(links, sizes)
    order = list(range(len(links)))
    chance.shuffle(order)
    names2, home2 = joined([links[i] for i in order], sizes)
    groups = {frozenset(i for i in order if names[i] == name) for name in names}
    groups2 = {
        frozenset(old for new, old in enumerate(order) if names2[new] == name) for name in names2
    }
    assert groups == groups2
    cover = as_tokens(links)
    for document in sizes:
        covers = sorted(
            len(set().union(*(cover[i].get(document, set()) for i in group))) for group in groups
        )
        assert (home[document] < 0) == (home2[document] < 0)
        if home[document] >= 0 and (len(covers) < 2 or covers[-1] > covers[-2]):
            mine = next(g for g in groups if home[document] in g)
            assert order[home2[document]] in mine


def test_a_roundup_does_not_weld_its_sources():
    """Three stories of 100 tokens, each retold by two outlets; article 9 holds a third of each."""
    links = [
        {0: [(0, 100)], 1: [(0, 100)]},
        {2: [(0, 100)], 3: [(0, 100)]},
        {4: [(0, 100)], 5: [(0, 100)]},
    ]
    for source, first in ((0, 0), (2, 60), (4, 120)):
        links.append({source: [(0, 60)], 9: [(first, first + 60)]})
    sizes = dict.fromkeys(range(6), 100) | {9: 180}
    names, home = joined(links, sizes)
    assert names == [0, 1, 2, 0, 1, 2]
    assert home == {0: 0, 1: 0, 2: 1, 3: 1, 4: 2, 5: 2, 9: -1}


def test_a_roundup_that_is_mostly_one_story_belongs_to_it():
    links = [{0: [(0, 100)], 9: [(0, 100)]}, {1: [(0, 60)], 9: [(100, 160)]}]
    names, home = joined(links, {0: 100, 1: 60, 9: 160})
    assert names == [0, 1]
    assert home == {0: 0, 1: 1, 9: 0}


def test_links_that_overlap_by_half_of_the_smaller_join():
    def names(first):
        return joined([{0: [(0, 100)]}, {0: [(first, first + 40)]}], {0: 200})[0]

    assert names(80) == [0, 0]
    assert names(81) == [0, 1]


def test_large_parts_join_only_if_they_overlap():
    def names(first, second):
        return joined([{0: [(0, first)]}, {0: [(200 - second, 200)]}], {0: 200})[0]

    assert names(100, 100) == [0, 1]
    assert names(133, 133) == [0, 1]
    assert names(134, 134) == [0, 0]


def test_of_two_equal_stories_the_smaller_links_is_taken():
    links = [{0: [(0, 100)], 1: [(0, 100)]}, {0: [(100, 200)], 2: [(0, 100)]}]
    assert joined(links, {0: 200, 1: 100, 2: 100})[1] == {0: 0, 1: 0, 2: 1}


def test_an_article_less_than_half_covered_stands_alone():
    assert joined([{0: [(0, 50)], 1: [(0, 50)]}], {0: 100, 1: 101})[1] == {0: 0, 1: -1}


def test_masked_tokens_do_not_count():
    """200 tokens, 100 of them masked: 60 covered ones are more than half."""
    _, home = joined([{0: [(0, 60)]}], {0: 100})
    assert home == {0: 0}


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_many_whole_copies_are_one_group(seed):
    """Each of 60 copies covered whole by its links: one story, however they are ordered."""
    chance = random.Random(seed)
    links = [{0: [(0, _LENGTH)], i: [(0, _LENGTH)]} for i in range(1, 60)]
    chance.shuffle(links)
    names, home = joined(links, dict.fromkeys(range(60), _LENGTH))
    assert set(names) == {0}
    assert set(home.values()) == {0}
