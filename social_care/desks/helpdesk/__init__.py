"""Frappe Helpdesk: desk, ledger, outbox, contacts, the HD Ticket extension."""

if __name__ != "social_care.desks.helpdesk":
    raise ImportError(f"import social_care.desks.helpdesk, not {__name__}: a second copy would have state of its own")
