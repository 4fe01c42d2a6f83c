"""How Mastodon counts a text, and what a text looks like after its journey."""

from __future__ import annotations

import re
import unicodedata

import regex

URL_LENGTH = 23
"""Source: https://docs.joinmastodon.org/user/posting/#text ("links are counted as 23 characters", read 2026-11)."""
WARNING_LENGTH = 100
"""Graphemes of a content warning that an answer repeats: the warning counts, and the answer needs the room."""

_GRAPHEME = regex.compile(r"\X")
_URL = re.compile(r"https?://[^\s<>\"]+\.[^\s<>\"]*[^\s<>\".,;:!?)\]}'’”»]")
_REMOTE_MENTION = re.compile(r"(?<![\w/])@([\w.-]*\w)@[\w.-]*\w")
_LEADING_MENTIONS = re.compile(r"(?:\s*@[\w.-]+(?:@[\w.-]+)?)+")


def graphemes(text: str) -> int:
    """Return how many characters a person sees."""
    return len(_GRAPHEME.findall(text))


def length(text: str) -> int:
    """Return the length as Mastodon counts it: graphemes, a link as 23, of `@user@host` only `@user`.

    Source: https://docs.joinmastodon.org/user/posting/#text (read 2026-11).
    """
    return graphemes(_REMOTE_MENTION.sub(r"@\1", _URL.sub("x" * URL_LENGTH, text)))


def shortened(warning: str) -> str:
    """Return a content warning as an answer repeats it."""
    found = _GRAPHEME.findall(warning)
    return warning if len(found) <= WARNING_LENGTH else "".join(found[: WARNING_LENGTH - 1]) + "…"


def mentions(text: str, acct: str) -> bool:
    """Tell whether a text mentions an account, written as the server writes it."""
    return re.search(rf"(?<![\w@/])@{re.escape(acct)}(?![\w@-]|\.\w)", text, re.IGNORECASE) is not None


def addressed(text: str, acct: str) -> str:
    """Return a text that mentions whom it is for: without, nobody is told of it, and nobody can read a direct one."""
    return text if not acct or mentions(text, acct) else f"@{acct} {text}".rstrip()


def fingerprint(text: str) -> str:
    """Return what stays of a text on its way: mentions lose their host, links and space may change."""
    plain = _LEADING_MENTIONS.sub("", text, count=1) if text.lstrip().startswith("@") else text
    plain = _URL.sub(" ", _REMOTE_MENTION.sub(r"@\1", plain))
    return " ".join(unicodedata.normalize("NFC", plain).split())
