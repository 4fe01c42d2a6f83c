"""RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0 → a document.

Source: https://www.rssboard.org/rss-specification, https://web.resource.org/rss/1.0/spec, RFC 4287 (Atom), RFC 4685
(threading), RFC 6721 (deleted entries), https://www.rssboard.org/media-rss, https://web.resource.org/rss/1.0/modules/ (read
2026-11).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from social_care.connectors.feed.documents import (
    MOST_ENTRIES,
    MOST_MEDIA,
    Document,
    Entry,
    address,
    line,
    media_of,
    tidy,
    when,
)
from social_care.connectors.feed.markup import XML, children, first, inner_html, name_of, read_tree, words
from social_care.connectors.kit.plain import LONGEST, to_plain
from social_care.connectors.kit.reading import number
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Media

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIODS_S = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_HTML = re.compile(
    r"</?(?:a|abbr|acronym|address|article|aside|audio|b|big|blockquote|body|br|button|caption|center|cite|code|col|colgroup"
    r"|dd|del|details|dfn|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input"
    r"|ins|kbd|label|li|link|main|map|mark|meta|nav|nobr|noscript|object|ol|p|param|picture|pre|q|s|samp|script|section|small"
    r"|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr"
    r")\b[^<>]{0,2000}>|<!--|&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9xX][0-9A-Fa-f]{0,6});",
    re.IGNORECASE,
)
"""What makes HTML of a text that does not say what it is; anything else in angle brackets was typed by a person."""
_ENTRY = re.compile(r"<(?:item|entry)\b", re.IGNORECASE)
_MAILBOX = re.compile(r"^([^\s()<>@]{1,64}@[^\s()<>@]{1,255})\s*\(([^()]{1,200})\)$")
_NAMED_MAILBOX = re.compile(r"^([^<>]{1,200})<[^<>\s]{1,320}>$")


def read_xml(text: str, url: str) -> Document:
    """Return what a feed in XML says; url: where it came from, "" when unknown. Raises: UnreadablePayload."""
    root, broken = read_tree(text, url)
    if broken:
        _part_nested(root)
    found = _feed(root, url, broken=broken)
    if broken and not found.entries and _ENTRY.search(text):
        raise UnreadablePayload("It is broken XML, and none of its entries can be read.")
    return found


def _feed(root: etree._Element, url: str, *, broken: bool) -> Document:
    name = name_of(root)
    if name == "feed":
        return _document(root, list(children(root, "entry")), root, url, broken=broken)
    if name in {"rss", "rdf:RDF", "channel"}:
        channel = root if name == "channel" else first(root, "channel")
        if channel is None:
            channel = root
        items = [*children(channel, "item"), *(children(root, "item") if channel is not root else ())]
        return _document(channel, items, root, url, broken=broken)
    if name.rpartition(":")[2].lower() == "html":
        raise UnreadablePayload("It is a web page, not a feed.")
    raise UnreadablePayload("It is XML, but not a feed.")


def _part_nested(root: etree._Element) -> None:
    """Lift entries out of those in which a tag that was never closed has put them."""
    entries = [one for one in root.iter() if name_of(one) in {"item", "entry"}]
    place = next((one.getparent() for one in entries), None)
    for entry in entries:
        parent = entry.getparent()
        if place is not None and parent is not place and name_of(parent) not in {"channel", "rdf:RDF", "rss", "feed"}:
            place.append(entry)


def _document(
    channel: etree._Element, items: list[etree._Element], root: etree._Element, url: str, *, broken: bool
) -> Document:
    base = url or _own_address(channel)
    language = _language(root) or line(words(first(channel, "language", "dc:language"))) or _language(channel)
    shared = first(channel, "author") if name_of(channel) == "feed" else None
    entries = tuple(_entry(item, base, language, shared) for item in items[:MOST_ENTRIES])
    deleted = (line(one.get("ref")) for one in children(channel, "at:deleted-entry"))
    hours = (number(line(words(one))) for skip in children(channel, "skipHours") for one in children(skip, "hour"))
    days = (line(words(one)).lower() for skip in children(channel, "skipDays") for one in children(skip, "day"))
    return Document(
        title=_title(channel),
        entries=entries,
        deleted=tuple(filter(None, deleted))[:MOST_ENTRIES],
        pace_s=_pace(channel),
        skip_hours=frozenset(hour % 24 for hour in hours if hour is not None),
        skip_days=frozenset(DAYS.index(day) for day in days if day in DAYS),
        broken=broken,
        left_out=max(len(items) - MOST_ENTRIES, 0),
        older=_older(channel, base),
    )


def _older(channel: etree._Element, base: str) -> str:
    """Return the page with older entries. Source: RFC 5005, paged and archived feeds (from memory)."""
    links = {(one.get("rel") or "").lower(): one for one in children(channel, "link")}
    found = next((links[rel] for rel in ("next", "prev-archive") if rel in links), None)
    return "" if found is None else address(_base(found, base), found.get("href"))


def _own_address(channel: etree._Element) -> str:
    links = [one for one in children(channel, "link") if one.get("href")]
    ours = [one for one in links if one.get("rel") == "self"] + links
    return next((found for one in ours if (found := address("", one.get("href")))), "") or address(
        "", words(first(channel, "link"))
    )


def _language(element: etree._Element) -> str:
    return line(element.get(f"{{{XML}}}lang"))[:20]


def _pace(channel: etree._Element) -> int:
    """Return the seconds between two visits that the feed asks for: RSS's `ttl`, or the syndication module's period."""
    minutes = number(line(words(first(channel, "ttl"))))
    if minutes is not None and 0 < minutes < 10**6:
        return minutes * 60
    period = PERIODS_S.get(line(words(first(channel, "sy:updatePeriod"))).lower(), 0)
    times = number(line(words(first(channel, "sy:updateFrequency")))) or 1
    return period // max(times, 1)


# --- one entry ------------------------------------------------------------------------------------------------------
def _entry(item: etree._Element, base: str, language: str, shared: etree._Element | None) -> Entry:
    author = _author(item, shared)
    guid = first(item, "guid", "id", "dc:identifier")
    about = item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about") or ""
    replied = first(item, "thr:in-reply-to")
    text, cut = _body(item, base)
    return Entry(
        guid=line(words(guid)) or line(about),
        link=_link(item, guid, base),
        title=_title(item),
        text=text,
        author=line(author[0])[:140],
        author_page=address(_base(item, base), author[1])[:500],
        published=_date(item, "pubDate", "published", "issued", "dcterms:created", "dcterms:issued", "dc:date", "created"),
        updated=_date(item, "updated", "modified", "dcterms:modified"),
        parent=line(replied.get("ref")) if replied is not None else "",
        parent_page=address(base, replied.get("href")) if replied is not None else "",
        comments=number(line(words(first(item, "slash:comments", "thr:total")))),
        comment_feed=_comment_feed(item, base),
        language=_language(item) or language,
        media=_media(item, base),
        cut=cut,
    )


def _comment_feed(item: etree._Element, base: str) -> str:
    """Return the feed of an entry's comments. Source: the Comment API of wellformedweb.org, RFC 4685 (from memory)."""
    named = words(first(item, "wfw:commentRss", "wfw:commentRSS"))
    replies = (one for one in children(item, "link") if one.get("rel") == "replies" and "atom" in (one.get("type") or ""))
    return address(base, named) or next((address(_base(one, base), one.get("href")) for one in replies), "")


def _base(element: etree._Element, base: str) -> str:
    """Return what relative addresses inside an element start from: `xml:base` of it or around it, else the feed's own."""
    inherited = [one for one in element.xpath("ancestor-or-self::*/@xml:base", namespaces={"xml": XML})]
    for one in inherited:
        base = address(base, str(one)) or base
    return base


def _date(item: etree._Element, *names: str) -> datetime | None:
    return next((found for name in names if (found := when(words(first(item, name))))), None)


def _title(element: etree._Element) -> str:
    title = first(element, "title", "dc:title", "media:title")
    return "" if title is None else line(_construct(title, ""))[:1000]


def _link(item: etree._Element, guid: etree._Element | None, base: str) -> str:
    for link in children(item, "link"):
        if link.get("href") is not None and link.get("rel", "alternate") in {"alternate", ""}:
            return address(_base(link, base), link.get("href"))
        if link.get("href") is None and words(link):
            return address(_base(link, base), words(link))
    if guid is not None and name_of(guid) == "guid" and guid.get("isPermaLink", "true").lower() != "false":
        return address("", words(guid))
    return address(base, item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"))


def _author(item: etree._Element, shared: etree._Element | None) -> tuple[str, str]:
    """Return name and page of who wrote an entry."""
    source = first(item, "source")
    of_source = first(source, "author") if source is not None else None
    people = [*children(item, "author")] or [one for one in (of_source,) if one is not None]
    creators = [name for one in children(item, "dc:creator") if (name := line(words(one)))]
    if not people and not creators:
        people = [one for one in (first(item, "itunes:author"), shared) if one is not None]
    found = [(_person(one), words(first(one, "uri", "url"))) for one in people]
    names = [name for name, _ in found if name]
    if creators:  # RSS's own author is an e-mail address; the name stands here
        return ", ".join(dict.fromkeys(creators)), ""
    return ", ".join(dict.fromkeys(names)), found[0][1] if len(found) == 1 else ""


def _person(element: etree._Element) -> str:
    name = first(element, "name")
    if name is not None or len(element):
        return line(words(name)) or line(words(first(element, "email")))
    written = line(words(element))[:500]
    mailbox, named = _MAILBOX.match(written), _NAMED_MAILBOX.match(written)
    return mailbox.group(2).strip() if mailbox else named.group(1).strip() if named else written


# --- words ----------------------------------------------------------------------------------------------------------
def _body(item: etree._Element, base: str) -> tuple[str, bool]:
    """Return the fullest words of an entry, and whether they go on elsewhere."""
    for name in ("content:encoded", "xhtml:body", "xhtml:div", "content", "description", "summary"):
        for element in children(item, name):
            if text := _construct(element, _base(element, base)):
                longer = len(words(element)) > LONGEST
                return text, longer
    return tidy(to_plain(words(first(item, "media:description", "itunes:summary", "dc:description")))), False


def _construct(element: etree._Element, base: str) -> str:
    """Return a text of RSS or Atom as a person reads it, whatever kind it is of."""
    kind = (element.get("type") or "").lower()
    if kind == "xhtml" or len(element):
        return tidy(to_plain(inner_html(element), base))
    written = words(element)
    if element.get("mode") == "base64" or ("/" in kind and not kind.startswith("text/")):
        return _unpacked(written) if kind.endswith(("html", "html+xml")) or not kind else ""
    if kind in {"text", "text/plain"} or not (kind or _HTML.search(written)):
        return tidy(written)
    return tidy(to_plain(written, base))


def _unpacked(written: str) -> str:
    try:
        return tidy(to_plain(base64.b64decode(written, validate=False).decode("utf-8", "replace")))
    except (binascii.Error, ValueError):
        return ""


# --- attachments ----------------------------------------------------------------------------------------------------
def _media(item: etree._Element, base: str) -> tuple[Media, ...]:
    found: dict[str, Media] = {}
    for one in _media_elements(item):
        name = name_of(one)
        url = address(_base(one, base), one.get("href" if name == "link" else "url"))
        if url and url not in found and len(found) < MOST_MEDIA:
            medium = "image" if name == "media:thumbnail" else one.get("medium")
            alt = words(first(one, "media:title", "media:description")) or one.get("title")
            found[url] = media_of(url, one.get("type"), medium, alt)
    if len(found) > 1:  # a thumbnail is a preview of what stands beside it
        thumbnails = {address(_base(one, base), one.get("url")) for one in item.iter() if name_of(one) == "media:thumbnail"}
        full = tuple(one for url, one in found.items() if url not in thumbnails)
        return full or tuple(found.values())
    return tuple(found.values())


def _media_elements(item: etree._Element) -> Iterable[etree._Element]:
    yield from children(item, "enclosure")
    yield from (one for one in children(item, "link") if one.get("rel") == "enclosure")
    for one in item.iter():
        if name_of(one) in {"media:content", "media:thumbnail"}:
            yield one
