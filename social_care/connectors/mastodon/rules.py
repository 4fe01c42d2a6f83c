"""Who may be answered how: asked before anything is written."""

from __future__ import annotations

from social_care.connectors.mastodon.statuses import is_us
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.replies import Part, StoredMessage

DELETED = "This post is no longer on the server, so it cannot be answered."
NOT_PUBLICLY = "This is a private message: answer it privately."
NOBODY = "The server did not say who wrote this message, so there is nobody to answer privately."
OURSELVES = "This is the team's own post: choose a customer's message to answer privately."
AS_QUIET = {"unlisted": "unlisted", "local": "local"}


def acct_of(target: StoredMessage) -> str:
    """Return whom an answer mentions, as our server writes it; "" when nobody knows."""
    return target.route.get("acct") or target.author_handle or ""


def refuse(target: StoredMessage, account: Account, audience: Audience) -> str:
    """Return in a plain sentence why a message cannot be answered like that, "" when it can."""
    ours = bool(account.external_id) and target.author_id == account.external_id
    if audience is Audience.PRIVATE:
        if ours:
            return OURSELVES
        return "" if acct_of(target) else NOBODY
    if target.audience is Audience.PRIVATE:
        return NOT_PUBLICLY
    return DELETED if target.deleted else ""


def visibility_of(part: Part, account: Account) -> str:
    """Return who will see an answer: never more people than can read what it answers.

    Private answers are `direct`: the person who is mentioned reads them. An option makes public ones `unlisted`, which keeps
    them out of the server's timelines (`mastodon_reply_visibility` "Unlisted").
    Source: https://docs.joinmastodon.org/user/posting/#privacy (read 2026-11).
    """
    if part.audience is Audience.PRIVATE:
        return "direct"
    given = part.target.route.get("visibility", "")
    quiet = account.options.get("mastodon_reply_visibility") == "Unlisted"
    return AS_QUIET.get(given) or ("public" if given == "public" and not quiet else "unlisted")


def person_of(part: Part) -> dict[str, str]:
    """Return whom a part answers, in the words of the server's account."""
    return {"acct": acct_of(part.target), "url": part.target.author_id or ""}


def answers_ourselves(part: Part, account: Account) -> bool:
    """Tell whether a part answers a post of our own, where nobody has to be mentioned."""
    return is_us(person_of(part), account.external_id)
