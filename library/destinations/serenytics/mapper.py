"""Serenytics: rows, to a place for each kind of event."""

from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError
from transformer.mappers.fields import traits
from transformer.mappers.values import items


def traits_of(event, call):
    """What is known of the user, or of the group."""
    return traits(event)


def identify(event, call):
    """A user."""
    return _pushed([call.settings.get("storageUrlIdentify")], "IDENTIFY", call.map("identify", event))


def track(event, call):
    """An event: to every place that is named for it, or to that of all others."""
    rules = items(call.settings.get("eventToStorageUrlMap") or [])
    urls = [rule["to"] for rule in rules if rule.get("to") and rule.get("from") and rule["from"] == event.get("event")]
    return _pushed(urls or [call.settings.get("storageUrlTrack")], "TRACK", call.map("track", event))


def page(event, call):
    """A page."""
    return _pushed([call.settings.get("storageUrlPage")], "PAGE", call.map("page", event))


def screen(event, call):
    """A screen."""
    return _pushed([call.settings.get("storageUrlScreen")], "SCREEN", call.map("page", event))


def group(event, call):
    """A group."""
    return _pushed([call.settings.get("storageUrlGroup")], "GROUP", call.map("group", event))


def alias(event, call):
    """Two ids of one user."""
    return _pushed([call.settings.get("storageUrlAlias")], "ALIAS", call.map("alias", event))


def _pushed(urls, kind, row):
    if not all(urls):
        raise ConfigurationError(f'Storage url for "{kind}" is missing. Aborting!')
    return [request(url, row) for url in urls]


def alone(jobs, call):
    """Each event by itself; a track event always as a list, since it may have several places."""
    return [
        Group(job.requests if "event" in job.requests[0]["body"]["JSON"] else job.requests[0], [job], batched=False)
        for job in jobs
    ]
