"""Text → a tree of XML, mended where it has to be. Nothing outside of the text is ever loaded, no entity is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from html.entities import html5

from lxml import etree

from social_care.core.errors import UnreadablePayload

XML = "http://www.w3.org/XML/1998/namespace"
NAMESPACES = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/rss/1.0/": "rss",
    "http://my.netscape.com/rdf/simple/0.9/": "rss",
    "http://channel.netscape.com/rdf/simple/0.9/": "rss",
    "http://backend.userland.com/rss2": "rss",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
"""Namespace → the short name we know it by. What is not here is nobody's, whatever prefix it has."""
PREFIXES = frozenset(NAMESPACES.values())
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_DECLARATION = re.compile(r"<\?xml\b[^<>]{0,500}>", re.IGNORECASE)
_BEGINNING = re.compile(r"<(?:rss|feed|rdf|channel|[A-Za-z]+:(?:RDF|feed))\b", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?!(?:#\d{1,7}|#x[0-9A-Fa-f]{1,6}|lt|gt|amp|quot|apos);)(?:([A-Za-z][A-Za-z0-9]{1,31});)?")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNFINISHED = re.compile(r"<[^<>]*\Z")
PROLOG = 4000


def read_tree(text: str, base: str) -> tuple[etree._Element, bool]:
    """Return the root of a document, and whether it had to be mended. Raises: UnreadablePayload."""
    text = _DECLARATION.sub("", _without_doctype(text), count=1).strip()
    try:
        return etree.fromstring(text.encode(), _parser(recover=False), base_url=base or None), False
    except (etree.XMLSyntaxError, ValueError):
        pass
    begin = _BEGINNING.search(text)
    mended = _mended(text[begin.start() :] if begin else text)
    try:
        root = etree.fromstring(mended.encode(), _parser(recover=True), base_url=base or None)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadablePayload("It is not a feed: it cannot be read as XML.") from error
    if root is None:
        raise UnreadablePayload("It is not a feed: nothing in it can be read as XML.")
    return root, True


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )


def _without_doctype(text: str) -> str:
    """Return a document without its DOCTYPE: what stands there could only be an attack, or a list of accents."""
    found = _DOCTYPE.search(text, 0, max(PROLOG, text.find("]>") + 2))
    return text[: found.start()] + text[found.end() :] if found else text


def _mended(text: str) -> str:
    """Return text with ampersands and the names of HTML's characters as XML has them; CDATA stays as it is.

    A tag that ends nowhere, as where a transfer broke off, is left out.
    """
    text = _UNFINISHED.sub("", _NO_XML.sub("", text))
    pieces, at = [], 0
    while (begin := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", begin)) >= 0:
        pieces += [_AMPERSAND.sub(_character, text[at:begin]), text[begin : end + 3]]
        at = end + 3
    return "".join([*pieces, _AMPERSAND.sub(_character, text[at:])])


def _character(found: re.Match[str]) -> str:
    known = html5.get(f"{found.group(1)};") if found.group(1) else None
    return escape(known) if known else "&amp;" + found.group(0)[1:]


# --- looking into it ------------------------------------------------------------------------------------------------
def name_of(element: etree._Element) -> str:
    """Return what an element is called: `title`, `dc:creator`; RSS and Atom have no prefix. "" for what is no element."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    if tag[:1] != "{":
        prefix, _, local = tag.rpartition(":")  # a prefix that was never declared
        return tag if not prefix else local if prefix in {"atom", "rss"} else tag
    namespace, _, local = tag[1:].rpartition("}")
    prefix = NAMESPACES.get(namespace, namespace or "?")
    return local if prefix in {"atom", "rss"} else f"{prefix}:{local}"


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the children of these names, in the order of the document."""
    for child in element:
        if name_of(child) in names:
            yield child


def first(element: etree._Element, *names: str) -> etree._Element | None:
    """Return the first child of the first name there is one of."""
    for name in names:
        for child in children(element, name):
            return child
    return None


def words(element: etree._Element | None) -> str:
    """Return the text inside an element, of all that stands in it."""
    return "" if element is None else "".join(map(str, element.itertext())).strip()


def inner_html(element: etree._Element) -> str:
    """Return what stands inside an element as HTML, without prefixes."""
    out: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        tag = node.tag.rpartition("}")[2]  # of mended XML it may be no name that lxml's QName takes
        if event == "start":
            if node is not element:
                out.append(f"<{tag}{''.join(_attribute(*one) for one in node.attrib.items())}>")
            out.append(escape(node.text or "", quote=False))
        elif node is not element:
            out.append(f"</{tag}>{escape(node.tail or '', quote=False)}")
    return "".join(out)


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if name in {"href", "src", "alt"} else ""
