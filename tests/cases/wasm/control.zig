// case: try, except, else and finally
fn attempt(event: transformer.Event, x: i64) ![]const []const u8 {
    var steps: std.ArrayList([]const u8) = .empty;
    if (std.math.divExact(i64, 10, x)) |_| {
        try steps.append(event.memory, "else");
    } else |wrong| {
        try steps.append(event.memory, @errorName(wrong));
    }
    try steps.append(event.memory, "finally");
    return steps.items;
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    return event.emit(.{ .r = .{ try attempt(event, 1), try attempt(event, 0) } });
}
// expect: emitted {"r":[["else","finally"],["DivisionByZero","finally"]]}


// case: raise from and again
fn inner() !void {
    return error.Missing;
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    inner() catch return error.NothingThere;
    return event.emit(.{});
}
// expect: failed T201 NothingThere


// case: assert
pub fn transform(event: transformer.Event) !transformer.Outcome {
    const value = try event.read();
    std.debug.assert(value.object.get("n").?.integer > 1);
    return .keep;
}
// event: {"n": 1}
// event: {"n": 2}
// expect: logged reached unreachable code
// expect: failed T201 trap: an unreachable instruction was reached: the code gave up (panic, abort, failed assertion)
// expect: emitted {"n": 2}


// case: while, break, continue and else
pub fn transform(event: transformer.Event) !transformer.Outcome {
    var found: std.ArrayList(u8) = .empty;
    for (0..10) |n| {
        if (n % 2 == 1) continue;
        if (n > 6) break;
        try found.append(event.memory, @intCast(n));
    } else unreachable;
    const last = while (found.pop()) |n| {
        if (n == 255) break "never";
    } else "empty";
    return event.emit(.{ .r = .{last} });
}
// expect: emitted {"r":["empty"]}


// case: match on values, sequences, mappings and classes
fn kind(value: transformer.Value) []const u8 {
    return switch (value) {
        .integer => |n| switch (n) {
            0...1 => "small",
            std.math.minInt(i64)...-1 => "negative",
            else => "other",
        },
        .array => |list| if (list.items.len == 0) "empty list" else "list",
        .object => |object| if (object.contains("type")) "typed" else "object",
        .string => |text| text,
        .null => "nothing",
        else => "other",
    };
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    const list = (try event.read()).object.get("values").?.array.items;
    const kinds = try event.memory.alloc([]const u8, list.len);
    for (list, kinds) |value, *each| each.* = kind(value);
    return event.emit(.{ .r = kinds });
}
// event: {"values": [1, -5, [1, 2], [], {"type": "track"}, {}, "t", null, 2.5, 7]}
// expect: emitted {"r":["small","negative","list","empty list","typed","object","t","nothing","other","other"]}


// case: drop with a reason, retry and invalid
pub fn transform(event: transformer.Event) !transformer.Outcome {
    return switch ((try event.read()).object.get("n").?.integer) {
        1 => .{ .drop = "not wanted" },
        2 => .{ .retry = .{ .after_seconds = 30, .reason = "too early" } },
        3 => .{ .invalid = "no such thing" },
        else => .keep,
    };
}
// event: {"n": 1}
// event: {"n": 2}
// event: {"n": 3}
// event: {"n": 4}
// expect: dropped not wanted
// expect: failed T203 too early
// expect: failed T202 no such thing
// expect: emitted {"n": 4}


// case: exits are ordinary failures
pub fn transform(event: transformer.Event) !transformer.Outcome {
    switch ((try event.read()).object.get("n").?.integer) {
        0 => @trap(),
        1 => @panic("nothing left to do"),
        2 => unreachable,
        else => return .keep,
    }
}
// event: {"n": 0}
// event: {"n": 1}
// event: {"n": 2}
// event: {"n": 3}
// expect: failed T201 trap: an unreachable instruction was reached: the code gave up (panic, abort, failed assertion)
// expect: logged nothing left to do
// expect: failed T201 trap: an unreachable instruction was reached: the code gave up (panic, abort, failed assertion)
// expect: logged reached unreachable code
// expect: failed T201 trap: an unreachable instruction was reached: the code gave up (panic, abort, failed assertion)
// expect: emitted {"n": 3}


// case: no entry point
export fn transform(event: u32) u32 {
    return event;
}
// expect: refused 0:0 the module exports no function allocate(size: i32) -> i32
// expect: refused 0:0 the module has no entry point: export transformEvent(events: i32, size: i32) -> i64, or transformBatch of the same types for the whole batch


// case: an entry point with too many arguments
export fn transformEvent(events: u32, size: u32, more: u32) u64 {
    return @as(u64, events) << 32 | (size - more);
}

export fn allocate(size: u32) u32 {
    return size;
}
// expect: refused 0:0 transformEvent has the wrong types: take (events: i32, size: i32), or (events: i32, size: i32, metadata: i32, size: i32), and return i64


// case: builtins that do not exist here
extern "env" fn open(name: [*]const u8, flags: u32) u32;

export fn transformEvent(events: u32, size: u32) u64 {
    return @as(u64, open("/etc/passwd", 0)) << 32 | events | size;
}

export fn allocate(size: u32) u32 {
    return size;
}
// expect: refused 0:0 the module imports env.open, which is not offered; it may import transformer.log, transformer.clock, transformer.random, transformer.call, and of WASI what docs/WEBASSEMBLY.md lists


// case: failing module level code fails every event
export fn _initialize() void {
    @trap();
}

comptime {
    transformer.each(transform);
}

fn transform(_: transformer.Event) !transformer.Outcome {
    return .keep;
}
// event: {"n": 1}
// event: {"n": 2}
// expect: failed T208 trap: an unreachable instruction was reached: the code gave up (panic, abort, failed assertion) (while the code was loaded; correct it)
// expect: failed T208 trap: an unreachable instruction was reached: the code gave up (panic, abort, failed assertion) (while the code was loaded; correct it)


// case: batch function
fn transformBatch(events: []const transformer.Event, out: *std.Io.Writer) !void {
    for (events) |event| {
        var value = try event.read();
        if (value.object.get("n").?.integer == 2) continue;
        try value.object.put(event.memory, "of", .{ .integer = @intCast(events.len) });
        try std.json.Stringify.value(value, .{}, out);
        try out.writeByte('\n');
    }
}

comptime {
    transformer.batch(transformBatch);
}
// event: {"n": 1, "messageId": "a"}
// event: {"n": 2, "messageId": "b"}
// event: {"n": 3, "messageId": "c"}
// expect: emitted {"n":1,"messageId":"a","of":3}
// expect: dropped
// expect: emitted {"n":3,"messageId":"c","of":3}
