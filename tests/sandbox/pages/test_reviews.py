"""Reviews of a Page against the sandbox: pushed and polled, changed, answered, commented on, taken away."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from social_care.core.replies import DeliveryState
from social_care.sandbox.pages import Post
from tests.sandbox.pages.conftest import Team, World

WITH_REVIEWS = {"graph_version": "v21.0"}


@pytest.fixture
def team(world: World, make_team: Callable[..., Team]) -> Team:
    """The Page, asked in the last version of the API that lists reviews."""
    return make_team(world, world.page, options=WITH_REVIEWS)


def shown(team: Team, review: Post) -> tuple[str, str, list[str]]:
    """Return how a review stands on its ticket: its words, its notes, and what it said before."""
    row = team.desk.row("select text, notes, versions, ticket from message where message_id = ?", review.id)
    assert row is not None, "the review never arrived"
    assert row["ticket"], "the review is on no ticket"
    return row["text"], row["notes"], [one["text"] for one in json.loads(row["versions"])]


@pytest.mark.parametrize("pushed", [True, False], ids=["pushed", "polled"])
def test_a_review_becomes_a_ticket_and_is_answered_below_it(team: Team, pushed: bool) -> None:
    sandbox, page = team.world.sandbox, team.world.page
    take_in = team.hear if pushed else team.poll
    if pushed:
        team.listen()
    review = sandbox.review(team.world.ada, page, "They lost my bag", recommends=False)
    take_in()
    assert shown(team, review) == ("They lost my bag", '["The customer does not recommend the Page."]', [])
    assert team.state(team.reply(review.id, "We are looking for it")) is DeliveryState.SENT
    assert [(one.author_id, one.text) for one in sandbox.comments(review)] == [(page.id, "We are looking for it")]
    take_in()
    assert len(set(team.tickets().values())) == 1, "our answer coming back is no case of its own"


@pytest.mark.parametrize("pushed", [True, False], ids=["pushed", "polled"])
@pytest.mark.parametrize(("text", "recommends"), [("They found it!", False), ("They lost my bag", True), ("All well", True)])
def test_a_changed_mind_is_an_edit(team: Team, pushed: bool, text: str, recommends: bool) -> None:
    sandbox, page = team.world.sandbox, team.world.page
    take_in = team.hear if pushed else team.poll
    if pushed:
        team.listen()
    review = sandbox.review(team.world.ada, page, "They lost my bag", recommends=False)
    take_in()
    team.wait(hours=50)
    sandbox.review(team.world.ada, page, text, recommends=recommends)
    take_in()
    opinion = "recommends" if recommends else "does not recommend"
    assert shown(team, review) == (text, f'["The customer {opinion} the Page."]', ["They lost my bag"])
    take_in()
    assert len(shown(team, review)[2]) == 1, "the same list once more is no news"


def test_what_was_pushed_is_no_news_when_it_is_polled(team: Team) -> None:
    sandbox, page = team.world.sandbox, team.world.page
    team.listen()
    review = sandbox.review(team.world.ada, page, "They lost my bag", recommends=False)
    team.hear()
    team.wait(hours=1)
    sandbox.review(team.world.ada, page, "They lost my bag", recommends=True)
    team.hear()
    team.poll()
    assert len(shown(team, review)[2]) == 1
    sandbox.delete(review)
    team.hear()
    found = team.desk.tickets.find_message("Northwind", review.id)
    assert found is not None
    assert found.deleted


def test_a_comment_below_a_review_belongs_to_its_case(team: Team) -> None:
    sandbox, page = team.world.sandbox, team.world.page
    team.listen()
    review = sandbox.review(team.world.ada, page, "They lost my bag", recommends=False)
    more = sandbox.comment(team.world.ada, review, "Still waiting")
    sandbox.comment(team.world.page, review, "Please write to us")
    team.hear()
    tickets = team.tickets()
    assert tickets[review.id] == tickets[more.id]
    assert team.texts() == ["They lost my bag", "Still waiting", "Please write to us"]


def test_newer_versions_of_the_api_list_no_reviews_and_nothing_else_suffers(
    world: World, make_team: Callable[..., Team]
) -> None:
    team = make_team(world, world.page)
    assert world.refusal("GET", f"{world.page.id}/ratings") == (400, 12, 0)
    world.sandbox.review(world.ada, world.page, "They lost my bag", recommends=False)
    post = world.sandbox.post(world.ben, "Where is the lounge?", on=world.page)
    assert team.poll() == []
    assert list(team.tickets()) == [post.id]
