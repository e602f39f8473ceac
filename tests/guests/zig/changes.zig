//! Do to an event what its "do" says, and write it: the library's way, or, where that ends with "!", all of it anew.
const std = @import("std");
const transformer = @import("transformer.zig");

const Value = transformer.Value;

pub const panic = transformer.panic;

const Change = enum {
    nothing,
    read_twice,
    put_root,
    put_many,
    put_same,
    put_other,
    remove_root,
    remove_and_put_back,
    swap_remove,
    rename_inner,
    remove_inner,
    put_inner,
    change_inner,
    change_deep,
    change_item,
    append_item,
    pop_item,
    cut_array,
    swap_items,
    same_item,
    share,
    share_and_change,
    copy_and_change,
    change_key,
    change_string,
    same_string,
    clear_inner,
    only_inner,
    several,
    inner_of_new,
    float,
    keep,
    drop,
    fail,
    raw,
};

fn transform(event: transformer.Event) !transformer.Outcome {
    const memory = event.memory;
    var value = try event.read();
    const root = &value.object;
    const told = root.get("do").?.string;
    const name = std.mem.trimEnd(u8, told, "!");
    const anew = name.len < told.len;
    const change = std.meta.stringToEnum(Change, name) orelse return error.NoSuchChange;
    switch (change) {
        .nothing => {},
        .read_twice => {
            var other = try event.read();
            try other.object.put(memory, "other", .{ .bool = true });
            other.object.getPtr("inner").?.object.clearRetainingCapacity();
        },
        .put_root => try root.put(memory, "put", .{ .integer = -5 }),
        .put_many => inline for (0..40) |at| try root.put(memory, std.fmt.comptimePrint("key {d}", .{at}), .null),
        .put_same => try root.put(memory, "number", root.get("number").?),
        .put_other => try root.put(memory, "number", .{ .integer = 12 }),
        .remove_root => _ = root.orderedRemove("number"),
        .remove_and_put_back => if (root.fetchOrderedRemove("number")) |found| try root.put(memory, "number", found.value),
        .swap_remove => _ = root.swapRemove("number"),
        .rename_inner => if (root.fetchOrderedRemove("inner")) |found| try root.put(memory, "outer", found.value),
        .remove_inner => _ = root.getPtr("inner").?.object.orderedRemove("x"),
        .put_inner => try root.getPtr("inner").?.object.put(memory, "put", .{ .string = "a \"b\"\n" }),
        .change_inner => root.getPtr("inner").?.object.getPtr("x").?.* = .null,
        .change_deep => root.getPtr("inner").?.object.getPtr("deep").?.object.getPtr("er").?.object.getPtr("y").?.* = .{ .bool = false },
        .change_item => root.getPtr("list").?.array.items[1] = .{ .string = "new" },
        .append_item => try root.getPtr("list").?.array.append(.{ .integer = 99 }),
        .pop_item => _ = root.getPtr("list").?.array.pop(),
        .cut_array => root.getPtr("list").?.array.items.len = 1,
        .swap_items => std.mem.swap(Value, &root.getPtr("list").?.array.items[0], &root.getPtr("list").?.array.items[1]),
        .same_item => root.getPtr("list").?.array.items[0] = .{ .integer = 1 },
        .share => try root.put(memory, "shared", root.get("inner").?),
        .share_and_change => {
            try root.put(memory, "shared", root.get("inner").?);
            root.getPtr("shared").?.object.getPtr("x").?.* = .{ .string = "both" };
        },
        .copy_and_change => {
            var copy = try root.get("inner").?.object.clone(memory);
            copy.getPtr("x").?.* = .{ .string = "one" };
            try root.put(memory, "copy", .{ .object = copy });
        },
        .change_key => root.keys()[root.getIndex("number").?] = "changed",
        .change_string => root.getPtr("text").?.* = .{ .string = root.get("text").?.string[1..] },
        .same_string => root.getPtr("text").?.* = .{ .string = try memory.dupe(u8, root.get("text").?.string) },
        .clear_inner => root.getPtr("inner").?.object.clearRetainingCapacity(),
        .only_inner => value = root.get("inner").?,
        .several => {
            const inner = root.get("inner").?;
            const several = try memory.dupe(Value, &.{ inner, value, inner.object.get("deep").? });
            return if (anew) event.emit(several) else .{ .emit_all = several };
        },
        .inner_of_new => {
            var made: std.json.ObjectMap = .empty;
            try made.put(memory, "inner", root.get("inner").?);
            try made.put(memory, "list", root.get("list").?);
            value = .{ .object = made };
        },
        .float => root.getPtr("number").?.* = .{ .float = 1e21 },
        .keep => return .keep,
        .drop => return .{ .drop = "as told" },
        .fail => return error.AsTold,
        .raw => return .{ .raw = "{\"raw\":true}" },
    }
    return if (anew) event.emit(value) else .{ .emit = value };
}

comptime {
    transformer.each(transform);
}
