"""What a list shows of a message that is here already: other words, or that it was hidden or is shown again.

Webhooks tell such things one by one; where one was missed, the next poll shows how the message is now.
"""

from __future__ import annotations

from dataclasses import replace

from social_care.core.events import STANCE, Direction, MessageReceived, VisibilityChanged
from social_care.core.ids import digest_of_words, is_later, make_revision, words_of
from social_care.core.replies import StoredMessage
from social_care.engine import moderating
from social_care.engine.office import Office
from social_care.engine.outcomes import Action, Outcome

HIDDEN = {True: "it was hidden on the platform", False: "it is shown again on the platform"}


def says_nothing_new(event: MessageReceived, stored: StoredMessage) -> bool:
    """Tell whether a list shows a message in the words that are kept: it was decided already, whatever its revision."""
    told, kept = _said(event, stored)
    return event.listed and not stored.tombstone and digest_of_words(told) == digest_of_words(kept)


def _said(event: MessageReceived, stored: StoredMessage) -> tuple[str, str]:
    """Return what is shown now and what is kept: the words, and what is said beside them where both tell that."""
    told, kept = event.route.get(STANCE, ""), stored.route.get(STANCE, "")
    return (event.text + told, stored.text + kept) if told and kept else (event.text, stored.text)


def as_version(event: MessageReceived, stored: StoredMessage, office: Office) -> MessageReceived:
    """Return a listed message as a later version of the stored one where its words differ, else as that same version.

    The list tells no time of the edit, so it is dated by when it was seen. A list older than the stored version is no news.
    """
    same = replace(event, revision=stored.revision)
    if event.revision:  # an edit that was seen in a list before the webhook told of it
        told, kept = words_of(event.revision), words_of(stored.revision)
        return same if told and told == kept else event
    if not event.listed or stored.direction != Direction.IN.value:
        return event
    said, _ = _said(event, stored)
    if digest_of_words(said) == words_of(stored.revision):
        return same
    revision = make_revision((office.told_at or office.clock()).timestamp(), said)
    return replace(event, revision=revision) if is_later(revision, stored.revision) else same


def mind_visibility(outcome: Outcome, event: MessageReceived, office: Office) -> Outcome:
    """Keep whether a message is hidden, where the platform told it along; in the caller's transaction."""
    if event.hidden is None:
        return outcome
    stored = office.desk.tickets.find_message(office.account.name, event.message_id)
    if stored is None or stored.hidden == event.hidden:
        return outcome
    told = VisibilityChanged(message_id=event.message_id, hidden=event.hidden, at=office.told_at)
    if not moderating.report_visibility(stored, told, office.desk, office.clock()) or outcome.action is not Action.IGNORE:
        return outcome
    return Outcome(action=Action.VISIBILITY, event=told, ticket=stored.ticket, reason=HIDDEN[event.hidden])
