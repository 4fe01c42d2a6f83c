"""Between Helpdesk's HTML and a platform's plain text, both ways; whatever a customer writes stays text."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from bs4 import BeautifulSoup, Comment, NavigableString, Tag

SUBJECT_LENGTH = 100
NO_TEXT = "<p><em>(no text)</em></p>"
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,:;!?)\]]")
_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "table", "tr", "blockquote", "hr"}
_TAG = re.compile(r"<[a-zA-Z/!?]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSEEN = {"script", "style", "head", "title", "template"}


def clean(text: str | None) -> str:
    """Return text without control characters and broken surrogates, which databases and pages choke on."""
    kept = (c for c in text or "" if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept)


def clean_line(text: str | None, most: int = 140) -> str:
    """Return text as one line of at most so many characters, without signs that turn what stands after it around."""
    return " ".join(_TURNING.sub("", clean(text)).split())[:most]


def make_subject(text: str, otherwise: str) -> str:
    """Return the subject of a ticket: the text's beginning in one line, cut at a word; `otherwise` where it is empty."""
    line = clean_line(text, SUBJECT_LENGTH + 1)
    if _TAG.search(line):  # Frappe would keep a picture as one, and write the rest out as &lt;
        line = line.replace("<", "‹").replace(">", "›")
    if len(line) > SUBJECT_LENGTH:
        cut = line[:SUBJECT_LENGTH]
        line = (cut.rsplit(" ", 1)[0] if " " in cut[40:] else cut) + "…"
    return line or otherwise


def to_html(text: str) -> str:
    """Return a customer's text as HTML that cannot do anything: escaped, with line ends and links kept."""
    text = clean(text).strip()
    if not text:
        return NO_TEXT
    pieces, at = [], 0
    for found in _URL.finditer(text):
        url = escape(found.group())
        pieces += [escape(text[at : found.start()]), f'<a href="{url}" rel="noopener noreferrer nofollow">{url}</a>']
        at = found.end()
    pieces.append(escape(text[at:]))
    paragraphs = re.split(r"\n{2,}", "".join(pieces))
    return "".join("<p>" + paragraph.replace("\n", "<br>") + "</p>" for paragraph in paragraphs)


# --- what an agent wrote --------------------------------------------------------------------------------------------
def split_quote(html: str) -> tuple[str, str]:
    """Return what an agent wrote, and what Helpdesk's reply box quoted below it ("" for nothing)."""
    soup = BeautifulSoup(html or "", "html.parser")
    mark = soup.find("p", class_="reply-to-content")
    if not isinstance(mark, Tag):
        return str(soup), ""
    quoted = [mark, *mark.next_siblings]
    quote = "".join(str(node) for node in quoted)
    for node in quoted:
        node.extract()
    return str(soup), quote


def from_typed(text: str) -> str:
    """Return what an agent typed as Helpdesk's reply box would write it: a paragraph a line. `to_text` gives it back."""
    return "".join(to_html(line) if line.strip() else "<p></p>" for line in clean(text).strip().splitlines())


_FORM = _BLOCKS | {"br", "a", "b", "strong", "i", "em", "u", "s", "li", "code", "thead", "tbody", "td", "th", "img", "span"}
_PLACES = ("http://", "https://", "mailto:", "/files/", "/private/files/")


def without_style(html: str) -> str:
    """Return an agent's HTML in which nothing can be hidden: simple tags without style, links and pictures kept."""
    soup = BeautifulSoup(html or "", "html.parser")
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.find_all(True):
        if tag.name in _UNSEEN:
            tag.decompose()
        elif tag.name not in _FORM:
            tag.unwrap()
        else:
            kept = {"alt"} | {name for name in ("href", "src") if str(tag.get(name)).startswith(_PLACES)}
            tag.attrs = {name: value for name, value in tag.attrs.items() if name in kept}
    return str(soup)


def to_text(html: str, signature: str = "") -> str:
    """Return an agent's HTML as plain text; an e-mail `signature` (HTML) at its end is left out."""
    text = _plain(html)
    ending = _plain(signature) if signature else ""
    if ending and text.endswith(ending):
        text = text[: -len(ending)].rstrip()
    return text


def _plain(html: str) -> str:
    text = (
        _inside(BeautifulSoup(html or "", "html.parser")).replace("\u200b", "").replace("\ufeff", "").replace("\u00a0", " ")
    )
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _write(node: Tag, out: list[str]) -> None:
    for child in node.children:
        if isinstance(child, Comment):
            continue
        if isinstance(child, NavigableString):
            out.append(str(child) if node.name == "pre" else re.sub(r"\s+", " ", str(child)))
        elif isinstance(child, Tag) and child.name not in _UNSEEN:
            _write_tag(child, out)


def _write_tag(tag: Tag, out: list[str]) -> None:
    if tag.name == "br":
        out.append("\n")
    elif tag.name == "a":
        out.append(_link(tag))
    elif tag.name == "li":
        ordered = tag.parent is not None and tag.parent.name == "ol"
        _start_line(out)
        out.append(f"{len(tag.find_previous_siblings('li')) + 1}. " if ordered else "• ")
        out.append(_inside(tag).strip() + "\n")
    elif tag.name in _BLOCKS:
        _start_line(out)
        _write(tag, out)
        if tag.name == "p":
            out.append("\n")  # also after an empty paragraph, which is how people make a blank line
        _start_line(out)
    else:
        _write(tag, out)


def _start_line(out: list[str]) -> None:
    written = next((piece for piece in reversed(out) if piece.strip(" ")), "\n")
    if not written.rstrip(" ").endswith("\n"):
        out.append("\n")


def _inside(tag: Tag) -> str:
    out: list[str] = []
    _write(tag, out)
    return "".join(out)


def _link(tag: Tag) -> str:
    """Return a link as text: its words and its address, or only the address where that says it all."""
    words = _inside(tag).strip()
    address = str(tag.get("href") or "")
    if not address.startswith(("http://", "https://")):
        return words
    bare = address.split("://", 1)[1].rstrip("/")
    if not words or words.rstrip("/") in (address.rstrip("/"), bare):
        return address
    return f"{words} ({address})"


def image_addresses(html: str) -> tuple[str, ...]:
    """Return the addresses of pictures and films that were pasted into the text, in order."""
    found = BeautifulSoup(html or "", "html.parser").find_all(["img", "video"])
    return tuple(str(tag.get("src") or "") for tag in found)
