"""Posts, users, private messages and files as X's JSON, in full and cut down to a selection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from social_care.sandbox.clock import as_timestamp
from social_care.sandbox.x.fields import Selection
from social_care.sandbox.x.model import EDIT_WINDOW, EDITS, DirectMessage, Media, Post, User
from social_care.sandbox.x.problems import missing, not_authorized
from social_care.sandbox.x.state import State
from social_care.sandbox.x.text import Rendered, cut, render, weigh

ZERO_METRICS = ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")
AVATAR = "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png"


def pick(data: dict[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    """Return the wanted keys of an object, in its own order."""
    chosen = set(wanted)
    return {key: value for key, value in data.items() if key in chosen}


def render_post(state: State, post: Post, text: str) -> Rendered:
    """Return a post's text as delivered, with the links to what it quotes and shows at its end."""
    links: list[dict[str, Any]] = []
    quoted = state.posts.get(post.quote_id or "")
    if quoted:
        handle = state.users[quoted.author_id].handle
        links.append({"expanded_url": f"https://twitter.com/{handle}/status/{quoted.id}"})
    handle = state.users[post.author_id].handle
    for media_id in post.media:
        media = state.media[media_id]
        address = f"https://twitter.com/{handle}/status/{post.id}/{media.kind}/1"
        links.append({"expanded_url": address, "media_key": media.key})
    return render(text, post.history[0], state.id_of, tuple(links))


def post_object(state: State, post: Post, wanted: frozenset[str] | None = None) -> dict[str, Any]:
    """Return a post with the wanted fields (None: all); empty fields are left out, as X does."""
    full = post.full_text
    short = cut(full) if len(full) > 140 and weigh(post.text) > 280 else full
    shown = render_post(state, post, short)
    data: dict[str, Any] = {
        "id": post.id,
        "text": shown.text,
        "edit_history_tweet_ids": list(post.history),
        "author_id": post.author_id,
        "created_at": as_timestamp(post.created_at),
        "conversation_id": post.conversation_id,
        "in_reply_to_user_id": post.reply_to_user_id,
        "referenced_tweets": references(post),
        "entities": shown.entities,
        "attachments": {"media_keys": [state.media[one].key for one in post.media]} if post.media else None,
        "display_text_range": [len(post.prefix), len(shown.text)],
        "edit_controls": edit_controls(state, post),
        "lang": post.lang,
        "possibly_sensitive": False,
        "paid_partnership": False,
        "reply_settings": post.reply_settings,
    }
    if wanted is None or "public_metrics" in wanted:
        data["public_metrics"] = metrics(state, post)
    if short is not full and (wanted is None or "note_tweet" in wanted):
        note = render_post(state, post, full)
        data["note_tweet"] = {"text": note.text, **({"entities": note.entities} if note.entities else {})}
    data = {key: value for key, value in data.items() if value not in (None, {}, []) or key == "text"}
    return data if wanted is None else pick(data, wanted)


def references(post: Post) -> list[dict[str, str]]:
    """Return what a post answers, quotes or repeats."""
    pairs = (("retweeted", post.repost_id), ("quoted", post.quote_id), ("replied_to", post.reply_to_id))
    return [{"type": kind, "id": target} for kind, target in pairs if target]


def edit_controls(state: State, post: Post) -> dict[str, Any]:
    """Return how often and how long a post may still be edited; replies to others may not."""
    first = state.posts[post.history[0]]
    return {
        "edits_remaining": EDITS + 1 - len(post.history),
        "is_edit_eligible": not post.repost_id and post.reply_to_user_id in (None, post.author_id),
        "editable_until": as_timestamp(first.created_at + EDIT_WINDOW),
    }


def metrics(state: State, post: Post) -> dict[str, int]:
    """Return the public counts of a post."""
    counts = dict.fromkeys(ZERO_METRICS, 0)
    for version in post.history:
        for kind, count in state.counts.get(version, {}).items():
            counts[kind] += count
    return counts


def user_object(
    state: State, user: User, wanted: frozenset[str] | None = None, viewer_id: str | None = None
) -> dict[str, Any]:
    """Return a user with the wanted fields (None: all). viewer_id None: `receives_your_dm` is left out."""
    posts = state.by_author.get(user.id, [])
    data: dict[str, Any] = {
        "id": user.id,
        "name": user.name,
        "username": user.handle,
        "created_at": as_timestamp(user.created_at),
        "description": user.description,
        "profile_image_url": AVATAR,
        "protected": user.protected,
        "url": "",
        "verified": user.verified,
        "verified_type": "blue" if user.verified else "none",
        "is_identity_verified": False,
        "public_metrics": {
            "followers_count": user.followers,
            "following_count": len(user.follows),
            "tweet_count": len(posts),
            "listed_count": 0,
            "like_count": 0,
            "media_count": 0,
        },
    }
    if user.location:
        data["location"] = user.location
    if posts:
        data["most_recent_tweet_id"] = str(posts[-1])
    if viewer_id is not None:
        data["receives_your_dm"] = may_write(state, viewer_id, user)
    return data if wanted is None else pick(data, wanted)


def may_write(state: State, sender_id: str, recipient: User) -> bool:
    """Return whether somebody may write privately: not blocked, and open to all, or the other one wrote first or follows."""
    if (recipient.id, sender_id) in state.dm_blocks:
        return False
    if recipient.dms_open or recipient.id == sender_id or sender_id in recipient.follows:
        return True
    return state.has_written(recipient.id, sender_id)


def message_object(state: State, message: DirectMessage, wanted: frozenset[str]) -> dict[str, Any]:
    """Return a private message with the wanted fields."""
    shown = render(message.text, message.id, state.id_of)
    data: dict[str, Any] = {
        "id": message.id,
        "event_type": "MessageCreate",
        "text": shown.text,
        "sender_id": message.sender_id,
        "created_at": as_timestamp(message.created_at),
        "dm_conversation_id": message.conversation_id,
    }
    if shown.entities:
        data["entities"] = shown.entities
    if message.media:
        data["attachments"] = {"media_keys": [state.media[one].key for one in message.media]}
    return pick(data, wanted)


def media_object(media: Media, wanted: frozenset[str]) -> dict[str, Any]:
    """Return a file with the wanted fields; a video has variants and a preview in place of an address."""
    data: dict[str, Any] = {"media_key": media.key, "type": media.kind, "height": 800, "width": 1200}
    if media.alt:
        data["alt_text"] = media.alt
    if media.kind == "photo":
        data["url"] = media.url
    else:
        data["preview_image_url"] = f"https://pbs.twimg.com/tweet_video_thumb/{media.key}.jpg"
        data["variants"] = [{"content_type": media.mime, "bit_rate": 832000, "url": media.url}]
    return pick(data, wanted)


class Includes:
    """Collects what the expansions of a page ask for, each object once, and the errors for what is not there."""

    def __init__(self, state: State, selection: Selection, viewer_id: str | None) -> None:
        self._state = state
        self._selection = selection
        self._viewer_id = viewer_id
        self._found: dict[str, dict[str, dict[str, Any]]] = {"users": {}, "tweets": {}, "media": {}}
        self.errors: list[dict[str, Any]] = []

    def add_post(self, post: Post) -> None:
        """Collect what one post of the page asks for."""
        asked = self._selection.expansions
        if not asked:
            return
        if "author_id" in asked:
            self._user(post.author_id)
        if "in_reply_to_user_id" in asked and post.reply_to_user_id:
            self._user(post.reply_to_user_id)
        if "entities.mentions.username" in asked:
            for mentioned in post.mentions:
                self._user(mentioned)
        if "attachments.media_keys" in asked:
            self._media(post.media)
        if "edit_history_tweet_ids" in asked:
            for version in post.history:
                self._post(self._state.posts[version])
        if any(name.startswith("referenced_tweets.id") for name in asked):
            self._references(post)

    def add_message(self, message: DirectMessage) -> None:
        """Collect what one private message of the page asks for."""
        asked = self._selection.expansions
        if "sender_id" in asked:
            self._user(message.sender_id)
        if "attachments.media_keys" in asked:
            self._media(message.media)

    def _references(self, post: Post) -> None:
        asked = self._selection.expansions
        for reference in references(post):
            target = self._state.posts.get(reference["id"])
            if target is None:
                self.errors.append(missing("tweet", reference["id"], "referenced_tweets.id"))
            elif not self._state.visible(target, self._viewer_id):
                self.errors.append(not_authorized("tweet", target.id, "referenced_tweets.id"))
            else:
                self._post(target)
                if "referenced_tweets.id.author_id" in asked:
                    self._user(target.author_id)
                if "referenced_tweets.id.attachments.media_keys" in asked:
                    self._media(target.media)

    def _post(self, post: Post) -> None:
        if post.id not in self._found["tweets"]:
            self._found["tweets"][post.id] = post_object(self._state, post, self._selection.tweet)

    def _user(self, user_id: str) -> None:
        if user_id not in self._found["users"]:
            user = self._state.users[user_id]
            self._found["users"][user_id] = user_object(self._state, user, self._selection.user, self._viewer_id)

    def _media(self, ids: tuple[str, ...]) -> None:
        for media_id in ids:
            self._found["media"][media_id] = media_object(self._state.media[media_id], self._selection.media)

    def result(self) -> dict[str, Any]:
        """Return `includes` and `errors`, neither where there is nothing in it."""
        includes = {name: list(found.values()) for name, found in self._found.items() if found}
        return {**({"includes": includes} if includes else {}), **({"errors": self.errors} if self.errors else {})}
