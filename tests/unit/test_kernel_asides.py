"""Galleries and captions said twice, as one article shows them."""

import naive_furniture as naive
import numpy as np
import pytest
from conftest import documents, prose, sentences, words
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.asides import mask_asides
from pipeline.kernels.tokens import MASKED_FLAG

_COUNTING = documents([" ".join(map(str, range(1000)))]).tokens


def masked(text: str) -> list[bool]:
    """Of each token."""
    made = documents([text])
    flags = made.flags.copy()
    order = np.argsort(_COUNTING)
    mask_asides(made.tokens, flags, made.offsets, np.array([0]), _COUNTING, order)
    return ((flags & MASKED_FLAG) != 0).tolist()


def hidden(text: str) -> str:
    """The masked tokens of a text of plain words."""
    plain = text.replace(".", " ").split()
    return " ".join(word for word, gone in zip(plain, masked(text), strict=True) if gone)


_WORD = st.sampled_from(["pic", "of", "sea", "ice", "1", "2", "3", "4", "9", "100"])
_COUNTER = st.builds(
    lambda n, total, gap: ["pic", str(n), *gap, str(total)],
    st.integers(1, 4), st.sampled_from([3, 4, 9]), st.sampled_from([["of"], []]),
)  # fmt: skip
_LIST = st.builds(
    lambda size, texts: [w for n in range(size) for w in [*texts[n], "pic", str(n + 1), "of", "4"]],
    st.integers(1, 4),
    st.lists(st.lists(_WORD, max_size=5), min_size=4, max_size=4),
)
_LINE = st.lists(st.one_of(_WORD.map(lambda word: [word]), _COUNTER, _LIST), max_size=6).map(
    lambda parts: [word for part in parts for word in part]
)
_LINES = st.lists(st.one_of(_LINE, _LINE.flatmap(lambda line: st.just(line + line))), max_size=6)


@settings(max_examples=400)
@given(_LINES, st.lists(st.booleans(), min_size=6, max_size=6))
def test_what_is_no_part_of_the_text(lines, twice):
    lines = [line for line, again in zip(lines, twice, strict=False) for _ in range(1 + again)]
    lines = [[*line, "end"] for line in lines]
    # Enough of an article that it isn't taken for nothing but its gallery.
    lines.append(words("own", max(60, sum(map(len, lines)))))
    assert masked("\n\n".join(map(" ".join, lines))) == naive.asides(lines)


@pytest.mark.parametrize("counter", ["Hide {} of {}", "Bild {} von {}", "Foto {}/{}"])
def test_a_gallery_is_masked_in_any_words(counter):
    captions = [" ".join(words(("caption", n), 9)) for n in range(5)]
    gallery = " ".join(
        f"{caption}. {counter.format(n + 1, 5)}" for n, caption in enumerate(captions)
    )
    text = f"{prose('before')}\n\n{gallery}\n\n{prose('behind')}"
    assert hidden(text.replace("/", " ")) == gallery.replace(".", "").replace("/", " ")


def test_a_date_in_a_caption_does_not_end_the_gallery():
    captions = ["Boats on May 1, 2009", "Ice", "One in two, and 1 of 3 boats", "Thaw", "More ice"]
    gallery = " ".join(f"{caption}. Photo {n + 1} of 5" for n, caption in enumerate(captions))
    text = f"{prose('before')}\n\n{gallery}\n\n{prose('behind')}"
    assert sum(masked(text)) == len(gallery.split())


def test_shares_of_a_whole_are_no_gallery():
    asked = "Of the first group 1 of 5 agreed, of the next only 2 of 5, and then 4 of 5."
    assert not any(masked(f"{prose('before')}\n\n{asked}\n\n{prose('behind')}"))


def test_an_article_that_is_all_gallery_stays():
    gallery = " ".join(f"{' '.join(words(n, 30))}. Photo {n + 1} of 9" for n in range(9))
    assert not any(masked(gallery))


def test_a_caption_said_twice_is_masked():
    caption = "Fishers mend their nets in the harbour of Lorvik"
    text = f"{prose('before')}\n\n{caption}\n\n{caption}\n\n{prose('behind')}"
    assert hidden(text) == f"{caption} {caption}"


def test_a_title_said_twice_in_a_line_is_masked():
    line = "Watch again Lorvik counts its boats Next film Lorvik counts its boats"
    text = f"{prose('before')}\n\n{line}\n\n{prose('behind')}"
    assert hidden(text) == line


def test_a_page_that_says_all_twice_stays():
    twice = "\n\n".join(f"{line}\n\n{line}" for line in sentences("story", 20))
    assert not any(masked(twice))
