"""The protocol's tables have a row for everything: an error or a message that is new cannot be forgotten in one."""

from __future__ import annotations

import dataclasses
import inspect
import typing

from text_replace_wire import codec, errors, messages, model_messages, status_messages
from text_replace_wire.codec import Message
from text_replace_wire.connection import TRANSITIONS

#: What plug-ins and engines of every version call an error; scripts read it in reports.
KINDS: dict[str, type[errors.TextReplaceError]] = {
    "bad_frame": errors.BadFrame,
    "bad_image": errors.BadImage,
    "bad_prompt": errors.BadPrompt,
    "bad_selection": errors.BadSelection,
    "bug": errors.InternalError,
    "cancelled": errors.Cancelled,
    "cannot_paint": errors.CannotPaint,
    "engine": errors.EngineError,
    "engine_lost": errors.EngineLost,
    "engine_unavailable": errors.EngineUnavailable,
    "frame_too_large": errors.FrameTooLarge,
    "image_changed": errors.ImageChanged,
    "model": errors.ModelError,
    "model_damaged": errors.ModelDamaged,
    "model_missing": errors.ModelMissing,
    "no_picture": errors.NoPicture,
    "not_found": errors.NotFound,
    "out_of_memory": errors.OutOfMemory,
    "output": errors.OutputError,
    "protocol": errors.ProtocolError,
    "too_large": errors.TooLarge,
    "usage": errors.UserError,
    "wrong_secret": errors.WrongSecret,
    "wrong_version": errors.WrongVersion,
}


def test_every_error_keeps_its_kind() -> None:
    """A kind is spelt as it always was, is no other error's, and comes out of the wire as the error that went in."""
    tree = {
        each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.TextReplaceError)
    }
    assert tree - {errors.TextReplaceError} == set(KINDS.values())
    for kind, error in KINDS.items():
        assert error.kind == kind
        assert type(errors.from_kind(kind, "a sentence")) is error
        assert str(errors.from_kind(kind, "a sentence")) == "a sentence"


def test_unknown_kind_is_a_mistake() -> None:
    """What a newer engine calls something that this plug-in does not know still reaches the user."""
    assert type(errors.from_kind("tired", "a sentence")) is errors.InternalError


def test_every_message_can_be_sent() -> None:
    """What the modules of messages define is a message that the codec packs, or a part of one, and not both."""
    defined = {
        each
        for module in (messages, model_messages, status_messages)
        for _, each in inspect.getmembers(module, dataclasses.is_dataclass)
        if each.__module__ == module.__name__
    }
    sent, parts = set(codec._TYPES.values()), set(codec._PARTS)
    assert sent == set(typing.get_args(Message))
    assert not sent & parts
    assert defined <= sent | parts


def test_every_message_is_allowed_at_some_time() -> None:
    """A message without a row in the table of transitions could never be sent."""
    assert {kind for _, kind in TRANSITIONS} == set(typing.get_args(Message))
