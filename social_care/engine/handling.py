"""From a stored payload to tickets: claim it, read it, handle event by event, settle it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from social_care.core.errors import Retryable
from social_care.core.events import Event, MessageReceived
from social_care.core.payloads import PayloadState
from social_care.core.ports import Backoff, Clock, Connector, Desk, Insight
from social_care.engine.acknowledging import acknowledge
from social_care.engine.intake import handle_event, is_own
from social_care.engine.listening import search_of
from social_care.engine.office import Office
from social_care.engine.outcomes import ERASED_BEFORE, Action, Outcome
from social_care.engine.parsing import read_events
from social_care.engine.sharing import pass_on

log = logging.getLogger(__name__)

BACKOFF = Backoff(steps_s=(10, 60, 300, 900, 3600), give_up_after=8)


def handle_payload(
    payload_id: str, *, desk: Desk, connector: Connector, clock: Clock, insight: Insight | None = None
) -> tuple[Outcome, ...]:
    """Handle one stored payload; () when another worker has it or it is done.

    Whatever goes wrong with one event does not stop the others, and the payload stays in the ledger: to be retried
    while that may help, else parked with the reason.
    """
    payload = desk.ledger.claim(payload_id, clock())
    if payload is None:
        return ()
    account = desk.accounts.get(payload.account)
    named = replace(payload, handle=account.handle)
    events = (*pass_on(payload, connector, desk), *read_events(lambda: connector.parse(named)))
    search = search_of(payload.feed, account)
    office = Office(desk, connector, account, clock, insight, payload.received_at, search)
    outcomes, trouble = handle_events(events, office)
    _settle(desk, payload_id, payload.attempts, outcomes, trouble, clock)
    return tuple(outcomes)


def handle_events(events: tuple[Event, ...], office: Office) -> tuple[list[Outcome], list[tuple[str, float | None]]]:
    """Handle events one by one; return what became of them, and of each failure its text and the wait asked for (s)."""
    outcomes: list[Outcome] = []
    trouble: list[tuple[str, float | None]] = []
    for event in events:
        try:
            outcomes.append(handle_event(event, office))
            _acknowledge(outcomes[-1], office)
        except Retryable as error:
            trouble.append((str(error), error.retry_after_s))
        except Exception as error:
            log.exception("the event %s %s failed", type(event).__name__, event.message_id)
            trouble.append((f"{type(error).__name__}: {error}", None))  # whatever the desk raises: nothing is lost
    return outcomes, trouble


def _acknowledge(outcome: Outcome, office: Office) -> None:
    """Tell a customer that nobody works now; whatever goes wrong with that never touches the message, which is stored."""
    event = outcome.event
    if not office.account.acknowledgements or outcome.action not in (Action.OPEN, Action.APPEND):
        return
    if not isinstance(event, MessageReceived) or is_own(event, office) or not event.addresses_us:
        return
    try:
        acknowledge(event, office.account, desk=office.desk, connector=office.connector, clock=office.clock)
    except Exception:
        log.exception("the message %s could not be acknowledged", event.message_id)


def _settle(
    desk: Desk,
    payload_id: str,
    attempts: int,
    outcomes: list[Outcome],
    trouble: list[tuple[str, float | None]],
    clock: Clock,
) -> None:
    note = "\n".join([outcome.line() for outcome in outcomes] + [f"failed: {text}" for text, _ in trouble])
    if trouble and attempts < BACKOFF.give_up_after:
        asked = [wait for _, wait in trouble if wait is not None]
        wait_s = max(asked) if asked else BACKOFF.wait_s(attempts)
        desk.ledger.settle(payload_id, PayloadState.RETRY, note, clock() + timedelta(seconds=wait_s))
        return
    parked = bool(trouble) or any(outcome.action is Action.PARK for outcome in outcomes)
    desk.ledger.settle(payload_id, PayloadState.PARKED if parked else PayloadState.DONE, note)
    if not parked and any(outcome.reason == ERASED_BEFORE for outcome in outcomes):
        desk.erasing.empty_payload(payload_id)
