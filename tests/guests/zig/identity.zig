//! Read the event and write it again, as the other languages do that have to.
const transformer = @import("transformer.zig");

fn transform(event: transformer.Event) !transformer.Outcome {
    return .{ .emit = try event.read() };
}

comptime {
    transformer.each(transform);
}
