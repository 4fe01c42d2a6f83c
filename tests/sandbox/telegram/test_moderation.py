"""What may be done to messages and people of a group: offered by the bot's rights there, and done on the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from social_care.core.errors import Refused
from social_care.core.moderation import Moderation, ModerationAction, ModerationState, Wish
from social_care.engine.moderating import ask_rights, list_offers, moderate
from social_care.sandbox.telegram import Person
from social_care.wiring import load_connector
from tests.sandbox.telegram.test_case import Team, ada, make_team, team

__all__ = ["ada", "make_team", "team"]
DELETE, LIKE, BLOCK, UNBLOCK = (ModerationAction(one) for one in ("delete", "like", "block", "unblock"))
RIGHTS = {"can_delete_messages", "can_restrict_members"}


def target_of(team: Team, message: dict[str, Any]) -> Any:
    return team.desk.tickets.find_message("Northwind", f"{message['chat']['id']}:{message['message_id']}")


def offered(team: Team, message: dict[str, Any]) -> dict[ModerationAction, str]:
    """Return what is offered for a message, each with its refusal."""
    connector, target = load_connector("telegram"), target_of(team, message)
    found = list_offers(target, team.account, desk=team.desk, connector=connector, now=team.clock())
    found = ask_rights(found, target, team.account, connector, team.office.connect)
    return {offer.action: offer.refusal for offer in found if offer.action is not ModerationAction.MUTE}


def do(team: Team, action: ModerationAction, message: dict[str, Any]) -> Moderation:
    wish = Wish(action=action, target=target_of(team, message), user="supervisor", reason="insults")
    connector = load_connector("telegram")
    return moderate(wish, desk=team.desk, connector=connector, connect=team.office.connect, clock=team.clock)


def test_in_a_group_only_what_the_bot_may_do_there_is_offered(team: Team, ada: Person) -> None:
    group = team.sandbox.group
    message = team.sandbox.write(ada, "@NorthwindBot you are thieves", group)
    team.hear()
    assert {action: bool(refusal) for action, refusal in offered(team, message).items()} == {
        DELETE: True,
        LIKE: False,
        BLOCK: True,
    }
    group.rights |= {"can_delete_messages"}
    assert offered(team, message)[DELETE] == ""
    assert "ban people" in offered(team, message)[BLOCK]
    group.rights |= RIGHTS
    assert set(offered(team, message).values()) == {""}
    team.sandbox.fault("status", "POST *getChatMember", status=500)
    assert all(offered(team, message).values()), "where it cannot be asked, nothing is promised"


def test_deleting_liking_and_banning_arrive(team: Team, ada: Person) -> None:
    group = team.sandbox.group
    group.rights |= RIGHTS
    message = team.sandbox.write(ada, "@NorthwindBot you are thieves", group)
    team.hear()
    assert do(team, LIKE, message).state is ModerationState.DONE
    assert group.liked == {message["message_id"]}
    assert do(team, BLOCK, message).state is ModerationState.DONE
    assert group.banned == {ada.id}
    assert do(team, UNBLOCK, message).state is ModerationState.DONE
    assert group.banned == set()
    team.sandbox.fault("reset_after", "POST *deleteMessage")
    assert do(team, DELETE, message).state is ModerationState.UNKNOWN, "the answer was lost"
    assert do(team, DELETE, message).state is ModerationState.DONE, "it is gone, as was wanted"
    assert message["message_id"] not in group.messages
    assert target_of(team, message).deleted


def test_a_right_taken_away_meanwhile_is_told(team: Team, ada: Person) -> None:
    message = team.sandbox.write(ada, "@NorthwindBot you are thieves", team.sandbox.group)
    team.hear()
    done = do(team, BLOCK, message)
    assert (done.state, "lacks the right" in done.error) == (ModerationState.FAILED, True)
    assert do(team, DELETE, message).state is ModerationState.FAILED


def test_who_is_banned_for_an_old_message_is_banned_in_the_supergroup(team: Team, ada: Person) -> None:
    small = team.sandbox.add_group("Small", "group")
    message = team.sandbox.write(ada, "@NorthwindBot you are thieves", small)
    team.hear()
    large = team.sandbox.upgrade(small)
    large.rights |= RIGHTS
    assert offered(team, message)[BLOCK] == ""
    assert do(team, BLOCK, message).state is ModerationState.DONE
    assert large.banned == {ada.id}


def test_of_a_pressed_button_only_the_person_can_be_acted_on(team: Team, ada: Person) -> None:
    team.sandbox.group.rights |= RIGHTS
    asked = team.sandbox.write(ada, "@NorthwindBot hello", team.sandbox.group)
    pressed = {"id": "77", "from": ada.shown(), "message": asked, "data": "yes"}
    team.sandbox.state.announce("callback_query", pressed)
    team.hear()
    target = team.desk.tickets.find_message("Northwind", "button:77")
    connection = team.office.connect(team.account)
    for action in (DELETE, LIKE):
        assert load_connector("telegram").offer(action, target, team.account, team.clock()).refusal  # type: ignore[attr-defined]
        with pytest.raises(Refused):
            connection.moderate(action, target)  # type: ignore[arg-type]
    connection.moderate(BLOCK, target)  # type: ignore[arg-type]
    connection.close()
    assert (team.sandbox.group.banned, team.sandbox.group.liked) == ({ada.id}, set())
    assert asked["message_id"] in team.sandbox.group.messages, "what had the buttons was deleted"


def test_private_messages_can_be_liked_and_nothing_else(team: Team, ada: Person) -> None:
    message = team.sandbox.write(ada, "Thank you!")
    business = team.sandbox.write_to_business(ada, "To Nora")
    team.hear()
    found = offered(team, message)
    assert (found[LIKE], bool(found[DELETE]), bool(found[BLOCK])) == ("", True, True)
    assert do(team, LIKE, message).state is ModerationState.DONE
    target = team.desk.tickets.find_message("Northwind", f"{ada.id}:{business['message_id']}@connection-1")
    assert target is not None
    with pytest.raises(Refused, match="business"):
        moderate(
            Wish(action=LIKE, target=target, user="supervisor"),
            desk=team.desk,
            connector=load_connector("telegram"),
            connect=team.office.connect,
            clock=team.clock,
        )
