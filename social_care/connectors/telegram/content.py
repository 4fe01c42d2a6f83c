"""What stands in a Telegram message of any kind → words, files and notes.

Source: https://core.telegram.org/bots/api#message (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from social_care.connectors.kit.reading import flag, items, mapping, number, text
from social_care.connectors.telegram.files import KINDS, files_in, read_file, together
from social_care.connectors.telegram.rich import rich_files, words_in
from social_care.connectors.telegram.text import place_in, with_links
from social_care.core.events import Media

SERVICE: dict[str, str] = {
    "boost_added": "somebody boosted the group",
    "channel_chat_created": "the channel was created",
    "chat_background_set": "the background of the chat changed",
    "chat_owner_changed": "the group has another owner",
    "chat_owner_left": "the owner left the group",
    "chat_shared": "somebody shared a chat with the bot",
    "checklist_tasks_added": "tasks were added to a list",
    "checklist_tasks_done": "tasks of a list were ticked",
    "connected_website": "somebody signed in on a website with Telegram",
    "delete_chat_photo": "the group's picture was removed",
    "direct_message_price_changed": "the price of direct messages changed",
    "forum_topic_closed": "a topic was closed",
    "forum_topic_created": "a topic was opened",
    "forum_topic_edited": "a topic was renamed",
    "forum_topic_reopened": "a topic was opened again",
    "general_forum_topic_hidden": "the general topic was hidden",
    "general_forum_topic_unhidden": "the general topic was shown again",
    "gift": "a gift",
    "gift_upgrade_sent": "an upgrade of a gift",
    "giveaway": "a prize draw",
    "giveaway_completed": "a prize draw ended",
    "giveaway_created": "a prize draw was prepared",
    "giveaway_winners": "the winners of a prize draw",
    "group_chat_created": "the group was created",
    "left_chat_member": "somebody left the group",
    "managed_bot_created": "somebody made a bot that ours manages",
    "message_auto_delete_timer_changed": "messages vanish after another time",
    "new_chat_members": "somebody joined the group",
    "new_chat_photo": "the group has another picture",
    "new_chat_title": "the group has another name",
    "paid_message_price_changed": "the price of messages changed",
    "passport_data": "documents of Telegram Passport",
    "pinned_message": "a message was pinned",
    "poll_option_added": "an answer was added to a poll",
    "poll_option_deleted": "an answer was taken out of a poll",
    "proximity_alert_triggered": "somebody came near somebody",
    "refunded_payment": "a payment was given back",
    "successful_payment": "a payment",
    "suggested_post_approved": "a suggested post was approved",
    "suggested_post_approval_failed": "a suggested post could not be approved",
    "suggested_post_declined": "a suggested post was declined",
    "suggested_post_paid": "a suggested post was paid",
    "suggested_post_refunded": "a suggested post was paid back",
    "supergroup_chat_created": "the supergroup was created",
    "unique_gift": "a gift",
    "users_shared": "somebody shared people with the bot",
    "user_shared": "somebody shared a person with the bot",
    "video_chat_ended": "a video chat ended",
    "video_chat_participants_invited": "somebody was invited to a video chat",
    "video_chat_scheduled": "a video chat was planned",
    "video_chat_started": "a video chat began",
    "voice_chat_ended": "a video chat ended",
    "voice_chat_participants_invited": "somebody was invited to a video chat",
    "voice_chat_scheduled": "a video chat was planned",
    "voice_chat_started": "a video chat began",
    "write_access_allowed": "the customer lets the bot write",
}
"""Service messages: what happened to a chat, in nobody's words."""
HIDDEN = "The customer sent files to be paid for; those that are not here are seen on Telegram only."


@dataclass(frozen=True, slots=True)
class Content:
    """What was read."""

    words: str = ""
    media: tuple[Media, ...] = ()
    notes: tuple[str, ...] = ()


def service_of(message: Mapping[str, Any]) -> str:
    """Return why a message is no customer's word, "" when it is none of Telegram's service messages."""
    return next((reason for name, reason in SERVICE.items() if name in message), "")


def read_content(message: Mapping[str, Any]) -> Content | None:
    """Return what a message says, None for a kind that is not known here. Never raises."""
    if (words := text(message.get("text"))) is not None:
        return Content(words=with_links(words, message.get("entities")))
    caption = with_links(text(message.get("caption")) or "", message.get("caption_entities"))
    if any(name in message for name in KINDS):
        return Content(caption, *files_in(message))
    for kind, reader in READERS.items():
        if kind in message:
            found = reader(mapping(message.get(kind)))
            return Content("\n\n".join(filter(None, (found.words, caption))), found.media, found.notes)
    return Content(words=caption) if caption else None


def _sticker(sticker: Mapping[str, Any]) -> Content:
    """A moving sticker is a format of Telegram's own, so its still picture is fetched."""
    moving = flag(sticker.get("is_animated")) or flag(sticker.get("is_video"))
    media, notes = read_file("sticker", sticker.get("thumbnail") if moving else sticker)
    return Content(text(sticker.get("emoji")) or "", media, () if moving else notes)


def _contact(contact: Mapping[str, Any]) -> Content:
    names = " ".join(filter(None, (text(contact.get("first_name")), text(contact.get("last_name")))))
    return Content(f"Contact: {names} {text(contact.get('phone_number')) or ''}".rstrip())


def _location(location: Mapping[str, Any]) -> Content:
    notes = ("The customer shares where they are for a while; only the first place is shown.",)
    live = number(location.get("live_period"))
    return Content(place_in(location), (), notes if live else ())


def _venue(venue: Mapping[str, Any]) -> Content:
    place = place_in(mapping(venue.get("location")))
    return Content("\n".join(filter(None, (text(venue.get("title")), text(venue.get("address")), place))))


def _poll(poll: Mapping[str, Any]) -> Content:
    options = [f"- {text(mapping(one).get('text')) or '?'}" for one in items(poll.get("options"))]
    description = with_links(text(poll.get("description")) or "", poll.get("description_entities"))
    lines = (f"Poll: {text(poll.get('question')) or '?'}", description, *options)
    return Content("\n".join(filter(None, lines)), *files_in(mapping(poll.get("media"))))


def _checklist(checklist: Mapping[str, Any]) -> Content:
    tasks = [f"- {text(mapping(one).get('text')) or '?'}" for one in items(checklist.get("tasks"))]
    return Content("\n".join([f"List: {text(checklist.get('title')) or '?'}", *tasks]))


def _dice(dice: Mapping[str, Any]) -> Content:
    value = number(dice.get("value"))
    return Content(f"{text(dice.get('emoji')) or '🎲'} {'?' if value is None else value}")


def _web_app(data: Mapping[str, Any]) -> Content:
    return Content(text(data.get("data")) or "", (), (f"Sent by the button “{text(data.get('button_text')) or '?'}”.",))


def _rich(message: Mapping[str, Any]) -> Content:
    return Content(words_in(message), *rich_files(message))


def _paid_media(paid: Mapping[str, Any]) -> Content:
    """What the customer, or our bot, has not paid for comes as a preview without a file."""
    shown = [mapping(one) for one in items(paid.get("paid_media"))]
    media, notes = together(files_in(one) for one in shown)
    hidden = not shown or any(not KINDS.keys() & one.keys() for one in shown)
    return Content(media=media, notes=(*notes, *([HIDDEN] if hidden else [])))


def _titled(name: str) -> Callable[[Mapping[str, Any]], Content]:
    return lambda value: Content(f"{name}: {text(value.get('title')) or 'without a title'}")


def _only_noted(note: str) -> Callable[[Mapping[str, Any]], Content]:
    return lambda value: Content(notes=(note,))


READERS: dict[str, Callable[[Mapping[str, Any]], Content]] = {
    "sticker": _sticker,
    "contact": _contact,
    "venue": _venue,  # before the location that comes with it
    "location": _location,
    "poll": _poll,
    "checklist": _checklist,
    "dice": _dice,
    "game": _titled("Game"),
    "invoice": _titled("Invoice"),
    "web_app_data": _web_app,
    "story": _only_noted("The customer sent a story; Telegram does not show stories to bots."),
    "paid_media": _paid_media,
    "rich_message": _rich,
}
