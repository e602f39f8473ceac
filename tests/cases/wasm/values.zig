// case: comprehensions of every kind
pub fn transform(event: transformer.Event) !transformer.Outcome {
    var list: std.ArrayList(usize) = .empty;
    var sum: usize = 0;
    for (0..3) |x| for (0..3) |y| if (x != y) {
        try list.append(event.memory, x * y);
        sum += x;
    };
    return event.emit(.{ .list = list.items, .sum = sum });
}
// expect: emitted {"list":[0,0,0,2,0,2],"sum":6}


// case: generators, send and yield from
const Steps = struct {
    left: u8,

    fn next(steps: *Steps) ?u8 {
        if (steps.left == 0) return null;
        steps.left -= 1;
        return steps.left;
    }
};

pub fn transform(event: transformer.Event) !transformer.Outcome {
    var steps: Steps = .{ .left = 2 };
    return event.emit(.{ .r = .{ steps.next(), steps.next(), steps.next() } });
}
// expect: emitted {"r":[1,0,null]}


// case: unpacking with stars
pub fn transform(event: transformer.Event) !transformer.Outcome {
    const first, const second = .{ 1, [_]u8{ 2, 3 } };
    const joined = [_]u8{0} ++ second ++ second;
    return event.emit(.{ .r = .{ first, @as([]const u8, &joined).len } });
}
// expect: emitted {"r":[1,5]}


// case: slices, chained comparison, ternaries
pub fn transform(event: transformer.Event) !transformer.Outcome {
    const word = "transformation";
    const n = (try event.read()).object.get("n").?.integer;
    return event.emit(.{ .r = .{ word[0..5], word[word.len - 3 ..] }, .in = 1 < n + 1 and n + 1 <= 2, .t = if (n != 0) "yes" else "no" });
}
// expect: emitted {"r":["trans","ion"],"in":true,"t":"yes"}


// case: augmented assignment to names, items and attributes
pub fn transform(event: transformer.Event) !transformer.Outcome {
    var value = try event.read();
    var items = [_]i64{ 1, 5 };
    items[1] *= 5;
    value.object.getPtr("n").?.integer <<= 3;
    try value.object.put(event.memory, "items", .{ .integer = items[1] });
    return .{ .emit = value };
}
// expect: emitted {"n":8,"items":25}


// case: delete names, items, slices and attributes
pub fn transform(event: transformer.Event) !transformer.Outcome {
    var value = try event.read();
    _ = value.object.orderedRemove("n");
    return .{ .emit = value };
}
// event: {"a": 1, "n": 2, "z": 3}
// expect: emitted {"a":1,"z":3}


// case: f-strings, format and percent
pub fn transform(event: transformer.Event) !transformer.Outcome {
    const text = try std.fmt.allocPrint(event.memory, "{d:.2} {s:>8} {{}} {d:0>3}", .{ 3.14159, "ada", 1 });
    return event.emit(.{ .f = text });
}
// expect: emitted {"f":"3.14      ada {} 001"}


// case: bytes and numbers
pub fn transform(event: transformer.Event) !transformer.Outcome {
    const hex = std.fmt.bytesToHex("ab", .lower);
    return event.emit(.{ .r = .{ hex, try std.fmt.parseInt(u8, "ff", 16), 0b101 ^ 0x0F, @divFloor(-7, 2), @mod(-7, 3), std.math.pow(u64, 2, 10), 0.1 + 0.2 } });
}
// expect: emitted {"r":["6162",255,10,-4,2,1024,0.3]}


// case: type names
pub fn transform(event: transformer.Event) !transformer.Outcome {
    const values = (try event.read()).object.get("values").?.array.items;
    const names = try event.memory.alloc([]const u8, values.len);
    for (values, names) |value, *name| name.* = @tagName(value);
    return event.emit(.{ .r = names, .size = @typeName(usize) });
}
// event: {"values": [1, "a", null, [], {}, 1.5, true, 99999999999999999999]}
// expect: emitted {"r":["integer","string","null","array","object","float","bool","number_string"],"size":"usize"}


// case: log and print
pub fn transform(event: transformer.Event) !transformer.Outcome {
    try event.log("seen {s} {?d}", .{ event.line, @as(?u8, null) });
    try event.log("a-{d}", .{1});
    return .{ .drop = "" };
}
// expect: logged seen {"n": 1} null
// expect: logged a-1
// expect: dropped
