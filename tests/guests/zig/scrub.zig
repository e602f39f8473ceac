//! Replace e-mail addresses and telephone numbers in every text value. It goes over the JSON as it is: nothing but texts is looked at,
//! and what is not replaced is copied.
const std = @import("std");
const transformer = @import("transformer.zig");

fn transform(event: transformer.Event) !transformer.Outcome {
    const line = event.line;
    var out: std.Io.Writer.Allocating = try .initCapacity(event.memory, line.len + line.len / 8);
    var copied: usize = 0;
    var at: usize = 0;
    while (std.mem.indexOfScalarPos(u8, line, at, '"')) |quote| {
        const begin = quote + 1;
        const end = endOfText(line, begin);
        at = end + 1;
        if (!isKey(line, at) and suspicious(line[begin..end])) {
            try out.writer.writeAll(line[copied..begin]);
            try clean(event.memory, line[begin..end], &out.writer);
            copied = end;
        }
    }
    if (copied == 0) return .keep;
    try out.writer.writeAll(line[copied..]);
    return .{ .raw = out.written() };
}

/// Where the quote is that ends the text which begins at `begin`.
fn endOfText(line: []const u8, begin: usize) usize {
    var end = begin;
    while (line[end] != '"') end += if (line[end] == '\\') 2 else 1;
    return end;
}

fn isKey(line: []const u8, after: usize) bool {
    var at = after;
    while (at < line.len and std.ascii.isWhitespace(line[at])) at += 1;
    return at < line.len and line[at] == ':';
}

/// Whether there may be something to replace.
fn suspicious(text: []const u8) bool {
    var digits: usize = 0;
    for (text) |letter| {
        if (letter == '@' or letter == '\\') return true;
        digits += @intFromBool(std.ascii.isDigit(letter));
    }
    return digits >= 2 and text.len >= 9;
}

fn clean(memory: std.mem.Allocator, text: []const u8, out: *std.Io.Writer) !void {
    if (std.mem.indexOfScalar(u8, text, '\\') == null) {
        return phones(try emails(memory, text), out);
    }
    // With escapes in it: read, replaced, and written as JSON.
    const quoted = try std.fmt.allocPrint(memory, "\"{s}\"", .{text});
    const plain = try std.json.parseFromSliceLeaky([]const u8, memory, quoted, .{});
    var made: std.Io.Writer.Allocating = .init(memory);
    try phones(try emails(memory, plain), &made.writer);
    try std.json.Stringify.encodeJsonStringChars(made.written(), .{}, out);
}

/// [A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+
fn emails(memory: std.mem.Allocator, text: []const u8) ![]const u8 {
    var at = std.mem.indexOfScalar(u8, text, '@') orelse return text;
    var out: std.ArrayList(u8) = .empty;
    var done: usize = 0;
    while (true) {
        var begin = at;
        while (begin > done and isLocal(text[begin - 1])) begin -= 1;
        const end = endOfDomain(text, at + 1);
        if (begin < at and end > at) {
            try out.appendSlice(memory, text[done..begin]);
            try out.appendSlice(memory, "[email]");
            done = end;
        }
        at = std.mem.indexOfScalarPos(u8, text, @max(at + 1, done), '@') orelse break;
    }
    try out.appendSlice(memory, text[done..]);
    return out.items;
}

fn isLocal(letter: u8) bool {
    return std.ascii.isAlphanumeric(letter) or std.mem.indexOfScalar(u8, "._%+-", letter) != null;
}

fn endOfLabel(text: []const u8, begin: usize) usize {
    var end = begin;
    while (end < text.len and (std.ascii.isAlphanumeric(text[end]) or text[end] == '-')) end += 1;
    return end;
}

/// 0 if no domain with a dot begins here.
fn endOfDomain(text: []const u8, begin: usize) usize {
    var end = endOfLabel(text, begin);
    if (end == begin) return 0;
    var found: usize = 0;
    while (end < text.len and text[end] == '.') {
        const next = endOfLabel(text, end + 1);
        if (next == end + 1) break;
        end = next;
        found = end;
    }
    return found;
}

/// \+?\d[\d\s().-]{7,}\d
fn phones(text: []const u8, out: *std.Io.Writer) !void {
    var done: usize = 0;
    var at: usize = 0;
    while (at < text.len) {
        const digit = if (text[at] == '+') at + 1 else at;
        if (digit < text.len and std.ascii.isDigit(text[digit])) {
            var end = digit + 1;
            while (end < text.len and inPhone(text[end])) end += 1;
            while (!std.ascii.isDigit(text[end - 1])) end -= 1;
            if (end - digit >= 9) {
                try out.writeAll(text[done..at]);
                try out.writeAll("[phone]");
                done = end;
                at = end;
                continue;
            }
        }
        at += 1;
    }
    try out.writeAll(text[done..]);
}

fn inPhone(letter: u8) bool {
    return std.ascii.isDigit(letter) or std.ascii.isWhitespace(letter) or std.mem.indexOfScalar(u8, "().-", letter) != null;
}

comptime {
    transformer.each(transform);
}
