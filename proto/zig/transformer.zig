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
        return std.json.parseFromSliceLeaky(Value, event.memory, event.line, .{});
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
            .emit => |value| try std.json.Stringify.value(value, .{}, out),
            .emit_all => |values| try std.json.Stringify.value(values, .{}, out),
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
    var lines = std.mem.splitScalar(u8, events, '\n');
    var metadata_lines = std.mem.splitScalar(u8, metadata, '\n');
    var index: u32 = 0;
    while (lines.next()) |line| : (index += 1) {
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
