"""Instagram with one account's token: checking, polling, sending, looking up, subscribing.

An account is connected through Instagram Login (graph.instagram.com) or through its Page (graph.facebook.com); `me` is the
account in the first case and the Page in the second, and takes private messages in both.
Source: https://developers.facebook.com/docs/instagram-platform/overview (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from social_care.connectors.instagram.moderation import OTHER_LOGIN, moderate
from social_care.connectors.instagram.parse import TITLE, parse_listing
from social_care.connectors.kit.reading import flag, items, mapping, number, text
from social_care.connectors.kit.renewing import renewing
from social_care.connectors.meta.connection import SAFE_ID, GraphConnection, time_of, utc_now
from social_care.connectors.meta.cursor import Step
from social_care.connectors.meta.envelope import Scene, remote_id
from social_care.connectors.meta.errors import unreadable_success
from social_care.connectors.meta.graph import GRAPH, INSTAGRAM_GRAPH, Answer, Graph
from social_care.connectors.meta.matching import CLOCK_SKEW, answered, fingerprint
from social_care.connectors.meta.options import option
from social_care.connectors.meta.sending import find_private, send_private
from social_care.connectors.meta.tokens import Tokens
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable, TargetGone
from social_care.core.events import Audience, Author, Event, Missing
from social_care.core.moderation import OF_AUTHOR, ModerationAction
from social_care.core.offered_files import NO_ADDRESS
from social_care.core.ports import CheckUp, Clock, KeepCredentials, LookUp, OfferFile, Page, ReadUpload
from social_care.core.replies import Part, Sent, StoredMessage, Upload

COMMENT = "id,text,timestamp,username,from,parent_id,hidden"
MESSAGE = "id,created_time,from,to,message,attachments,shares,story,reply_to,is_unsupported"
POSTS_A_PAGE, COMMENTS_A_POST, COMMENTS_A_PAGE, REPLIES_A_COMMENT = 25, 25, 50, 50
CONVERSATIONS_A_PAGE, MESSAGES_A_CONVERSATION, MESSAGES_A_PAGE = 20, 15, 20
MOST_PAGES = 20
"""How many pages of answers are looked at for one of ours; in which order they come is not documented."""
SUBSCRIBED = {
    "mentions": ("comments", "live_comments", "mentions"),
    "direct_messages": ("messages", "message_reactions", "messaging_postbacks", "messaging_seen", "messaging_referral"),
}
"""Source: https://developers.facebook.com/docs/instagram-platform/webhooks (read 2026-11)."""


def uses_instagram_login(account: Account, token: str) -> bool:
    """Tell how an account is connected: by its option `login` ("Instagram" or "Facebook"), else by how its token begins.

    That tokens of Instagram Login begin with IG is seen, not documented (unsure).
    """
    chosen = option(account, "login").lower()
    return chosen == "instagram" if chosen else token.strip().startswith("IG")


class InstagramConnection(GraphConnection):
    """Implements `Connection`, `CarriesOut`, `FetchesFiles`, `LooksUp`, `ManagesWebhook`, `WatchesWebhook`, `RenewsTokens`.

    Options of the account, beside those of the Graph: `login`, `human_agent` ("1" when Meta approved the feature),
    `comment_limit` (characters, 2200).
    """

    own_posts = "media"
    renew_before = timedelta(days=30)
    """Half of a token's life is left for trying again."""

    def __init__(
        self,
        account: Account,
        credentials: Mapping[str, str],
        keep: KeepCredentials,
        read: ReadUpload,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._by_instagram = uses_instagram_login(account, credentials.get("access_token", ""))
        host = INSTAGRAM_GRAPH if self._by_instagram else GRAPH
        super().__init__(account, Graph(account, credentials, title=TITLE, host=host), read, clock)
        self._id, self._credentials, self._keep = account.external_id, credentials, keep
        self._token = credentials.get("access_token", "")
        self._offer: OfferFile | None = None

    def fetch_with(self, offer: OfferFile) -> None:
        """Take what names addresses of files: Instagram Login knows no other way to send them."""
        self._offer = offer

    def check(self) -> CheckUp:
        """Ask which account this is. Raises: SocialCareError.

        Source: https://developers.facebook.com/docs/instagram-platform/reference/instagram-user,
        https://developers.facebook.com/docs/graph-api/reference/page (`instagram_business_account`; read 2026-11).
        """
        who, answer = self._who()
        identity = remote_id(who.get("user_id"), who.get("id"))
        if not identity:
            raise Retryable("Instagram did not say which account this is: is a professional account linked to the Page?")
        problems = []
        if self.account.external_id and identity != self.account.external_id:
            problems.append("This token belongs to another account than the one connected before.")
        problems += self.not_pushed()
        return CheckUp(
            account_id=identity,
            handle=text(who.get("username")) or "",
            name=text(who.get("name")) or "",
            limits=self.limits_left(answer),
            problems=tuple(problems),
        )

    def _who(self) -> tuple[Mapping[str, Any], Answer]:
        if self._by_instagram:
            answer = self.graph.get("me", fields="user_id,username,name")
            return answer.body, answer
        person = "This token belongs to a person: enter the access token of the Page that the account is linked to."
        answer = self.graph.look("me", fields="instagram_business_account{id,username,name}", misfit=person)
        return mapping(answer.body.get("instagram_business_account")), answer

    def _me(self) -> str:
        self._id = self._id or self.check().account_id
        return self._id

    # --- polling ----------------------------------------------------------------------------------------------------
    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page of `mentions` (comments, tags) or `direct_messages`. Raises: SocialCareError.

        Mentions in comments on other people's posts cannot be listed at all: only webhooks tell them.
        Source: https://developers.facebook.com/docs/instagram-platform/reference/instagram-user/media, .../tags,
        https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/conversations-api
        (read 2026-11).
        """
        first = [Step(kind="conversations")] if feed == "direct_messages" else [Step(kind="media"), Step(kind="tags")]
        return self.visit(cursor, first, self._ask)

    def _ask(self, step: Step) -> Answer:
        params: dict[str, Any] = {"after": step.after} if step.after else {}
        after = f".after({step.after})" if SAFE_ID.fullmatch(step.after) else ""
        replies = f"replies.limit({REPLIES_A_COMMENT}){{{COMMENT}}}"
        if step.kind == "comments":
            fields = f"id,permalink,username,comments.limit({COMMENTS_A_PAGE}){after}{{{COMMENT},{replies}}}"
            return self.graph.get(step.of, fields=fields)
        if step.kind == "replies":
            fields = f"{COMMENT},media{{id,username}},replies.limit({COMMENTS_A_PAGE}){after}{{{COMMENT}}}"
            return self.graph.get(step.of, fields=fields)
        if step.kind == "messages":
            return self.graph.get(step.of, fields=f"id,participants,messages.limit({MESSAGES_A_PAGE}){after}{{{MESSAGE}}}")
        if step.kind == "conversations":
            fields = f"id,updated_time,participants,messages.limit({MESSAGES_A_CONVERSATION}){{{MESSAGE}}}"
            return self.graph.get(
                "me/conversations", platform="instagram", fields=fields, limit=CONVERSATIONS_A_PAGE, **params
            )
        fields = f"id,permalink,timestamp,username,comments.limit({COMMENTS_A_POST}){{{COMMENT},{replies}}}"
        if step.kind == "tags":
            fields = "id,caption,permalink,timestamp,username,media_type,media_url"
        return self.graph.get(f"{self._me()}/{step.kind}", fields=fields, limit=POSTS_A_PAGE, **params)

    # --- sending ----------------------------------------------------------------------------------------------------
    def send(self, part: Part) -> Sent:
        """Send one part: an answer to a comment or a mention, a private message, or the one private reply to a comment.

        Source: https://developers.facebook.com/docs/instagram-platform/comment-moderation,
        https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/mentions (read 2026-11).
        Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown.
        """
        if part.audience is Audience.PRIVATE:
            give = partial(self._address, part) if self._by_instagram else self.read_upload
            return send_private(self.graph, part, "me/messages", self.account, give, self.clock(), instagram=True)
        limit = number(option(self.account, "comment_limit"))
        if limit and len(part.text) > limit:
            raise Refused(f"This account's comments may have {limit} characters: shorten it.")
        route = part.target.route
        if route.get("elsewhere"):
            body = {"media_id": route.get("media_id", part.target.thread_id), "message": part.text}
            body |= {"comment_id": route["comment_id"]} if route.get("comment_id") else {}
            answer = self.graph.post(f"{self._me()}/mentions", json=body)
        else:
            answer = self.graph.post(f"{self.safe(answered(part))}/replies", json={"message": part.text})
        identity = remote_id(answer.body.get("id"))
        if not identity:
            raise unreadable_success(TITLE)
        return Sent(external_id=identity)

    def _address(self, part: Part, upload: Upload) -> str:
        if self._offer is None:
            raise Refused(NO_ADDRESS)
        return self._offer(part, upload)

    # --- looking up -------------------------------------------------------------------------------------------------
    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Look for a part among the answers to its comment, or among our messages. Raises: SocialCareError.

        An answer to a mention stands below other people's posts and cannot be listed: then a person has to look.
        """
        if part.first_attempt_at is None:
            return None
        if part.audience is Audience.PRIVATE:
            return find_private(self.graph, part, "me/conversations", "instagram", self._me(), taken, same_person=True)
        if part.target.route.get("elsewhere"):
            return None
        since, handle = part.first_attempt_at - CLOCK_SKEW, self.account.handle.lstrip("@").lower()
        listed = {"fields": "id,text,timestamp,username,from", "limit": COMMENTS_A_PAGE}
        for body in self.pages(f"{self.safe(answered(part))}/replies", MOST_PAGES, **listed):
            for node in map(mapping, items(body.get("data"))):
                identity, when = remote_id(node.get("id")), time_of(node)
                named = (text(node.get("username")) or "").lower()
                mine = remote_id(mapping(node.get("from")).get("id")) == self._me() or (handle and named == handle)
                if not mine or when is None or when < since or not identity or taken(identity):
                    continue
                if fingerprint(text(node.get("text")) or "") == fingerprint(part.text):
                    return Sent(external_id=identity)
        return None

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these comments Instagram no longer has, or no longer shows to the account."""
        found = set()
        for identity in message_ids:
            if identity.isdecimal():
                try:
                    self.graph.get(identity, fields="id")
                except TargetGone:
                    found.add(identity)
        return frozenset(found)

    def look_up(self, message: StoredMessage) -> LookUp:
        """Ask for the words of a mention, and for the name of somebody who wrote a private message. Raises: SocialCareError.

        Source: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/mentions,
        https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api/user-profile
        (read 2026-11).
        """
        events = self._mention(message) if Missing.TEXT in message.missing else ()
        person = message.author_id or ""
        if Missing.AUTHOR not in message.missing or not person:
            return LookUp(events=events)
        body = self.graph.get(self.safe(person), fields="name,username,profile_pic,follower_count,is_verified_user").body
        author = Author(
            id=person,
            handle=text(body.get("username")),
            name=text(body.get("name")),
            avatar_url=text(body.get("profile_pic")),
            followers=number(body.get("follower_count")),
            verified=flag(body.get("is_verified_user")),
        )
        return LookUp(author=author, events=events)

    def _mention(self, message: StoredMessage) -> tuple[Event, ...]:
        """Return a mention as a later version of the one that came without words."""
        comment, post = message.route.get("comment_id", ""), message.route.get("media_id", message.thread_id)
        if comment:
            asked = f"mentioned_comment.comment_id({self.safe(comment)}){{id,text,timestamp,username,media{{id,permalink}}}}"
        else:
            fields = "id,caption,media_type,media_url,permalink,timestamp,username"
            asked = f"mentioned_media.media_id({self.safe(post)}){{{fields}}}"
        body = self.graph.get(self._me(), fields=asked).body
        return parse_listing({"data": [body]}, Scene(us=self._me(), title=TITLE, feed="look-up"))

    # --- moderation -------------------------------------------------------------------------------------------------
    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; it costs nothing. Raises: as `CarriesOut.moderate`."""
        if self._by_instagram and action in OF_AUTHOR:
            raise Refused(OTHER_LOGIN)
        identity = "" if action in OF_AUTHOR else self.safe(target.message_id)
        moderate(self.graph, identity, action, target)
        return Decimal(0)

    # --- webhook ----------------------------------------------------------------------------------------------------
    def subscribe(self, url: str) -> tuple[str, ...]:
        """Make sure that Meta pushes this account's news to the app. The address is entered in Meta's dashboard.

        An account connected through its Page follows what the app is subscribed to; the Page has to have the app at all.
        Source: https://developers.facebook.com/docs/instagram-platform/webhooks (read 2026-11). Raises: SocialCareError.
        """
        lines = [f"The address in the app's dashboard (product Webhooks, object Instagram) has to be {url}."]
        there, wanted = self.subscribed("me"), self._wanted()
        if wanted <= there:
            return ("Everything was subscribed already.", *lines)
        fields = ",".join(sorted(there | wanted))
        self.graph.post("me/subscribed_apps", repeatable=True, data={"subscribed_fields": fields})
        return (f"Subscribed to {fields.replace(',', ', ')}.", *lines)

    def not_pushed(self, url: str = "") -> tuple[str, ...]:
        """Return in a plain sentence what Meta does not push to the app; () when all is well. Raises: SocialCareError."""
        missing = sorted(self._wanted() - self.subscribed("me"))
        return (f"Instagram does not push {', '.join(missing)}: press Register webhook.",) if missing else ()

    def renew(self) -> bool:
        """Get a token for another 60 days; False with a Page's token, which does not end. Raises: SocialCareError."""
        if not self._by_instagram:
            return False
        with renewing(self._credentials):
            present = self._credentials.get("access_token", "")
            if present == self._token:  # else another worker has just renewed it
                tokens = Tokens(self.account, self._credentials, title=TITLE, clock=self.clock)
                try:
                    self._keep(tokens.renewed_instagram_token(present))
                finally:
                    tokens.close()
        return True

    def _wanted(self) -> set[str]:
        wanted = self.wanted(SUBSCRIBED)
        return wanted if self._by_instagram else {"messages"} & wanted
