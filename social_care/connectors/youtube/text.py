"""What YouTube makes of a comment's text, and what an answer begins with."""

from __future__ import annotations

import html
import re
import unicodedata

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LINK = re.compile(r"<a\b([^<>]{0,3000})>([^<]{0,3000})</a>", re.IGNORECASE)
_ADDRESS = re.compile(r"""\bhref\s*=\s*["']([^"'<>]*)""", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_HANDLE = r"[\w.·-]"
_LEADING_MENTIONS = re.compile(rf"^\s*(?:@{_HANDLE}+[\s,:]*)+")
_FIRST_MENTION = re.compile(rf"\s*@({_HANDLE}+)")
_UNSEEN = re.compile("[\u200b\u2060\ufeff]")
"""Characters without a width, which YouTube's own apps put around mentions (seen in recorded pages; unsure)."""
LONGEST = 100_000
"""Characters of HTML that are read."""


def to_plain(shown: str) -> str:
    """Return the words of `textDisplay` as HTML: line breaks, links (also of times in the video), bold, escapes.

    A link shows what was typed; where YouTube shortened that, its address stands here instead.
    Source: https://developers.google.com/youtube/v3/docs/comments#snippet.textDisplay (read 2026-11).
    """
    words = _LINK.sub(_typed, shown[:LONGEST])
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", words))).strip()


def _typed(found: re.Match[str]) -> str:
    attributes, words = found.groups()
    address = _ADDRESS.search(attributes)
    return address.group(1) if address and words.rstrip().endswith(("...", "…")) else words


def bare_handle(name: str) -> str:
    """Return a handle without its @, "" for a display name that is none (as channels had before 2022)."""
    return name[1:] if re.fullmatch(rf"@{_HANDLE}+", name) else ""


def first_mention(words: str) -> str:
    """Return whom a text names at its beginning, without the @ and in small letters; "" for nobody.

    YouTube puts `@handle` before an answer to an answer, since a thread has one level.
    """
    found = _FIRST_MENTION.match(_UNSEEN.sub("", words))
    return found.group(1).rstrip(".").casefold() if found else ""


def mentions(words: str, handle: str) -> bool:
    """Tell whether a text names a handle, given with or without its @."""
    bare = handle.lstrip("@")
    if not bare:
        return False
    return re.search(rf"(?<![\w@/.])@{re.escape(bare)}(?!{_HANDLE}*\w)", words, re.IGNORECASE) is not None


def addressed(words: str, handle: str) -> str:
    """Return a text that names whom it is for, where a handle is given and not named yet."""
    return words if not handle or mentions(words, handle) else f"@{handle} {words}".rstrip()


def fingerprint(words: str) -> str:
    """Return what stays of a text on its way through YouTube: a mention may be put before it, and space may change."""
    plain = _LEADING_MENTIONS.sub("", _UNSEEN.sub("", words), count=1)
    return " ".join(unicodedata.normalize("NFC", plain).split())
