"""YouTube as the shared helpers of the platforms' tests read it, and what recorded payloads become."""

from __future__ import annotations

from tests.connectors.meta.reading import Platform

US = "UCnorthwindnorthwindnwA"

YOUTUBE = Platform(
    key="youtube",
    us=US,
    kinds={
        "comment_threads_insert": ["DeliveryReported"],
        "comment_threads_page": ["MessageReceived"] * 5,
        "comment_threads_with_replies": ["MessageReceived"] * 2,
        "comments_insert_reply": ["DeliveryReported"],
        "comments_list_by_parent": ["MessageReceived"],
        "error_400_key_invalid": ["ConfigurationError"],
        "error_403_comments_disabled": ["NotAllowed"],
        "error_403_permission": ["NotAllowed"],
        "error_403_quota_exceeded": ["RateLimited"],
        "error_oauth_invalid_grant": ["AccountNeedsLogin"],
    },
)
