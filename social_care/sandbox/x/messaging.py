"""Private messages.

Source: https://docs.x.com/x-api/direct-messages/lookup/introduction and /manage/introduction (2026-11-21)
"""

from __future__ import annotations

from typing import Any

from social_care.sandbox.x import problems
from social_care.sandbox.x.api import USER, Api, Call, Reply
from social_care.sandbox.x.fields import DM_EXPANSIONS
from social_care.sandbox.x.limits import DM_CREATE, DM_READ
from social_care.sandbox.x.model import DirectMessage
from social_care.sandbox.x.objects import Includes, may_write, message_object
from social_care.sandbox.x.paging import paginate, read_count
from social_care.sandbox.x.posting import check_schema

MAX_TEXT = 10_000
EVENT_TYPES = frozenset({"MessageCreate", "ParticipantsJoin", "ParticipantsLeave"})
PAGE = frozenset({"max_results", "pagination_token", "event_types"})


def register(api: Api) -> None:
    """Add the routes."""
    reading: dict[str, Any] = {"auth": USER, "access": "dm", "parameters": PAGE, "expansions": DM_EXPANSIONS}
    writing: dict[str, Any] = {"auth": USER, "access": "dm"}
    api.add("GET /2/dm_events", get_events, **reading)
    api.add("GET /2/dm_conversations/with/:participant_id/dm_events", get_events_with, **reading)
    api.add("GET /2/dm_conversations/:dm_conversation_id/dm_events", get_events_of, **reading)
    api.add("POST /2/dm_conversations/with/:participant_id/messages", send_to, **writing)
    api.add("POST /2/dm_conversations/:dm_conversation_id/messages", send_in, **writing)


def get_events(api: Api, call: Call) -> Reply:
    """Return the caller's private messages, newest first."""
    return _events(api, call, api.state.recent_messages(call.user_id))


def get_events_with(api: Api, call: Call) -> Reply:
    """Return the private messages exchanged with one person."""
    wanted = api.state.conversation(call.user_id, call.params["participant_id"])
    return _events(api, call, _only(api.state.recent_messages(call.user_id), wanted))


def get_events_of(api: Api, call: Call) -> Reply:
    """Return the private messages of one conversation."""
    return _events(api, call, _only(api.state.recent_messages(call.user_id), call.params["dm_conversation_id"]))


def _only(messages: list[DirectMessage], conversation_id: str) -> list[DirectMessage]:
    return [message for message in messages if message.conversation_id == conversation_id]


def _events(api: Api, call: Call, messages: list[DirectMessage]) -> Reply:
    types = set(filter(None, call.query.get("event_types", "MessageCreate").split(",")))
    if not types <= EVENT_TYPES:
        value = call.query["event_types"]
        raise problems.invalid(f"The `event_types` query parameter value [{value}] is not valid", "event_types", value)
    if "MessageCreate" not in types:
        messages = []
    page = paginate(api, call, messages, read_count(call.query, 1, 100, 100))
    includes = Includes(api.state, call.selection, call.user_id)
    for message in page.items:
        includes.add_message(message)
    api.purse.charge_reads([message.id for message in page.items], DM_READ)
    data: dict[str, Any] = {}
    if page.items:
        data["data"] = [message_object(api.state, message, call.selection.dm) for message in page.items]
    return Reply(data=data | includes.result() | {"meta": page.meta(ids=False)})


def send_to(api: Api, call: Call) -> Reply:
    """Write to a person."""
    return _send(api, call, call.params["participant_id"])


def send_in(api: Api, call: Call) -> Reply:
    """Write in a conversation that one is part of."""
    people = call.params["dm_conversation_id"].split("-")
    if len(people) != 2 or call.user_id not in people:
        raise problems.forbidden(problems.NO_DM)
    return _send(api, call, people[0] if people[1] == call.user_id else people[1])


def _send(api: Api, call: Call, recipient_id: str) -> Reply:
    body = call.body()
    check_schema(body, {"text": str, "attachments": list})
    text = body.get("text", "")
    media = _attachment(api, call, body.get("attachments", []))
    if not text and not media:
        raise problems.invalid("$.text: must be at least 1 characters long")
    if len(text) > MAX_TEXT:
        raise problems.invalid(f"$.text: must be at most {MAX_TEXT} characters long")
    recipient = api.state.users.get(recipient_id)
    if recipient is None or not may_write(api.state, call.user_id, recipient):
        raise problems.forbidden(problems.NO_DM)
    message = api.state.add_message(api.state.users[call.user_id], recipient, text, media)
    api.purse.charge(DM_CREATE)
    data = {"dm_conversation_id": message.conversation_id, "dm_event_id": message.id}
    return Reply(data={"data": data}, status=201)


def _attachment(api: Api, call: Call, attachments: list[Any]) -> list[str]:
    if not attachments:
        return []
    if len(attachments) > 1 or not isinstance(attachments[0], dict) or set(attachments[0]) != {"media_id"}:
        raise problems.invalid("$.attachments: there must be one item with a media_id in the array")
    media = api.state.media.get(str(attachments[0]["media_id"]))
    if media is None or media.owner_id != call.user_id or media.state != "succeeded":
        raise problems.invalid("Your media IDs are invalid.", "attachments.media_id", attachments[0]["media_id"])
    return [media.id]
