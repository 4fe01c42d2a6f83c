"""Bodies of Facebook → events. Total: whatever comes in, out come events or UnreadablePayload.

Two kinds: webhooks in Meta's envelope, and what the Graph API lists (feeds with comments, conversations with messages).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_care.connectors.facebook.posts import read_comment_node, read_feed, read_post_node
from social_care.connectors.facebook.reviews import is_review, read_review, read_review_node
from social_care.connectors.kit.reading import items, mapping
from social_care.connectors.meta import envelope
from social_care.connectors.meta.conversations import is_conversation, is_message, read_conversation, read_message
from social_care.connectors.meta.envelope import Dated, Scene, Update
from social_care.connectors.meta.messaging import is_messaging, read_messaging
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Event, Ignored, Unknown

TITLE = "Facebook"
PRODUCTS = {"page": TITLE}
OWN_DATA = """
    about affiliation attire awards bio birthday category checkins company_overview culinary_team current_location
    description email feature_access_list founded followers general_info general_manager hometown hours inbox_labels
    is_permanently_closed is_unclaimed local_delivery location members message_template_status_update mission name
    page_about_story page_change_proposal page_upcoming_change parking payment_options personal_info personal_interests
    phone picture price_range product_review products public_transit publisher_subscriptions registration website
"""
NO_MATTER: dict[str, str] = {
    # Fields of the webhook that tell nothing of a customer.
    **dict.fromkeys(OWN_DATA.split(), "a change of the Page's own data"),
    "conversations": "a conversation changed; its messages come by themselves",
    **dict.fromkeys(("business_integrity", "call_settings_update"), "a notice about the Page, or a setting of it"),
    **dict.fromkeys(("calls", "call_permission_reply"), "a call; calls are not handled here"),
    **dict.fromkeys(("comment_poll_response", "story_poll_response"), "an answer to a poll of the Page"),
    **dict.fromkeys(("story_reactions", "story_share"), "somebody reacted to or shared a story of the Page"),
    "follow": "somebody follows the Page",
    **dict.fromkeys(
        ("marketing_message_delivery_failed", "marketing_message_echoes"), "a marketing message of another tool"
    ),
    "marketing_messages_subscriber_upload_status": "a list of another tool",
    "live_videos": "a live broadcast of the Page began or ended",
    "videos": "a video of the Page was processed",
    **dict.fromkeys(
        ("leadgen", "leadgen_fat", "leadgen_update"), "a lead form was filled in, which is another tool's matter"
    ),
    "group_feed": "a group's feed; only the Page's own is read",
    "merchant_review": "a review of the Page's shop",
    "messaging_integrity": "a notice about the Page's messages",
    "payment_request_update": "a payment",
    "user_action": "somebody used a button of the Page",
    "video_text_question_responses": "answers to a question in a video",
    "standby": "another app handles this conversation",
    **dict.fromkeys(
        (
            *("invoice_access_invoice_change", "invoice_access_invoice_draft_change", "invoice_access_bank_slip_events"),
            *("invoice_access_onboarding_status_active", "mcom_invoice_change"),
        ),
        "an invoice of the Page",
    ),
}


def parse_body(raw: bytes | str, *, feed: str, us: str) -> tuple[Event, ...]:
    """Return the events of a raw body; `us` is our Page's id, "" when unknown. Raises: UnreadablePayload."""
    scene = Scene(us=us, title=TITLE, feed=feed)
    return envelope.read_body(raw, scene, listing=parse_listing, products=PRODUCTS, read=read_update)


def read_update(update: Update, scene: Scene) -> Iterator[Dated]:
    """Yield the events of one update of a webhook."""
    value = mapping(update.value)
    if update.list in {"messaging", "standby"} or is_messaging(update.value):
        yield from read_messaging(update.value, scene, standby="standby" in (update.list, update.field))
    elif value and (update.field == "ratings" or (update.field == "feed" and value.get("item") == "rating")):
        yield from read_review(value, scene)
    elif update.field in {"feed", "mention"} and value:
        yield from read_feed(value, scene, mention=update.field == "mention")
    elif update.field in NO_MATTER:
        yield update.at, Ignored(reason=NO_MATTER[update.field])
    else:
        yield update.at, Unknown(reason=f"Facebook told of something unknown: {update.field[:60] or 'unnamed'}.")


def parse_listing(
    root: Mapping[str, Any], scene: Scene, *, of: str = "", reviews: bool = False, authors_told: bool = True
) -> tuple[Event, ...]:
    """Return the events of a list or node of the Graph API, oldest first.

    of: the post or comment whose comments these are. reviews: they are reviews. authors_told: whether the call asked for
    authors.
    Raises: UnreadablePayload when it is neither.
    """
    data = root.get("data")
    nodes = data if isinstance(data, list) else [root] if "id" in root else None
    if nodes is None:
        raise UnreadablePayload("Nothing in it is known as something Facebook sends.")
    dated: list[Dated] = []
    for node in nodes:
        if not isinstance(node, dict):
            dated.append((0.0, Unknown(reason="Facebook listed something that is not an object.")))
        elif "comments" not in node and is_conversation(node, scene):
            dated.extend(read_conversation(node, scene))
        elif is_message(node, scene):
            dated.append(read_message(node, scene))
        elif reviews or is_review(node):
            dated.append(read_review_node(node, scene))
        elif of:
            post, parent = place_of_comments(of, node, scene.us)
            dated.append(read_comment_node(node, scene, post=post, parent=parent))
        else:
            dated.extend(read_post_node(node, scene, authors_told=authors_told))
    return envelope.in_order(dated)


def place_of_comments(of: str, node: Mapping[str, Any], us: str) -> tuple[str, str]:
    """Return post and parent of a comment listed below `of`, which may be a post (PAGE_POST) or a comment (POST_COMMENT).

    A comment's own id begins with its post's second half, and so tells which of the two it is.
    """
    first, _, second = of.partition("_")
    half = str(node.get("id") or "").partition("_")[0]
    if second and half == first and half != second:
        return (f"{us}_{first}" if us else first), of
    return of, ""


def place_of_comment(identity: str, us: str) -> str:
    """Return the post of a comment (POST_COMMENT) as a listing would name it."""
    post = identity.partition("_")[0]
    return f"{us}_{post}" if us else post


def account_ids(root: object) -> Iterator[str]:
    """Yield our own id wherever a body names it."""
    yield from envelope.account_ids(root)
    for node in map(mapping, items(mapping(root).get("data"))):
        page, joined, _ = str(node.get("id") or "").partition("_")
        if joined and page.isdecimal() and "comments" in node:
            yield page
