"""Private messages of Messenger and Instagram: sending them, and looking for one whose outcome is unknown.

Source: https://developers.facebook.com/docs/messenger-platform/reference/send-api,
https://developers.facebook.com/docs/messenger-platform/discovery/private-replies,
https://developers.facebook.com/docs/instagram-platform/private-replies (read 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from social_care.connectors.kit.reading import items, mapping, moment, text
from social_care.connectors.meta.conversations import account_of
from social_care.connectors.meta.envelope import remote_id
from social_care.connectors.meta.errors import unreadable_success
from social_care.connectors.meta.graph import Answer, Graph
from social_care.connectors.meta.matching import CLOCK_SKEW, fingerprint, metadata_of
from social_care.connectors.meta.rules import HUMAN_WINDOW, has_human_agent
from social_care.core.accounts import Account
from social_care.core.errors import Refused, WindowClosed
from social_care.core.events import Audience
from social_care.core.replies import Part, Sent, Upload

GiveFile = Callable[[Upload], bytes | str]
"""Returns a file's content, or the address at which Meta fetches it."""

LOOKED_AT = 20
"""How many messages of a conversation are looked at for one of ours."""


def recipient_of(part: Part) -> dict[str, str]:
    """Return whom a private part goes to: a person, or a comment's or post's author (a private reply). Raises: Refused."""
    target, route = part.target, part.target.route
    if target.audience is Audience.PRIVATE:
        person = route.get("person") or target.thread_id
        if not person or (route.get("user_ref") and not route.get("person")):
            raise Refused("There is nobody to answer.")
        return {"id": person}
    if part.index > 1:
        raise Refused("Only one private answer to a comment is allowed, so it cannot have several parts.")
    return {"post_id" if target.kind == "post" else "comment_id": target.message_id}


def send_private(
    graph: Graph, part: Part, path: str, account: Account, give: GiveFile, now: datetime, *, instagram: bool = False
) -> Sent:
    """Send one private part. Later than 24 hours a person's message goes with the Human Agent tag, where that is allowed.

    instagram: which gives nothing back that we send along, and takes only ASCII in the names of files.
    Raises: as `Connection.send`.
    """
    recipient = recipient_of(part)
    message: dict[str, Any] = {"text": part.text} if part.text else {}
    if not instagram:
        message["metadata"] = metadata_of(part)
    body: dict[str, Any] = {"recipient": recipient, "message": message}
    if "id" not in recipient:
        return _sent(graph, graph.post(path, json=body))
    try:
        return _sent(graph, _post(graph, path, body | {"messaging_type": "RESPONSE"}, part, give, instagram))
    except WindowClosed:  # certainly refused, so asking again in another way sends nothing twice
        if not _may_tag(part, account, now):
            raise
    return _sent(
        graph, _post(graph, path, body | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}, part, give, instagram)
    )


def _may_tag(part: Part, account: Account, now: datetime) -> bool:
    """Tell whether the Human Agent tag may be used: for what a person wrote, within 7 days."""
    sent_at = part.target.sent_at
    return not part.automatic and has_human_agent(account) and (sent_at is None or now - sent_at < HUMAN_WINDOW)


def _post(graph: Graph, path: str, body: dict[str, Any], part: Part, give: GiveFile, ascii_names: bool) -> Answer:
    """Post a message; a file is a message of its own, and goes as form data or as the address where Meta fetches it."""
    if not part.media:
        return graph.post(path, json=body)
    upload = part.media[0]
    kind = upload.mime.split("/")[0]
    given = give(upload)
    payload = {"url": given} if isinstance(given, str) else {"is_reusable": False}
    attachment = {"type": kind if kind in {"image", "audio", "video"} else "file", "payload": payload}
    message = {name: value for name, value in body["message"].items() if name != "text"} | {"attachment": attachment}
    if isinstance(given, str):
        return graph.post(path, json=body | {"message": message})
    form = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in body.items()}
    form["message"] = json.dumps(message)
    name = upload.name if upload.name.isascii() or not ascii_names else f"file{PurePath(upload.name).suffix}"
    return graph.post(path, data=form, files={"filedata": (name, given, upload.mime)})


def _sent(graph: Graph, answer: Answer) -> Sent:
    identity = remote_id(answer.body.get("message_id"))
    if not identity:
        raise unreadable_success(graph.title)
    return Sent(external_id=identity, thread_id=remote_id(answer.body.get("recipient_id")) or None)


def find_private(
    graph: Graph, part: Part, path: str, platform: str, us: str, taken: Callable[[str], bool], *, same_person: bool
) -> Sent | None:
    """Look for a private part among our newest messages: in its conversation, or in all of them for a private reply.

    same_person: whether the platform names a comment's author and a private message's by the same id.
    Source: https://developers.facebook.com/docs/messenger-platform/conversations (read 2026-11). Raises: SocialCareError.
    """
    if part.first_attempt_at is None:
        return None
    params: dict[str, Any] = {
        "platform": platform,
        "fields": f"participants,messages.limit({LOOKED_AT}){{id,from,to,message,created_time,attachments}}",
        "limit": 25,
    }
    if part.target.audience is Audience.PRIVATE:
        params["user_id"] = part.target.route.get("person") or part.target.thread_id
    since = part.first_attempt_at - CLOCK_SKEW
    found: dict[str, Sent] = {}
    for node, person in _ours(graph.get(path, **params).body, us):
        sent_at, identity = moment(node.get("created_time")), remote_id(node.get("id"))
        same_words = fingerprint(text(node.get("message")) or "") == fingerprint(part.text)
        same_files = bool(node.get("attachments")) == bool(part.media)
        if sent_at is not None and sent_at >= since and identity and same_words and same_files and not taken(identity):
            if same_person and part.target.audience is Audience.PUBLIC and part.target.author_id not in (None, person):
                continue
            found.setdefault(person, Sent(external_id=identity, thread_id=person or None))
    # The same words to several people: whose this was cannot be told, and a wrong guess would mix up two cases.
    return next(iter(found.values())) if len(found) == 1 else None


def _ours(body: Mapping[str, Any], us: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield our own messages, oldest first, each with the person it went to."""
    for conversation in map(mapping, items(body.get("data"))):
        nodes = [mapping(one) for one in items(mapping(conversation.get("messages")).get("data"))]
        for node in reversed(nodes):
            if remote_id(mapping(node.get("from")).get("id")) == us:
                yield node, account_of({"to": node.get("to")})
