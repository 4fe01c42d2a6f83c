"""Bytes → text, whatever a feed says of itself: wrong and missing declarations are what feeds are made of."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

SAMPLE = 100_000
"""Bytes that are looked at when nothing tells the encoding."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ((b"<\x00?\x00", "utf-16-le"), (b"\x00<\x00?", "utf-16-be"))
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_NOT_LIKE_ASCII = re.compile(r"^(iso-?2022|utf-?7|hz|utf-?16|utf-?32)", re.IGNORECASE)
_NO_ENCODINGS = re.compile(r"punycode|idna|escape|undefined|mbcs|oem", re.IGNORECASE)
"""What Python knows under such names is none of the web's encodings, and some take hours."""
_AS_BROWSERS_DO = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
"""Source: https://encoding.spec.whatwg.org/#names-and-labels (read 2026-11)."""


def decode(raw: bytes, content_type: str = "") -> str:
    """Return the text of a feed. content_type: of the HTTP answer, "" where there was none. Raises nothing."""
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding if encoding == "utf-8" else encoding + _order(mark), "replace")
    for beginning, encoding in _WIDE:
        if raw.startswith(beginning):
            return raw.decode(encoding, "replace")
    told = [*_CHARSET.findall(content_type)[:1], *(one.decode("ascii") for one in _DECLARED.findall(raw[:2000])[:1])]
    told = [one for one in told if not _NO_ENCODINGS.search(one)]
    odd = [one for one in told if _NOT_LIKE_ASCII.match(one)]
    # What decodes as UTF-8 is UTF-8, whatever is said of it: no other encoding's text looks like that by chance.
    for encoding in (*odd, "utf-8", *(_AS_BROWSERS_DO.get(one.lower(), one) for one in told)):
        try:
            return raw.decode(encoding)
        except (LookupError, ValueError):
            continue
    guessed = from_bytes(raw[:SAMPLE]).best()
    return raw.decode(guessed.encoding if guessed else "utf-8", "replace")


def _order(mark: bytes) -> str:
    return "-le" if mark[:1] == b"\xff" else "-be"
