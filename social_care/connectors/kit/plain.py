"""The HTML of messages → plain text, as a person reads it: paragraphs, line breaks, links, lists, quotes, code."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

LONGEST = 100_000
"""Characters of HTML that are read."""
BLOCKS = frozenset({"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table"})
LINES = frozenset({"li", "tr"})
UNSEEN = frozenset({"script", "style", "template", "title"})
_SPACES = re.compile(r"[ \t\r\n\f]+")
_TAG = re.compile(r"<[^>]*>")


class _Reader(HTMLParser):
    """Gathers text. `links` holds, of each open link, its address and where its text begins."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.found: list[str] = []
        self.links: list[tuple[str, int]] = []
        self.hidden = 0
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in UNSEEN:
            self.hidden += 1
        elif tag == "br":
            self.found.append("\n")
        elif tag in BLOCKS:
            self.found.append("\n\n")
            self.verbatim += tag == "pre"
        elif tag in LINES:
            self.found.append("\n- " if tag == "li" else "\n")
        elif tag == "a":
            address = "" if {"mention", "hashtag"} & set(values.get("class", "").split()) else values.get("href", "")
            self.links.append((address, len(self.found)))
        elif tag == "img":
            self.handle_data(values.get("alt", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self.hidden = max(self.hidden - 1, 0)
        elif tag in BLOCKS:
            self.found.append("\n\n")
            self.verbatim = max(self.verbatim - (tag == "pre"), 0)
        elif tag == "a" and self.links:
            address, begin = self.links.pop()
            shown = "".join(self.found[begin:]).strip()
            self.found[begin:] = [_link(shown, joined(self.base, address) if self.base else address)]

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found.append(data if self.verbatim else _SPACES.sub(" ", data))


def _link(shown: str, address: str) -> str:
    """Return a link's words, and its address where the words do not tell it."""
    if not address.startswith(("https://", "http://")) or shown.startswith(("@", "#")):
        return shown
    bare = re.sub(r"^https?://(www\.)?", "", address).rstrip("/")
    stem = re.sub(r"^https?://(www\.)?", "", shown).rstrip("/…")
    if not stem or bare.startswith(stem):
        return address if stem != bare else shown
    return f"{shown} ({address})"


def joined(base: str, address: str) -> str:
    """Return an address as it reads from a page, "" where that is none."""
    try:
        found = urljoin(base, address.strip())
        urlsplit(found)  # without a base nothing was looked at
    except ValueError:
        return ""
    return found


def to_plain(html: str, base: str = "") -> str:
    """Return the text of some HTML; whatever it is made of, nothing raises. base: what relative links start from."""
    reader = _Reader(base)
    try:
        reader.feed(html[:LONGEST])
        reader.close()
    except (AssertionError, ValueError):  # broken declarations, on some versions of Python
        return _tidy(_SPACES.sub(" ", _TAG.sub(" ", html[:LONGEST])))
    return _tidy("".join(reader.found))


def _tidy(text: str) -> str:
    lines = (line.strip(" \t") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
