"""X's rules for answering, asked before anything is written, and what an answer costs."""

from __future__ import annotations

from decimal import Decimal

from social_care.connectors.x import prices
from social_care.connectors.x.text import has_link
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.replies import StoredMessage

DELETED = "This message is no longer on X, so it cannot be answered."
NOT_PUBLICLY = "This is a private message: answer it privately."
NO_AUTHOR = "X did not say who wrote this message, so there is nobody to answer privately."
OURSELVES = "This is the team's own post: choose a customer's message to answer privately."
NO_PRIVATE = "This person does not accept private messages from this account: answer publicly instead."
PROTECTED = "This person's posts are protected: a public answer would show part of them to everybody. Answer privately."
ONLY_MENTIONED = "The author lets only accounts mentioned in the post answer it, and it does not mention this one."
NOT_SUMMONED = (
    "X lets apps answer publicly only people who mentioned the account or quoted one of its posts; this post does neither. "
    "Answer privately, or on x.com."
)
LINK_PRICE = "A post with a link costs $0.20 at X instead of about one cent."


def is_summoned(target: StoredMessage, account: Account | None) -> bool:
    """Tell whether the author turned to us in a way that lets an app answer (rule for self-serve customers of X).

    An option says whether a mention counts that X itself put before a reply (`x_implicit_mention_counts`, "1" or "0"; X's
    page says "explicitly summoned", its refusals say "otherwise engaged": unsure, so "1" unless told otherwise).
    Source: https://docs.x.com/x-api/posts/manage-tweets/integrate ("Reply restrictions", read 2026-08).
    """
    route = target.route
    if route.get("mentioned") == "explicit" or route.get("quoted"):
        return True
    implicit = account is None or account.options.get("x_implicit_mention_counts", "1") != "0"
    return implicit and bool(route.get("mentioned") or route.get("reply_to_us"))


def refuse(target: StoredMessage, account: Account, audience: Audience) -> str:
    """Return in a plain sentence why a message cannot be answered like that, "" when it can.

    Source: https://docs.x.com/x-api/posts/manage-tweets/integrate, https://docs.x.com/developer-guidelines (read 2026-08).
    """
    route = target.route
    if audience is Audience.PRIVATE:
        if target.audience is Audience.PRIVATE:
            # Answered in its conversation, which stays open when the message itself was deleted.
            return "" if route.get("dm_conversation_id") or target.author_id else NO_AUTHOR
        if not (target.author_id or route.get("author_id")):
            return NO_AUTHOR
        if target.author_id == account.external_id:
            return OURSELVES
        return NO_PRIVATE if route.get("accepts_private") == "0" else ""
    if target.audience is Audience.PRIVATE:
        return NOT_PUBLICLY
    if target.deleted:
        return DELETED
    if target.author_id and target.author_id == account.external_id:
        return ""
    if route.get("protected"):
        return PROTECTED
    if route.get("reply_settings") == "mentionedUsers" and not route.get("mentioned"):
        return ONLY_MENTIONED
    if account.options.get("x_reply_rule") != "Enterprise" and not is_summoned(target, account):
        return NOT_SUMMONED
    return ""


def price_of(text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
    """Return what sending costs in US dollars, and a sentence to warn with.

    Whether an answer with a link to somebody who summoned us costs the price of the link is unsure: the higher one is told.
    Source: https://docs.x.com/x-api/getting-started/pricing (read 2026-08).
    """
    if audience is Audience.PRIVATE:
        return prices.DM, ""
    if has_link(text):
        return prices.POST_WITH_LINK, LINK_PRICE
    return (prices.SUMMONED_REPLY if is_summoned(target, None) else prices.POST), ""
