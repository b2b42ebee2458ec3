import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Agency, Outlets, load_config
from pipeline.errors import ConfigError
from pipeline.stages.outlets import (
    canonical_names,
    expand_acronyms,
    groups_of,
    initials,
    licensed,
    may_be_person,
    registry,
    same_group,
    sounds_like_agency,
)

SHIPPED = load_config().outlets


def canonical(*sources: str | None, outlets: Outlets = SHIPPED) -> list[str | None]:
    return canonical_names([source or "" for source in sources], outlets)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("apnews.com", "Associated Press"),
        ("https://www.apnews.com/hub/world?x=1", "Associated Press"),
        ("The  associated\tPRESS ", "Associated Press"),
        ("CNN (Web News)", "CNN"),
        ("edition.cnn.com", "CNN"),
        ("money.cnn.com", "CNN Business"),
        ("New York Times", "The New York Times"),
        ("新华社", "Xinhua News Agency"),
        ("Рейтер", "Reuters"),
        ("रॉयटर्स", "Reuters"),
        ("  Harbor   Ledger ", "Harbor Ledger"),
        ("unknown.example.org", "unknown.example.org"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_source_by_canonical_name(spelled, name):
    assert canonical(spelled) == [name]


@given(st.lists(st.none() | st.text(max_size=30), max_size=8))
def test_twice_is_once(sources):
    once = canonical(*sources)
    assert canonical(*once) == once


def test_hostile_names_are_quick():
    long = "a." * 200_000
    assert canonical(long, " " * 1_000_000, "www." * 100_000)[0] == long


def test_every_shipped_name_is_its_own_canonical_name():
    names = registry(SHIPPED)
    assert all(names[name.casefold().removeprefix("the ")] == name for name in set(names.values()))
    assert len(SHIPPED.agencies) > 60


def test_sample_corpus_agencies_are_not_shipped():
    names = registry(SHIPPED)
    assert not {"meridian press", "northgate news agency", "mp", "nna"} & set(names)


def test_clash_names_both():
    outlets = Outlets(
        agencies=(Agency(name="Meridian Press", short=("MP",)),), aliases={"Mountain Post": ("mp",)}
    )
    with pytest.raises(
        ConfigError, match=r"'mp' is claimed by both 'Meridian Press' and 'Mountain"
    ):
        canonical("x", outlets=outlets)


def test_repeating_an_agency_adds_spellings():
    agencies = (Agency(name="Reuters"), Agency(name="Reuters", spellings=("Rtrs",)))
    assert canonical("RTRS", outlets=Outlets(agencies=agencies)) == ["Reuters"]


def test_groups():
    same = same_group(SHIPPED)
    assert same("Fox News", "Fox Business")
    assert same("Harbor Ledger", "Harbor Ledger")
    assert not same("Fox News", "CNN")
    assert not same("Fox News", None)
    assert not same(None, None)
    # A group's name is no outlet's.
    assert not same("Fox", "Fox News")
    with pytest.raises(ConfigError, match="in the groups"):
        groups_of(Outlets(groups={"A": ("X",), "B": ("X",)}))


def test_licences_by_canonical_names():
    outlets = SHIPPED.model_copy(update={"licences": {"cnn.com": ("AP", "Reuters")}})
    assert licensed(outlets) == {("CNN", "Associated Press"), ("CNN", "Reuters")}


def test_forms_of_names():
    assert sounds_like_agency("Northgate News Agency", sure=True)
    assert sounds_like_agency("Meridian Press")
    assert not sounds_like_agency("Meridian Press", sure=True)
    assert not sounds_like_agency("Press")
    assert initials("Northgate News Agency") == "NNA"
    assert initials("Press Trust of India") == "PTI"
    assert initials("Reuters") == ""
    assert may_be_person("Rand Paul")
    assert not may_be_person("Harbor Ledger")
    assert not may_be_person("The Intercept")


def test_acronyms():
    names = ["Northgate News Agency", "Meridian Press", "Mountain Post", "Quay Post", "Quiet Place"]
    assert expand_acronyms(["NNA", "MP", "QP", "XYZ"], names) == {
        "NNA": "Northgate News Agency",
        "MP": "Meridian Press",
    }
