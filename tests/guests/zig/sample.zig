//! Keep a quarter of all users, by the hash of who they are. Nothing is written again.
const std = @import("std");
const transformer = @import("transformer.zig");

const share = 25;

fn transform(event: transformer.Event) !transformer.Outcome {
    const Who = struct { userId: ?[]const u8 = null, anonymousId: ?[]const u8 = null };
    const options: std.json.ParseOptions = .{ .ignore_unknown_fields = true, .allocate = .alloc_if_needed };
    const who = try std.json.parseFromSliceLeaky(Who, event.memory, event.line, options);
    var digest: [32]u8 = undefined;
    std.crypto.hash.sha2.Sha256.hash(first(who.userId) orelse first(who.anonymousId) orelse "", &digest, .{});
    return if (std.mem.readInt(u32, digest[0..4], .big) % 100 < share) .keep else .{ .drop = "" };
}

fn first(text: ?[]const u8) ?[]const u8 {
    const found = text orelse return null;
    return if (found.len > 0) found else null;
}

comptime {
    transformer.each(transform);
}
