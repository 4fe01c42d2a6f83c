"""Posts of X, in the shapes of API v2 (both spellings, tweet and post) and of the legacy webhooks → events.

Source: https://docs.x.com/x-api/fundamentals/data-dictionary, .../conversation-id, .../edit-posts and
https://docs.x.com/x-api/activity/event-payloads (read 2026-08).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from social_care.connectors.kit.reading import (
    flag,
    identifier,
    items,
    mapping,
    moment,
    moment_from_ms,
    number,
    rank,
    text,
)
from social_care.connectors.x.errors import problem_slug
from social_care.connectors.x.text import leading_mentions_end, unescape
from social_care.core.events import Audience, Author, Event, Ignored, Media, MessageEdited, MessageReceived, Thread, Unknown

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NO_LANGUAGE = {"und", "zxx", "qam", "qct", "qht", "qme", "qst", "art"}
TURNS_TO_US = {"post.mention.create", "post.reply.create", "post.quote.create"}
LEGACY_POSTS = "tweet_create_events"
GONE, HIDDEN = "is gone", "is hidden from this account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What surrounds an entry: our own id ("" unknown), the feed, X's event type, and the objects sent beside it.

    missing: id of a post X could not show → why, in words.
    """

    us: str
    feed: str
    kind: str
    users: Mapping[str, Mapping[str, Any]]
    media: Mapping[str, Mapping[str, Any]]
    posts: Mapping[str, Mapping[str, Any]]
    polls: Mapping[str, Mapping[str, Any]]
    missing: Mapping[str, str]

    @property
    def our_handle(self) -> str:
        """Our handle in lower case, when X sent us along; else ""."""
        return (handle_of(self.users.get(self.us, {})) or "").lower() if self.us else ""


def make_scene(*, us: str, feed: str, sources: Iterable[Mapping[str, Any]], kind: str = "", errors: object = None) -> Scene:
    """Gather what X sent beside the entries; `sources` are its `includes`, or bodies with a `users` map."""
    users: dict[str, Mapping[str, Any]] = {}
    media: dict[str, Mapping[str, Any]] = {}
    posts: dict[str, Mapping[str, Any]] = {}
    polls: dict[str, Mapping[str, Any]] = {}
    for source in sources:
        for found, key, name in (
            (users, "id", "users"),
            (media, "media_key", "media"),
            (posts, "id", "tweets"),
            (posts, "id", "posts"),
            (polls, "id", "polls"),
        ):
            for one in _objects(source.get(name)):
                if identity := identifier(one.get("id_str") if key == "id" else None, one.get(key)):
                    found.setdefault(identity, one)
    missing: dict[str, str] = {}
    for problem in map(mapping, items(errors)):
        why = {"resource-not-found": GONE, "not-authorized-for-resource": HIDDEN}.get(problem_slug(problem))
        if why and (identity := identifier(problem.get("resource_id"), problem.get("value"))):
            missing[identity] = why
    return Scene(us=us, feed=feed, kind=kind, users=users, media=media, posts=posts, polls=polls, missing=missing)


def _objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list, or of a map id → object, each taken out of the {"data": …} X may wrap it in."""
    found = list(value.values()) if isinstance(value, dict) else items(value)
    return [unwrap(item) for item in found if isinstance(item, dict)]


def unwrap(value: object) -> dict[str, Any]:
    """Return an object, taken out of the {"data": …} that X may wrap it in."""
    outer = mapping(value)
    inner = outer.get("data")
    return inner if isinstance(inner, dict) and "id" not in outer else outer


def handle_of(user: Mapping[str, Any]) -> str | None:
    """Return a user's handle, without @."""
    return text(user.get("username")) or text(user.get("screen_name")) or None


def read_author(identity: str, user: Mapping[str, Any]) -> Author | None:
    """Return a person by id and what X sent of them, None when nothing says who it is."""
    identity = identity or identifier(user.get("id_str"), user.get("id"))
    if not identity:
        return None
    followers = number(mapping(user.get("public_metrics")).get("followers_count"))
    return Author(
        id=identity,
        handle=handle_of(user),
        name=text(user.get("name")),
        avatar_url=text(user.get("profile_image_url")) or text(user.get("profile_image_url_https")),
        followers=number(user.get("followers_count")) if followers is None else followers,
        verified=flag(user.get("verified")),
        protected=flag(user.get("protected")),
        accepts_private=flag(user.get("receives_your_dm")),
    )


def read_media(objects: Iterable[object]) -> tuple[Media, ...]:
    """Return attachments, v2 or v1.1; of a video the preview and the best MP4."""
    found: list[Media] = []
    for item in map(mapping, objects):
        variants = items(item.get("variants")) or items(mapping(item.get("video_info")).get("variants"))
        playable = [
            one for one in map(mapping, variants) if text(one.get("content_type")) == "video/mp4" and text(one.get("url"))
        ]
        best = max(playable, key=lambda one: number(one.get("bit_rate")) or number(one.get("bitrate")) or 0, default={})
        still = (
            text(item.get("url"))
            if "media_key" in item
            else text(item.get("media_url_https")) or text(item.get("media_url"))
        )
        preview = text(item.get("preview_image_url")) or (still if best else None)
        kind = text(item.get("type")) or "file"
        url = text(best.get("url")) or (still if kind == "photo" or not preview else None)
        identity = identifier(item.get("media_key"), item.get("id_str"), item.get("id"))
        if url or identity or preview:
            alt = text(item.get("alt_text")) or text(item.get("ext_alt_text"))
            found.append(Media(kind=kind, url=url, id=identity or None, alt=alt, preview_url=preview))
    return tuple(dict.fromkeys(found))


def attached(entry: Mapping[str, Any], scene: Scene) -> tuple[Media, ...]:
    """Return what `attachments.media_keys` names; a key X sent nothing for keeps its id."""
    keys = [identifier(key) for key in items(mapping(entry.get("attachments")).get("media_keys"))]
    return read_media(scene.media.get(key, {"media_key": key}) for key in keys if key)


def read_post(post: Mapping[str, Any], scene: Scene) -> Event:
    """Return the event of one post. An edit has an id of its own at X; here the first id of its history is the message's."""
    own = identifier(post.get("id_str"), post.get("id"))
    if not own:
        return Unknown(reason="X sent a post without an id.")
    references = _references(post)
    if scene.kind == "post.repost.create" or "retweeted" in references or mapping(post.get("retweeted_status")):
        return Ignored(message_id=own, reason="a repost without words of its own")
    history = _history(post)
    first = history[0] if len(history) > 1 else own
    author = _author(post, scene)
    parent = references.get("replied_to") or identifier(
        *(post.get(f"in_reply_to_{name}") for name in ("tweet_id", "post_id", "status_id_str", "status_id"))
    )
    # The legacy webhooks name no conversation. Their replies hang on the post they answer, so a long exchange received
    # only that way is several threads; polls and the Activity API name it.
    named = identifier(post.get("conversation_id"), post.get("conversation_id_str"))
    answered = identifier(post.get("in_reply_to_user_id_str"), post.get("in_reply_to_user_id"))
    conversation = named or parent or first
    # A conversation is named after its first post: that of an edited one may be named after any of its versions.
    conversation = first if conversation in history else conversation
    words, notes = _text(post)
    route = _route(post, scene, author, references, words)
    route["reply_to"] = max([own, *history], key=rank)
    if parent and parent == named:
        route["begun_by"] = answered
    kind = MessageEdited if first != own else MessageReceived
    return kind(
        message_id=first,
        revision=own if first != own else "",
        thread=Thread(id=conversation, audience=Audience.PUBLIC),
        author=author,
        text=words,
        sent_at=_sent_at(post),
        addresses_us=_addresses_us(scene, author, route, answered),
        parent_id=parent or None,
        parent_author_id=answered or None,
        media=attached(post, scene) or read_media(_legacy_media(post)),
        permalink=f"https://x.com/{(author and author.handle) or 'i'}/status/{own}",
        language=_language(post),
        route={name: value for name, value in route.items() if value},
        notes=(*notes, *_notes(post, scene, author, references, parent)),
    )


def _references(post: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for one in map(mapping, items(post.get("referenced_tweets")) + items(post.get("referenced_posts"))):
        found[text(one.get("type")) or ""] = identifier(one.get("id"))
    quoted = identifier(post.get("quoted_status_id_str"), post.get("quoted_status_id"))
    return {"quoted": quoted, **found} if quoted else found


def _history(post: Mapping[str, Any]) -> list[str]:
    """Return the ids of all versions known to X, oldest first."""
    legacy = mapping(post.get("edit_history")).get("edit_tweet_ids")
    told = (post.get("edit_history_tweet_ids"), post.get("edit_history_post_ids"), legacy)
    return max(([one for one in map(identifier, items(ids)) if one] for ids in told), key=len)


def _author(post: Mapping[str, Any], scene: Scene) -> Author | None:
    user = unwrap(post.get("user"))
    identity = identifier(post.get("author_id"), user.get("id_str"), user.get("id"))
    return read_author(identity, scene.users.get(identity) or user)


def _text(post: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the whole text (long posts carry it beside their first 280 characters), and a note when X sent none."""
    notes = (mapping(post.get("note_tweet")), mapping(post.get("note_post")))
    whole = [*(note.get("text") for note in notes), mapping(post.get("extended_tweet")).get("full_text")]
    for candidate in (*whole, post.get("full_text"), post.get("text")):
        if found := text(candidate):
            return unescape(found), ()
    return "", () if isinstance(post.get("text"), str) else ("X sent this post without its text.",)


def _sent_at(post: Mapping[str, Any]) -> datetime | None:
    return (
        moment(post.get("created_at")) or moment_from_ms(post.get("timestamp_ms")) or _legacy_moment(post.get("created_at"))
    )


def _legacy_moment(value: object) -> datetime | None:
    """Read "Mon May 19 14:01:46 +0000 2025", whatever language the server speaks."""
    parts = (text(value) or "").split()
    if len(parts) != 6 or parts[1] not in MONTHS or not all(map(str.isascii, parts)):
        return None
    return moment(f"{parts[5]}-{MONTHS.index(parts[1]) + 1:02}-{parts[2]:0>2}T{parts[3]}{parts[4][:3]}:{parts[4][3:]}")


def _language(post: Mapping[str, Any]) -> str | None:
    language = text(post.get("lang"))
    return None if not language or language in NO_LANGUAGE else language[:20]


def _legacy_media(post: Mapping[str, Any]) -> list[Any]:
    for holder in (mapping(post.get("extended_tweet")), post):
        for name in ("extended_entities", "entities"):
            if found := items(mapping(holder.get(name)).get("media")):
                return found
    return []


def _mention(post: Mapping[str, Any], scene: Scene, words: str) -> str:
    """Return whether the text mentions us: "explicit", "implicit" (X put it before a reply), or "".

    Source: https://docs.x.com/fundamentals/counting-characters ("@mentions in replies", read 2026-08).
    """
    holders = (post, *(mapping(post.get(name)) for name in ("note_tweet", "note_post", "extended_tweet")))
    found = ""
    for holder in holders:
        entities = mapping(holder.get("entities"))
        hidden = number((items(holder.get("display_text_range")) or [None])[0])
        begin = leading_mentions_end(words) if hidden is None else hidden
        for one in map(mapping, items(entities.get("mentions")) + items(entities.get("user_mentions"))):
            identity, handle = identifier(one.get("id_str"), one.get("id")), (handle_of(one) or "").lower()
            if not (identity == scene.us if identity and scene.us else handle and handle == scene.our_handle):
                continue
            start = number(one.get("start"))
            start = number((items(one.get("indices")) or [None])[0]) if start is None else start
            is_reply = (
                "in_reply_to_user_id" in post or "in_reply_to_status_id_str" in post or "replied_to" in _references(post)
            )
            if not is_reply or start is None or start >= begin:
                return "explicit"
            found = "implicit"
    return found


def _route(
    post: Mapping[str, Any], scene: Scene, author: Author | None, references: Mapping[str, str], words: str
) -> dict[str, str]:
    us = scene.us
    quoted = mapping(scene.posts.get(references.get("quoted", ""))) or mapping(post.get("quoted_status"))
    answered = identifier(post.get("in_reply_to_user_id_str"), post.get("in_reply_to_user_id"))
    quoted_author = identifier(
        quoted.get("author_id"), mapping(quoted.get("user")).get("id_str"), mapping(quoted.get("user")).get("id")
    )
    accepts = author.accepts_private if author else None
    return {
        "via": scene.feed,
        "author_id": author.id if author else "",
        "mentioned": "explicit" if scene.kind == "post.mention.create" else _mention(post, scene, words),
        "reply_to_us": "1" if scene.kind == "post.reply.create" or (us and answered == us) else "",
        "quoted": "1" if scene.kind == "post.quote.create" or (us and quoted_author == us) else "",
        "reply_settings": text(post.get("reply_settings")) or "",
        "protected": "1" if author and author.protected else "",
        "accepts_private": "" if accepts is None else str(int(accepts)),
    }


def _addresses_us(scene: Scene, author: Author | None, route: Mapping[str, str], answered: str) -> bool:
    if author and scene.us and author.id == scene.us:
        return False
    chosen = scene.feed == "mentions" or scene.feed.startswith("search:") or scene.kind in TURNS_TO_US
    # Of others the legacy webhooks bring what mentions, answers, quotes or reposts us, whether that shows or not:
    # https://docs.x.com/x-api/account-activity/introduction ("Activity types", read 2026-11).
    told = scene.kind == LEGACY_POSTS and author is not None and answered in {"", scene.us}
    return chosen or told or any(route[name] for name in ("mentioned", "reply_to_us", "quoted"))


def _notes(
    post: Mapping[str, Any], scene: Scene, author: Author | None, references: Mapping[str, str], parent: str
) -> tuple[str, ...]:
    found = []
    if author and author.protected:
        found.append("The author's posts are protected: only approved followers can read them.")
    if parent in scene.missing:
        found.append(f"It answers a post that {scene.missing[parent]}.")
    quoted = references.get("quoted", "")
    if quoted in scene.missing:
        found.append(f"It quotes a post that {scene.missing[quoted]}.")
    elif post.get("is_quote_status") is True and not mapping(post.get("quoted_status")):
        found.append("It quotes a post that X no longer shows.")
    if title := text(mapping(post.get("article")).get("title")):
        found.append(f"It is an article: {title[:200]}.")
    for key in map(identifier, items(mapping(post.get("attachments")).get("poll_ids"))):
        labels = (text(mapping(one).get("label")) for one in items(scene.polls.get(key, {}).get("options")))
        if options := " / ".join(filter(None, labels)):
            found.append(f"It has a poll: {options}.")
    return tuple(found)
