// case: attributes, methods and inheritance
const Animal = struct {
    name: []const u8,
    legs: u8 = 4,

    fn speak(animal: Animal, event: transformer.Event) ![]const u8 {
        return std.fmt.allocPrint(event.memory, "{s} on {d} legs", .{ animal.name, animal.legs });
    }
};

const Bird = struct {
    animal: Animal,

    fn of(name: []const u8) Bird {
        return .{ .animal = .{ .name = name, .legs = 2 } };
    }

    fn speak(bird: Bird, event: transformer.Event) ![]const u8 {
        return std.fmt.allocPrint(event.memory, "{s}, a bird", .{try bird.animal.speak(event)});
    }
};

pub fn transform(event: transformer.Event) !transformer.Outcome {
    const cat: Animal = .{ .name = "cat" };
    return event.emit(.{ .r = .{ try cat.speak(event), try Bird.of("tit").speak(event) } });
}
// expect: emitted {"r":["cat on 4 legs","tit on 2 legs, a bird"]}


// case: properties, class and static methods
const Price = struct {
    cents: i64,

    const sign = "EUR";

    fn of(whole: f64) Price {
        return .{ .cents = @intFromFloat(@round(whole * 100)) };
    }

    fn euros(price: Price) f64 {
        return @as(f64, @floatFromInt(price.cents)) / 100;
    }
};

pub fn transform(event: transformer.Event) !transformer.Outcome {
    const price: Price = .of(2.5);
    return event.emit(.{ .r = Price.of(price.euros() + 1).euros(), .sign = Price.sign });
}
// expect: emitted {"r":3.5,"sign":"EUR"}


// case: operators, comparison, containers
const Bag = struct {
    things: []const u8,

    pub fn jsonStringify(bag: Bag, out: anytype) !void {
        try out.print("{d}", .{bag.things.len});
    }
};

pub fn transform(event: transformer.Event) !transformer.Outcome {
    const bag: Bag = .{ .things = "ab" ++ "c" };
    const same = std.mem.eql(u8, bag.things, "abc");
    return event.emit(.{ .r = .{ bag, same, std.mem.indexOfScalar(u8, bag.things, 'c') } });
}
// expect: emitted {"r":[3,true,2]}


// case: context managers see the exception
fn quiet(seen: *[]const u8) !void {
    errdefer seen.* = "an error";
    return error.DivisionByZero;
}

pub fn transform(event: transformer.Event) !transformer.Outcome {
    var seen: []const u8 = "nothing";
    quiet(&seen) catch {};
    return event.emit(.{ .r = seen });
}
// expect: emitted {"r":"an error"}


// case: own exceptions with a text of their own
pub fn transform(event: transformer.Event) !transformer.Outcome {
    const told = try std.fmt.allocPrint(event.memory, "Wrong: the field {s} is wrong", .{"n"});
    return .{ .fail = told };
}
// expect: failed T201 Wrong: the field n is wrong


// case: dataclasses and enums
const Plan = enum { free, paid };
const User = struct { name: []const u8, plan: Plan = .free, tags: []const []const u8 = &.{} };

pub fn transform(event: transformer.Event) !transformer.Outcome {
    return event.emit(User{ .name = "ada", .plan = std.meta.stringToEnum(Plan, "paid").? });
}
// expect: emitted {"name":"ada","plan":"paid","tags":[]}
