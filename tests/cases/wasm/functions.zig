// case: defaults, keywords and stars
const Options = struct { b: i64 = 2, c: i64 = 3 };

fn f(a: i64, options: Options) [3]i64 {
    return .{ a, options.b, options.c };
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    return event.emit(.{ .r = .{ f(1, .{}), f(1, .{ .b = 5, .c = 8 }) } });
}
// expect: emitted {"r":[[1,2,3],[1,5,8]]}


// case: closures keep and change what they enclose
const Counter = struct {
    n: i64 = 0,

    fn step(counter: *Counter) i64 {
        counter.n += 1;
        return counter.n;
    }
};

pub fn transform(event: transformer.Event) !transformer.Outcome {
    var counter: Counter = .{};
    return event.emit(.{ .r = .{ counter.step(), counter.step(), counter.step() } });
}
// expect: emitted {"r":[1,2,3]}


// case: lambda and sorting by key
fn longer(_: void, a: []const u8, b: []const u8) bool {
    return a.len > b.len;
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    var words = [_][]const u8{ "bb", "a", "ccc" };
    std.mem.sort([]const u8, &words, {}, longer);
    return event.emit(.{ .r = words });
}
// expect: emitted {"r":["ccc","bb","a"]}


// case: decorators wrap
fn twice(comptime function: fn (i64) i64) fn (i64) i64 {
    return struct {
        fn wrapper(x: i64) i64 {
            return function(x) * 2;
        }
    }.wrapper;
}

fn one_more(x: i64) i64 {
    return x + 1;
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    return event.emit(.{ .r = twice(one_more)(1) });
}
// expect: emitted {"r":4}


// case: recursion
fn depth(value: transformer.Value) i64 {
    if (value != .object) return 0;
    var deepest: i64 = 0;
    for (value.object.values()) |inner| deepest = @max(deepest, depth(inner));
    return 1 + deepest;
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    return event.emit(.{ .r = depth(try event.read()) });
}
// event: {"a": {"b": {}}}
// expect: emitted {"r":3}


// case: endless recursion fails its event alone
fn f(n: i64) i64 {
    return if (n < 0) n else f(n + 1) + 1;
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    const n = (try event.read()).object.get("n").?.integer;
    return if (n == 1) event.emit(.{ .r = f(0) }) else .keep;
}
// event: {"n": 1}
// event: {"n": 2}
// expect: failed T201 trap: the stack is full: recursion without end?
// expect: emitted {"n": 2}


// case: globals live between events
var count: i64 = 0;

pub fn transform(event: transformer.Event) !transformer.Outcome {
    count += 1;
    return event.emit(.{ .count = count });
}
// event: {}
// event: {}
// expect: emitted {"count":1}
// expect: emitted {"count":2}


// case: one argument is enough
pub fn transform(event: transformer.Event) !transformer.Outcome {
    var value = try event.read();
    const n = value.object.getPtr("n").?;
    n.integer += 1;
    return .{ .emit = value };
}
// expect: emitted {"n":2}


// case: names with one underscore are names
const _limit = 3;

pub fn transform(event: transformer.Event) !transformer.Outcome {
    const _n = (try event.read()).object.get("n").?.integer;
    return event.emit(.{ .n = @min(_n * 4, _limit) });
}
// expect: emitted {"n":3}
