"""Posting, deleting and hiding, and the rules about who may answer whom.

Source: https://docs.x.com/x-api/posts/manage-tweets/introduction, https://docs.x.com/x-api/posts/hide-replies/introduction
and, for the rule that a reply must be summoned, https://docs.x.com/changelog (2026-11-21)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from social_care.sandbox.x import problems
from social_care.sandbox.x.api import USER, Api, Call, Reply
from social_care.sandbox.x.limits import POST_CREATE, POST_CREATE_WITH_URL, SUMMONED_REPLY
from social_care.sandbox.x.model import Post, User
from social_care.sandbox.x.objects import post_object
from social_care.sandbox.x.text import LONG_POST, MAX_WEIGHT, has_url, weigh

SETTINGS = frozenset({"following", "mentionedUsers", "subscribers", "verified"})
BODY: dict[str, type | dict[str, type]] = {
    "text": str,
    "reply": {"in_reply_to_tweet_id": str, "exclude_reply_user_ids": list, "auto_populate_reply_metadata": bool},
    "media": {"media_ids": list, "tagged_user_ids": list},
    "quote_tweet_id": str,
    "reply_settings": str,
    "made_with_ai": bool,
    "paid_partnership": bool,
    "nullcast": bool,
    "for_super_followers_only": bool,
    "share_with_followers": bool,
    "direct_message_deep_link": str,
    "card_uri": str,
    "community_id": str,
}


def register(api: Api) -> None:
    """Add the routes."""
    api.add("POST /2/tweets", create_post, auth=USER, access="write")
    api.add("DELETE /2/tweets/:id", delete_post, auth=USER, access="write")
    api.add("PUT /2/tweets/:id/hidden", hide_reply, auth=USER, access="write")


def check_schema(body: dict[str, Any], schema: dict[str, Any], path: str = "$") -> None:
    """Raise a Problem (400) for a field that does not exist or has another type."""
    for name, value in body.items():
        if name not in schema:
            message = f"{path}.{name}: is not defined in the schema and the schema does not allow additional properties"
            raise problems.invalid(message)
        wanted = schema[name]
        expected = dict if isinstance(wanted, dict) else wanted
        if not isinstance(value, expected):
            raise problems.invalid(f"{path}.{name}: {type(value).__name__} found, {expected.__name__} expected")
        if isinstance(wanted, dict):
            check_schema(value, wanted, f"{path}.{name}")


def create_post(api: Api, call: Call) -> Reply:
    """Post, reply or quote."""
    body = call.body()
    check_schema(body, BODY)
    author = api.state.users[call.user_id]
    text = body.get("text", "")
    if not text.isprintable() and any("\ud800" <= c <= "\udfff" for c in text):
        raise problems.invalid("$.text: is not valid Unicode")
    media = _media(api, author, body.get("media"))
    if not text.strip() and not media:
        raise problems.invalid("$.text: is missing but it is required; a post has a text or media")
    if body.get("reply_settings", "following") not in SETTINGS:
        raise problems.invalid("$.reply_settings: does not have a value in the enumeration", "reply_settings", body)
    _check_quote(api, author, body.get("quote_tweet_id"))
    target, prefix = _reply(api, author, text, body.get("reply"))
    _check_text(api, author, text, prefix)
    post = api.state.add_post(
        author,
        text,
        reply_to=target.id if target else None,
        quote=body.get("quote_tweet_id"),
        media=media,
        prefix=prefix,
        reply_settings=body.get("reply_settings", "everyone"),
    )
    api.purse.charge(_price(text, target))
    wanted = frozenset({"id", "text", "edit_history_tweet_ids"})
    return Reply(data={"data": post_object(api.state, post, wanted)}, status=201)


def _price(text: str, target: Post | None) -> Any:
    if has_url(text):
        return POST_CREATE_WITH_URL
    return SUMMONED_REPLY if target else POST_CREATE


def _media(api: Api, author: User, given: dict[str, Any] | None) -> list[str]:
    if given is None:
        return []
    ids = given.get("media_ids", [])
    good = [
        one for one in ids if isinstance(one, str) and one in api.state.media and api.state.media[one].owner_id == author.id
    ]
    if len(good) != len(ids) or any(api.state.media[one].state != "succeeded" for one in good):
        raise problems.invalid("Your media IDs are invalid.", "media.media_ids", ids)
    if not 1 <= len(ids) <= 4:
        raise problems.invalid("$.media.media_ids: there must be 1 to 4 items in the array", "media.media_ids", ids)
    return good


def _check_quote(api: Api, author: User, quote: str | None) -> None:
    if quote is None:
        return
    target = api.state.posts.get(quote)
    if target is None or not api.state.visible(target, author.id):
        raise problems.forbidden(problems.TARGET_GONE)
    if not api.options.enterprise and target.author_id != author.id and not summoned(api, author, target):
        raise problems.forbidden(problems.NOT_QUOTABLE)


def _reply(api: Api, author: User, text: str, reply: dict[str, Any] | None) -> tuple[Post | None, str]:
    """Return the post answered (None: none) and the mentions X puts before the text."""
    if reply is None:
        return None, ""
    if "in_reply_to_tweet_id" not in reply:
        raise problems.invalid("$.reply.in_reply_to_tweet_id: is missing but it is required")
    target = api.state.posts.get(reply["in_reply_to_tweet_id"])
    if target is None or not api.state.visible(target, author.id):
        raise problems.forbidden(problems.TARGET_GONE)
    if not allowed_by_settings(api, author, target):
        raise problems.forbidden(problems.RESTRICTED)
    if not api.options.enterprise and target.author_id != author.id and not summoned(api, author, target):
        raise problems.forbidden(problems.NOT_SUMMONED)
    if reply.get("auto_populate_reply_metadata") is False:
        return target, ""
    return target, api.state.reply_prefix(author, target, text, reply.get("exclude_reply_user_ids", []))


def summoned(api: Api, author: User, target: Post) -> bool:
    """Return whether the author of a post called us: by mentioning us in it, or by quoting us."""
    mentions = target.mentions if api.options.implicit_mention_counts else target.typed_mentions
    quoted = api.state.posts.get(target.quote_id or "")
    return author.id in mentions or (quoted is not None and quoted.author_id == author.id)


def allowed_by_settings(api: Api, author: User, target: Post) -> bool:
    """Return whether the one who began a conversation lets us answer in it."""
    root = api.state.posts.get(target.conversation_id)
    if root is None or root.author_id == author.id or author.id in root.mentions:
        return True
    if root.reply_settings == "following":
        return author.id in api.state.users[root.author_id].follows
    if root.reply_settings == "verified":
        return author.verified
    return root.reply_settings == "everyone"


def _check_text(api: Api, author: User, text: str, prefix: str) -> None:
    if weigh(text) > (LONG_POST if author.long_posts else MAX_WEIGHT):
        raise problems.forbidden(problems.TOO_LONG)
    if not text.strip():
        return
    since = api.clock() - timedelta(seconds=api.options.duplicate_window_s)
    for post in api.state.newest(api.state.by_author.get(author.id, [])):
        if post.created_at <= since:
            return
        if post.full_text == prefix + text:
            raise problems.forbidden(problems.DUPLICATE)


def delete_post(api: Api, call: Call) -> Reply:
    """Delete a post of one's own."""
    post = api.state.posts.get(call.params["id"])
    if post is None:
        raise problems.not_found()
    if post.author_id != call.user_id:
        raise problems.forbidden("You are not authorized to delete this Tweet.")
    api.state.delete_post(post.id)
    return Reply(data={"data": {"deleted": True}})


def hide_reply(api: Api, call: Call) -> Reply:
    """Hide a reply in a conversation of one's own, or show it again."""
    body = call.body()
    check_schema(body, {"hidden": bool})
    if "hidden" not in body:
        raise problems.invalid("$.hidden: is missing but it is required")
    post = api.state.posts.get(call.params["id"])
    if post is None:
        raise problems.not_found()
    root = api.state.posts.get(post.conversation_id)
    if post.reply_to_id is None or root is None or root.author_id != call.user_id or post.author_id == call.user_id:
        raise problems.forbidden("You are not permitted to hide this reply.")
    post.hidden = body["hidden"]
    return Reply(data={"data": {"hidden": post.hidden}})
