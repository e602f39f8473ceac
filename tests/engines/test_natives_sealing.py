"""The native module that seals texts: what was sealed opens with its key and context alone, and as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.engines.python.natives.sealing import seal, unseal

KEY, OTHER = b"k" * 32, b"o" * 32


@given(text=st.binary(max_size=64), context=st.binary(max_size=16), repeatable=st.booleans())
def test_what_was_sealed_opens(text, context, repeatable):
    assert unseal(KEY, seal(KEY, text, context, repeatable=repeatable), context) == text


@given(place=st.integers(0, 30), bit=st.integers(0, 7))
def test_what_was_changed_does_not(place, bit):
    sealed = bytearray(seal(KEY, b"abc"))
    sealed[place] ^= 1 << bit
    assert unseal(KEY, bytes(sealed)) is None


def test_another_key_or_context_does_not_open():
    sealed = seal(KEY, b"abc", b"acme")
    assert unseal(OTHER, sealed, b"acme") is None
    assert unseal(KEY, sealed) is None
    assert unseal(KEY, sealed, b"acme2") is None


@pytest.mark.parametrize("sealed", [b"", b"x", b"x" * 27])
def test_what_is_too_short_does_not_open(sealed):
    assert unseal(KEY, sealed) is None


def test_equal_texts_are_sealed_equally_only_if_told():
    assert seal(KEY, b"a") != seal(KEY, b"a")
    assert seal(KEY, b"a", repeatable=True) == seal(KEY, b"a", repeatable=True)
    # Context and text are told apart, wherever one ends and the other begins: no nonce is used twice.
    assert seal(KEY, b"b", b"a", repeatable=True)[:12] != seal(KEY, b"", b"ab", repeatable=True)[:12]


@pytest.mark.parametrize("key", [b"", b"k" * 16, b"k" * 33, "k" * 32])
def test_keys_have_their_length(key):
    with pytest.raises(ValueError, match="32 bytes"):
        seal(key, b"a")
