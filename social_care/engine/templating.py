"""From a template and what fills it to what will be sent, or a refusal in a plain sentence before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from social_care.core.accounts import Account
from social_care.core.errors import NotAllowed, OptedOut, Refused
from social_care.core.events import Audience
from social_care.core.ports import Clock, Connector, Desk, UsesTemplates
from social_care.core.replies import Draft, Plan, Reply, StoredMessage
from social_care.core.templates import FilledTemplate, Template
from social_care.engine.composing import media_rule, plan
from social_care.engine.preferences import UNWANTED


def plan_reply(reply: Reply, account: Account, *, desk: Desk, connector: Connector, clock: Clock) -> Plan:
    """Return the parts of a reply, signed for its author, or the template in its place. Raises: Refused."""
    if reply.template is None:
        reply = replace(reply, initials=desk.team.member(reply.author).initials)
        planned = plan(reply, account, connector, clock())
        if reply.media and media_rule(connector, account, planned.audience).by_address and (why := desk.files.obstacle()):
            raise Refused(why)
        return planned
    template = desk.templates.find(account.name, reply.template.name, reply.template.language)
    return plan_template(reply, template, unwanted_by(reply.target, connector, desk), account, connector, clock())


def plan_template(
    reply: Reply, template: Template | None, unwanted: frozenset[str], account: Account, connector: Connector, now: datetime
) -> Plan:
    """Return a template as the one part of a reply, with what the author should know.

    unwanted: the categories that the customer does not want. Raises: Refused (or one of its kind); nothing was stored then.
    """
    choice = reply.template
    if choice is None or template is None or not isinstance(connector, UsesTemplates):
        raise Refused("There is no such template. The list may be out of date: refresh it.")
    if not account.enabled:
        raise NotAllowed(f"The account {account.name} is switched off.")
    if reply.media:
        raise Refused("A template takes no files beside it.")
    if reply.target.audience is not Audience.PRIVATE or reply.audience is Audience.PUBLIC:
        raise NotAllowed("A template goes to one customer privately.")
    if sentence := obstacle(template, unwanted):
        raise OptedOut(sentence) if template.category in unwanted else Refused(sentence)
    given = {key: value.strip() for key, value in choice.values.items() if value.strip()}
    if sentence := _misfit(template, given):
        raise Refused(sentence)
    values = {variable.key: given[variable.key] for variable in template.variables}
    if sentence := connector.template_refusal(template, values, reply.target):
        raise Refused(sentence)
    filled = FilledTemplate(name=template.name, language=template.language, category=template.category, values=values)
    warnings = [remark] if (remark := connector.template_remark(template, reply.target, now)) else []
    if account.sending_paused:
        warnings.append(f"Sending is paused, so the reply waits: {account.sending_paused}")
    draft = Draft(index=1, of=1, text=template.filled(values), template=filled)
    return Plan(audience=Audience.PRIVATE, drafts=(draft,), warnings=tuple(warnings))


def obstacle(template: Template, unwanted: frozenset[str]) -> str:
    """Return why a template cannot be sent to a customer at all, whatever fills it, "" when it can."""
    if template.category in unwanted:
        return UNWANTED.format(category=template.category)
    if not template.approved:
        return f"The template {template.name} is not approved (its status is {template.status or 'unknown'})."
    return template.obstacle


def _misfit(template: Template, values: Mapping[str, str]) -> str:
    """Return in a sentence which blanks have no value, or which values no blank."""
    keys = [variable.key for variable in template.variables]
    if missing := [key for key in keys if key not in values]:
        return f"The template {template.name} needs a value for {', '.join(missing)}."
    if extra := [key for key in values if key not in keys]:
        return f"The template {template.name} has no place for {', '.join(extra)}."
    for variable in template.variables:
        if variable.kind != "text" and not values[variable.key].startswith("https://"):
            return f"{variable.key} has to be the https address of a file."
    return ""


def unwanted_by(target: StoredMessage, connector: Connector, desk: Desk) -> frozenset[str]:
    """Return the categories that the customer of a conversation does not want."""
    ids = connector.known_as(target) if isinstance(connector, UsesTemplates) else ()
    return frozenset[str]().union(*(desk.tickets.unwanted(target.account, one) for one in ids))
