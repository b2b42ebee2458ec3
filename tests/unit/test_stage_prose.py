"""Two pages of one outlet share more than two outlets do, and it says less."""

import pytest
from conftest import prose, ran, sentences, words

BIO = prose("bio", 4)
PARAGRAPH = prose("paragraph", 4)
LINKS = " ".join(words("links", 48))


def relations(a, b, sources=("Courier", "Courier"), site=None):
    rows = [
        {"article_id": name, "source": source, "text": text, "url": site and f"{site}/{name}"}
        for name, source, text in zip("ab", sources, (a, b), strict=True)
    ]
    return ran(*rows).pairs["relation"].to_list()


def page(name, before="", inside="", behind=""):
    """An article of forty sentences with something at its start, in its midst, and at its end."""
    half = prose((name, 1), 20), prose((name, 2), 20)
    return "\n\n".join(part for part in (before, half[0], inside, half[1], behind) if part)


def linked_page(name):
    """One with links inside a sentence."""
    lines = sentences(name, 40)
    lines[20] = f"{lines[20].rstrip('.')} {LINKS} {' '.join(words((name, 'own'), 5))}."
    return " ".join(lines)


def test_a_paragraph_is_a_passage():
    assert relations(page("a", inside=PARAGRAPH), page("b", behind=PARAGRAPH)) == ["partial"]


@pytest.mark.parametrize("end", ["before", "behind"])
def test_what_stands_at_the_same_end_of_two_pages_is_furniture(end):
    pages = page("a", **{end: BIO}), page("b", **{end: BIO})
    assert relations(*pages) == ["related"]
    assert relations(*pages, sources=("Courier", "Ledger")) == ["partial"]
    assert relations(*pages, sources=(None, None)) == ["partial"]
    site = "https://courier.example"
    assert relations(*pages, sources=("Courier", "Ada Lindqvist"), site=site) == ["related"]


def test_furniture_does_not_hide_a_paragraph():
    pages = (page(name, inside=PARAGRAPH, behind=BIO) for name in "ab")
    assert relations(*pages) == ["partial"]


def test_what_neither_opens_nor_closes_with_a_sentence_is_furniture():
    pages = linked_page("a"), linked_page("b")
    assert relations(*pages) == ["related"]
    assert relations(*pages, sources=("Courier", "Ledger")) == ["partial"]


def test_where_sentences_are_not_marked_none_are_missed():
    pages = (" ".join([*words(x, 300), LINKS, *words((x, 2), 300)]) for x in "ab")
    assert relations(*pages) == ["partial"]


def test_an_outlets_copy_stays_a_copy():
    story = prose("story", 9)
    assert relations(f"{story} {prose('a', 1)}", f"{story} {prose('b', 1)}") == ["near_copy"]
