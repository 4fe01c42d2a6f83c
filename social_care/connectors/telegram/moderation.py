"""What Telegram lets a bot do to messages and people of a group, and doing it.

Which rights the bot has is a matter of each group, so they are asked for there.
Source: https://core.telegram.org/bots/api#deletemessage, #banchatmember, #unbanchatmember, #banchatsenderchat,
#setmessagereaction, #getchatmember and #chatmemberadministrator (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from social_care.connectors.kit.reading import flag, mapping, text
from social_care.connectors.telegram.calls import Calls, Moved
from social_care.connectors.telegram.parse import BUTTON
from social_care.connectors.telegram.places import number_of
from social_care.core.accounts import Account
from social_care.core.errors import Refused, TargetGone
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.replies import StoredMessage

Result = TypeVar("Result")

ABILITIES = (ModerationAction.DELETE, ModerationAction.LIKE, ModerationAction.BLOCK)
RIGHTS = ("can_join_groups", "can_read_all_group_messages", "can_connect_to_business")
"""What Telegram tells of a bot's rights. Source: https://core.telegram.org/bots/api#user (read 2026-11)."""
SIGN = "👍"
BANS = (ModerationAction.BLOCK, ModerationAction.UNBLOCK)

NO_RIGHTS = "The bot's rights at Telegram do not allow this: look at them at @BotFather, then test the connection."
GROUPS_ONLY = "Telegram lets bots do that in groups only."
NOT_IN_BUSINESS = "Bots do that in their own chats only, not in a business account's."
NO_MEMBER = "The bot is no member of this chat, so it can do nothing there."
THE_CHAT_ITSELF = "The group or channel itself speaks here: Telegram does not say which person."
NOBODY = "Telegram does not say who wrote this message."
NO_NUMBER = "Telegram gave no number by which this could be done."
MAY_NOT_DELETE = "The bot is no administrator of this group who may delete messages."
MAY_NOT_BAN = "The bot is no administrator of this group who may ban people."
REMOVED = "The person is removed from the group, and cannot come back before that is undone."


def offer(action: ModerationAction, target: StoredMessage, account: Account) -> Offer:
    """Return whether Telegram lets a bot do that to such a message; the group's own rights are asked for later."""
    lacking = account.permissions and not account.permissions.intersection(RIGHTS)
    refusal = NO_RIGHTS if lacking else _refusal(action, target, account)
    return Offer(action=action, refusal=refusal, note=REMOVED if action is ModerationAction.BLOCK and not refusal else "")


def _refusal(action: ModerationAction, target: StoredMessage, account: Account) -> str:
    if target.route.get("business"):
        return NOT_IN_BUSINESS
    if target.route.get("guest"):
        return NO_MEMBER
    ours = target.direction == "out" or (bool(target.author_id) and target.author_id == account.external_id)
    if action in BANS:
        if target.audience is Audience.PRIVATE:
            return GROUPS_ONLY
        return THE_CHAT_ITSELF if target.author_id == target.route.get("chat") else "" if target.author_id else NOBODY
    if target.message_id.startswith(BUTTON):
        return NO_NUMBER
    return GROUPS_ONLY if action is ModerationAction.DELETE and target.audience is Audience.PRIVATE and not ours else ""


def lacking_rights(calls: Calls, us: str, target: StoredMessage) -> dict[ModerationAction, str]:
    """Return what the bot may not do in a message's group, each with a sentence. Raises: SocialCareError."""
    if target.audience is Audience.PRIVATE:
        return {}
    bot = int(us or number_of(mapping(calls.ask("getMe")).get("id")))
    member = mapping(_in_chat(_chat(target), lambda chat: calls.ask("getChatMember", chat_id=int(chat), user_id=bot)))
    owner = text(member.get("status")) == "creator"
    missing = {}
    if not owner and not flag(member.get("can_delete_messages")) and target.direction != "out":
        missing[ModerationAction.DELETE] = MAY_NOT_DELETE
    if not owner and not flag(member.get("can_restrict_members")):
        missing |= dict.fromkeys(BANS, MAY_NOT_BAN)
    return missing


def moderate(calls: Calls, action: ModerationAction, target: StoredMessage) -> None:
    """Do it once; each call sets a state. Raises: as `CarriesOut.moderate`."""
    if action in BANS:
        wanted = action is ModerationAction.BLOCK
        _in_chat(_chat(target), lambda chat: _ban(calls, chat, target.author_id or "", wanted=wanted))
        return
    where = {"chat_id": int(_chat(target)), "message_id": int(_number(target))}
    if action is ModerationAction.DELETE:
        try:
            _do(calls, "deleteMessage", where)
        except TargetGone:
            return  # it is gone, as was wanted
    elif action in (ModerationAction.LIKE, ModerationAction.UNLIKE):
        signs = [{"type": "emoji", "emoji": SIGN}] if action is ModerationAction.LIKE else []
        _do(calls, "setMessageReaction", {**where, "reaction": signs})
    else:
        raise Refused(GROUPS_ONLY)


def _in_chat(chat: str, does: Callable[[str], Result]) -> Result:
    """Do something in a chat, or where that has moved to."""
    try:
        return does(chat)
    except Moved as moved:
        return does(moved.chat)


def _ban(calls: Calls, chat: str, who: str, *, wanted: bool) -> None:
    if not number_of(who):
        raise Refused(NOBODY)
    in_a_chats_name = who.startswith("-")
    method = ("ban" if wanted else "unban") + ("ChatSenderChat" if in_a_chats_name else "ChatMember")
    person = {"sender_chat_id" if in_a_chats_name else "user_id": int(who)}
    only = {} if wanted or in_a_chats_name else {"only_if_banned": True}
    _do(calls, method, {"chat_id": int(chat), **person, **only})


def _do(calls: Calls, method: str, parameters: Mapping[str, Any]) -> None:
    calls.call(method, repeatable=False, json=parameters)


def _chat(target: StoredMessage) -> str:
    """Return in which chat a message stands; our own have no route. Raises: Refused."""
    return _known(target.route.get("chat") or target.message_id.partition(":")[0])


def _number(target: StoredMessage) -> str:
    """Return a message's number in its chat; the route of a pressed button has that of the buttons. Raises: Refused."""
    return _known("" if target.message_id.startswith(BUTTON) else target.message_id.partition(":")[2])


def _known(value: str) -> str:
    if not (found := number_of(value)):
        raise Refused(NO_NUMBER)
    return found
