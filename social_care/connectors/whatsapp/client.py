"""WhatsApp with one phone number's token: checking, sending, fetching files. Nothing can be polled: there is no history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from social_care.connectors.kit.reading import items, mapping, text
from social_care.connectors.meta.addresses import query_of
from social_care.connectors.meta.connection import GraphConnection, utc_now
from social_care.connectors.meta.envelope import remote_id
from social_care.connectors.meta.errors import unreadable_success
from social_care.connectors.meta.graph import Graph
from social_care.connectors.meta.options import option
from social_care.connectors.whatsapp.parse import TITLE
from social_care.connectors.whatsapp.rules import CLOSED
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, Refused, Retryable, WindowClosed
from social_care.core.ports import CheckUp, Clock, Download, KeepCredentials, Page, ReadUpload
from social_care.core.replies import Part, Sent, Upload

KINDS = {"image", "video", "audio"}


class WhatsAppConnection(GraphConnection):
    """Implements `Connection`. No call sleeps; each has a time-out.

    Options of the account, beside those of the Graph: `phone_number_id`, which number this is (wanted for the first check).
    """

    def __init__(
        self,
        account: Account,
        credentials: Mapping[str, str],
        keep: KeepCredentials,
        read: ReadUpload,
        *,
        clock: Clock = utc_now,
    ) -> None:
        super().__init__(account, Graph(account, credentials, title=TITLE), read, clock)

    def _me(self) -> str:
        number = option(self.account, "phone_number_id") or self.account.external_id
        if not number.isdecimal():
            raise ConfigurationError("The id of the WhatsApp phone number is missing: copy it from Meta's app dashboard.")
        return number

    def check(self) -> CheckUp:
        """Ask which number this is. Raises: SocialCareError.

        Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers
        (read 2026-11).
        """
        answer = self.graph.get(self._me(), fields="id,verified_name,display_phone_number,quality_rating,status")
        identity, quality = remote_id(answer.body.get("id")), text(answer.body.get("quality_rating")) or ""
        if not identity:
            raise Retryable("WhatsApp did not say which number this is.")
        problems = []
        if self.account.external_id and identity != self.account.external_id:
            problems.append("This is another number than the one connected before.")
        if quality == "RED":
            problems.append("WhatsApp rates this number's messages as bad: many people blocked or reported them.")
        return CheckUp(
            account_id=identity,
            handle=text(answer.body.get("display_phone_number")) or "",
            name=text(answer.body.get("verified_name")) or "",
            limits=self.limits_left(answer),
            problems=tuple(problems),
        )

    def fetch(self, feed: str, cursor: str) -> Page:
        """Refuse: WhatsApp lists no messages, they only come by webhook. Raises: Refused."""
        raise Refused("WhatsApp cannot be asked for messages: they come by webhook only.")

    def send(self, part: Part) -> Sent:
        """Send one part. What is sent along comes back with its statuses, and settles an unknown outcome.

        Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
        (read 2026-11). Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown.
        """
        until = part.target.reply_until
        if until is not None and until <= self.clock():
            raise WindowClosed(CLOSED)
        body: dict[str, Any] = {"messaging_product": "whatsapp", **_recipient(part), "biz_opaque_callback_data": part.id}
        if part.media:
            body |= self._file(part.media[0])
        else:
            body |= {"type": "text", "text": {"body": part.text, "preview_url": "://" in part.text}}
        answer = self.graph.post(f"{self._me()}/messages", json=body)
        identity = remote_id(mapping((items(answer.body.get("messages")) or [None])[0]).get("id"))
        if not identity:
            raise unreadable_success(TITLE)
        return Sent(external_id=identity)

    def _file(self, upload: Upload) -> dict[str, Any]:
        """Upload a file and return the message that shows it. A failure here is certain: nothing was sent yet."""
        answer = self.graph.post(
            f"{self._me()}/media",
            repeatable=True,
            data={"messaging_product": "whatsapp", "type": upload.mime},
            files={"file": (upload.name, self.read_upload(upload), upload.mime)},
        )
        identity = remote_id(answer.body.get("id"))
        if not identity:
            raise Retryable("WhatsApp's answer to the upload could not be read.")
        kind = upload.mime.split("/")[0]
        if kind in KINDS:
            return {"type": kind, kind: {"id": identity}}
        return {"type": "document", "document": {"id": identity, "filename": upload.name}}

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Return None: WhatsApp lists no messages. A status that comes later may still settle it; else a person decides."""
        return None

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return nothing: WhatsApp does not tell."""
        return frozenset()

    def download(self, reference: str) -> Download:
        """Fetch a file by its id, also where the message named an address: that one lives for minutes and wants our token.

        Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media (read
        2026-11). Raises: SocialCareError.
        """
        reference = query_of(reference).get("mid", "") or reference
        if reference.startswith(("https://", "http://")):
            return super().download(reference)
        if not reference.isdecimal():
            raise Refused("WhatsApp gave no usable id for this file.")
        found = self.graph.get(reference, phone_number_id=self._me()).body
        limits, address = self.limits(), text(found.get("url")) or ""
        mime = (text(found.get("mime_type")) or "application/octet-stream").split(";")[0].strip().lower()
        if not mime.startswith(limits.types) or mime.startswith(limits.banned):
            raise Refused("The file is of a kind that is not kept.")
        with self.graph.open(address) as response:
            content = response.raw.read(limits.max_bytes + 1, decode_content=True)
        if len(content) > limits.max_bytes:
            raise Refused(f"The file is larger than {limits.max_bytes // 1_000_000} MB.")
        return Download(name=f"{mime.split('/')[0]}-{reference}.{mime.split('/')[1]}", mime=mime, content=content)


def _recipient(part: Part) -> dict[str, str]:
    """Return whom a part goes to: a phone number, or the user id of a customer who hides it (`recipient` is unsure)."""
    route, thread = part.target.route, part.target.thread_id
    if group := route.get("group_id"):
        return {"recipient_type": "group", "to": group}
    if phone := route.get("phone") or (thread if thread.lstrip("+").isdecimal() else ""):
        return {"recipient_type": "individual", "to": phone}
    if user := route.get("user_id") or thread:
        return {"recipient_type": "individual", "recipient": user}
    raise Refused("WhatsApp did not say who wrote this message, so there is nobody to answer.")
