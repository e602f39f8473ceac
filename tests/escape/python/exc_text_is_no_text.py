# class: exc
# expect: T201
class Text(str):
    def __getitem__(self, at):
        raise KeyboardInterrupt

    def __len__(self):
        return -1


class Odd(Exception):
    def __str__(self):
        return Text("odd")


def transformEvent(event, metadata):
    raise Odd
