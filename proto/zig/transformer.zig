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

    /// The event as a value. What nobody changes of it is emitted as the text that it came as.
    pub fn read(event: Event) !Value {
        var reader: Reader = .{ .text = event.line, .memory = event.memory };
        if (event.line.len > large) {
            // It takes its time anyway; what counts is memory.
            reader.remembers = false;
            try members.ensureTotalCapacityPrecise(memory, mostMembers(event.line));
        }
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

    /// Whether it is the event as it came: `keep`, or what `read` made of the line and nobody changed.
    fn keeps(outcome: Outcome, line: []const u8) bool {
        return switch (outcome) {
            .keep => true,
            .emit => |value| {
                const text = originalOf(value) orelse return false;
                return text.ptr == line.ptr and text.len == line.len;
            },
            else => false,
        };
    }

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

/// The answers. Text that stays as it was is copied in one go, up to the next event that does not; where all stay, the answer is
/// the events where they are.
fn answer(comptime transform: fn (Event) anyerror!Outcome, events: []const u8, metadata: []const u8) u64 {
    var out: std.Io.Writer.Allocating = .init(memory);
    out.ensureTotalCapacity(events.len + events.len / 4 + 1024) catch @trap();
    var arena: std.heap.ArenaAllocator = .init(memory);
    var metadata_lines = std.mem.splitScalar(u8, metadata, '\n');
    var index: u32 = 0;
    var next: usize = 0;
    var copied: usize = 0;
    var kept = true;
    while (next <= events.len) : (index += 1) {
        const begin = next;
        const line = events[begin..endOfLine(events, begin)];
        next += line.len + 1;
        const event: Event = .{
            .index = index,
            .line = line,
            .metadata = metadata_lines.next() orelse "",
            .memory = arena.allocator(),
        };
        current = index;
        const outcome = transform(event) catch |wrong| Outcome{ .fail = @errorName(wrong) };
        if (!outcome.keeps(line)) {
            out.writer.writeAll(events[copied..begin]) catch @trap();
            copied = begin + line.len;
            kept = false;
            const begun = out.written().len;
            outcome.write(line, &out.writer) catch |wrong| {
                out.shrinkRetainingCapacity(begun);
                (Outcome{ .fail = @errorName(wrong) }).write(line, &out.writer) catch @trap();
            };
        }
        origins.clearRetainingCapacity();
        was_members.clearRetainingCapacity();
        _ = arena.reset(.retain_capacity);
    }
    if (kept) return packed_place(events);
    out.writer.writeAll(events[copied..]) catch @trap();
    return packed_place(out.written());
}

fn whole(comptime transform: fn ([]const Event, *std.Io.Writer) anyerror!void, text: []const u8, out: *std.Io.Writer) !void {
    remembers = false;
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
    /// How many keys stood in an object already.
    duplicates: usize = 0,
    remembers: bool = true,

    const Error = error{ OutOfMemory, SyntaxError };

    fn value(reader: *Reader) Error!Value {
        const bottom = frames.items.len;
        const members_before = members.items.len;
        errdefer {
            frames.shrinkRetainingCapacity(bottom);
            members.shrinkRetainingCapacity(members_before);
        }
        var key: []const u8 = "";
        next: while (true) {
            var made: Value = switch (reader.next()) {
                '{' => found: {
                    const begin = reader.at;
                    reader.at += 1;
                    if (reader.next() != '}') {
                        try reader.open(begin, key, true);
                        key = try reader.name();
                        continue :next;
                    }
                    reader.at += 1;
                    break :found .{ .object = .empty };
                },
                '[' => found: {
                    const begin = reader.at;
                    reader.at += 1;
                    if (reader.next() != ']') {
                        try reader.open(begin, key, false);
                        continue :next;
                    }
                    reader.at += 1;
                    break :found .{ .array = .init(reader.memory) };
                },
                '"' => .{ .string = try reader.string() },
                't' => try reader.word("true", .{ .bool = true }),
                'f' => try reader.word("false", .{ .bool = false }),
                'n' => try reader.word("null", .null),
                else => try reader.number(),
            };
            while (frames.items.len > bottom) {
                const frame = &frames.items[frames.items.len - 1];
                try members.append(memory, .{ .key = key, .value = made });
                const ends: u8 = if (frame.is_object) '}' else ']';
                switch (reader.next()) {
                    ',' => {
                        reader.at += 1;
                        if (frame.is_object) key = try reader.name();
                        continue :next;
                    },
                    else => |letter| if (letter != ends) return error.SyntaxError,
                }
                reader.at += 1;
                made = if (frame.is_object) .{ .object = try reader.object(frame) } else .{ .array = try reader.array(frame) };
                key = frame.key;
                members.items.len = frame.members;
                frames.items.len -= 1;
            }
            return made;
        }
    }

    /// The next letter that is not blank; it is not passed over.
    inline fn next(reader: *Reader) u8 {
        while (reader.at < reader.text.len) : (reader.at += 1) {
            const letter = reader.text[reader.at];
            if (letter > ' ') return letter;
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

    inline fn string(reader: *Reader) Error![]const u8 {
        const text = reader.text;
        const begin = reader.at + 1;
        const end = special(text, begin, .valid);
        if (end >= text.len or text[end] != '"') return reader.escaped(begin, end);
        reader.at = end + 1;
        return text[begin..end];
    }

    fn escaped(reader: *Reader, begin: usize, first: usize) Error![]const u8 {
        const text = reader.text;
        var end = first;
        while (end < text.len and text[end] != '"') end = special(text, end + @as(usize, if (text[end] == '\\') 2 else 1), .valid);
        if (end >= text.len) return error.SyntaxError;
        reader.at = end + 1;
        return std.json.parseFromSliceLeaky([]const u8, reader.memory, text[begin - 1 .. end + 1], .{}) catch error.SyntaxError;
    }

    /// The key that stands here, with its colon.
    fn name(reader: *Reader) Error![]const u8 {
        if (reader.next() != '"') return error.SyntaxError;
        const key = try reader.string();
        if (reader.next() != ':') return error.SyntaxError;
        reader.at += 1;
        return key;
    }

    /// An object or array begins there, in an object under this key.
    fn open(reader: *Reader, begin: usize, key: []const u8, is_object: bool) Error!void {
        try frames.append(memory, .{
            .key = key,
            .is_object = is_object,
            .begin = begin,
            .members = members.items.len,
            .origins = origins.items.len,
            .duplicates = reader.duplicates,
        });
    }

    fn array(reader: *Reader, frame: *const Frame) Error!std.json.Array {
        const found = members.items[frame.members..];
        const items: []Value = @ptrCast(try reader.room(found.len * @sizeOf(Value)));
        for (items, found) |*item, member| item.* = member.value;
        try reader.remember(frame, @intFromPtr(items.ptr), items, null);
        return .fromOwnedSlice(reader.memory, items);
    }

    fn object(reader: *Reader, frame: *const Frame) Error!std.json.ObjectMap {
        const found = members.items[frame.members..];
        const capacity = found.len + spare;
        var made: std.json.ObjectMap = .empty;
        const place = try reader.room(std.json.ObjectMap.DataList.capacityInBytes(capacity));
        made.entries = .{ .bytes = place.ptr, .len = 0, .capacity = capacity };
        if (capacity > unindexed) {
            try made.ensureTotalCapacity(reader.memory, capacity);
            for (found) |member| {
                const entry = made.getOrPutAssumeCapacity(member.key);
                entry.value_ptr.* = member.value;
                reader.duplicates += @intFromBool(entry.found_existing);
            }
        } else {
            var seen: u64 = 0;
            for (found) |member| {
                const hash = std.array_hash_map.hashString(member.key);
                const bit = @as(u64, 1) << @truncate(hash);
                if (seen & bit == 0) {
                    made.entries.appendAssumeCapacity(.{ .hash = hash, .key = member.key, .value = member.value });
                } else {
                    const entry = made.getOrPutAssumeCapacity(member.key);
                    entry.value_ptr.* = member.value;
                    reader.duplicates += @intFromBool(entry.found_existing);
                }
                seen |= bit;
            }
        }
        try reader.remember(frame, @intFromPtr(place.ptr), made.values(), made.keys().ptr);
        return made;
    }

    /// Room for members, and before them for the number of their origin.
    fn room(reader: *Reader, size: usize) Error![]align(8) u8 {
        const place = try reader.memory.alignedAlloc(u8, .@"8", size + 8);
        return place[8..];
    }

    fn remember(reader: *Reader, frame: *const Frame, place: usize, values: []const Value, keys: ?[*]const []const u8) Error!void {
        if (!remembers or !reader.remembers or reader.duplicates > frame.duplicates) return;
        @as(*usize, @ptrFromInt(place - 8)).* = origins.items.len;
        const was = was_members.items.len;
        try was_members.appendSlice(memory, members.items[frame.members..]);
        try origins.append(memory, .{
            .first = frame.origins,
            .text = reader.text[frame.begin..reader.at],
            .place = place,
            .values = values,
            .keys = keys,
            .was = was,
        });
    }
};

const Member = struct { key: []const u8, value: Value };

/// What is being read: objects and arrays that have begun, and what was found in them.
const Frame = struct { key: []const u8, is_object: bool, begin: usize, members: usize, origins: usize, duplicates: usize };
var frames: std.ArrayList(Frame) = .empty;
var members: std.ArrayList(Member) = .empty;

/// Where an event is larger than this, nothing of it is remembered.
const large = 64 * 1024;

/// How many values are read at most before what they are in ends: each is behind a comma, or the first in something that has begun.
fn mostMembers(text: []const u8) usize {
    var count: usize = 512;
    var at: usize = 0;
    while (at + 8 <= text.len) : (at += 8) {
        const commas = std.mem.readInt(u64, text[at..][0..8], .little) ^ (ones * ',');
        count += @popCount((commas -% ones) & ~commas & (ones * 0x80));
    }
    return count;
}

/// So many keys an object gets room for beside those that it has.
const spare = 4;

/// An object with no more room than this is searched from its beginning: faster than making an index of it.
const unindexed = 20;

/// Where an object or array came from that was read. It is written as the text that it was, as long as it and everything in it
/// say the same as that: each key and each value is then, to the bit, what `read` put there. An object that had a key twice
/// said something else than its text does, so it is not remembered, nor is what it stands in.
const Origin = struct {
    /// Those from here on, up to itself, are of what is in it.
    first: usize,
    text: []const u8,
    place: usize,
    values: []const Value,
    keys: ?[*]const []const u8,
    was: usize,

    fn unchanged(origin: Origin) bool {
        const was = was_members.items[origin.was..][0..origin.values.len];
        for (origin.values, was) |*value, *member| if (!same(value, &member.value)) return false;
        if (origin.keys) |keys| for (keys[0..was.len], was) |*key, *member| if (!same(key, &member.key)) return false;
        return true;
    }
};

var origins: std.ArrayList(Origin) = .empty;
var was_members: std.ArrayList(Member) = .empty;
var remembers = true;

/// The text that an object or array was read from, if it still says that.
fn originalOf(value: Value) ?[]const u8 {
    const place, const count = switch (value) {
        .object => |object| .{ @intFromPtr(object.entries.bytes), object.entries.len },
        .array => |array| .{ @intFromPtr(array.items.ptr), array.items.len },
        else => return null,
    };
    if (count == 0) return null;
    const number = @as(*const usize, @ptrFromInt(place - 8)).*;
    if (number >= origins.items.len) return null;
    const origin = origins.items[number];
    if (origin.place != place or origin.values.len != count) return null;
    for (origins.items[origin.first .. number + 1]) |each_origin| if (!each_origin.unchanged()) return null;
    return origin.text;
}

inline fn same(a: anytype, b: @TypeOf(a)) bool {
    const Words = *const [@sizeOf(@TypeOf(a.*)) / 4]u32;
    const words: Words = @ptrCast(a);
    const others: Words = @ptrCast(b);
    inline for (words, others) |word, other| if (word != other) return false;
    return true;
}

fn writeValue(value: Value, out: *std.Io.Writer) std.Io.Writer.Error!void {
    if (originalOf(value)) |text| return out.writeAll(text);
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
    if (special(text, 0, .any) < text.len) return std.json.Stringify.encodeJsonString(text, .{}, out);
    const place = try out.writableSlice(text.len + 2);
    place[0] = '"';
    @memcpy(place[1..][0..text.len], text);
    place[text.len + 1] = '"';
}

/// One in each of eight letters.
const ones: u64 = 0x0101010101010101;

/// Where, from `begin` on, the first letter is that no text in JSON holds as it is: a quote, a backslash, a control character,
/// which valid JSON has none of. It looks at eight letters at a time, since that is most of what reading and writing an event
/// costs. The lowest bit that it finds is right; those above it may not be.
inline fn special(text: []const u8, begin: usize, comptime letters: enum { any, valid }) usize {
    var at = begin;
    while (at + 8 <= text.len) : (at += 8) {
        const word = std.mem.readInt(u64, text[at..][0..8], .little);
        const quotes = word ^ (ones * '"');
        const backslashes = word ^ (ones * '\\');
        const controls = if (letters == .any) (word -% ones * ' ') & ~word else 0;
        const found = (((quotes -% ones) & ~quotes) | ((backslashes -% ones) & ~backslashes) | controls) & (ones * 0x80);
        if (found != 0) return at + @ctz(found) / 8;
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
