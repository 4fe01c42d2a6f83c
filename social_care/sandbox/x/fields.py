"""Which fields and expansions a call asks for, and the objects that answer it: the defaults only, unless asked for more.

Source: https://docs.x.com/x-api/fundamentals/fields and /expansions (2026-11-21)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from social_care.sandbox.x.problems import Problem, invalid


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TWEET_FIELDS = _names(
    "article attachments author_id card_uri community_id context_annotations conversation_id created_at display_text_range "
    "edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang media_metadata non_public_metrics "
    "note_tweet organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics referenced_tweets "
    "reply_settings scopes source suggested_source_links text withheld"
)
USER_FIELDS = _names(
    "affiliation connection_status created_at description entities id is_identity_verified location most_recent_tweet_id "
    "name parody pinned_tweet_id profile_banner_url profile_image_url protected public_metrics receives_your_dm "
    "subscription subscription_type url username verified verified_followers_count verified_type withheld"
)
DM_FIELDS = _names(
    "attachments created_at dm_conversation_id entities event_type id participant_ids referenced_tweets sender_id text"
)
MEDIA_FIELDS = _names(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics "
    "public_metrics type url variants width"
)
TWEET_EXPANSIONS = _names(
    "article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet attachments.poll_ids "
    "author_id author_screen_name edit_history_tweet_ids entities.mentions.username entities.note.mentions.username "
    "geo.place_id in_reply_to_user_id referenced_tweets.id referenced_tweets.id.attachments.media_keys "
    "referenced_tweets.id.author_id"
)
USER_EXPANSIONS = frozenset(["affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id"])
DM_EXPANSIONS = frozenset(["attachments.media_keys", "participant_ids", "referenced_tweets.id", "sender_id"])
IGNORED = frozenset(["poll.fields", "place.fields"])

RENAMED = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "note_tweet": "note_post",
}
"""The names since API 2.167, after those before. Source: https://docs.x.com/changelog (2026-11-21)"""
_OLD_NAMES = {new: old for old, new in RENAMED.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a call asks for; the defaults are always in it."""

    tweet: frozenset[str] = frozenset(["id", "text", "edit_history_tweet_ids"])
    user: frozenset[str] = frozenset(["id", "name", "username"])
    dm: frozenset[str] = frozenset(["id", "event_type", "text"])
    media: frozenset[str] = frozenset(["media_key", "type"])
    expansions: frozenset[str] = frozenset()


ALLOWED = {
    "tweet.fields": TWEET_FIELDS,
    "post.fields": TWEET_FIELDS,
    "user.fields": USER_FIELDS,
    "dm_event.fields": DM_FIELDS,
    "media.fields": MEDIA_FIELDS,
}
PARAMETERS = frozenset([*ALLOWED, *IGNORED, "expansions"])


def parse_selection(query: Mapping[str, str], expansions: frozenset[str]) -> Selection:
    """Return what a query string asks for. Raises: Problem for a field or expansion that does not exist."""
    asked = {name: _split(name, query, allowed) for name, allowed in ALLOWED.items()}
    wanted = _split("expansions", query, expansions)
    base = Selection()
    return Selection(
        tweet=base.tweet | asked["tweet.fields"] | asked["post.fields"] | _fields_of(wanted),
        user=base.user | asked["user.fields"],
        dm=base.dm | asked["dm_event.fields"] | (wanted & {"sender_id", "participant_ids"}) | _fields_of(wanted),
        media=base.media | asked["media.fields"],
        expansions=wanted,
    )


def _split(name: str, query: Mapping[str, str], allowed: frozenset[str]) -> frozenset[str]:
    if name not in query:
        return frozenset()
    values = [_old_name(value) for value in query[name].split(",") if value]
    for value in values:
        if value not in allowed:
            choices = ",".join(sorted(allowed))
            raise invalid(f"The `{name}` query parameter value [{value}] is not one of [{choices}]", name, value)
    return frozenset(values)


def _old_name(value: str) -> str:
    head, dot, rest = value.partition(".")
    return _OLD_NAMES.get(head, head) + dot + rest


def _fields_of(expansions: frozenset[str]) -> frozenset[str]:
    """Return the fields that X adds by itself, because the expansion hangs on them."""
    return frozenset(name.partition(".")[0] for name in expansions) & (TWEET_FIELDS - {"entities"})


def rename(data: object) -> object:
    """Return data with the names of API 2.167."""
    if isinstance(data, dict):
        return {RENAMED.get(key, key): rename(value) for key, value in data.items()}
    if isinstance(data, list):
        return [rename(value) for value in data]
    return data


def check_parameters(query: Mapping[str, str], allowed: frozenset[str]) -> None:
    """Raise a Problem for the first query parameter that the route does not have."""
    for name in query:
        if name not in allowed:
            problem: Problem = invalid(
                f"The query parameter [{name}] is not one of [{','.join(sorted(allowed))}]", name, query[name]
            )
            raise problem
