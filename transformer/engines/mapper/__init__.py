"""The last step of a pipeline as an engine: from the event to what its destination expects, in the same turn. Guest code."""
