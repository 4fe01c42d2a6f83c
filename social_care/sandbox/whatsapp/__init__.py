"""WhatsApp's Cloud API in the sandbox. `WhatsAppSandbox` is the door; the rest of the room is furniture."""

if __name__ != "social_care.sandbox.whatsapp":
    raise ImportError(f"import social_care.sandbox.whatsapp, not {__name__}: a second copy would have state of its own")

from social_care.sandbox.whatsapp.model import Customer, Media, Message, Template
from social_care.sandbox.whatsapp.sandbox import WhatsAppSandbox

__all__ = ["Customer", "Media", "Message", "Template", "WhatsAppSandbox"]
