"""X's search language, as far as the sandbox speaks it: text in, a question to a post out.

Source: https://docs.x.com/x-api/posts/search/integrate/operators and /build-a-query (2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from social_care.sandbox.x.model import Post
from social_care.sandbox.x.problems import Problem, invalid
from social_care.sandbox.x.state import State
from social_care.sandbox.x.text import has_url

Test = Callable[[Post], bool]
MAX_QUERY = 512
_TOKEN = re.compile(r'\s*(?:(?P<open>\()|(?P<close>\))|(?P<term>-?(?:[A-Za-z_]+:)?"[^"]*"|-?[^\s()"]+)|(?P<minus>-(?=\()))')
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a query. standalone: it may make up a query by itself."""

    test: Test
    standalone: bool


def parse_query(state: State, text: str) -> Test:
    """Return whether-it-matches for a query. Raises: Problem (400)."""
    if not text.strip():
        raise Problem(
            400,
            {
                "title": "Invalid Request",
                "detail": "The 'query' parameter is required.",
                "type": "https://api.x.com/2/problems/invalid-request",
            },
        )
    if len(text) > MAX_QUERY:
        raise invalid(f"The `query` query parameter length [{len(text)}] exceeds {MAX_QUERY}", "query", text)
    parser = _Parser(state, text)
    part = parser.parse()
    if not part.standalone:
        raise invalid("A query needs at least one standalone operator that is not negated", "query", text)
    return part.test


class _Parser:
    def __init__(self, state: State, text: str) -> None:
        self._state = state
        self._text = text
        self._tokens = self._split(text)
        self._at = 0

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens, position = [], 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._error(f"no viable alternative at character '{text[position:].strip()[0]}'")
            tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            position = match.end()
        return tokens

    def _error(self, message: str) -> Problem:
        return invalid(f"There were errors processing your request: {message}", "query", self._text)

    def parse(self) -> _Part:
        part = self._either()
        if self._at < len(self._tokens):
            raise self._error(f"no viable alternative at '{self._tokens[self._at][1]}'")
        return part

    def _either(self) -> _Part:
        parts = [self._all()]
        while self._peek() == ("term", "OR"):
            self._at += 1
            parts.append(self._all())
        if len(parts) == 1:
            return parts[0]
        tests = [part.test for part in parts]
        return _Part(lambda post: any(test(post) for test in tests), all(part.standalone for part in parts))

    def _all(self) -> _Part:
        parts = []
        while (token := self._peek()) and token[0] != "close" and token != ("term", "OR"):
            parts.append(self._one())
        if not parts:
            raise self._error("missing operand")
        if len(parts) == 1:
            return parts[0]
        tests = [part.test for part in parts]
        return _Part(lambda post: all(test(post) for test in tests), any(part.standalone for part in parts))

    def _peek(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _one(self) -> _Part:
        kind, value = self._tokens[self._at]
        self._at += 1
        if kind == "minus" or (kind == "term" and value == "-"):
            raise self._error("a group cannot be negated")
        if kind == "open":
            part = self._either()
            if self._peek() is None:
                raise self._error("missing ')'")
            self._at += 1
            return part
        negated = value.startswith("-") and len(value) > 1
        part = self._term(value[1:] if negated else value)
        if negated:
            return _Part(lambda post: not part.test(post), False)
        return part

    def _term(self, value: str) -> _Part:
        name, colon, rest = value.partition(":")
        if colon and name.isidentifier() and not value.startswith('"'):
            return self._operator(name, rest.strip('"'))
        if value[0] in "@#$" and len(value) > 1:
            return _Part(self._symbol(value), True)
        words = [word.lower() for word in _WORD.findall(value)]
        if not words:
            raise self._error(f"no viable alternative at '{value}'")
        return _Part(lambda post: _contains(post.full_text, words), True)

    def _symbol(self, value: str) -> Test:
        if value[0] == "@":
            user_id = self._state.id_of(value[1:])
            return lambda post: user_id in post.mentions
        pattern = re.compile(re.escape(value) + r"(?!\w)", re.IGNORECASE)
        return lambda post: bool(pattern.search(post.full_text))

    def _operator(self, name: str, value: str) -> _Part:
        if not value:
            raise self._error(f"the operator '{name}' needs a value")
        if name in ("from", "to"):
            user_id = value if value.isdigit() else self._state.id_of(value.lstrip("@"))
            if name == "from":
                return _Part(lambda post: post.author_id == user_id, True)
            return _Part(lambda post: user_id is not None and post.reply_to_user_id == user_id, True)
        standalone: dict[str, Test] = {
            "conversation_id": lambda post: post.conversation_id == value,
            "in_reply_to_tweet_id": lambda post: post.reply_to_id == value,
            "quotes_of_tweet_id": lambda post: post.quote_id == value,
            "url": lambda post: value.lower() in post.full_text.lower(),
        }
        if name in standalone:
            return _Part(standalone[name], True)
        if name == "lang":
            return _Part(lambda post: post.lang == value, False)
        test = _TRAITS.get(f"{name}:{value}")
        if test is None:
            raise self._error(f"Reference to invalid operator '{name}:{value}'. Operator is not available.")
        return _Part(test, False)


_TRAITS: dict[str, Test] = {
    "is:retweet": lambda post: post.repost_id is not None,
    "is:reply": lambda post: post.reply_to_user_id is not None,
    "is:quote": lambda post: post.quote_id is not None,
    "is:nullcast": lambda post: False,
    "has:mentions": lambda post: bool(post.mentions),
    "has:media": lambda post: bool(post.media),
    "has:images": lambda post: bool(post.media),
    "has:links": lambda post: has_url(post.full_text),
}


def _contains(text: str, words: list[str]) -> bool:
    """Return whether the words stand in the text one after the other."""
    have = [word.lower() for word in _WORD.findall(text)]
    return any(have[start : start + len(words)] == words for start in range(len(have) - len(words) + 1))
