"""Sentences for layers that cannot be edited, the same in every GIMP."""

from __future__ import annotations

from text_replace_plugin.i18n import _

IMAGE_CLOSED = _("The image was closed while Text Replace was working; nothing was changed.")
LAYER_DELETED = _("The layer was deleted while Text Replace was working; nothing was changed.")
OTHER_IMAGE = _("This layer belongs to another image: name a layer of the image that is to be changed.")
NOT_A_LAYER = _(
    "Text Replace works on a layer, not on a channel or a mask: click the layer in the Layers dialog and try again."
)
QUICK_MASK = _(
    "The quick mask is being edited: click the layer in the Layers dialog, or switch the quick mask off "
    "(Select → Toggle Quick Mask), and try again."
)
ONE_LAYER = _("Text Replace works on one layer: select a single layer and try again.")
GROUP = _("Text Replace cannot work on a layer group: select a layer inside it, or merge the group first.")
FLOATING = _("The image has a floating selection: anchor it (Layer → Anchor Floating Selection) and try again.")
INDEXED = _("Text Replace cannot work on indexed colours: use Image → Mode → RGB first.")
NOT_INSERTED = _("GIMP did not accept the new layer above this one: is the layer group locked?")
NO_SCREEN = _(
    "Text Replace cannot open its window because GIMP runs without a screen: use the run mode NONINTERACTIVE."
)
