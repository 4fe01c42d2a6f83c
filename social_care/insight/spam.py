"""Signs of spam and of bots, each explained. No sign decides anything: rules of the team may ask for them."""

from __future__ import annotations

import re

from social_care.core.events import MessageReceived
from social_care.core.insight import Reason, Spam
from social_care.insight.folding import Phrases

MANY_LINKS, MANY_MENTIONS, MANY_WRITERS, MANY_DIGITS = 3, 6, 3, 6
WEAK = ("handle", "no_followers")
"""Signs that many honest people have too: they count only beside another one."""

PATTERNS = (
    "dm me on telegram", "message me on telegram", "on telegram", "on whatsapp", "work* from home", "guaranteed profit*",
    "guaranteed return*", "passive income", "double your", "free followers", "get followers", "crypto giveaway",
    "giveaway winner",
    "recover your account", "recovered my account", "account recovery expert", "forex", "binary options", "onlyfans",
    "click the link in", "link in my bio", "make money", "sugar daddy", "cheap viagra",
    "pisz na telegram", "na telegramie", "bez wychodzenia z domu", "gwarantowany zysk", "zarabiaj*", "dochód pasywny",
    "szybka pożyczka", "pożyczki bez", "darmowe obserwacje", "kryptowalut*",
    "piši na telegram", "na telegramu", "zarad* od kuće", "zarađuj*", "garantovan* profit", "garantovan* zarad*",
    "brzi kredit*", "besplatni pratioci",
)  # fmt: skip
_PATTERNS = Phrases({"pattern": PATTERNS})
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)@\w+")


def find_spam(message: MessageReceived, same_text: int) -> tuple[Spam, tuple[Reason, ...]]:
    """Return how many signs there are, and which. same_text: other people who wrote the very same lately."""
    signs = dict(_PATTERNS.find(message.text))
    counted = {
        "links": (len(_LINK.findall(message.text)), MANY_LINKS),
        "mentions": (len(_MENTION.findall(message.text)), MANY_MENTIONS),
        "same_text": (same_text, MANY_WRITERS),
    }
    signs |= {sign: str(number) for sign, (number, many) in counted.items() if number >= many}
    if not signs:
        return Spam.NONE, ()
    author = message.author
    if author and re.search(rf"\d{{{MANY_DIGITS},}}\Z", author.handle or ""):
        signs["handle"] = author.handle or ""
    if author and author.followers == 0:
        signs["no_followers"] = ""
    spam = Spam.LIKELY if len(signs) > 1 else Spam.POSSIBLE
    return spam, tuple(Reason("spam", sign, detail) for sign, detail in signs.items())
