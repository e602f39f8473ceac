"""Records for a stream."""


def record(event, call):
    """The event itself, with what its partition key is."""
    by_message = call.settings.get("useMessageId") and event.get("messageId")
    return {"message": event, "userId": by_message or event.get("userId") or event.get("anonymousId")}
