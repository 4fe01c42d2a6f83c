"""How X counts, stores and changes text."""

from __future__ import annotations

import re
import unicodedata
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # it imports pkg_resources, which warns that it will go
    from twitter_text import extract_urls, parse_tweet

_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ESCAPE = re.compile("|".join(_ESCAPES))
_LEADING_MENTIONS = re.compile(r"(?:\s*@\w{1,20})+")


def unescape(text: str) -> str:
    """Undo the three HTML escapes that X puts into text, once; what else looks like one was typed by a person.

    Source: https://docs.x.com/fundamentals/counting-characters (read 2026-08).
    """
    return _ESCAPE.sub(lambda found: _ESCAPES[found.group()], text)


def clean(text: str) -> str:
    """Return text as it is sent: line ends as X stores and counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def weighted_length(text: str) -> int:
    """Return the length in X's weighted characters, of which a post may have 280.

    CJK and emoji count 2, an address 23. © and ® count 2 here, which is what X's own libraries disagree about.
    Source: https://docs.x.com/fundamentals/counting-characters (read 2026-08); checked with X's conformance suite.
    """
    return int(parse_tweet(clean(text)).weightedLength)


def has_link(text: str) -> bool:
    """Tell whether X would turn a part of this text into a link, also one written without https://."""
    return bool(extract_urls(text))


def leading_mentions_end(text: str) -> int:
    """Return where the mentions at the beginning of a text end, 0 when there are none."""
    found = _LEADING_MENTIONS.match(text)
    return found.end() if found else 0


def fingerprint(text: str) -> str:
    """Return what stays of a text on its way through X.

    X replaces addresses, escapes, appends links of media, and puts the mentions of a reply before its text.
    """
    plain = unescape(clean(text))
    plain = plain[leading_mentions_end(plain) :]
    for url in sorted(set(extract_urls(plain)), key=len, reverse=True):
        plain = plain.replace(url, " ")
    return " ".join(unicodedata.normalize("NFC", plain).split())
