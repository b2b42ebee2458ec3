"""Articles one by one: tokens, credits, language, boilerplate."""

from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from pipeline.documents import Documents
from pipeline.io.read import Dump
from pipeline.result import Named
from pipeline.stages.articles import Articles
from pipeline.stages.boilerplate import Masked, mask_boilerplate
from pipeline.stages.credits import find_credits, find_links
from pipeline.stages.language import Languages, detect_language
from pipeline.stages.normalise import documents_of
from pipeline.steps.job import Job


@dataclass(frozen=True)
class Read:
    """Articles, and what is read from each by itself or from its outlet's."""

    articles: Articles
    documents: Documents
    named: Named
    languages: Languages
    blocks: pl.DataFrame


def normalised(dump: Dump, job: Job) -> Read:
    """normalise, credits, language, boilerplate."""
    config, work, spread, batch = job.config, job.work, job.spread, job.config.run.batch
    articles = dump.stored.under(config.outlets)
    n = len(articles)
    with job.stage("normalise", n) as stage:
        gather = work.gather("documents", stage.counting(spread))
        documents = documents_of(articles.text, batch, gather)
    with job.stage("credits", n) as stage:

        def credited() -> Named:
            credits = find_credits(articles, documents, config.outlets, batch, spread)
            links, cut = find_links(articles, batch, spread)
            return Named(credits, links, {"links_to_crowded_addresses": cut})

        named = work.keep("credits", Named, credited)
        stage.cut(named.cut)
    with job.stage("language", n):
        detect = partial(detect_language, articles, config.normalise, batch, spread)
        languages = work.keep("language", Languages, detect)
    with job.stage("boilerplate", n):
        mask = partial(mask_boilerplate, documents, articles, config.boilerplate, spread, work.room)
        masked = work.keep("boilerplate", Masked, mask)
    documents = replace(documents, flags=masked.flags)
    return Read(articles, documents, named, languages, masked.blocks)
