"""Which messages are of one campaign or one piece of news: the same words with small changes, or the same link."""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import pairwise
from urllib.parse import urlsplit

from social_care.core.insight import NOT_WORDS

LEAST_WORDS = 5
"""Shorter texts are alike by chance."""
MOST_WORDS = 200
MARKS = 4
"""By so many of its pairs of words a text is looked for."""
ALIKE = 0.5
"""The least share of their pairs of words that two texts of one campaign have in common."""
TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|igshid|igsh|si|ref|ref_src|mc_[ce]id|s|t)=")
WRAPPED_ANEW = frozenset({"t.co"})
"""Hosts under which one and the same link has another address in each message: such an address tells nothing."""
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)


def make_campaign_keys(text: str) -> tuple[str, ...]:
    """Return the keys by which a campaign that a message belongs to may be known: its links first, then its words.

    The first one names the campaign that it begins, if there is none. () for a short text without a link.
    """
    links = [_key("l", link) for link in dict.fromkeys(map(_bare, _LINK.findall(text))) if "/" in link]
    return (*links[:MARKS], *sorted(_key("w", pair) for pair in _pairs(text))[:MARKS])


def is_link(key: str) -> bool:
    """Tell whether a key is of a link: who shares it needs no words in common."""
    return key.startswith("l")


def are_alike(one: str, other: str) -> bool:
    """Tell whether two texts are the same but for small changes, whatever their case, links and handles."""
    pairs, others = _pairs(one), _pairs(other)
    return bool(pairs and others) and len(pairs & others) >= ALIKE * len(pairs | others)


def _pairs(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", NOT_WORDS.sub(" ", text).casefold())[:MOST_WORDS]
    return frozenset(map(" ".join, pairwise(words))) if len(words) >= LEAST_WORDS else frozenset()


def _bare(link: str) -> str:
    """Return what tells a link from others: host, path and query, without what only tells where it was shared."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
    except ValueError:
        return ""
    if parts.netloc.casefold() in WRAPPED_ANEW:
        return ""
    query = "&".join(one for one in parts.query.split("&") if one and not TRACKING.match(one))
    path = parts.path.rstrip("/.,;:!?)…")
    return parts.netloc.casefold().removeprefix("www.") + path + (f"?{query}" if query else "") if path or query else ""


def _key(kind: str, what: str) -> str:
    return kind + sha256(what.encode()).hexdigest()[:39]
