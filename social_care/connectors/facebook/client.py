"""Facebook with one Page's token: checking, polling, sending, looking up, subscribing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from social_care.connectors.facebook.moderation import moderate
from social_care.connectors.facebook.parse import TITLE
from social_care.connectors.facebook.posts import make_permalink
from social_care.connectors.kit.reading import flag, items, mapping, moment, text
from social_care.connectors.meta.connection import SAFE_ID, GraphConnection, oldest, utc_now
from social_care.connectors.meta.cursor import Step
from social_care.connectors.meta.envelope import remote_id
from social_care.connectors.meta.errors import unreadable_success
from social_care.connectors.meta.graph import Answer, Graph
from social_care.connectors.meta.matching import CLOCK_SKEW, answered, fingerprint
from social_care.connectors.meta.sending import find_private, send_private
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable, TargetGone
from social_care.core.events import Audience, Author, Missing
from social_care.core.moderation import OF_AUTHOR, ModerationAction
from social_care.core.ports import CheckUp, Clock, KeepCredentials, LookUp, Page, ReadUpload
from social_care.core.replies import Part, Sent, StoredMessage

COMMENT = "id,from,message,message_tags,created_time,parent{id},permalink_url,attachment,can_reply_privately,is_hidden"
POST = "id,from,message,story,created_time,permalink_url,attachments{media_type,type,media,subattachments}"
MESSAGE = "id,created_time,from,to,message,attachments,sticker,shares,reply_to"
REVIEW = "created_time,rating,recommendation_type,review_text,reviewer,open_graph_story{id}"
PUBLIC_LISTS = ("feed", "tagged", "ratings")
POSTS_A_PAGE, COMMENTS_A_POST, COMMENTS_A_PAGE = 25, 25, 50
CONVERSATIONS_A_PAGE, MESSAGES_A_CONVERSATION, MESSAGES_A_PAGE = 20, 15, 50
SUBSCRIBED = {
    "mentions": ("feed", "mention", "ratings"),
    "direct_messages": (
        *("messages", "message_echoes", "messaging_postbacks", "message_reads", "message_deliveries", "message_reactions"),
        *("message_edits", "messaging_referrals", "messaging_policy_enforcement", "standby"),
    ),
}
"""Source: https://developers.facebook.com/docs/graph-api/webhooks/reference/page (read 2026-11; `message_edits` unsure)."""
UNSURE_FIELDS = frozenset({"message_edits", "standby", "ratings"})
"""Asked for, and left out where Meta refuses them: `ratings` wants a permission that apps may lack."""


class FacebookConnection(GraphConnection):
    """Implements `Connection`, `CarriesOut`, `LooksUp`, `ManagesWebhook` and `WatchesWebhook`. No call sleeps.

    Option of the account, beside those of the Graph: `human_agent` ("1" when Meta approved the feature).
    """

    own_posts = "feed"
    looked_again_s = MappingProxyType({"ratings": 30 * 86_400.0})
    """Lists tell when a review was written, not when its author changed it."""

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
        self._id, self._app = account.external_id, credentials.get("client_id", "")

    def check(self) -> CheckUp:
        """Ask which Page this is, and whether Meta pushes its news to the app. Raises: SocialCareError.

        Source: https://developers.facebook.com/docs/graph-api/reference/page (read 2026-11).
        """
        person = "This token belongs to a person: enter the access token of the Page itself."  # people have no category
        answer = self.graph.look("me", fields="id,name,username,category", misfit=person)
        identity = remote_id(answer.body.get("id"))
        if not identity:
            raise Retryable("Facebook did not say which Page this is.")
        problems = []
        if self.account.external_id and identity != self.account.external_id:
            problems.append("This token belongs to another Page than the one connected before.")
        problems += self._missing(identity)
        return CheckUp(
            account_id=identity,
            handle=text(answer.body.get("username")) or "",
            name=text(answer.body.get("name")) or "",
            limits=self.limits_left(answer),
            problems=tuple(problems),
        )

    def _me(self) -> str:
        self._id = self._id or remote_id(self.graph.get("me", fields="id").body.get("id"))
        if not self._id:
            raise Retryable("Facebook did not say which Page this is.")
        return self._id

    # --- polling ----------------------------------------------------------------------------------------------------
    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page of `mentions` (posts, comments, mentions, reviews) or `direct_messages`. Raises: SocialCareError.

        Source: https://developers.facebook.com/docs/graph-api/reference/page/feed, .../page/tagged, .../page/ratings,
        https://developers.facebook.com/docs/graph-api/reference/object/comments,
        https://developers.facebook.com/docs/messenger-platform/conversations (read 2026-11).
        """
        first = [Step(kind="conversations")] if feed == "direct_messages" else [Step(kind=kind) for kind in PUBLIC_LISTS]
        return self.visit(cursor, first, self._ask)

    def _ask(self, step: Step) -> Answer:
        params: dict[str, Any] = {"after": step.after} if step.after else {}
        after = f".after({step.after})" if SAFE_ID.fullmatch(step.after) else ""
        if step.kind == "comments":
            fields = f"id,comments.order(reverse_chronological).filter(stream).limit({COMMENTS_A_PAGE}){after}{{{COMMENT}}}"
            return self.graph.get(step.of, fields=fields)
        if step.kind == "messages":
            return self.graph.get(step.of, fields=f"id,participants,messages.limit({MESSAGES_A_PAGE}){after}{{{MESSAGE}}}")
        if step.kind == "conversations":
            fields = f"id,updated_time,participants,messages.limit({MESSAGES_A_CONVERSATION}){{{MESSAGE}}}"
            params |= {"platform": "messenger", "fields": fields, "limit": CONVERSATIONS_A_PAGE}
            return self.graph.get(f"{self._me()}/conversations", **params)
        comments = f"comments.order(reverse_chronological).filter(stream).limit({COMMENTS_A_POST}){{{COMMENT}}}"
        fields = {"tagged": POST, "ratings": REVIEW}.get(step.kind, f"{POST},{comments}")
        return self.graph.get(f"{self._me()}/{step.kind}", **params, fields=fields, limit=POSTS_A_PAGE)

    # --- sending ----------------------------------------------------------------------------------------------------
    def send(self, part: Part) -> Sent:
        """Send one part: a comment, a private message, or the one private reply to a comment.

        Source: https://developers.facebook.com/docs/graph-api/reference/object/comments (read 2026-11) and `meta.sending`.
        Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown.
        """
        if part.audience is Audience.PRIVATE:
            path = f"{self._me()}/messages"
            return send_private(self.graph, part, path, self.account, self.read_upload, self.clock())
        words: dict[str, Any] = {"message": part.text} if part.text else {}
        path = f"{self.safe(answered(part))}/comments"
        if part.media:
            upload = part.media[0]
            answer = self.graph.post(
                path, data=words, files={"source": (upload.name, self.read_upload(upload), upload.mime)}
            )
        else:
            answer = self.graph.post(path, json=words)
        identity = remote_id(answer.body.get("id"))
        if not identity:
            raise unreadable_success(TITLE)
        return Sent(external_id=identity, permalink=make_permalink(part.target.thread_id, identity, True))

    # --- looking up -------------------------------------------------------------------------------------------------
    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Look for a part among our comments below its target, or among our messages. Raises: SocialCareError."""
        if part.first_attempt_at is None:
            return None
        ours, since = self._me(), part.first_attempt_at - CLOCK_SKEW
        if part.audience is Audience.PRIVATE:
            if part.target.audience is Audience.PUBLIC and self._can_reply_privately(part.target.message_id):
                return None
            path = f"{ours}/conversations"
            return find_private(self.graph, part, path, "messenger", ours, taken, same_person=False)
        path = f"{self.safe(answered(part))}/comments"
        listed = {"fields": "id,from,message,created_time", "order": "reverse_chronological", "limit": COMMENTS_A_PAGE}
        for body in self.pages(path, 3, **listed):
            for node in reversed([mapping(one) for one in items(body.get("data"))]):
                identity, sent_at = remote_id(node.get("id")), moment(node.get("created_time"))
                mine = remote_id(mapping(node.get("from")).get("id")) == ours and sent_at is not None and sent_at >= since
                if mine and fingerprint(text(node.get("message")) or "") == fingerprint(part.text) and not taken(identity):
                    return Sent(external_id=identity, permalink=make_permalink(part.target.thread_id, identity, True))
            if oldest(body) < since.timestamp():
                break
        return None

    def _can_reply_privately(self, identity: str) -> bool:
        """Tell whether the one private reply to a comment or post is certainly still unused.

        Source: https://developers.facebook.com/docs/graph-api/reference/comment (read 2026-11). Raises: SocialCareError.
        """
        try:
            return (
                flag(self.graph.get(self.safe(identity), fields="can_reply_privately").body.get("can_reply_privately"))
                is True
            )
        except TargetGone:
            return False

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these posts and comments Facebook no longer has, or no longer shows to the Page."""
        found = set()
        for identity in message_ids:
            if "_" in identity and SAFE_ID.fullmatch(identity) and not identity.startswith(("m_", "t_")):
                try:
                    self.graph.get(identity, fields="id")
                except TargetGone:
                    found.add(identity)
        return frozenset(found)

    def look_up(self, message: StoredMessage) -> LookUp:
        """Ask for the name of somebody who wrote in Messenger: webhooks tell only an id. Raises: SocialCareError.

        Wants the feature Business Asset User Profile Access (unsure for which apps).
        Source: https://developers.facebook.com/docs/messenger-platform/identity/user-profile (read 2026-11).
        """
        person = message.author_id or ""
        if Missing.AUTHOR not in message.missing or not person:
            return LookUp()
        body = self.graph.get(self.safe(person), fields="first_name,last_name,name,profile_pic").body
        names = (text(body.get("first_name")), text(body.get("last_name")))
        name = text(body.get("name")) or " ".join(one for one in names if one)
        return LookUp(author=Author(id=person, name=name or None, avatar_url=text(body.get("profile_pic"))))

    # --- moderation -------------------------------------------------------------------------------------------------
    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; it costs nothing. Raises: as `CarriesOut.moderate`."""
        identity = "" if action in OF_AUTHOR else self.safe(target.message_id)
        moderate(self.graph, self._me(), identity, action, target)
        return Decimal(0)

    # --- webhook ----------------------------------------------------------------------------------------------------
    def subscribe(self, url: str) -> tuple[str, ...]:
        """Make sure that Meta pushes this Page's news to the app; after an hour of failures it stops by itself.

        The address belongs to the app and is entered in Meta's dashboard.
        Source: https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps (read 2026-11).
        Raises: SocialCareError.
        """
        page = self._me()
        there, wanted = self.subscribed(page, self._app), self.wanted(SUBSCRIBED)
        lines = [f"The address in the app's dashboard (product Webhooks, object Page) has to be {url}."]
        if wanted <= there:
            return ("Everything was subscribed already.", *lines)
        try:
            fields = ",".join(sorted(there | wanted))
            self.graph.post(f"{page}/subscribed_apps", repeatable=True, data={"subscribed_fields": fields})
        except Refused:  # a field that this version of the API does not know stops all the others
            fields = ",".join(sorted((there | wanted) - UNSURE_FIELDS))
            self.graph.post(f"{page}/subscribed_apps", repeatable=True, data={"subscribed_fields": fields})
        return (f"Subscribed to {fields.replace(',', ', ')}.", *lines)

    def not_pushed(self, url: str) -> tuple[str, ...]:
        """Return in a plain sentence what Meta does not push to the app; () when all is well. Raises: SocialCareError."""
        return self._missing(self._me())

    def _missing(self, page: str) -> tuple[str, ...]:
        missing = sorted(self.wanted(SUBSCRIBED) - UNSURE_FIELDS - self.subscribed(page, self._app))
        return (f"Facebook does not push {', '.join(missing)}: press Register webhook.",) if missing else ()
