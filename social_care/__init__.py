"""Customer service on social media, inside Frappe Helpdesk."""

__version__ = "0.1.0"
