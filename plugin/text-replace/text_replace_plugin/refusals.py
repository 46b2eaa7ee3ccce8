"""Sentences for layers that cannot be edited, the same in every GIMP."""

from __future__ import annotations

IMAGE_CLOSED = "The image was closed while Text Replace was working; nothing was changed."
LAYER_DELETED = "The layer was deleted while Text Replace was working; nothing was changed."
NOT_A_LAYER = (
    "Text Replace works on a layer, not on a channel or a mask: click the layer in the Layers dialog and try again."
)
QUICK_MASK = (
    "The quick mask is being edited: click the layer in the Layers dialog, or switch the quick mask off "
    "(Select → Toggle Quick Mask), and try again."
)
ONE_LAYER = "Text Replace works on one layer: select a single layer and try again."
GROUP = "Text Replace cannot work on a layer group: select a layer inside it, or merge the group first."
FLOATING = "The image has a floating selection: anchor it (Layer → Anchor Floating Selection) and try again."
INDEXED = "Text Replace cannot work on indexed colours: use Image → Mode → RGB first."
NOT_INSERTED = "GIMP did not accept the new layer above this one: is the layer group locked?"
NO_SCREEN = "Text Replace cannot open its window because GIMP runs without a screen: use the run mode NONINTERACTIVE."
