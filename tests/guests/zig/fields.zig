//! Rename, remove and add fields.
const std = @import("std");
const transformer = @import("transformer.zig");

const Value = transformer.Value;
const renamed = .{
    .{ "originalTimestamp", "original_timestamp" },
    .{ "messageId", "message_id" },
    .{ "anonymousId", "anonymous_id" },
};

fn transform(event: transformer.Event) !transformer.Outcome {
    const memory = event.memory;
    var value = try event.read();
    const root = &value.object;
    // What is added or removed moves its neighbours: that first, and then the addresses of what stays.
    inline for (renamed) |pair| {
        if (root.fetchOrderedRemove(pair[0])) |found| try root.put(memory, pair[1], found.value);
    }
    try root.put(memory, "schema_version", .{ .integer = 2 });
    const context = try child(memory, root, "context");
    _ = context.orderedRemove("ip");
    _ = context.orderedRemove("userAgent");
    const traits = try child(memory, if (root.contains("traits")) root else context, "traits");
    if (root.getPtr("event")) |name| {
        const made = try std.ascii.allocLowerString(memory, std.mem.trim(u8, name.string, " \t\r\n"));
        std.mem.replaceScalar(u8, made, ' ', '_');
        name.* = .{ .string = made };
    }
    if (traits.get("email")) |email| {
        const lower = try std.ascii.allocLowerString(memory, email.string);
        try traits.put(memory, "email", .{ .string = lower });
        const at = std.mem.lastIndexOfScalar(u8, lower, '@');
        try traits.put(memory, "emailDomain", .{ .string = if (at) |place| lower[place + 1 ..] else lower });
    }
    if (traits.get("name")) |name| {
        const space = std.mem.indexOfScalar(u8, name.string, ' ') orelse name.string.len;
        try traits.put(memory, "firstName", .{ .string = name.string[0..space] });
        try traits.put(memory, "lastName", .{ .string = name.string[@min(space + 1, name.string.len)..] });
    }
    return .{ .emit = value };
}

/// The object in `object` under `name`, made if there is none.
fn child(memory: std.mem.Allocator, object: *std.json.ObjectMap, name: []const u8) !*std.json.ObjectMap {
    const found = try object.getOrPutValue(memory, name, .{ .object = .empty });
    return &found.value_ptr.object;
}

comptime {
    transformer.each(transform);
}
