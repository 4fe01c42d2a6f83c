"""The real Facebook and Instagram connectors when the line breaks, Meta throttles, or a token dies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from social_care.core.errors import AccountNeedsLogin, ConfigurationError, Refused
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState
from tests.sandbox.pages.conftest import Team, World, our_words

SENT, FAILED, UNKNOWN, QUEUED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.QUEUED


FAULTS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "taken, then reset": ("reset_after", {}, True),
    "taken, then a gateway's page": ("html_error", {"status": 502, "after": True}, True),
    "taken, then 500": ("status", {"status": 500, "after": True}, True),
    "taken, then transient": ("status", {"shape": "2", "after": True}, True),
    "taken, answer cut": ("malformed", {}, True),
    "reset before": ("reset_before", {}, False),
    "500": ("status", {"status": 500}, False),
}


@pytest.mark.parametrize("where", ["comment", "private reply", "message"])
@pytest.mark.parametrize(("kind", "options", "taken"), FAULTS.values(), ids=FAULTS)
def test_a_lost_answer_is_looked_for_and_never_sent_twice(
    team: Team, where: str, kind: str, options: dict[str, Any], taken: bool
) -> None:
    world, sandbox = team.world, team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(team.ours, "Hello"), "My bag is lost")
    message = sandbox.message(world.ben, team.ours, "Where do I wait?")
    sandbox.message(world.ada, team.ours, "By the way")
    team.poll()
    world.clock.forward(seconds=30)
    sandbox.fault(kind, "POST *", **options)
    target = message if where == "message" else comment
    part = team.reply(target.id, "Number, please", Audience.PRIVATE if where == "private reply" else None)
    assert team.state(part) is UNKNOWN
    for _ in range(8):
        team.wait(minutes=10)
    heard = {"comment": comment, "private reply": world.ada, "message": world.ben}[where]
    assert our_words(team, heard) == (["Number, please"] if taken else [])
    assert team.state(part) is (SENT if taken else UNKNOWN)
    team.poll()
    assert team.texts().count("Number, please") == 1, "it came back as something new"


@pytest.mark.parametrize("taken", [(True, True), (True, False), (False, True)])
def test_the_same_words_to_two_customers_are_never_mixed_up(team: Team, taken: tuple[bool, bool]) -> None:
    """Two private replies with one wording, both answers lost: each is settled with its own customer or not at all."""
    world, sandbox = team.world, team.world.sandbox
    post, people = sandbox.post(team.ours, "Hello"), (world.ada, world.ben)
    comments = [sandbox.comment(who, post, "My bag is lost") for who in people]
    team.poll()
    parts = []
    for comment, arrives in zip(comments, taken, strict=True):
        world.clock.forward(seconds=1)
        sandbox.fault("reset_after" if arrives else "reset_before", "POST *")
        parts.append(team.reply(comment.id, "What is its number?", Audience.PRIVATE))
    for _ in range(8):
        team.wait(minutes=10)
    for part, arrives in zip(parts, taken, strict=True):
        assert arrives or team.state(part) is UNKNOWN, "it claims to be sent and is not"
    answers = [sandbox.message(who, team.ours, f"It is {number}") for number, who in enumerate(people)]
    team.poll()
    tickets = team.tickets()
    other = {answers[0].id: comments[1].id, answers[1].id: comments[0].id}
    for answer, comment in other.items():
        assert tickets[answer] != tickets[comment], "a customer's answer is on another customer's ticket"


@pytest.mark.parametrize("shape", ["4", "17", "32", "613", "80001", "80002", "80006"])
def test_throttling_is_certainly_not_sent(page_team: Team, shape: str) -> None:
    world = page_team.world
    message = world.sandbox.message(world.ada, world.page, "Hello?")
    page_team.poll()
    world.sandbox.fault("status", "POST *", shape=shape)
    part = page_team.reply(message.id, "Hello Ada")
    assert page_team.state(part) is QUEUED
    page_team.wait(minutes=4)
    assert page_team.state(part) is QUEUED
    page_team.wait(minutes=2)
    assert (page_team.state(part), our_words(page_team, world.ada)) == (SENT, ["Hello Ada"])


@pytest.mark.parametrize("shape", ["506", "368", "10/1893063", "10/2018108", "100/2018001", "551/1545041", "200/1545041"])
def test_refusals_are_final(page_team: Team, shape: str) -> None:
    world = page_team.world
    message = world.sandbox.message(world.ada, world.page, "Hello?")
    page_team.poll()
    world.sandbox.fault("status", "POST *", shape=shape)
    part = page_team.reply(message.id, "Hello Ada")
    page_team.wait(days=1)
    assert (page_team.state(part), our_words(page_team, world.ada)) == (FAILED, [])


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467])
def test_a_dead_token_pauses_sending_and_nothing_is_lost(team: Team, subcode: int) -> None:
    world, sandbox = team.world, team.world.sandbox
    team.listen()
    message = sandbox.message(world.ada, team.ours, "Hello?")
    team.hear()
    subject = (
        team.ours.id
        if sandbox.keyring.issue("instagram", team.ours.id).token in str(team.office.credentials)
        else world.page.id
    )
    sandbox.keyring.end(subject, subcode)
    with pytest.raises(AccountNeedsLogin):
        team.office.connect(team.account).check()
    part = team.reply(message.id, "Hello Ada")
    assert team.state(part) is QUEUED
    assert team.desk.accounts.get("Northwind").sending_paused
    later = sandbox.message(world.ada, team.ours, "Anybody?")
    team.hear()
    assert later.id in team.tickets(), "a dead token is no reason to lose what was pushed"


def test_the_apps_secret_has_to_be_right(world: World, make_team: Callable[..., Team]) -> None:
    team = make_team(world, world.page)
    team.office.credentials["Northwind"]["client_secret"] = "another"
    with pytest.raises(Refused):
        team.office.connect(team.account).fetch("mentions", "")


def test_a_persons_token_is_told_from_a_pages(world: World, make_team: Callable[..., Team]) -> None:
    team = make_team(world, world.page)
    team.office.credentials["Northwind"]["access_token"] = world.sandbox.keyring.issue("user", world.ada.id).token
    with pytest.raises(ConfigurationError, match="Page itself"):
        team.office.connect(team.account).check()


@pytest.mark.parametrize("permission", ["pages_messaging", "pages_manage_engagement"])
def test_a_missing_permission_stops_sending_until_it_is_granted(page_team: Team, permission: str) -> None:
    world, sandbox = page_team.world, page_team.world.sandbox
    comment = sandbox.comment(world.ada, sandbox.post(world.page, "Hello"), "My bag is lost")
    page_team.poll()
    sandbox.keyring.deny(world.page.id, permission)
    audience = Audience.PRIVATE if permission == "pages_messaging" else None
    part = page_team.reply(comment.id, "We are looking for it", audience)
    assert page_team.state(part) is QUEUED
    assert "permission" in page_team.desk.accounts.get("Northwind").sending_paused
