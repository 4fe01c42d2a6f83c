"""Every whitelisted endpoint. The platforms know the address of the webhook: it stays `social_care.api.webhook`."""

if __name__ != "social_care.api":
    raise ImportError(f"import social_care.api, not {__name__}: a second copy would have state of its own")

from social_care.api.webhooks import webhook

__all__ = ["webhook"]
