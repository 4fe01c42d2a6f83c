"""From what an agent wrote to what will be sent, or a refusal in a plain sentence before anything is stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from social_care.core.accounts import Account
from social_care.core.capabilities import MediaRule, TextRule
from social_care.core.errors import NotAllowed, PrivateReplyUsed, Refused, TargetGone, WindowClosed
from social_care.core.events import Audience
from social_care.core.ports import AdjustsTextRules, Connector, HasServerLimits
from social_care.core.replies import Draft, Plan, Reply, StoredMessage, Upload
from social_care.engine.private_replies import USED

MAX_PARTS = 20
"""More parts than this is a letter: nobody reads it, and every part may cost money."""


def plan(reply: Reply, account: Account, connector: Connector, now: datetime) -> Plan:
    """Return the parts of a reply with what they cost and what the author should know.

    Raises: Refused (or one of its kind) with a sentence for the author; nothing has been stored then.
    """
    audience = reply.audience or reply.target.audience
    _check_target(reply, account, connector, audience, now)
    opening = audience is not reply.target.audience
    rule = text_rule(connector, reply.target, account, audience)
    if rule is None:
        raise NotAllowed(f"{connector.title} has no {audience.value} replies.")
    files = media_rule(connector, account, audience)
    _check_media(reply.media, files, connector.title, audience, opening=opening)
    most = rule.max_parts or MAX_PARTS
    texts = split_text(
        _normalise(reply.text),
        rule.limit,
        lambda text: connector.measure(text, audience),
        signature=signature_of(reply, account),
        numbered=account.number_parts,
        allow_empty=bool(reply.media),
        enough=most + 1,
    )
    if len(texts) > most:
        raise Refused(
            f"The reply is too long: a message holds {rule.limit} {rule.unit}, and of messages {most} are the most."
        )
    drafts = _drafts(texts, reply.media, apart=files.apart)
    cost, warnings = _price(drafts, reply, connector, audience)
    _check_budget(account, cost, now)
    if len(drafts) > 1:
        warnings.insert(0, f"The reply will be sent as {len(drafts)} messages.")
    if account.sending_paused:
        warnings.append(f"Sending is paused, so the reply waits: {account.sending_paused}")
    return Plan(audience=audience, drafts=drafts, warnings=tuple(warnings), cost=cost)


def text_rule(connector: Connector, target: StoredMessage, account: Account, audience: Audience) -> TextRule | None:
    """Return how long one message of an answer may be, None where the platform has no such replies."""
    own = connector.text_rule(target, account, audience) if isinstance(connector, AdjustsTextRules) else None
    return own or connector.capabilities.text_rule(audience, opening=audience is not target.audience)


def media_rule(connector: Connector, account: Account, audience: Audience) -> MediaRule:
    """Return what may be attached to one message of an answer."""
    own = connector.media_rule(account, audience) if isinstance(connector, HasServerLimits) else None
    return own or connector.capabilities.media_rule(audience)


def signature_of(reply: Reply, account: Account) -> str:
    """Return what closes a reply: a person's initials in the account's form, or that no person wrote it."""
    if reply.automatic:
        return account.automatic_signature
    if "{initials}" in account.signature and not reply.initials:
        return account.signature.replace("{initials}", "").strip(" ^-–—/|")
    return account.signature.replace("{initials}", reply.initials)


def _check_target(reply: Reply, account: Account, connector: Connector, audience: Audience, now: datetime) -> None:
    target = reply.target
    opening = audience is Audience.PRIVATE and target.audience is Audience.PUBLIC
    if opening and target.private_reply_used and connector.capabilities.private_opening_once:
        raise PrivateReplyUsed(USED)
    if not account.enabled:
        raise NotAllowed(f"The account {account.name} is switched off.")
    if target.deleted and audience is target.audience:
        fate = "was deleted, or is no longer visible to us" if target.vanished else "was deleted"
        raise TargetGone(f"The message {fate}, so it cannot be answered any more.")
    if target.erased:
        raise TargetGone("The message was erased, so it cannot be answered any more.")
    sentence = connector.refusal(target, account, audience, now)
    if target.reply_until is not None and target.reply_until <= now and audience is target.audience:
        until = f"{target.reply_until:%Y-%m-%d %H:%M} UTC"
        raise WindowClosed(sentence or f"{connector.title} let us answer this message until {until}.")
    if not target.message_id and audience is Audience.PUBLIC:
        raise NotAllowed("The message being answered is not on the platform (yet).")
    if sentence:
        raise NotAllowed(sentence)


def _drafts(texts: list[str], media: tuple[Upload, ...], *, apart: bool) -> tuple[Draft, ...]:
    """Return the parts in order: files with the first words, or before them where each is a message of its own."""
    if not (apart and media):
        return tuple(
            Draft(index=number, of=len(texts), text=text, media=media if number == 1 else ())
            for number, text in enumerate(texts, start=1)
        )
    contents = [("", (upload,)) for upload in media] + [(text, ()) for text in texts if text]
    return tuple(
        Draft(index=number, of=len(contents), text=text, media=files)
        for number, (text, files) in enumerate(contents, start=1)
    )


def _check_media(media: tuple[Upload, ...], rule: MediaRule, title: str, audience: Audience, *, opening: bool) -> None:
    if not media:
        return
    if opening and not rule.opening:
        raise Refused(f"{title} takes no files with a private answer to a public message.")
    if not rule.count:
        raise Refused(f"{title} takes no files with a {audience.value} reply.")
    if len(media) > rule.count:
        raise Refused(f"More files than {title} takes with a {audience.value} reply: at most {rule.count}.")
    sizes = dict(rule.max_bytes)
    for upload in media:
        if upload.mime not in sizes:
            raise Refused(f"{title} does not take {upload.name} ({upload.mime}).")
        if upload.size > sizes[upload.mime]:
            raise Refused(f"{upload.name} is larger than the {sizes[upload.mime] // 1_000_000} MB that {title} takes.")
        if upload.mime in rule.alone and len(media) > 1:
            raise Refused(f"{title} takes {upload.name} only with no other file beside it.")


def _price(drafts: tuple[Draft, ...], reply: Reply, connector: Connector, audience: Audience) -> tuple[Decimal, list[str]]:
    total, warnings = Decimal(0), []
    for draft in drafts:
        cost, warning = connector.price(draft.text, audience, reply.target)
        total += cost
        if warning and warning not in warnings:
            warnings.append(warning)
    return total, warnings


def _check_budget(account: Account, cost: Decimal, now: datetime) -> None:
    if account.monthly_budget is None or not cost:
        return
    left = account.monthly_budget - spent_this_month(account, now)
    if cost > left:
        raise NotAllowed(
            f"This reply costs ${cost:.3f}, and ${max(left, Decimal(0)):.2f} of this month's budget of "
            f"${account.monthly_budget:.2f} is left. The owner of the account can raise it."
        )


def spent_this_month(account: Account, now: datetime) -> Decimal:
    """Return the US dollars spent in the month of `now` (UTC)."""
    return account.spent if account.spent_month == f"{now:%Y-%m}" else Decimal(0)


FAR = 20
"""A text of more characters than so many messages' limits is not measured as a whole, since measuring takes time."""


# --- splitting ------------------------------------------------------------------------------------------------------
def split_text(
    text: str,
    limit: int,
    measure: Callable[[str], int],
    *,
    signature: str = "",
    numbered: bool = True,
    allow_empty: bool = False,
    enough: int = 999,
) -> list[str]:
    """Cut a text into messages that fit, at sentence ends where possible, numbered "(1/3)" when there are several.

    The signature closes the last message and is part of its length. Words and links stay whole unless one alone is too
    long. enough: after so many messages the rest of the text is left out; the caller refuses what comes near.
    Raises: Refused when there is nothing to send or the signature leaves no room.
    """
    if not text and not allow_empty:
        raise Refused("The reply is empty.")
    ending = f" {signature}" if signature else ""
    reach = FAR * limit
    if len(text) <= reach and measure((text + ending).strip()) <= limit:
        return [(text + ending).strip()]
    for digits in (1, 2, 3):
        mark = f" ({'9' * digits}/{'9' * digits})" if numbered else ""
        pieces = _cut(text, lambda piece, mark=mark: measure(piece + ending + mark) <= limit, reach, enough)  # type: ignore[misc]
        if not numbered or len(str(len(pieces))) <= digits:
            break
    last = len(pieces)
    return [
        piece + (ending if number == last else "") + (f" ({number}/{last})" if numbered and last > 1 else "")
        for number, piece in enumerate(pieces, start=1)
    ]


_BREAKS = (
    (re.compile(r"(?=\n\s*\n)"), 0.5),
    (re.compile(r"(?:[.!?…؟]+[\"'”’)\]]*(?=\s)|[。！？]+[」』”’]*)"), 0.35),
    (re.compile(r"(?=\s)"), 0.0),
)
"""Ends of paragraphs, sentences and words, each with the share of a message that must be full before it is good enough."""


def _cut(text: str, fits: Callable[[str], bool], reach: int, enough: int) -> list[str]:
    pieces: list[str] = []
    while text and len(pieces) < enough:
        whole = len(text) <= reach and fits(text)
        end = len(text) if whole else _best_end(text, _longest_prefix(text, fits), fits)
        pieces.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return pieces


def _longest_prefix(text: str, fits: Callable[[str], bool]) -> int:
    """Return the length of the longest prefix that fits, at least 1. Raises: Refused when not even one character does."""
    low, high = 0, 64
    while high < len(text) and fits(text[:high]):
        low, high = high, high * 2
    high = min(high, len(text))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle)
    if low == 0 and not fits(text[:1]):
        raise Refused("There is no room for a single character: the signature is too long.")
    return max(low, 1)


def _best_end(text: str, longest: int, fits: Callable[[str], bool]) -> int:
    """Return where the piece ends, at the best kind of break that does not waste the message."""
    for pattern, share in _BREAKS:
        ends = [found.end() for found in pattern.finditer(text, 0, longest + 1)]
        for end in reversed(ends):
            if end <= max(longest * share, 0):
                break
            if end <= longest and text[:end].strip() and fits(text[:end].rstrip()):
                return end
    end = longest
    while end > 1 and not (_may_cut(text, end) and fits(text[:end])):
        end -= 1
    return end if _may_cut(text, end) else longest


def _may_cut(text: str, at: int) -> bool:
    """Tell whether a cut before `text[at]` leaves accents, emoji sequences and flags whole."""
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    joined = unicodedata.category(after).startswith("M") or "\u200d" in (before, after)
    skin = 0x1F3FB <= ord(after) <= 0x1F3FF
    flag = 0x1F1E6 <= ord(before) <= 0x1F1FF and 0x1F1E6 <= ord(after) <= 0x1F1FF
    return not (joined or skin or flag)


def _normalise(text: str) -> str:
    """Return the text with one kind of line end, without control characters and outer space."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip()
