# case: attributes, methods and inheritance
class Animal:
    legs = 4

    def __init__(self, name):
        self.name = name

    def speak(self):
        return f"{self.name} on {self.legs} legs"


class Bird(Animal):
    legs = 2

    def __init__(self, name):
        super().__init__(name)
        self._kind = "bird"

    def speak(self):
        return super().speak() + ", a " + self._kind


def transformEvent(event, metadata):
    return {"r": [Animal("cat").speak(), Bird("tit").speak()]}
# expect: emitted {"r":["cat on 4 legs","tit on 2 legs, a bird"]}


# case: properties, class and static methods
class Price:
    def __init__(self, cents):
        self.__cents = cents

    @property
    def euros(self):
        return self.__cents / 100

    @euros.setter
    def euros(self, value):
        self.__cents = round(value * 100)

    @classmethod
    def of(cls, euros):
        return cls(round(euros * 100))

    @staticmethod
    def sign():
        return "EUR"


def transformEvent(event, metadata):
    price = Price.of(2.5)
    price.euros += 1
    return {"r": price.euros, "sign": Price.sign()}
# expect: emitted {"r":3.5,"sign":"EUR"}


# case: operators, comparison, containers
class Bag:
    def __init__(self, *things):
        self.things = list(things)

    def __add__(self, other):
        return Bag(*self.things, *other.things)

    def __len__(self):
        return len(self.things)

    def __contains__(self, thing):
        return thing in self.things

    def __getitem__(self, at):
        return self.things[at]

    def __iter__(self):
        return iter(self.things)

    def __eq__(self, other):
        return self.things == other.things

    def __repr__(self):
        return f"Bag{tuple(self.things)}"


def transformEvent(event, metadata):
    bag = Bag(1) + Bag(2, 3)
    return {"r": [len(bag), 2 in bag, bag[-1], list(bag), bag == Bag(1, 2, 3), str(bag)]}
# expect: emitted {"r":[3,true,3,[1,2,3],true,"Bag(1, 2, 3)"]}


# case: context managers see the exception
class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, kind, wrong, trace):
        self.seen = kind.__name__
        return True


def transformEvent(event, metadata):
    with Quiet() as quiet:
        1 / 0
    return {"r": quiet.seen}
# expect: emitted {"r":"ZeroDivisionError"}


# case: own exceptions with a text of their own
class Wrong(ValueError):
    def __init__(self, field):
        super().__init__(field)
        self.field = field

    def __str__(self):
        return f"the field {self.field} is wrong"


def transformEvent(event, metadata):
    raise Wrong("n")
# expect: failed T201 Wrong: the field n is wrong (11:5 transformEvent)


# case: instances without a text show no address
class Plain:
    pass


def transformEvent(event, metadata):
    return {"r": f"{Plain()} {Plain()!r} {[Plain()]} {transformEvent}"}
# expect: emitted {"r":"<Plain object> <Plain object> [<Plain object>] <function transformEvent>"}


# case: dataclasses and enums
from dataclasses import asdict, dataclass, field
from enum import Enum


class Plan(Enum):
    FREE = "free"
    PAID = "paid"


@dataclass(frozen=True)
class User:
    name: str
    plan: Plan = Plan.FREE
    tags: list = field(default_factory=list)


def transformEvent(event, metadata):
    user = User("ada", Plan("paid"))
    return {"r": str(user), "plan": user.plan.value, "fields": list(asdict(user))}
# expect: emitted {"r":"User(name='ada', plan=<Plan.PAID: 'paid'>, tags=[])","plan":"paid","fields":["name","plan","tags"]}


# case: subclasses of builtins
class Defaults(dict):
    def __missing__(self, key):
        return key.upper()


def transformEvent(event, metadata):
    return {"r": Defaults(a=1)["b"]}
# expect: emitted {"r":"B"}


# case: a class cannot answer for attributes it does not have
class Any:
    def __getattr__(self, name):
        return 1


def transformEvent(event, metadata):
    return event
# expect: refused 2:5 "__getattr__" is not allowed: a class here cannot define it; leave it out.


# case: attributes of others cannot be set
import json


def transformEvent(event, metadata):
    json.loads = None
# expect: failed T207 attributes of a module cannot be set or deleted, only those of objects of your own classes (5:5 transformEvent)
