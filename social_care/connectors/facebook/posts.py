"""Posts and comments around a Page, as webhooks and as the Graph API tell them → events.

A thread is a post. A comment's id is POST_COMMENT, a post's PAGE_POST; both ways tell the same ids.
Source: https://developers.facebook.com/docs/graph-api/webhooks/reference/page,
https://developers.facebook.com/docs/pages-api/comments-mentions (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

from social_care.connectors.kit.reading import flag, items, mapping, moment, text
from social_care.connectors.meta.envelope import Dated, Scene, epoch, remote_id
from social_care.core.events import (
    STANCE,
    Audience,
    Author,
    Event,
    Ignored,
    Media,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    Thread,
    Unknown,
    VisibilityChanged,
)
from social_care.core.ids import make_revision

POSTS = frozenset({"post", "status", "photo", "video", "share", "album", "event", "link", "note", "offer", "reel", "story"})
REACTIONS = frozenset({"reaction", "like"})
WITHOUT_WORDS = frozenset(
    {
        "address",
        "connection",
        "coupon",
        "experience",
        "follow",
        "group",
        "group_message",
        "interest",
        "mention",
        "milestone",
        "page",
    }
    | {"photo-album", "picture", "platform-story", "profile", "question", "relationship-status", "tag", "timeline cover"}
)
"""Items of Meta's list that are nobody's word to the Page: its own data, and stories about its connections."""
OTHER_IDS = ("photo_id", "video_id", "album_id", "event_id", "share_id", "story_id")
"""Where a post without `post_id` has its id."""
EDITS = frozenset({"edited", "edit", "update"})
REMOVALS = frozenset({"remove", "delete"})
NO_WORD = frozenset({"follow", "block", "unblock", "mute"})
"""Verbs of Meta's list that concern a person, not what was said."""
VIDEOS = frozenset({"video", "reel"})
HIDING = {"hide": True, "unhide": False}
NO_TEXT = "Facebook sent no text with it."
MENTION_WITHOUT_TEXT = "Facebook told only that the Page was mentioned here: open it on Facebook to read it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One post or comment, however it was told. parent "" for a post and for a comment on the post itself.

    at: when it was written, changed_at: when this version was, both epoch seconds, 0 unknown.
    elsewhere: it does not stand on our Page. listed, hidden: as of `MessageReceived`. kind "": as `comment` tells.
    """

    identity: str
    post: str
    comment: bool
    parent: str = ""
    author: Author | None = None
    words: str | None = None
    at: float = 0.0
    changed_at: float = 0.0
    media: tuple[Media, ...] = ()
    permalink: str | None = None
    tagged: bool = False
    elsewhere: bool = False
    can_reply_privately: bool | None = None
    listed: bool = False
    hidden: bool | None = None
    kind: str = ""
    notes: tuple[str, ...] = ()
    stance: str = ""


def read_feed(value: Mapping[str, Any], scene: Scene, *, mention: bool = False) -> Iterator[Dated]:
    """Yield the event of one change of the fields `feed` and `mention`."""
    item, verb = text(value.get("item")) or ("post" if mention else ""), text(value.get("verb")) or "add"
    at = epoch(value.get("created_time")) or scene.at
    if verb in EDITS:  # `created_time` stays that of the first version
        at = epoch(value.get("edited_time")) or scene.at or at
    comment, post = remote_id(value.get("comment_id")), remote_id(value.get("post_id"))
    is_comment = item == "comment" or (bool(comment) and item not in REACTIONS)
    identity = comment if is_comment else post or remote_id(*(value.get(name) for name in OTHER_IDS))
    if item in REACTIONS:
        yield at, read_reaction(value, comment or post, _thread(post, comment, scene), verb, at)
    elif item in WITHOUT_WORDS and not is_comment:
        yield at, Ignored(message_id=identity, reason=f"something that says nothing to the Page: {item}")
    elif not is_comment and item not in POSTS:
        yield (
            at,
            Unknown(message_id=identity, reason=f"Facebook sent something of an unknown kind: {item[:60] or 'unnamed'}."),
        )
    elif not identity:
        yield at, Unknown(reason="Facebook sent a post or comment without an id.")
    else:
        yield at, piece_event(_told(value, scene, identity, is_comment, at, mention), verb, scene)


def _told(value: Mapping[str, Any], scene: Scene, identity: str, comment: bool, at: float, mention: bool) -> Piece:
    post, parent = remote_id(value.get("post_id")), remote_id(value.get("parent_id"))
    post = post or (parent if not comment else _post_of(identity, scene.us))
    words = text(value.get("message"))
    tags = {remote_id(mapping(tag).get("id")) for tag in items(value.get("message_tags"))}
    return Piece(
        identity=identity,
        post=post or identity,
        comment=comment,
        parent="" if not comment or parent in (post, post.partition("_")[2], identity) else parent,
        author=read_author(value),
        words=words,
        at=epoch(value.get("created_time")) or at,
        changed_at=at,
        media=tuple(_webhook_media(value)),
        permalink=text(value.get("permalink_url"))
        or text(value.get("permalink"))
        or make_permalink(post, identity, comment),
        tagged=mention or bool(scene.us and scene.us in tags),
        elsewhere=mention and not (scene.us and post.startswith(f"{scene.us}_")),
        notes=tuple(_webhook_notes(value, words, mention)),
        hidden=flag(value.get("is_hidden")) or None,
    )


def read_author(value: Mapping[str, Any]) -> Author | None:
    """Return who wrote something, None where not even a name is told."""
    sender = mapping(value.get("from"))
    identity = remote_id(sender.get("id"), value.get("sender_id"))
    name = text(sender.get("name")) or text(value.get("sender_name"))
    return Author(id=identity, name=name) if identity or name else None


def _thread(post: str, comment: str, scene: Scene) -> Thread | None:
    post = post or _post_of(comment, scene.us)
    return Thread(id=post, audience=Audience.PUBLIC) if post else None


def _post_of(comment: str, us: str) -> str:
    """Return the post of a comment whose post was not named, as far as its own id tells."""
    half = comment.partition("_")[0]
    return f"{us}_{half}" if us and half != comment else ""


def make_permalink(post: str, identity: str, comment: bool) -> str | None:
    """Return the address of a post or comment, None where its ids do not tell."""
    page, joined, half = post.partition("_")
    if not joined:
        return None
    address = f"https://www.facebook.com/{page}/posts/{half}/"
    return address + (f"?comment_id={identity.rpartition('_')[2]}" if comment else "")


def _webhook_media(value: Mapping[str, Any]) -> Iterator[Media]:
    item = text(value.get("item")) or ""
    photos = [url for url in map(text, items(value.get("photos"))) if url]
    if photo := text(value.get("photo")) or (text(value.get("link")) if item == "photo" else None):
        photos = photos if photo in photos else [photo, *photos]
    for url in photos:
        yield Media(kind="photo", url=url)
    if video := text(value.get("video")) or (text(value.get("link")) if item in VIDEOS else None):
        yield Media(kind="video", url=video)


def _webhook_notes(value: Mapping[str, Any], words: str | None, mention: bool) -> Iterator[str]:
    link = text(value.get("link"))
    if link and text(value.get("item")) not in VIDEOS | {"photo"}:
        yield f"It shares a link: {link[:1000]}"
    if words is None and text(value.get("verb")) not in REMOVALS:
        yield MENTION_WITHOUT_TEXT if mention else NO_TEXT


def read_reaction(value: Mapping[str, Any], identity: str, thread: Thread | None, verb: str, at: float) -> Event:
    """Return a reaction to a post, comment or review; without one it is a like of the Page itself."""
    if not identity:
        return Ignored(reason="somebody likes the Page, or no longer does, or what they react to was not named")
    sign = "" if verb in REMOVALS else text(value.get("reaction_type")) or "like"
    return ReactionChanged(
        message_id=identity, author=read_author(value), reaction=sign, revision=str(int(at)), thread=thread
    )


def piece_event(piece: Piece, verb: str, scene: Scene) -> Event:
    """Return what happened to a post, comment or review."""
    thread = Thread(id=piece.post, audience=Audience.PUBLIC)
    if verb in HIDING:
        at = datetime.fromtimestamp(piece.at, timezone.utc) if piece.at else None
        return VisibilityChanged(message_id=piece.identity, hidden=HIDING[verb], at=at)
    if verb in NO_WORD:
        return Ignored(message_id=piece.identity, reason=f"it concerns a person, not what was said: {verb}")
    if verb in REMOVALS:
        remover = piece.author.id if piece.author else ""
        return MessageDeleted(message_id=piece.identity, thread=thread, author_id=remover or None)
    if piece.tagged and not piece.elsewhere and not piece.words and scene.feed == "webhook":
        return Ignored(message_id=piece.identity, reason="a mention under our own post, which comes with its text by itself")
    if verb in EDITS:
        return make_message(piece, scene, revision=make_revision(piece.changed_at, (piece.words or "") + piece.stance))
    if verb == "add":
        return make_message(piece, scene)
    return Unknown(message_id=piece.identity, reason=f"Facebook reported something of an unknown kind: {verb[:60]}.")


def make_message(piece: Piece, scene: Scene, *, revision: str = "") -> MessageReceived:
    """Return the event of a post or comment; with a revision it is an edit."""
    own = bool(piece.author and scene.us and piece.author.id == scene.us)
    route = {
        "via": scene.feed,
        "reply_to": piece.parent or piece.identity,
        "elsewhere": "1" if piece.elsewhere else "",
        STANCE: piece.stance,
        "can_reply_privately": "" if piece.can_reply_privately is None else str(int(piece.can_reply_privately)),
    }
    kind = MessageEdited if revision else MessageReceived
    return kind(
        message_id=piece.identity,
        thread=Thread(id=piece.post, audience=Audience.PUBLIC),
        author=piece.author,
        text=piece.words or "",
        kind=piece.kind or ("comment" if piece.comment else "post"),
        sent_at=datetime.fromtimestamp(piece.at, timezone.utc) if piece.at else None,
        addresses_us=not own and (piece.tagged or not piece.parent),
        on_our_ground=not own and not piece.elsewhere,
        parent_id=piece.parent or None,
        revision=revision,
        media=piece.media,
        permalink=piece.permalink,
        route={name: value for name, value in route.items() if value},
        notes=piece.notes,
        listed=piece.listed,
        hidden=piece.hidden,
    )


# --- as the Graph API lists them ------------------------------------------------------------------------------------
def read_post_node(node: Mapping[str, Any], scene: Scene, *, authors_told: bool = True) -> Iterator[Dated]:
    """Yield a post of a feed and the comments that came with it.

    authors_told: whether the call asked for authors; if not, a post on our own feed is held for our own.
    """
    identity, sent_at = remote_id(node.get("id")), moment(node.get("created_time"))
    at = sent_at.timestamp() if sent_at else 0.0
    words, media = text(node.get("message")), tuple(_node_media(node.get("attachments")))
    author = read_author(node)
    if not identity:
        yield at, Unknown(reason="Facebook listed a post without an id.")
        return
    if words is None and not media:
        if sent_at is not None:
            yield at, Ignored(message_id=identity, reason="a post without words of anybody")
    elif author is None and not authors_told:
        yield at, Ignored(message_id=identity, reason="a post of the Page's feed; who wrote it was not asked for")
    else:
        page = identity.partition("_")[0]
        piece = Piece(
            identity=identity,
            post=identity,
            comment=False,
            author=author,
            words=words,
            at=at,
            media=media,
            permalink=text(node.get("permalink_url")) or make_permalink(identity, identity, False),
            tagged=scene.us not in ("", page),
            elsewhere=scene.us not in ("", page),
            listed=True,
        )
        yield at, make_message(piece, scene)
    for comment in map(mapping, items(mapping(node.get("comments")).get("data"))):
        yield read_comment_node(comment, scene, post=identity)


def read_comment_node(node: Mapping[str, Any], scene: Scene, *, post: str, parent: str = "") -> Dated:
    """Return one comment below a post; `parent` is the comment whose answers were asked for, "" for none."""
    sent_at, link = moment(node.get("created_time")), text(node.get("permalink_url"))
    at = sent_at.timestamp() if sent_at else 0.0
    identity = remote_id(node.get("id")) or _id_in(link, post)
    if not identity:
        return at, Unknown(reason="Facebook listed a comment without an id.")
    above = remote_id(mapping(node.get("parent")).get("id")) or parent
    words, media = text(node.get("message")), tuple(_node_media({"data": [node.get("attachment")]}))
    tags = {remote_id(mapping(tag).get("id")) for tag in items(node.get("message_tags"))}
    piece = Piece(
        identity=identity,
        post=post or identity,
        comment=True,
        parent="" if above in (post, identity) else above,
        author=read_author(node),
        words=words,
        at=at,
        media=media,
        permalink=link or make_permalink(post, identity, True),
        tagged=bool(scene.us and scene.us in tags),
        can_reply_privately=flag(node.get("can_reply_privately")),
        listed=words is not None,
        hidden=flag(node.get("is_hidden")),
        notes=() if words or media else (NO_TEXT,),
    )
    return at, make_message(piece, scene)


def _id_in(link: str | None, post: str) -> str:
    """Return a comment's id from its address, where the id itself was not asked for."""
    try:
        query = parse_qs(urlsplit(link or "").query)
    except ValueError:
        return ""
    number = (query.get("reply_comment_id") or query.get("comment_id") or [""])[0]
    half = post.partition("_")[2]
    return remote_id(f"{half}_{number}") if half and number.isdecimal() else ""


def _node_media(attachments: object) -> Iterator[Media]:
    for one in map(mapping, items(mapping(attachments).get("data"))):
        media, kind = mapping(one.get("media")), text(one.get("type")) or text(one.get("media_type")) or "file"
        picture, video = text(mapping(media.get("image")).get("src")), text(media.get("source"))
        if video or picture:
            yield Media(kind="video" if video else "photo" if "photo" in kind else kind, url=video or picture)
        for inner in map(mapping, items(mapping(one.get("subattachments")).get("data"))):
            if url := text(mapping(mapping(inner.get("media")).get("image")).get("src")):
                yield Media(kind="photo", url=url)
