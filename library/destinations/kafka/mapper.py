"""Messages for topics."""

from transformer.mappers.values import items


def message(event, call):
    """The event itself, with the user that it belongs to and the topic that it goes to."""
    made = {"message": event, "userId": event.get("userId") or event.get("anonymousId")}
    options = call.options(event)
    if options.get("schemaId"):
        made["schemaId"] = options["schemaId"]
    topic = options.get("topic") or topic_of(event, call.settings)
    if not topic:
        return made
    if call.metadata.get("rudderId"):
        # Data planes keep the order of events with the same id: here it is the topic's.
        call.metadata = {**call.metadata, "rudderId": f"{call.metadata['rudderId']}<<>>{topic}"}
    return made | {"topic": topic}


def topic_of(event, settings):
    """The topic that the settings name for an event: by its name, by its type, or for all."""
    if settings.get("enableMultiTopic"):
        kind = event.get("type")
        rules, key = ("eventToTopicMap", event.get("event")) if kind == "track" else ("eventTypeToTopicMap", kind)
        for rule in items(settings.get(rules) or []):
            if rule.get("from") == key and rule.get("to"):
                return rule["to"]
    return settings.get("topic")
