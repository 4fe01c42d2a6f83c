"""WhatsApp with one phone number's token: checking, sending, fetching files. Nothing can be polled: there is no history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from social_care.connectors.kit.reading import items, mapping, text
from social_care.connectors.meta.addresses import query_of
from social_care.connectors.meta.connection import GraphConnection, next_token, utc_now
from social_care.connectors.meta.envelope import remote_id
from social_care.connectors.meta.errors import unreadable_success
from social_care.connectors.meta.graph import Graph
from social_care.connectors.meta.options import option
from social_care.connectors.whatsapp.moderation import moderate
from social_care.connectors.whatsapp.parse import TITLE
from social_care.connectors.whatsapp.rules import CLOSED
from social_care.connectors.whatsapp.templates import read_template, template_body
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, Refused, Retryable, WindowClosed
from social_care.core.moderation import ModerationAction
from social_care.core.ports import CheckUp, Clock, Download, KeepCredentials, Page, ReadUpload
from social_care.core.replies import Part, Sent, StoredMessage, Upload
from social_care.core.templates import Template

KINDS = {"image", "video", "audio"}
MOST_PAGES = 30
"""Of templates, a hundred each; a business account may have 6,000 at the very most, few have fifty."""
FIELDS = "messages, smb_message_echoes, user_preferences, message_template_status_update, account_update"
NO_NUMBER = (
    "The id of the WhatsApp phone number is missing: copy it from Meta's app dashboard. It is not the phone number itself."
)
NOT_THIS_NUMBER = (
    "WhatsApp shows this token no number with that id: copy the phone number id, which is not the number itself, and the"
    " token of a system user who may see it."
)
NOT_SUBSCRIBED = "The app is not subscribed to this business account, so no messages come: register the webhook."


class WhatsAppConnection(GraphConnection):
    """Implements `Connection`, `ManagesWebhook`, `WatchesWebhook`, `ListsTemplates` and `CarriesOut`. No call sleeps.

    Options of the account, beside those of the Graph: `phone_number_id`, which number this is (wanted for the first check);
    `business_account_id`, whose number it is (wanted for templates and for subscribing).
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
        self._app_id = credentials.get("client_id") or ""

    def _me(self) -> str:
        number = option(self.account, "phone_number_id") or self.account.external_id
        if not number.isdecimal():
            raise ConfigurationError(NO_NUMBER)
        return number

    def _business(self) -> str:
        business = option(self.account, "business_account_id")
        if not business.isdecimal():
            raise ConfigurationError("The id of the business account is missing: copy it from Meta's app dashboard.")
        return business

    def check(self) -> CheckUp:
        """Ask which number this is. Raises: SocialCareError.

        Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers
        (read 2026-11).
        """
        fields = "id,verified_name,display_phone_number,quality_rating,status"
        answer = self.graph.look(self._me(), fields=fields, misfit=NOT_THIS_NUMBER)
        identity, quality = remote_id(answer.body.get("id")), text(answer.body.get("quality_rating")) or ""
        if not identity:
            raise Retryable("WhatsApp did not say which number this is.")
        problems = []
        if self.account.external_id and identity != self.account.external_id:
            problems.append("This is another number than the one connected before.")
        if quality == "RED":
            problems.append("WhatsApp rates this number's messages as bad: many people blocked or reported them.")
        problems += self.not_pushed()
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
        if part.template is None and until is not None and until <= self.clock():
            raise WindowClosed(CLOSED)
        body: dict[str, Any] = {"messaging_product": "whatsapp", **_recipient(part), "biz_opaque_callback_data": part.id}
        if part.template is not None:
            body |= template_body(part.template)
        elif part.media:
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

    # --- templates and the webhook
    def templates(self) -> tuple[Template, ...]:
        """List the templates of the business account.

        Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-account/template-api
        (read 2026-11). Raises: SocialCareError.
        """
        found: list[Template] = []
        after = ""
        for _ in range(MOST_PAGES):
            more = {"after": after} if after else {}
            fields = "name,language,status,category,components"
            answer = self.graph.get(f"{self._business()}/message_templates", fields=fields, limit=100, **more)
            found += filter(None, (read_template(mapping(one)) for one in items(answer.body.get("data"))))
            before, after = after, next_token(answer.body)
            if after in ("", before):
                break
        return tuple(found)

    def subscribe(self, url: str) -> tuple[str, ...]:
        """Make sure that Meta pushes this business account's news to the app, whose address stands in Meta's dashboard.

        Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/set-up-webhooks
        (read 2026-11). Raises: SocialCareError.
        """
        line = f"In the app's dashboard (WhatsApp, Configuration) the address has to be {url}, with the fields {FIELDS}."
        if self._is_subscribed():
            return ("The app was subscribed already.", line)
        self.graph.post(f"{self._business()}/subscribed_apps", repeatable=True)
        return ("The app was subscribed to the business account.", line)

    def not_pushed(self, url: str = "") -> tuple[str, ...]:
        """Return in a plain sentence that nothing comes; () when all is well, or the business account's id is not known.

        A token that may not look at the subscription is no reason to call the rest bad. Raises: SocialCareError.
        """
        if not option(self.account, "business_account_id"):
            return ()
        try:
            return () if self._is_subscribed() else (NOT_SUBSCRIBED,)
        except (Refused, ConfigurationError) as error:
            return (f"Whether the app is subscribed could not be seen: {error}",)

    def _is_subscribed(self) -> bool:
        """Tell whether our app gets the account's news; with the app's id unknown, whether any app does."""
        listed = [mapping(one) for one in items(self.graph.get(f"{self._business()}/subscribed_apps").body.get("data"))]
        apps = {remote_id((mapping(one.get("whatsapp_business_api_data")) or one).get("id")) for one in listed}
        return bool(apps) and (not self._app_id or self._app_id in apps)

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return nothing: WhatsApp does not tell."""
        return frozenset()

    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; it costs nothing. Raises: as `CarriesOut.moderate`."""
        moderate(self.graph, self._me(), action, target)
        return Decimal(0)

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
