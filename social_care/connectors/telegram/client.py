"""Telegram with one bot's token: checking, receiving, sending, fetching files. A bot cannot read a chat's past."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from social_care.connectors.kit.downloads import Limits
from social_care.connectors.kit.reading import flag, identifier, mapping, number, text
from social_care.connectors.telegram.calls import UPLOAD_TIMEOUT_S, Calls, Moved
from social_care.connectors.telegram.cursor import Cursor
from social_care.connectors.telegram.errors import unreadable_success
from social_care.connectors.telegram.files import LONGEST_FILE_ID, TOO_LARGE
from social_care.connectors.telegram.limits import LARGEST_DOWNLOAD, METHODS
from social_care.connectors.telegram.matching import address_of, is_opening
from social_care.connectors.telegram.moderation import RIGHTS, lacking_rights, moderate
from social_care.connectors.telegram.parse import READERS
from social_care.connectors.telegram.places import number_of, permalink_of, place_of
from social_care.connectors.telegram.rules import is_pushed
from social_care.connectors.telegram.subscriptions import NONE_SET, Hook, not_pushed, subscribe, unsubscribe
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, OutcomeUnknown, Refused, Retryable, WindowClosed
from social_care.core.moderation import ModerationAction
from social_care.core.ports import CheckUp, Clock, Download, Page, ReadUpload
from social_care.core.replies import Part, Sent, StoredMessage

PAGE = 100
"""The most updates of one call. Source: https://core.telegram.org/bots/api#getupdates (read 2026-11)."""
TYPES = {".oga": "audio/ogg", ".ogg": "audio/ogg", ".webp": "image/webp"}
"""What Python's own table lacks or calls differently."""


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


class TelegramConnection:
    """Implements `Connection`, `CarriesOut`, `ChecksRights`, `ManagesWebhook`, `WatchesWebhook`, `EndsWebhook`.

    Telegram hands updates to a webhook or to a poll, never to both: the account's option `telegram_receive_by` decides.
    """

    def __init__(
        self, account: Account, credentials: Mapping[str, str], read: ReadUpload, *, clock: Clock = utc_now
    ) -> None:
        self._account = account
        self._read = read
        self._clock = clock
        self._calls = Calls(credentials)
        self._secret = credentials.get("webhook_secret", "")
        self._pushed = is_pushed(account)

    def close(self) -> None:
        """Let go of sockets."""
        self._calls.session.close()

    def check(self) -> CheckUp:
        """Ask who we are, what groups show the bot, and whether a webhook is set as the account wants it.

        Source: https://core.telegram.org/bots/api#getme and #getwebhookinfo (read 2026-11). Raises: SocialCareError.
        """
        me, hook = mapping(self._calls.ask("getMe")), Hook(self._calls)
        identity = number_of(me.get("id"))
        if not identity:
            raise Retryable("Telegram did not say which bot this is.")
        problems = []
        if self._account.external_id and identity != self._account.external_id:
            problems.append("This token belongs to another bot than the one connected before.")
        if self._pushed and not hook.url:
            problems.append(f"{NONE_SET} Press Register webhook.")
        if not self._pushed and hook.url:
            problems.append("A webhook is set at Telegram, so this bot cannot be polled: remove it, or receive by webhook.")
        if self._pushed and hook.failed_at:
            problems.append(f"Telegram's last failure to push was at {hook.failed_at:%Y-%m-%d %H:%M} UTC.")
        everything = flag(me.get("can_read_all_group_messages"))
        return CheckUp(
            account_id=identity,
            handle=identifier(me.get("username")),
            name=text(me.get("first_name")) or "",
            permissions=tuple(right for right in RIGHTS if flag(me.get(right))),
            limits=(
                f"waiting at Telegram: {hook.waiting} updates",
                *(() if everything else ("in groups: only what is meant for the bot (privacy mode)",)),
            ),
            problems=tuple(problems),
        )

    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch what waits, where the account polls; see `cursor.py` for why nothing is confirmed before it is stored.

        Source: https://core.telegram.org/bots/api#getupdates (read 2026-11). Raises: SocialCareError.
        """
        if self._pushed:
            if not Hook(self._calls).url:
                raise Refused(f"{NONE_SET} Register it, or receive by polling.")
            return Page(body=b"", cursor=cursor, more=False, count=0)
        now, before = self._clock(), Cursor.read(cursor)
        offset = before.wanted(now)
        position = {} if offset is None else {"offset": offset}
        updates = self._calls.ask("getUpdates", limit=PAGE, timeout=0, allowed_updates=list(READERS), **position)
        if not isinstance(updates, list):
            raise Retryable("Telegram's answer could not be read.")
        numbers = [found for one in updates if (found := number(mapping(one).get("update_id"))) is not None]
        return Page(
            body=json.dumps({"ok": True, "result": updates}, ensure_ascii=False).encode("utf-8", "surrogatepass"),
            cursor=before.after(numbers, now).write(),
            more=len(updates) >= PAGE,
            count=len(updates),
        )

    def subscribe(self, url: str) -> tuple[str, ...]:
        """Make Telegram push to `url`. Raises: SocialCareError."""
        if not self._pushed:
            raise ConfigurationError("This account polls: choose to receive by webhook first, Telegram does one only.")
        return subscribe(self._calls, url, self._secret)

    def unsubscribe(self) -> tuple[str, ...]:
        """Make Telegram push nowhere. Raises: SocialCareError."""
        if self._pushed:
            raise ConfigurationError("This account receives by webhook: choose polling first, Telegram does one only.")
        return unsubscribe(self._calls)

    def not_pushed(self, url: str) -> tuple[str, ...]:
        """Return in plain sentences what is wrong with the webhook, () when all is well. Raises: SocialCareError."""
        return not_pushed(self._calls, url, self._clock())

    def send(self, part: Part) -> Sent:
        """Send one part. Telegram has no key against doubles. Raises: see `Connection`.

        A group that became a supergroup is answered there: the first call certainly sent nothing, and in the new chat there
        is no message to point at.
        A long video may be shown later only, and has the number 0 until then.
        Source: https://core.telegram.org/bots/api#sendmessage, #responseparameters and #message (read 2026-11).
        """
        until = part.target.reply_until
        if until is not None and until <= self._clock() and not is_opening(part):
            raise WindowClosed("In a business account's chat Telegram lets bots answer for 24 hours only.")
        where, method, content = address_of(part), "sendMessage", {"text": part.text}
        files = None
        if part.media:
            upload = part.media[0]
            method, name = METHODS.get(upload.mime, ("sendDocument", "document"))
            content, files = {}, {name: (upload.name, self._read(upload), upload.mime)}
        try:
            result = self._post(method, {**where, **content}, files)
        except Moved as moved:
            moved_to = {"chat_id": int(moved.chat), **content}
            result = self._post(method, moved_to, files)
        message = mapping(result)
        place = place_of(message)
        if place is None:
            raise unreadable_success()
        if place.number == "0":
            raise OutcomeUnknown("Telegram took the file and shows it later: look there whether it has come.")
        return Sent(
            external_id=place.identity,
            thread_id=place.thread.id if is_opening(part) else None,
            permalink=permalink_of(mapping(message.get("chat")), place),
        )

    def _post(self, method: str, parameters: Mapping[str, Any], files: Mapping[str, Any] | None) -> Any:
        if files is None:
            return self._calls.call(method, repeatable=False, json=parameters)
        form = {name: json.dumps(one) if isinstance(one, dict) else str(one) for name, one in parameters.items()}
        return self._calls.call(method, repeatable=False, data=form, files=files, timeout=UPLOAD_TIMEOUT_S)

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Return None: a bot cannot read a chat's past. An echo or a customer's answer may settle it."""
        return None

    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; it costs nothing. Raises: as `CarriesOut.moderate`."""
        moderate(self._calls, action, target)
        return Decimal(0)

    def lacking_rights(self, target: StoredMessage) -> Mapping[ModerationAction, str]:
        """Return what the bot may not do where a message stands, each with a sentence. Raises: SocialCareError."""
        return lacking_rights(self._calls, self._account.external_id, target)

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return nothing: a bot cannot look."""
        return frozenset()

    def download(self, reference: str) -> Download:
        """Fetch a file by its id; Telegram says where it is for an hour, behind our token.

        Source: https://core.telegram.org/bots/api#getfile (read 2026-11). Raises: SocialCareError.
        """
        if not identifier(reference, longest=LONGEST_FILE_ID):
            raise Refused("Telegram gave no usable id for this file.")
        found = mapping(self._calls.ask("getFile", file_id=reference))
        path, limits = text(found.get("file_path")) or "", Limits()
        name = path.rpartition("/")[2]
        ending = name[name.rfind(".") :].lower() if "." in name else ""
        mime = TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        if not mime.startswith(limits.types) or mime.startswith(limits.banned):
            raise Refused("The file is of a kind that is not kept.")
        if (number(found.get("file_size")) or 0) > LARGEST_DOWNLOAD:
            raise Refused(TOO_LARGE)
        content = self._calls.read_file(path, LARGEST_DOWNLOAD)
        if len(content) > LARGEST_DOWNLOAD:
            raise Refused(TOO_LARGE)
        return Download(name=name, mime=mime, content=content)
