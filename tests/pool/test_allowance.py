"""What compiling of a workspace costs it, as numbers."""

from transformer.pool.allowance import Allowance


def test_what_is_spent_passes_by_the_share():
    allowance = Allowance(0.25, 8)
    assert allowance.wait("w", 100) == 0
    allowance.spend("w", 10, 100)
    assert allowance.wait("w", 100) == 8  # two too many, at a quarter of a second each second
    assert allowance.wait("w", 104) == 4
    assert allowance.wait("w", 108) == 0
    assert allowance.wait("w", 100, times=2) == 0
    assert allowance.wait("v", 100) == 0


def test_what_was_spent_adds_up_and_is_forgotten_at_last():
    allowance = Allowance(0.5, 1)
    for now in range(10):
        allowance.spend("w", 1, now)
    assert allowance.wait("w", 9) == (10 - 9 * 0.5 - 1) / 0.5
    assert allowance.wait("w", 10_000) == 0
    allowance.spend("w", 1, 10_000)
    assert allowance.wait("w", 10_000) == 0
