"""Reviews of a Page ("recommendations"): each has a story, below which people comment and the Page answers.

Source: https://developers.facebook.com/docs/graph-api/reference/page/ratings,
https://developers.facebook.com/docs/graph-api/reference/recommendation (no longer from v22.0 on; 2026-11-22).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.fields import parse_fields
from social_care.sandbox.meta.paging import list_page
from social_care.sandbox.meta.problems import NO_FIELD, Problem
from social_care.sandbox.pages import refusals
from social_care.sandbox.pages.facebook import READ_PEOPLE, read_arguments
from social_care.sandbox.pages.model import FACEBOOK, Ours, Post
from social_care.sandbox.pages.news import graph_time

if TYPE_CHECKING:
    from social_care.sandbox.pages.sandbox import PagesSandbox

LAST_VERSION = 21
DEFAULT = ("created_time", "recommendation_type", "review_text", "reviewer")


class Reviews:
    """The list of them. All else is done to their stories, as to any post."""

    def __init__(self, server: PagesSandbox) -> None:
        self.state, self._access = server.state, server.access
        server.route("GET /:id/ratings", self._list)

    def _list(self, call: Call) -> Any:
        """Newest first. A review in a list has no id of its own."""
        page = self._access.named(call, FACEBOOK)
        call.grant.require(READ_PEOPLE)
        version = re.match(r"/v(\d+)", call.request.path)
        if version is None or int(version[1]) > LAST_VERSION:
            raise Problem(refusals.NO_LONGER)
        found = [one for one in self.state.posts.values() if one.recommendation and one.place == page.id]
        found.sort(key=lambda one: (one.created_at, one.id), reverse=True)
        listed = list_page(found, read_arguments(call), call, f"{page.id}/ratings", size=25, most=100)
        asked = [one.name for one in parse_fields(call.text("fields"))] or list(DEFAULT)
        return {"data": [self._told(one, page, asked) for one in listed.items], "paging": listed.paging}

    def _told(self, review: Post, page: Ours, asked: list[str]) -> dict[str, Any]:
        known = {
            "created_time": graph_time(review.created_at),
            "has_rating": False,
            "has_review": bool(review.text),
            "open_graph_story": {"id": review.id},
            "rating": None,
            "recommendation_type": review.recommendation,
            "review_text": review.text or None,
            "reviewer": self.state.name_of(review.author_id, page),
        }
        unknown = next((name for name in asked if name not in known), None)
        if unknown:
            raise Problem(NO_FIELD, name=unknown, type="Recommendation")
        return {name: known[name] for name in asked if known[name] is not None}
