"""Hiding and deleting comments through the real connectors, and what the sandbox pushes about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from social_care.core.moderation import Moderation, ModerationAction, ModerationState, Wish
from social_care.engine import moderating
from social_care.wiring import load_connector
from tests.sandbox.pages.conftest import LOGINS, Team, World

HIDE, UNHIDE, DELETE = ModerationAction.HIDE, ModerationAction.UNHIDE, ModerationAction.DELETE
DONE, UNKNOWN = ModerationState.DONE, ModerationState.UNKNOWN


@pytest.fixture(params=LOGINS.values(), ids=LOGINS)
def team(request: pytest.FixtureRequest, world: World, make_team: Callable[..., Team]) -> Team:
    which, login = request.param
    return make_team(world, getattr(world, which), login)


def do(team: Team, action: ModerationAction, message_id: str) -> Moderation:
    target = team.desk.tickets.find_message(team.account.name, message_id)
    assert target is not None, f"{message_id} never arrived"
    return moderating.moderate(
        Wish(action=action, target=target, user="jo", reason="insult"),
        desk=team.desk,
        connector=load_connector(team.account.platform),
        connect=team.office.connect,
        clock=team.world.clock,
    )


def test_a_comment_is_hidden_shown_again_and_deleted(team: Team) -> None:
    sandbox = team.world.sandbox
    comment = sandbox.comment(team.world.ada, sandbox.post(team.ours, "We fly to Oslo"), "You never do")
    team.poll()
    assert do(team, HIDE, comment.id).state is DONE
    assert comment.hidden
    assert do(team, UNHIDE, comment.id).state is DONE
    assert not comment.hidden
    assert do(team, DELETE, comment.id).state is DONE
    assert comment.id not in [one.id for one in sandbox.comments(comment.post_id)]


def test_a_deletion_whose_answer_was_lost_is_looked_for(team: Team) -> None:
    sandbox = team.world.sandbox
    comment = sandbox.comment(team.world.ada, sandbox.post(team.ours, "We fly to Oslo"), "You never do")
    team.poll()
    sandbox.fault("reset_after", "DELETE *")
    assert do(team, DELETE, comment.id).state is DONE


def test_what_facebook_pushes_settles_a_lost_hiding(world: World, make_team: Callable[..., Team]) -> None:
    team = make_team(world, world.page)
    team.listen()
    comment = world.sandbox.comment(world.ada, world.sandbox.post(world.page, "We fly to Oslo"), "You never do")
    team.hear()
    world.sandbox.fault("reset_after", f"POST */{comment.id}")
    assert do(team, HIDE, comment.id).state is UNKNOWN
    assert comment.hidden, "the sandbox carried it out and broke the line"
    world.clock.forward(seconds=1)
    team.hear()
    stored = team.desk.tickets.find_message(team.account.name, comment.id)
    assert stored is not None
    assert stored.hidden
    assert [one.state for one in team.desk.moderations.history(stored)] == [DONE]


def test_our_own_deletion_comes_back_as_known(world: World, make_team: Callable[..., Team]) -> None:
    team = make_team(world, world.page)
    team.listen()
    comment = world.sandbox.comment(world.ada, world.sandbox.post(world.page, "We fly to Oslo"), "You never do")
    team.hear()
    assert do(team, DELETE, comment.id).state is DONE
    team.hear()
    notes = [row["note"] for row in team.desk.rows("select note from payload order by id")]
    assert "handled already" in notes[-1]
