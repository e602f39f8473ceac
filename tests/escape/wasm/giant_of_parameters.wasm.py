# class: giant
# walls: both
from modules import door, leb


def module():
    return door(types=[b"\x60" + leb(1000) + b"\x7f" * 1000 + leb(900) + b"\x7e" * 900] * 3_000)
