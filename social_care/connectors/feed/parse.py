"""A stored feed → events. Total: whatever comes in, out come events or UnreadablePayload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from social_care.connectors.feed.decoding import decode
from social_care.connectors.feed.documents import Document
from social_care.connectors.feed.envelope import Envelope
from social_care.connectors.feed.json_feeds import read_json
from social_care.connectors.feed.messages import Scene, digest, identity_of, mark_of, read_entry, short
from social_care.connectors.feed.xml_feeds import read_xml
from social_care.connectors.kit.reading import EPOCH
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Event, Ignored, MessageDeleted, MessageReceived, Unknown

EMPTY = UnreadablePayload("It is empty.")


def read_document(raw: bytes, content_type: str, url: str) -> Document:
    """Return what a feed says, in whichever of the formats. Raises: UnreadablePayload, and nothing else."""
    text = decode(raw, content_type).lstrip("\ufeff \t\r\n")
    if not text:
        raise EMPTY
    try:
        return read_json(text, url) if text[0] in "{[" else read_xml(text, url)
    except UnreadablePayload:
        raise
    except Exception as error:  # a hostile feed may break any library; the body is parked, with this reason
        raise UnreadablePayload(f"It cannot be read as a feed ({type(error).__name__}).") from error


def parse_body(stored: bytes, *, us: str, at: datetime) -> tuple[Event, ...]:
    """Return the events of a stored body, oldest first. at: when it came, where it does not tell itself.

    Raises: UnreadablePayload.
    """
    envelope = Envelope.read(stored, at)
    document = read_document(envelope.raw, envelope.content_type, envelope.url)
    return events_of(document, envelope, us)


def events_of(document: Document, envelope: Envelope, us: str) -> tuple[Event, ...]:
    """Return what a feed's entries are to us, of those that `envelope.only` names where it names any."""
    found = [one for one in messages_of(document, envelope, us) if not envelope.only or mark_of(one) in envelope.only]
    return tuple(_taken(event, envelope.since) for event in found) or (Ignored(reason="a feed without entries"),)


def messages_of(document: Document, envelope: Envelope, us: str) -> list[Event]:
    """Return an event for each entry that says anything, oldest first."""
    scene = Scene(us=us, at=envelope.at, ours=envelope.ours)
    # Feeds come newest first; sorting is stable, so what tells no time stays in turn.
    entries = sorted(reversed(document.entries), key=lambda one: one.published or one.updated or EPOCH)
    events = [read_entry(entry, scene) for entry in entries]
    same = defaultdict(list)
    for place, entry in enumerate(entries):
        if isinstance(events[place], MessageReceived):
            same[identity_of(entry)].append(place)
    for places in same.values():
        if len({entries[place].link for place in places}) > 1:  # one guid for different things: their addresses tell
            for place in places:
                events[place] = _apart(events[place], entries[place].link)
        else:
            _in_versions(events, places)
    events += [MessageDeleted(message_id=gone) for gone in map(short, document.deleted) if gone not in same]
    if document.left_out:
        events.append(Unknown(reason=f"The feed has {document.left_out} entries more than are read at once."))
    return events


def _apart(event: Event, link: str) -> Event:
    identity = digest(event.message_id, link)
    if isinstance(event, MessageReceived) and event.thread.id == event.message_id:
        event = replace(event, thread=replace(event.thread, id=identity))
    return replace(event, message_id=identity)


def _in_versions(events: list[Event], places: Sequence[int]) -> None:
    """Let entries of one id be versions of one message, in the order in which they stand: two never are the same one."""
    for number, place in enumerate(places[1:], start=1):
        event = events[place]
        if isinstance(event, MessageReceived):
            events[place] = replace(event, revision=f"{event.revision[:-3]}{min(number, 999):03}")


def _taken(event: Event, since: datetime | None) -> Event:
    if not isinstance(event, MessageReceived) or since is None or event.sent_at is None or event.sent_at >= since:
        return event
    return Ignored(message_id=event.message_id, reason="older than the first visit to this feed reaches")
