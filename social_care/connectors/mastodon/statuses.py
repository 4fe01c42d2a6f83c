"""Statuses, in the shapes of Mastodon and compatible servers → events.

Source: https://docs.joinmastodon.org/entities/Status/ and .../entities/Account/ (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from typing import Any
from urllib.parse import urlsplit

from social_care.connectors.kit.plain import to_plain
from social_care.connectors.kit.reading import identifier, items, mapping, moment, number, text
from social_care.core.events import Audience, Author, Event, Ignored, Media, MessageEdited, MessageReceived, Thread, Unknown

OPEN_TO_ALL = frozenset({"public", "unlisted", "local"})
"""What anybody may read. `local` is of Akkoma and Pleroma. Whatever else there is counts as private: nothing is shown to
more people than its author chose."""
LONGEST_IDENTITY = 120
DIRECT = "direct:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What surrounds a status: our own id ("" unknown), the feed, and whether it turns to us for certain."""

    us: str
    feed: str = "webhook"
    to_us: bool = False


def identity_of(account: Mapping[str, Any]) -> str:
    """Return who an account is on every server: its address. Its `id` means another person on another server."""
    return identifier(
        account.get("url"), account.get("uri"), full_acct(account), account.get("id"), longest=LONGEST_IDENTITY
    )


def full_acct(account: Mapping[str, Any]) -> str:
    """Return `user@host`; of the server's own people `acct` has no host, their address does."""
    acct = text(account.get("acct")) or text(account.get("username")) or ""
    if not acct or "@" in acct:
        return acct
    host = _host(account.get("url")) or _host(account.get("uri"))
    return f"{acct}@{host}" if host else acct


def _host(address: object) -> str:
    try:
        return urlsplit(text(address) or "").netloc.lower()
    except ValueError:
        return ""


def is_us(account: Mapping[str, Any], us: str) -> bool:
    """Tell whether an account is ours, by whichever of its names we know ourselves."""
    names = (account.get("url"), account.get("uri"), account.get("id"), account.get("acct"), full_acct(account))
    return bool(us) and us in map(identifier, names)


def private_thread_id(person: str) -> str:
    """Return the thread of everything private between us and one person: a server names no conversation in a status."""
    return DIRECT + person


def audience_of(status: Mapping[str, Any]) -> Audience:
    """Return who can read a status."""
    return Audience.PUBLIC if text(status.get("visibility")) in OPEN_TO_ALL else Audience.PRIVATE


def words_of(status: Mapping[str, Any]) -> str:
    """Return the text of a status (or of one of its versions), under its content warning."""
    warning = (text(status.get("spoiler_text")) or "").strip()
    words = to_plain(text(status.get("content")) or "") or text(status.get("content_text")) or ""
    return f"CW: {warning}\n\n{words}".rstrip() if warning else words


def read_author(account: Mapping[str, Any], us: str) -> Author | None:
    """Return a person, None when nothing says who it is. We ourselves keep the id by which we are known here."""
    identity = us if is_us(account, us) else identity_of(account)
    if not identity:
        return None
    return Author(
        id=identity,
        handle=full_acct(account) or None,
        name=text(account.get("display_name")) or text(account.get("username")),
        avatar_url=text(account.get("avatar")),
        followers=number(account.get("followers_count")),
    )


def read_media(status: Mapping[str, Any]) -> tuple[Media, ...]:
    """Return attachments; of one that the server does not keep, the address where it came from."""
    found = []
    for one in map(mapping, items(status.get("media_attachments"))):
        url = text(one.get("url")) or text(one.get("remote_url"))
        identity = identifier(one.get("id")) or None
        if url or identity:
            given = text(one.get("type")) or "file"
            kind = {"image": "photo", "gifv": "animated_gif"}.get(given, given)
            preview = text(one.get("preview_url"))
            found.append(Media(kind=kind, url=url, id=identity, alt=text(one.get("description")), preview_url=preview))
    return tuple(dict.fromkeys(found))


def revision_of(status: Mapping[str, Any]) -> str:
    """Return what tells the versions apart: the time of the edit, "" for the first."""
    edited = moment(status.get("edited_at"))
    return edited.astimezone(timezone.utc).isoformat(timespec="milliseconds") if edited else ""


def read_status(status: Mapping[str, Any], scene: Scene) -> Event:
    """Return the event of one status; an edited one is its newest version."""
    identity = identifier(status.get("id"))
    if not identity:
        return Unknown(reason="The server sent a post without an id.")
    if mapping(status.get("reblog")):
        return Ignored(message_id=identity, reason="a boost without words of its own")
    account = mapping(status.get("account"))
    author = read_author(account, scene.us)
    audience = audience_of(status)
    if (ignored := _not_asked_for(scene.feed, audience)) != "":
        return Ignored(message_id=identity, reason=ignored)
    ours = is_us(account, scene.us)
    parent = identifier(status.get("in_reply_to_id"))
    revision = revision_of(status)
    kind = MessageEdited if revision else MessageReceived
    return kind(
        message_id=identity,
        revision=revision,
        thread=thread_of(status, scene.us),
        author=author,
        text=words_of(status),
        kind="post" if audience is Audience.PUBLIC else "direct_message",
        sent_at=moment(status.get("created_at")),
        addresses_us=not ours and (audience is Audience.PRIVATE or _turns_to_us(status, scene)),
        parent_id=parent or None,
        parent_author_id=_parent_author(status, scene.us),
        media=read_media(status),
        permalink=text(status.get("url")) or text(status.get("uri")),
        language=(text(status.get("language")) or "")[:20] or None,
        route=_route(status, account, scene.feed),
        notes=() if ours else _notes(status, account, scene.us),
    )


def _not_asked_for(feed: str, audience: Audience) -> str:
    """Return why a status is no matter of its feed: both feeds read the same notifications."""
    if feed == "mentions" and audience is Audience.PRIVATE:
        return "a private message; the feed of private messages brings it"
    if feed == "direct_messages" and audience is Audience.PUBLIC:
        return "a public message; the feed of mentions brings it"
    return ""


def thread_of(status: Mapping[str, Any], us: str) -> Thread:
    """Return where a status stands: publicly under the one it answers, privately with the other person."""
    identity = identifier(status.get("id"))
    if audience_of(status) is Audience.PUBLIC:
        return Thread(id=identifier(status.get("in_reply_to_id")) or identity, audience=Audience.PUBLIC)
    account = mapping(status.get("account"))
    other = account if us and not is_us(account, us) else _counterpart(status, us) or account
    return Thread(id=private_thread_id(identity_of(other) or identity), audience=Audience.PRIVATE)


def _counterpart(status: Mapping[str, Any], us: str) -> Mapping[str, Any]:
    """Return whom a private status of ours is for: whom it answers, else the first one mentioned."""
    if not us:
        return {}
    others = [one for one in map(mapping, items(status.get("mentions"))) if not is_us(one, us)]
    answered = identifier(status.get("in_reply_to_account_id"))
    return next((one for one in others if answered and identifier(one.get("id")) == answered), next(iter(others), {}))


def _parent_author(status: Mapping[str, Any], us: str) -> str | None:
    """Return who wrote what is answered; a status tells only that account's id here, so it has to be among its people."""
    answered = identifier(status.get("in_reply_to_account_id"))
    for one in (*map(mapping, items(status.get("mentions"))), mapping(status.get("account"))):
        if answered and identifier(one.get("id")) == answered:
            return us if is_us(one, us) else identity_of(one) or None
    return None


def _turns_to_us(status: Mapping[str, Any], scene: Scene) -> bool:
    if scene.to_us or scene.feed.startswith("search:"):
        return True
    if scene.us and identifier(status.get("in_reply_to_account_id")) == scene.us:
        return True
    return any(is_us(one, scene.us) for one in map(mapping, items(status.get("mentions"))))


def _route(status: Mapping[str, Any], account: Mapping[str, Any], feed: str) -> dict[str, str]:
    found = {
        "via": feed,
        "acct": text(account.get("acct")) or "",
        "account_id": identifier(account.get("id")),
        "visibility": text(status.get("visibility")) or "",
        "spoiler_text": (text(status.get("spoiler_text")) or "").strip(),
    }
    return {name: value for name, value in found.items() if value}


def _notes(status: Mapping[str, Any], account: Mapping[str, Any], us: str) -> tuple[str, ...]:
    found = []
    if audience_of(status) is Audience.PRIVATE and text(status.get("visibility")) not in ("direct", None):
        found.append("Only the author's followers can read this. An answer goes to the author alone.")
    others = [one for one in map(mapping, items(status.get("mentions"))) if us and not is_us(one, us)]
    if audience_of(status) is Audience.PRIVATE and others:
        names = ", ".join(f"@{full_acct(one)}" for one in others[:5])
        found.append(f"Also sent to {names}. An answer goes to the author alone.")
    if account.get("bot") is True:
        found.append("The author is marked as a bot.")
    options = [text(mapping(one).get("title")) or "" for one in items(mapping(status.get("poll")).get("options"))]
    if options:
        found.append("It has a poll: " + " / ".join(options) + ".")
    quoted = mapping(mapping(status.get("quote")).get("quoted_status"))
    if link := text(quoted.get("url")):
        found.append(f"It quotes {link}.")
    if status.get("sensitive") is True and items(status.get("media_attachments")):
        found.append("Its attachments are marked as sensitive.")
    return tuple(found)
