"""Key-value entries that transformations keep between batches: per workspace, with a time to live, embedded or on a server."""
