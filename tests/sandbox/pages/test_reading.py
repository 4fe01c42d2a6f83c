"""What the real Facebook and Instagram connectors see of the sandbox by polling, on the embedded desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from social_care.core.errors import RateLimited
from social_care.core.replies import DeliveryState
from tests.sandbox.pages.conftest import Team, World, our_words

SENT, FAILED, QUEUED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.QUEUED


def test_check_tells_who_we_are_and_what_is_not_pushed(team: Team) -> None:
    found = team.office.connect(team.account).check()
    assert (found.account_id, found.handle) == (team.ours.id, team.ours.username)
    assert "does not push" in found.problems[0]
    assert found.limits


def test_subscribing_lets_everything_in_and_mends_what_meta_ended(team: Team) -> None:
    sandbox = team.world.sandbox
    team.listen()
    sandbox.webhooks.uninstall(team.ours.id)
    team.office.connect(team.account).subscribe(team.receiver.url)  # type: ignore[attr-defined]
    assert team.office.connect(team.account).check().problems == ()
    message = sandbox.message(team.world.ada, team.ours, "Hello?")
    team.hear()
    assert message.id in team.tickets()


def test_subscribing_leaves_what_others_subscribed(world: World, make_team: Callable[..., Team]) -> None:
    """The Page and its Instagram account share one subscription."""
    world.sandbox.webhooks.install(world.page.id, {"leadgen", "mention"})
    team = make_team(world, world.instagram, "Facebook")
    team.office.connect(team.account).subscribe("https://help.example/hook")  # type: ignore[attr-defined]
    assert world.sandbox.webhooks.installed[world.page.id] >= {"leadgen", "mention", "messages"}


@pytest.mark.parametrize("fault", ["", "repeat_page", "shuffle"])
def test_long_lists_are_read_to_the_end_once(team: Team, fault: str) -> None:
    world, sandbox = team.world, team.world.sandbox
    expected = set()
    busy = sandbox.post(team.ours, "The busy one")
    for number in range(70):
        world.clock.forward(seconds=20)
        comment = sandbox.comment(world.ada if number % 3 else world.ben, busy, f"comment {number}")
        expected.add(comment.id)
        if number % 10 == 0:
            expected.add(sandbox.comment(world.ben, comment, f"answer {number}").id)
    for number in range(30):
        world.clock.forward(seconds=20)
        expected.add(sandbox.comment(world.ada, sandbox.post(team.ours, f"post {number}"), f"below {number}").id)
    people = [sandbox.add_person(f"Passenger {number}") for number in range(25)]
    for number, person in enumerate([*people, *[people[0]] * 40]):
        world.clock.forward(seconds=20)
        expected.add(sandbox.message(person, team.ours, f"message {number}").id)
    if fault:
        sandbox.fault(fault, "GET *", 2)
    for _ in range(12):
        assert team.poll() == []
        world.clock.forward(minutes=1)
    assert expected - set(team.tickets()) == set(), "something never became a ticket's"
    texts = Counter(team.texts())
    assert [text for text, count in texts.items() if count > 1] == []


def test_answers_below_one_comment_are_read_to_the_end(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    first = sandbox.comment(world.ada, sandbox.post(team.ours, "The busy one"), "My bag is lost")
    answers = [sandbox.comment(world.ben, first, f"answer {number}") for number in range(80)]
    team.poll()
    assert {one.id for one in answers} <= set(team.tickets())
    assert len(set(team.tickets().values())) <= 2, "the conversation fell apart"
    world.clock.forward(minutes=30)
    late = sandbox.comment(world.ada, first, "And nobody answers")
    team.poll()
    assert team.tickets()[late.id] == team.tickets()[first.id]


def test_our_answer_is_found_below_many_others(team: Team) -> None:
    world, sandbox = team.world, team.world.sandbox
    first = sandbox.comment(world.ada, sandbox.post(team.ours, "The busy one"), "My bag is lost")
    team.poll()
    for number in range(80):
        sandbox.comment(world.ben, first, f"answer {number}")
    sandbox.fault("reset_after", "POST *")
    part = team.reply(first.id, "We are looking for it")
    team.wait(minutes=10)
    assert team.state(part) is SENT


def test_pictures_can_be_fetched(team: Team) -> None:
    team.world.sandbox.message(team.world.ada, team.ours, "", media=["image"])
    connection = team.office.connect(team.account)
    body = connection.fetch("direct_messages", "").body
    (one,) = team.world.sandbox.state.files.values()
    assert one.address.encode() in body
    found = connection.download(one.address)
    assert (found.content, found.mime) == (one.content, "image/jpeg")


def test_visitors_posts_and_mentions_elsewhere_become_tickets(page_team: Team) -> None:
    world = page_team.world
    visitor = world.sandbox.post(world.ada, "Your crew was lovely", on=world.page)
    elsewhere = world.sandbox.post(world.ben, "Northwind lost my bag", mentions=[world.page])
    assert page_team.poll() == []
    tickets = page_team.tickets()
    assert tickets[visitor.id] != tickets[elsewhere.id]


def test_a_missing_permission_hides_authors_only(page_team: Team) -> None:
    world = page_team.world
    comment = world.sandbox.comment(world.ada, world.sandbox.post(world.page, "Hello"), "My bag")
    world.sandbox.keyring.deny(world.page.id, "pages_read_user_content")
    assert page_team.poll() == []
    found = page_team.desk.tickets.find_message("Northwind", comment.id)
    assert found is not None
    assert (found.text, found.author_id) == ("My bag", None)


def test_reading_slows_down_before_it_is_throttled(make_world: Callable[..., World], make_team: Callable[..., Team]) -> None:
    world = make_world(limits={"messenger": 10})
    team = make_team(world, world.page)
    connection = team.office.connect(team.account)
    for _ in range(9):
        connection.fetch("direct_messages", "")
    with pytest.raises(RateLimited, match="nearly used up"):
        connection.fetch("direct_messages", "")
    assert all(one.status == 200 for one in world.sandbox.requests), "Meta had to say it first"


def test_a_throttled_reply_waits_as_long_as_meta_says(
    make_world: Callable[..., World], make_team: Callable[..., Team]
) -> None:
    world = make_world(limits={"messenger": 3})
    team = make_team(world, world.page)
    message = world.sandbox.message(world.ada, world.page, "Hello?")
    team.poll()
    for _ in range(3):
        world.call("GET", "me/conversations", platform="messenger")
    part = team.reply(message.id, "Hello Ada")
    assert team.state(part) is QUEUED
    team.wait(hours=23)
    assert our_words(team, world.ada) == []
    team.wait(hours=1)
    assert team.state(part) is FAILED, "by then the window to answer was closed"
    again = world.sandbox.message(world.ada, world.page, "Hello??")
    team.poll()
    assert team.state(team.reply(again.id, "Sorry, Ada")) is SENT
