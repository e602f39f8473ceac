//! Transformations in Zig, through the core door: copy this file beside your own. docs/WEBASSEMBLY.md shows how.
//!
//!     const transformer = @import("transformer.zig");
//!
//!     fn transform(event: transformer.Event) !transformer.Outcome {
//!         var value = try event.read();
//!         try value.object.put(event.memory, "seen", .{ .bool = true });
//!         return .{ .emit = value };
//!     }
//!
//!     comptime {
//!         transformer.each(transform);
//!     }
//!
//! Zig 0.17; build with: zig build-exe yours.zig -target wasm32-freestanding -O ReleaseFast -fstrip -fno-entry -rdynamic

const std = @import("std");

pub const Value = std.json.Value;

/// An event on its way. What is allocated in `memory` is freed when the event has its outcome.
pub const Event = struct {
    /// Its place in the call, from 0.
    index: u32,
    /// The event as it came: one line of JSON.
    line: []const u8,
    /// Its metadata, a line of JSON; empty where metadata was not asked for.
    metadata: []const u8,
    memory: std.mem.Allocator,

    pub fn read(event: Event) !Value {
        var reader: Reader = .{ .text = event.line, .memory = event.memory };
        return reader.value();
    }

    /// Any Zig value as the output.
    pub fn emit(event: Event, value: anytype) !Outcome {
        return .{ .raw = try std.json.Stringify.valueAlloc(event.memory, value, .{}) };
    }

    /// Write a line to the event's log.
    pub fn log(event: Event, comptime format: []const u8, arguments: anytype) !void {
        const text = try std.fmt.allocPrint(event.memory, format, arguments);
        host.log(event.index, text.ptr, text.len);
    }
};

/// What becomes of an event. An error that is returned instead fails the event under the error's name.
pub const Outcome = union(enum) {
    emit: Value,
    emit_all: []const Value,
    /// The event as it came.
    keep,
    /// JSON that is written already.
    raw: []const u8,
    drop: []const u8,
    retry: struct { after_seconds: f64, reason: []const u8 },
    invalid: []const u8,
    fail: []const u8,

    fn write(outcome: Outcome, line: []const u8, out: *std.Io.Writer) !void {
        switch (outcome) {
            .emit => |value| try writeValue(value, out),
            .emit_all => |values| {
                for (values, 0..) |value, at| {
                    try out.writeByte(if (at == 0) '[' else ',');
                    try writeValue(value, out);
                }
                try out.writeAll(if (values.len == 0) "[]" else "]");
            },
            .keep => try out.writeAll(line),
            .raw => |text| try out.writeAll(text),
            .retry => |retry| {
                try out.writeAll("retry ");
                try std.json.Stringify.value(retry, .{}, out);
            },
            inline .drop, .invalid, .fail => |text, tag| {
                try out.writeAll(if (tag == .fail) "error " else @tagName(tag) ++ " ");
                try std.json.Stringify.value(text, .{}, out);
            },
        }
    }
};

/// Have what a panic says logged before it ends the call: `pub const panic = transformer.panic;` in the main file.
pub const panic = std.debug.FullPanic(panicked);

/// Nanoseconds since 1970.
pub fn now() i64 {
    return host.clock();
}

/// Fill `place` with random bytes.
pub fn random(place: []u8) void {
    host.random(place.ptr, place.len);
}

/// What the host answered to a call.
pub const Answer = union(enum) {
    value: Value,
    /// There is no value: why, in one word, and for people.
    failed: struct { kind: []const u8, message: []const u8 },
};

/// Make host calls, all of them together, and wait for their answers, in the same order. docs/HOST_CALLS.md has their kinds.
///
///     const answers = try transformer.call(event.memory, .{
///         .{ .kind = "lookup", .arguments = .{ .table = "plans", .key = "gold" } },
///         .{ .kind = "kv", .arguments = .{ .op = "increment", .key = "seen", .by = 1 } },
///     });
pub fn call(allocator: std.mem.Allocator, calls: anytype) ![calls.len]Answer {
    var asked: std.Io.Writer.Allocating = .init(allocator);
    inline for (calls) |one| {
        try std.json.Stringify.value(one, .{}, &asked.writer);
        try asked.writer.writeByte('\n');
    }
    const told = try allocator.alloc(u8, host.call(asked.written().ptr, asked.written().len));
    host.answers(told.ptr);
    var answers: [calls.len]Answer = undefined;
    var lines = std.mem.splitScalar(u8, told, '\n');
    for (&answers) |*found| {
        var reader: Reader = .{ .text = lines.next() orelse return error.SyntaxError, .memory = allocator };
        const line = try reader.value();
        if (line.object.get("value")) |value| {
            found.* = .{ .value = value };
        } else {
            const wrong = line.object.get("error").?.object;
            found.* = .{ .failed = .{ .kind = wrong.get("kind").?.string, .message = wrong.get("message").?.string } };
        }
    }
    return answers;
}

/// Export `transform`, which is called for each event.
pub fn each(comptime transform: fn (Event) anyerror!Outcome) void {
    const entry = struct {
        fn call(events: [*]const u8, size: usize) callconv(.c) u64 {
            return answer(transform, events[0..size], "");
        }
    };
    @export(&entry.call, .{ .name = "transformEvent" });
    @export(&allocate, .{ .name = "allocate" });
}

/// Export `transform`, which is called for each event, and gets its metadata.
pub fn eachWithMetadata(comptime transform: fn (Event) anyerror!Outcome) void {
    const entry = struct {
        fn call(events: [*]const u8, size: usize, metadata: [*]const u8, metadata_size: usize) callconv(.c) u64 {
            return answer(transform, events[0..size], metadata[0..metadata_size]);
        }
    };
    @export(&entry.call, .{ .name = "transformEvent" });
    @export(&allocate, .{ .name = "allocate" });
}

/// Export `transform`, which is called for the whole batch and writes lines of outputs.
pub fn batch(comptime transform: fn ([]const Event, *std.Io.Writer) anyerror!void) void {
    const entry = struct {
        fn call(events: [*]const u8, size: usize) callconv(.c) u64 {
            var out: std.Io.Writer.Allocating = .init(memory);
            whole(transform, events[0..size], &out.writer) catch |wrong| {
                out.clearRetainingCapacity();
                (Outcome{ .fail = @errorName(wrong) }).write("", &out.writer) catch @trap();
            };
            return packed_place(out.written());
        }
    };
    @export(&entry.call, .{ .name = "transformBatch" });
    @export(&allocate, .{ .name = "allocate" });
}

const memory = std.heap.wasm_allocator;
var current: u32 = 0;

fn panicked(message: []const u8, _: ?usize) noreturn {
    host.log(current, message.ptr, message.len);
    @trap();
}

const host = struct {
    extern "transformer" fn log(event: u32, text: [*]const u8, size: usize) void;
    extern "transformer" fn clock() i64;
    extern "transformer" fn random(place: [*]u8, size: usize) void;
    extern "transformer" fn call(calls: [*]const u8, size: usize) usize;
    extern "transformer" fn answers(place: [*]u8) void;
};

fn allocate(size: usize) callconv(.c) ?[*]u8 {
    return (memory.alloc(u8, size) catch return null).ptr;
}

fn packed_place(text: []const u8) u64 {
    return @as(u64, @intFromPtr(text.ptr)) << 32 | text.len;
}

fn answer(comptime transform: fn (Event) anyerror!Outcome, events: []const u8, metadata: []const u8) u64 {
    var out: std.Io.Writer.Allocating = .init(memory);
    out.ensureTotalCapacity(events.len + events.len / 4 + 1024) catch @trap();
    var arena: std.heap.ArenaAllocator = .init(memory);
    var metadata_lines = std.mem.splitScalar(u8, metadata, '\n');
    var index: u32 = 0;
    var next: usize = 0;
    while (next <= events.len) : (index += 1) {
        const line = events[next..endOfLine(events, next)];
        next += line.len + 1;
        if (index > 0) out.writer.writeByte('\n') catch @trap();
        const begun = out.written().len;
        const event: Event = .{
            .index = index,
            .line = line,
            .metadata = metadata_lines.next() orelse "",
            .memory = arena.allocator(),
        };
        current = index;
        finish(transform, event, &out.writer) catch |wrong| {
            out.shrinkRetainingCapacity(begun);
            (Outcome{ .fail = @errorName(wrong) }).write(line, &out.writer) catch @trap();
        };
        _ = arena.reset(.retain_capacity);
    }
    return packed_place(out.written());
}

fn finish(comptime transform: fn (Event) anyerror!Outcome, event: Event, out: *std.Io.Writer) !void {
    try (try transform(event)).write(event.line, out);
}

fn whole(comptime transform: fn ([]const Event, *std.Io.Writer) anyerror!void, text: []const u8, out: *std.Io.Writer) !void {
    var arena: std.heap.ArenaAllocator = .init(memory);
    const events = try arena.allocator().alloc(Event, std.mem.count(u8, text, "\n") + 1);
    var lines = std.mem.splitScalar(u8, text, '\n');
    for (events, 0..) |*event, index| {
        event.* = .{ .index = @intCast(index), .line = lines.next().?, .metadata = "", .memory = arena.allocator() };
    }
    try transform(events, out);
}

/// Reads JSON that is known to be valid, as the host's is: several times as fast as `std.json`, since texts stay where they are.
const Reader = struct {
    text: []const u8,
    memory: std.mem.Allocator,
    at: usize = 0,

    fn value(reader: *Reader) error{ OutOfMemory, SyntaxError }!Value {
        switch (reader.next()) {
            '{' => return .{ .object = try reader.object() },
            '[' => return .{ .array = try reader.array() },
            '"' => return .{ .string = try reader.string() },
            't' => return reader.word("true", .{ .bool = true }),
            'f' => return reader.word("false", .{ .bool = false }),
            'n' => return reader.word("null", .null),
            else => return reader.number(),
        }
    }

    /// The next letter that is not blank; it is not passed over.
    fn next(reader: *Reader) u8 {
        while (reader.at < reader.text.len) : (reader.at += 1) {
            switch (reader.text[reader.at]) {
                ' ', '\t', '\r', '\n' => {},
                else => |letter| return letter,
            }
        }
        return 0;
    }

    fn word(reader: *Reader, comptime text: []const u8, meant: Value) error{SyntaxError}!Value {
        if (!std.mem.startsWith(u8, reader.text[reader.at..], text)) return error.SyntaxError;
        reader.at += text.len;
        return meant;
    }

    fn number(reader: *Reader) error{SyntaxError}!Value {
        const begin = reader.at;
        const negative = begin < reader.text.len and reader.text[begin] == '-';
        if (negative) reader.at += 1;
        var amount: i64 = 0;
        const digits = reader.at;
        while (reader.at < reader.text.len and std.ascii.isDigit(reader.text[reader.at])) : (reader.at += 1) {
            amount = amount *% 10 +% (reader.text[reader.at] - '0');
        }
        if (reader.at == digits) return error.SyntaxError;
        const plain = reader.at - digits <= 18;
        if (reader.at < reader.text.len) switch (reader.text[reader.at]) {
            '.', 'e', 'E' => {
                while (reader.at < reader.text.len) : (reader.at += 1) switch (reader.text[reader.at]) {
                    '0'...'9', '.', 'e', 'E', '+', '-' => {},
                    else => break,
                };
                return .parseFromNumberSlice(reader.text[begin..reader.at]);
            },
            else => {},
        };
        if (!plain) return .parseFromNumberSlice(reader.text[begin..reader.at]);
        return .{ .integer = if (negative) -amount else amount };
    }

    fn string(reader: *Reader) error{ OutOfMemory, SyntaxError }![]const u8 {
        const text = reader.text;
        const begin = reader.at + 1;
        var end = special(text, begin);
        const escaped = end < text.len and text[end] == '\\';
        while (end < text.len and text[end] != '"') end = special(text, end + @as(usize, if (text[end] == '\\') 2 else 1));
        if (end >= text.len) return error.SyntaxError;
        reader.at = end + 1;
        if (!escaped) return text[begin..end];
        return std.json.parseFromSliceLeaky([]const u8, reader.memory, text[begin - 1 .. end + 1], .{}) catch error.SyntaxError;
    }

    fn array(reader: *Reader) error{ OutOfMemory, SyntaxError }!std.json.Array {
        var made: std.json.Array = .init(reader.memory);
        reader.at += 1;
        if (reader.next() == ']') {
            reader.at += 1;
            return made;
        }
        while (true) {
            try made.append(try reader.value());
            switch (reader.next()) {
                ',' => reader.at += 1,
                ']' => {
                    reader.at += 1;
                    return made;
                },
                else => return error.SyntaxError,
            }
        }
    }

    fn object(reader: *Reader) error{ OutOfMemory, SyntaxError }!std.json.ObjectMap {
        var made: std.json.ObjectMap = .empty;
        reader.at += 1;
        if (reader.next() == '}') {
            reader.at += 1;
            return made;
        }
        try made.ensureTotalCapacity(reader.memory, 8);
        while (true) {
            if (reader.next() != '"') return error.SyntaxError;
            const key = try reader.string();
            if (reader.next() != ':') return error.SyntaxError;
            reader.at += 1;
            try made.put(reader.memory, key, try reader.value());
            switch (reader.next()) {
                ',' => reader.at += 1,
                '}' => {
                    reader.at += 1;
                    return made;
                },
                else => return error.SyntaxError,
            }
        }
    }
};

fn writeValue(value: Value, out: *std.Io.Writer) std.Io.Writer.Error!void {
    switch (value) {
        .string => |text| try writeString(text, out),
        .number_string => |text| try out.writeAll(text),
        .float => |number| try writeFloat(number, out),
        .array => |list| {
            try out.writeByte('[');
            for (list.items, 0..) |each_value, at| {
                if (at > 0) try out.writeByte(',');
                try writeValue(each_value, out);
            }
            try out.writeByte(']');
        },
        .object => |object| {
            try out.writeByte('{');
            for (object.keys(), object.values(), 0..) |key, each_value, at| {
                if (at > 0) try out.writeByte(',');
                try writeString(key, out);
                try out.writeByte(':');
                try writeValue(each_value, out);
            }
            try out.writeByte('}');
        },
        else => try std.json.Stringify.value(value, .{}, out),
    }
}

/// As a number with a point or an exponent, so that it stays one.
fn writeFloat(number: f64, out: *std.Io.Writer) std.Io.Writer.Error!void {
    const size = @abs(number);
    if (size != 0 and (size >= 1e16 or size < 1e-5)) return out.print("{e}", .{number});
    try out.print("{d}", .{number});
    if (number == @trunc(number)) try out.writeAll(".0");
}

fn writeString(text: []const u8, out: *std.Io.Writer) std.Io.Writer.Error!void {
    if (special(text, 0) < text.len) return std.json.Stringify.encodeJsonString(text, .{}, out);
    const place = try out.writableSlice(text.len + 2);
    place[0] = '"';
    @memcpy(place[1..][0..text.len], text);
    place[text.len + 1] = '"';
}

/// One in each of eight letters.
const ones: u64 = 0x0101010101010101;

/// Where, from `begin` on, the first letter is that no text in JSON holds as it is: a quote, a backslash, a control character.
/// It looks at eight letters at a time, since that is most of what reading and writing an event costs. The lowest bit that it
/// finds is right; those above it may not be.
fn special(text: []const u8, begin: usize) usize {
    var at = begin;
    while (at + 8 <= text.len) : (at += 8) {
        const word = std.mem.readInt(u64, text[at..][0..8], .little);
        const quotes = word ^ (ones * '"');
        const backslashes = word ^ (ones * '\\');
        const found = ((quotes -% ones) & ~quotes) | ((backslashes -% ones) & ~backslashes) | ((word -% ones * ' ') & ~word);
        if (found & (ones * 0x80) != 0) return at + @ctz(found & (ones * 0x80)) / 8;
    }
    while (at < text.len) : (at += 1) switch (text[at]) {
        '"', '\\', 0...31 => return at,
        else => {},
    };
    return text.len;
}

/// Where the line ends that begins at `begin`.
fn endOfLine(text: []const u8, begin: usize) usize {
    var at = begin;
    while (at + 8 <= text.len) : (at += 8) {
        const word = std.mem.readInt(u64, text[at..][0..8], .little) ^ (ones * '\n');
        const found = (word -% ones) & ~word & (ones * 0x80);
        if (found != 0) return at + @ctz(found) / 8;
    }
    while (at < text.len and text[at] != '\n') at += 1;
    return at;
}
