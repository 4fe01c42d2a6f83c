"""Customers, agents and a bad network at random: nothing is lost, nothing is sent twice or claimed to be sent and is not."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from social_care.core.errors import SocialCareError
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState
from tests.sandbox.pages.conftest import LOGINS, Team, World

FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("reset_after", "POST *", {}),
    ("reset_before", "POST *", {}),
    ("malformed", "POST *", {}),
    ("status", "POST *", {"status": 503, "after": True}),
    ("status", "POST *", {"shape": "613"}),
    ("status", "POST *", {"shape": "2", "after": True}),
    ("html_error", "* *", {"status": 502}),
    ("reset_after", "GET *", {}),
    ("malformed", "GET *", {}),
    ("status", "GET *", {"shape": "80001"}),
    ("repeat_page", "GET *", {}),
    ("shuffle", "GET *", {}),
    ("duplicate_delivery", "*", {}),
    ("reorder_delivery", "*", {}),
    ("batch_delivery", "*", {"times": 3}),
]


class Chaos:
    """A story that a seed tells."""

    def __init__(self, team: Team, seed: int) -> None:
        self.team, self.chance = team, random.Random(seed)
        self.sandbox = team.world.sandbox
        self.people = [self.sandbox.add_person(f"Passenger {number}") for number in range(4)]
        self.post = self.sandbox.post(team.ours, "Good morning")
        self.words: dict[str, str] = {}
        self.parts: dict[str, str] = {}

    def write(self) -> None:
        who, number = self.chance.choice(self.people), len(self.words)
        mine = [one for one in self.sandbox.comments(self.post) if one.author_id in self.sandbox.state.people]
        below = self.chance.choice([self.post, *mine])
        made: Any
        if self.chance.random() < 0.5:
            made = self.sandbox.comment(who, below, f"comment {number}")
        else:
            made = self.sandbox.message(who, self.team.ours, f"message {number}")
        self.words[made.id] = made.text

    def answer(self) -> None:
        here = [one for one in self.words if one in self.team.tickets()]
        if not here:
            return
        audience = self.chance.choice([None, None, Audience.PRIVATE])
        text = f"answer {len(self.parts)}" if self.chance.random() < 0.7 else f"as ever {len(self.parts) % 2}"
        try:
            self.parts[self.team.reply(self.chance.choice(here), text, audience)] = text
        except SocialCareError:
            return  # the rules of the platform, told before anything was stored

    def fail(self) -> None:
        kind, route, options = self.chance.choice(FAULTS)
        self.sandbox.fault(kind, route, **options)

    def step(self) -> None:
        self.team.world.clock.forward(seconds=self.chance.randint(1, 200))
        action = self.chance.choice(
            [self.write, self.write, self.answer, self.answer, self.fail, self.team.hear, self.team.poll]
        )
        action()

    def end(self) -> None:
        """Let the network heal and everything settle."""
        self.sandbox.clear_faults()
        for _ in range(6):
            self.team.hear()
            self.team.wait(minutes=20)
            self.team.poll()


def said(team: Team) -> list[str]:
    """Return everything the team said on the platform."""
    state = team.world.sandbox.state
    public = [one.text for one in state.comments.values() if one.author_id == team.ours.id]
    return public + [one.text for one in state.messages.values() if one.sender_id == team.ours.id]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("which", "login"), LOGINS.values(), ids=LOGINS)
def test_whatever_happens(world: World, make_team: Callable[..., Team], which: str, login: str, seed: int) -> None:
    team = make_team(world, getattr(world, which), login)
    if seed % 3:
        team.listen()
    chaos = Chaos(team, seed)
    for _ in range(60):
        chaos.step()
    chaos.end()
    tickets = team.tickets()
    assert [text for message, text in chaos.words.items() if message not in tickets] == [], "lost"
    arrived = Counter(said(team))
    planned = Counter(chaos.parts.values())
    assert arrived - planned == Counter(), "sent twice"
    sent = Counter(text for part, text in chaos.parts.items() if team.state(part) is DeliveryState.SENT)
    assert sent - arrived == Counter(), "claimed to be sent"
    unknown = Counter(text for part, text in chaos.parts.items() if team.state(part) is DeliveryState.UNKNOWN)
    assert arrived - sent - unknown == Counter(), "sent, and told as failed"
    shown = Counter(team.texts())
    assert {text: shown[text] for text in chaos.words.values() if shown[text] != 1} == {}, "shown twice"
