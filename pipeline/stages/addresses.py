"""Web addresses, so that two spellings of one page are equal."""

import polars as pl

_TRACKING = (
    r"([?&])(?:utm_\w+|fbclid|gclid|dclid|msclkid|igshid|mc_cid|mc_eid|ocid|cmpid|cmp|smid|ref|ref_src"
    r"|sref|src|source|ns_source|ns_campaign|ns_mchannel)=[^&#]*"
)


def page_address(url: pl.Expr) -> pl.Expr:
    """The address without scheme, www., fragment, tracking or last slash, its host lower-case."""
    bare = url.str.strip_chars().str.replace(r"(?i)^https?://", "").str.replace(r"(?i)^www\.", "")
    bare = bare.str.extract(r"^([^\s<>\"'“”‘’)\]}|\\^`#]+)").str.replace_all(
        "&amp;", "&", literal=True
    )
    bare = bare.str.replace_all(_TRACKING, "$1").str.replace_all(r"&{2,}", "&")
    bare = bare.str.replace(r"\?&+", "?").str.replace(r"[?&/]+$", "")
    host = bare.str.extract(r"^([^/?]*)").str.to_lowercase()
    return host + bare.str.replace(r"^[^/?]*", "").str.replace(r"/+\?", "?")
