//! Whether lines are plainly JSON objects: what `plain.py` runs. It says no where it is in doubt, and another reader decides then.

const deepest = 250;
const most_digits = 40;
const most_exponent_digits = 2;

const Lanes = @Vector(16, u8);

/// Whether each line of the text is one JSON object in UTF-8, nested no deeper than 250 levels. A line feed has to follow the
/// text, and 16 bytes of whatever.
export fn plain(text: [*]const u8, size: usize) bool {
    const end = text + size;
    var at = text;
    while (@intFromPtr(at) < @intFromPtr(end)) {
        at = blanks(object(at) orelse return false);
        if (at[0] != '\n') return false;
        at += 1;
    }
    return at == end + 1;
}

/// Where a line's object ends.
fn object(begin: [*]const u8) ?[*]const u8 {
    const Next = enum { value, key, opened, closed, ended };
    var objects: [deepest + 1]bool = undefined;
    var depth: usize = 0;
    var at = blanks(begin);
    if (at[0] != '{') return null;
    next: switch (Next.opened) {
        .opened => {
            depth += 1;
            if (depth > deepest) return null;
            const is_object = at[0] == '{';
            objects[depth] = is_object;
            at = blanks(at + 1);
            if (at[0] == @as(u8, if (is_object) '}' else ']')) continue :next .closed;
            continue :next if (is_object) .key else .value;
        },
        .key => {
            if (at[0] != '"') return null;
            at = blanks(string(at + 1) orelse return null);
            if (at[0] != ':') return null;
            at = blanks(at + 1);
            continue :next .value;
        },
        .value => {
            switch (at[0]) {
                '"' => at = string(at + 1) orelse return null,
                '{', '[' => continue :next .opened,
                '-', '0'...'9' => at = number(at) orelse return null,
                't' => at = word(at, "true") orelse return null,
                'f' => at = word(at, "false") orelse return null,
                'n' => at = word(at, "null") orelse return null,
                else => return null,
            }
            continue :next .ended;
        },
        .closed => {
            at += 1;
            depth -= 1;
            if (depth == 0) return at;
            continue :next .ended;
        },
        .ended => {
            at = blanks(at);
            switch (at[0]) {
                ',' => {
                    at = blanks(at + 1);
                    continue :next if (objects[depth]) .key else .value;
                },
                '}' => if (objects[depth]) continue :next .closed else return null,
                ']' => if (objects[depth]) return null else continue :next .closed,
                else => return null,
            }
        },
    }
}

inline fn blanks(begin: [*]const u8) [*]const u8 {
    var at = begin;
    while (at[0] == ' ' or at[0] == '\t' or at[0] == '\r') at += 1;
    return at;
}

fn word(at: [*]const u8, comptime text: []const u8) ?[*]const u8 {
    inline for (text, 0..) |letter, place| if (at[place] != letter) return null;
    return at + text.len;
}

/// Where a number ends. One that may be beyond all doubles is in doubt.
fn number(begin: [*]const u8) ?[*]const u8 {
    var at = begin;
    if (at[0] == '-') at += 1;
    const first = at;
    at = digits(at);
    if (at == first or (first[0] == '0' and at != first + 1)) return null;
    if (at[0] == '.') {
        const fraction = at + 1;
        at = digits(fraction);
        if (at == fraction) return null;
    }
    if (at - begin > most_digits) return null;
    if (at[0] == 'e' or at[0] == 'E') {
        at += 1;
        if (at[0] == '+' or at[0] == '-') at += 1;
        const exponent = at;
        at = digits(at);
        if (at == exponent or at - exponent > most_exponent_digits) return null;
    }
    return at;
}

fn digits(begin: [*]const u8) [*]const u8 {
    var at = begin;
    while (at[0] -% '0' < 10) at += 1;
    return at;
}

/// Where a text ends that begins behind its quote.
inline fn string(begin: [*]const u8) ?[*]const u8 {
    var at = begin;
    while (true) {
        const letters: Lanes = at[0..16].*;
        // As signed numbers, control characters and what is not ASCII are all less than a blank.
        const odd = @as(@Vector(16, i8), @bitCast(letters)) < @as(@Vector(16, i8), @splat(' '));
        const quote = letters == @as(Lanes, @splat('"'));
        const backslash = letters == @as(Lanes, @splat('\\'));
        const found: u16 = @bitCast(odd | quote | backslash);
        if (found == 0) {
            at += 16;
            continue;
        }
        at += @ctz(found);
        if (at[0] == '"') return at + 1;
        at = (if (at[0] == '\\') escape(at) else beyondAscii(at)) orelse return null;
    }
}

/// Where an escape ends. Halves of surrogate pairs are in doubt, whole pairs with them.
noinline fn escape(at: [*]const u8) ?[*]const u8 {
    switch (at[1]) {
        '"', '\\', '/', 'b', 'f', 'n', 'r', 't' => return at + 2,
        'u' => {
            for (at[2..6]) |letter| switch (letter) {
                '0'...'9', 'a'...'f', 'A'...'F' => {},
                else => return null,
            };
            if ((at[2] == 'd' or at[2] == 'D') and at[3] > '7') return null;
            return at + 6;
        },
        else => return null,
    }
}

/// Where letters beyond ASCII end that are well-formed UTF-8.
noinline fn beyondAscii(begin: [*]const u8) ?[*]const u8 {
    var at = begin;
    while (at[0] >= 0x80) {
        const least: u8, const most: u8, const more: usize = switch (at[0]) {
            0xC2...0xDF => .{ 0x80, 0xBF, 1 },
            0xE0 => .{ 0xA0, 0xBF, 2 },
            0xE1...0xEC, 0xEE, 0xEF => .{ 0x80, 0xBF, 2 },
            0xED => .{ 0x80, 0x9F, 2 },
            0xF0 => .{ 0x90, 0xBF, 3 },
            0xF1...0xF3 => .{ 0x80, 0xBF, 3 },
            0xF4 => .{ 0x80, 0x8F, 3 },
            else => return null,
        };
        if (at[1] < least or at[1] > most) return null;
        for (2..4) |place| if (place <= more and at[place] & 0xC0 != 0x80) return null;
        at += more + 1;
    }
    return if (at == begin) null else at;
}
