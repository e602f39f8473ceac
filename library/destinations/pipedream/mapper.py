"""Pipedream: a webhook."""

from destinations.webhook import sent_to


def sent(event, call):
    """One request with the event as its body, or with its properties as parameters."""
    settings = call.settings
    url, method = settings.get("pipedreamUrl"), settings.get("pipedreamMethod")
    return sent_to(url, method, settings.get("headers"), event, spelled=False)
