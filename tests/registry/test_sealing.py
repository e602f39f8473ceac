"""Secrets as they are kept: for their name and workspace only, with any of the keys, and never in the clear."""

import base64

import pytest

from transformer.registry.sealing import Sealer, SealError, SealingKeyError, new_key, open_sealer


def raw(key):
    return base64.urlsafe_b64decode(key)


OLD, NEW = raw(new_key()), raw(new_key())


def test_what_is_sealed_opens_and_says_nothing():
    sealer = Sealer([NEW])
    sealed = sealer.seal("acme", "KEY", "canary-välue")
    assert sealer.open("acme", "KEY", sealed) == "canary-välue"
    assert "canary" not in sealed
    assert sealed != sealer.seal("acme", "KEY", "canary-välue")


@pytest.mark.parametrize(("workspace", "name"), [("acme", "OTHER"), ("umbrella", "KEY"), ("acme/secrets/KEY", "")])
def test_it_is_good_for_its_own_name_only(workspace, name):
    sealer = Sealer([NEW])
    with pytest.raises(SealError, match="it is not what was encrypted"):
        sealer.open(workspace, name, sealer.seal("acme", "KEY", "value"))


def test_every_key_opens_and_the_first_seals():
    both, old = Sealer([NEW, OLD]), Sealer([OLD])
    before = old.seal("w", "s", "value")
    assert both.open("w", "s", before) == "value"
    assert not both.is_current(before)
    after = both.seal("w", "s", "value")
    assert both.is_current(after)
    with pytest.raises(SealError, match="a key that this server does not have"):
        old.open("w", "s", after)


@pytest.mark.parametrize(
    "broken", ["", "v1", "v2.a.b", "v1..", "v1.{mark}.", "v1.{mark}.!!", "v1.{mark}.AAAA", "v1.{mark}." + "A" * 60]
)
def test_what_was_not_sealed_is_refused(broken):
    sealer = Sealer([NEW])
    mark = sealer.seal("w", "s", "v").split(".")[1]
    with pytest.raises(SealError):
        sealer.open("w", "s", broken.replace("{mark}", mark))


def test_fingerprints_compare_values_and_need_the_key():
    one, other = Sealer([NEW]), Sealer([OLD])
    assert one.fingerprint("w", "s", "v") == one.fingerprint("w", "s", "v")
    assert len({one.fingerprint("w", "s", "v"), one.fingerprint("w", "s", "x"), other.fingerprint("w", "s", "v")}) == 3


def test_keys_come_from_the_file_first_then_from_the_setting(tmp_path):
    first, second, third = new_key(), new_key(), new_key()
    file = tmp_path / "keys"
    file.write_text(f"# the newest\n{first}\n\n{second}\n")
    sealer = open_sealer(f"{third}, {second}", str(file))
    for key in (first, second, third):
        assert sealer.open("w", "s", Sealer([raw(key)]).seal("w", "s", "v")) == "v"
    assert sealer.is_current(Sealer([raw(first)]).seal("w", "s", "v"))
    assert open_sealer("", "") is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "there is no key in it"),
        (b"# nothing\n", "there is no key in it"),
        (b"canary-password", "a key is 32 bytes in base64"),
        (b"Y2FuYXJ5", "a key is 32 bytes in base64"),
        (b"\xff\xfe", "is no text"),
    ],
)
def test_a_file_of_no_keys_is_told_and_never_quoted(tmp_path, content, told):
    file = tmp_path / "keys"
    file.write_bytes(content)
    with pytest.raises(SealingKeyError, match=told) as caught:
        open_sealer("", str(file))
    assert "canary" not in str(caught.value)
    assert "Y2FuYXJ5" not in str(caught.value)


def test_a_setting_that_is_no_key_and_a_file_that_is_missing_are_told(tmp_path):
    with pytest.raises(SealingKeyError, match=r"^secrets_key: a key is 32 bytes"):
        open_sealer("canary", "")
    with pytest.raises(SealingKeyError, match="no such file"):
        open_sealer("", str(tmp_path / "none"))


def test_there_are_as_many_keys_as_can_be_in_force(tmp_path):
    keys = [new_key() for _ in range(21)]
    (tmp_path / "keys").write_text("\n".join(keys[:19]))
    assert open_sealer(f"{keys[19]},{keys[0]}", str(tmp_path / "keys")) is not None  # one that stands twice counts once
    with pytest.raises(SealingKeyError, match=r"^secrets_key_file, secrets_key: 21 keys; at most 20 can be in force"):
        open_sealer(f"{keys[19]},{keys[20]}", str(tmp_path / "keys"))
