"""Reviews of a Page ("recommendations"), as webhooks and as the Graph API tell them → events.

A review is known by its story on Facebook, below which people comment and the Page answers.
Source: https://developers.facebook.com/docs/graph-api/webhooks/reference/page (`ratings`),
https://developers.facebook.com/docs/graph-api/reference/recommendation (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_care.connectors.facebook.posts import EDITS, REACTIONS, Piece, piece_event, read_feed, read_reaction
from social_care.connectors.kit.reading import mapping, moment, number, text
from social_care.connectors.meta.envelope import Dated, Scene, epoch, remote_id
from social_care.core.events import Audience, Author, Ignored, Thread, Unknown

WITHOUT_STORY = "a review of which Facebook named no story: ask for open_graph_story to get it"
OPINIONS = {"positive": "The customer recommends the Page.", "negative": "The customer does not recommend the Page."}


def read_review(value: Mapping[str, Any], scene: Scene) -> Iterator[Dated]:
    """Yield the event of one change of the field `ratings`: a review, or a comment on or reaction to one."""
    story, item = remote_id(value.get("open_graph_story_id"), value.get("post_id")), text(value.get("item")) or ""
    verb, written = text(value.get("verb")) or "add", epoch(value.get("created_time")) or scene.at
    at = (scene.at or written) if verb in EDITS else written
    if item in REACTIONS:
        thread = Thread(id=story, audience=Audience.PUBLIC) if story else None
        yield at, read_reaction(value, remote_id(value.get("comment_id")) or story, thread, verb, at)
    elif value.get("comment_id"):
        yield from read_feed({**value, "post_id": story, "item": "comment"}, scene)
    elif not story:
        yield at, Unknown(reason="Facebook sent a review without an id.")
    else:
        yield at, piece_event(_review(value, story, written, at), verb, scene)


def is_review(node: Mapping[str, Any]) -> bool:
    """Tell whether a listed node is a review: these have no id of their own."""
    return "id" not in node and not node.keys().isdisjoint({"recommendation_type", "open_graph_story", "review_text"})


def read_review_node(node: Mapping[str, Any], scene: Scene) -> Dated:
    """Return one review of a list."""
    story, sent_at = remote_id(mapping(node.get("open_graph_story")).get("id")), moment(node.get("created_time"))
    at = sent_at.timestamp() if sent_at else 0.0
    if not story:
        return at, Ignored(reason=WITHOUT_STORY)
    return at, piece_event(_review(node, story, at, at, listed=True), "add", scene)


def _review(told: Mapping[str, Any], story: str, at: float, changed_at: float, *, listed: bool = False) -> Piece:
    reviewer = mapping(told.get("reviewer"))
    identity = remote_id(reviewer.get("id"), told.get("reviewer_id"), told.get("sender_id"))
    name = text(reviewer.get("name")) or text(told.get("reviewer_name")) or text(told.get("sender_name"))
    stars, stance = number(told.get("rating")), text(told.get("recommendation_type")) or ""
    notes = [f"Rating: {stars} of 5."] if stars is not None else []
    return Piece(
        identity=story,
        post=story,
        comment=False,
        kind="review",
        author=Author(id=identity, name=name) if identity or name else None,
        words=text(told.get("review_text")) or text(told.get("message")),
        at=at,
        changed_at=changed_at,
        notes=(*notes, *([OPINIONS[stance]] if stance in OPINIONS else [])),
        listed=listed,
        stance=stance,
    )
