"""The one error tree. A name says who is at fault; `kind` travels over the wire; `exit_code` is the command line's
(engine/REFERENCE.md, Exit codes).
"""

from __future__ import annotations

from typing import ClassVar


class TextReplaceError(Exception):
    """Anything that stops a request. `str(error)` is one sentence: cause and remedy, for a GIMP user."""

    kind: ClassVar[str] = "bug"
    exit_code: ClassVar[int] = 1


class InternalError(TextReplaceError):
    """A bug in Text Replace; the engine's log has the rest."""


class UserError(TextReplaceError):
    """The request cannot be carried out as it was asked."""

    kind = "usage"
    exit_code = 2


class BadPrompt(UserError):
    """A prompt is empty, or too long."""

    kind = "bad_prompt"


class CannotPaint(UserError):
    """The models know no name in the edit prompt."""

    kind = "cannot_paint"


class BadImage(UserError):
    """The picture, mask or selection is unreadable, of an unsupported kind, or does not fit the others."""

    kind = "bad_image"


class TooLarge(UserError):
    """The request is over a limit, which the message names."""

    kind = "too_large"


class BadSelection(UserError):
    """The selection, region or choice of candidates leaves nothing to edit."""

    kind = "bad_selection"


class NotFound(TextReplaceError):
    """The object to replace is not in the picture."""

    kind = "not_found"
    exit_code = 3


class ModelError(TextReplaceError):
    """The models on this machine cannot be used."""

    kind = "model"
    exit_code = 4


class NoPicture(ModelError):
    """The models computed what is no picture: their number format is too small for them, or they are damaged."""

    kind = "no_picture"

    def __init__(
        self,
        sentence: str = "The models computed no picture: fetch or import them again, choose others, or set another "
        "number format with “--dtype float32”.",
    ) -> None:
        super().__init__(sentence)


class ModelMissing(ModelError):
    """A model is not installed."""

    kind = "model_missing"


class ModelDamaged(ModelError):
    """A model file does not have the recorded hash or contents."""

    kind = "model_damaged"


class EngineError(TextReplaceError):
    """The engine cannot be reached or went away."""

    kind = "engine"
    exit_code = 5


class EngineUnavailable(EngineError):
    """No engine is running and none could be started."""

    kind = "engine_unavailable"


class EngineLost(EngineError):
    """The engine stopped, or stopped answering, during a request."""

    kind = "engine_lost"


class OutOfMemory(TextReplaceError):
    """The machine has too little memory for this request."""

    kind = "out_of_memory"
    exit_code = 6

    def __init__(
        self,
        sentence: str = "There is not enough memory for this edit: select a smaller part of the picture, or close "
        "other programs.",
    ) -> None:
        super().__init__(sentence)


class OutputError(TextReplaceError):
    """The result could not be written."""

    kind = "output"
    exit_code = 7


class Cancelled(TextReplaceError):
    """The user cancelled; nothing was changed."""

    kind = "cancelled"
    exit_code = 130

    def __init__(self, sentence: str = "Cancelled: nothing was changed.") -> None:
        super().__init__(sentence)


class ImageChanged(TextReplaceError):
    """The image or layer was closed, deleted or changed in GIMP while the engine worked."""

    kind = "image_changed"
    exit_code = 2


class ProtocolError(TextReplaceError):
    """The other side broke the protocol."""

    kind = "protocol"
    exit_code = 5


class BadFrame(ProtocolError):
    """A frame is malformed, truncated or of an unknown type."""

    kind = "bad_frame"


class FrameTooLarge(ProtocolError):
    """A frame announces more than the limit."""

    kind = "frame_too_large"


class WrongSecret(ProtocolError):
    """The peer does not know the secret in the endpoint file."""

    kind = "wrong_secret"


class WrongVersion(ProtocolError):
    """Plug-in and engine speak different protocol versions."""

    kind = "wrong_version"


def _tree(root: type[TextReplaceError]) -> dict[str, type[TextReplaceError]]:
    found = {root.kind: root}
    for child in root.__subclasses__():
        found = {**_tree(child), **found} if child.kind in found else {**found, **_tree(child)}
    return found


_BY_KIND: dict[str, type[TextReplaceError]] = {**_tree(TextReplaceError), InternalError.kind: InternalError}


def from_kind(kind: str, message: str) -> TextReplaceError:
    """The error that `kind` names, carrying `message`; an unknown kind is an `InternalError`."""
    return _BY_KIND.get(kind, InternalError)(message)
