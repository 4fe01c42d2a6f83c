"""Several accounts of one app share one address: what came for another account of ours is given to that one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from social_care.core.connecting import SharesWebhook
from social_care.core.events import Ignored
from social_care.core.payloads import Payload, Source
from social_care.core.ports import Connector, Desk, ReceivesWebhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn(Ignored):
    """The body was stored for another account of ours, too."""


def pass_on(payload: Payload, connector: Connector, desk: Desk) -> tuple[PassedOn, ...]:
    """Store a webhook's body for every other account that it is for; () when each has it already.

    Only accounts that trust the same secret get it, since that secret proved where the body comes from. A row of the ledger
    is unique for account and bytes, so it does not matter at how many addresses the same body arrives, or how often it is
    passed on. Each account then reads what is its own, and ignores the rest with the reason.
    """
    if payload.source is not Source.WEBHOOK or not isinstance(connector, SharesWebhook):
        return ()
    if not isinstance(connector, ReceivesWebhooks):
        return ()
    others = connector.addressees(payload.body) - {payload.account_id}
    if not others:
        return ()
    passed = []
    for sibling in desk.accounts.siblings(payload.account, others, connector.signed_with):
        theirs = replace(
            payload, id="", account=sibling.name, platform=sibling.platform, account_id=sibling.external_id, attempts=0
        )
        if desk.ledger.keep(theirs) is not None:
            passed.append(PassedOn(reason=f"passed on to {sibling.name}, for which it is too"))
    return tuple(passed)
