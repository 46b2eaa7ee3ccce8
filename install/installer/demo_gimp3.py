# Runs inside GIMP 3: replaces the apple, saves the XCF and a flat picture.
import os

from gi.repository import Gimp, Gio


def file(name: str) -> Gio.File:
    return Gio.File.new_for_path(os.environ[name])


image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file("DEMO_IN"))
procedure = Gimp.get_pdb().lookup_procedure("plug-in-text-replace")
config = procedure.create_config()
values = {
    "image": image,
    "replace": "apple",
    "with": "orange",
    "seed": int(os.environ["DEMO_SEED"]),
    "models": "starter",
}
for name, value in values.items():
    config.set_property(name, value)
config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
config.set_core_object_array("drawables", image.get_layers())
result = procedure.run(config)
if result.index(0) != Gimp.PDBStatusType.SUCCESS:
    raise SystemExit(Gimp.get_pdb().get_last_error())
Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file("DEMO_XCF"), None)
flat = image.duplicate()
flat.flatten()
Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, flat, file("DEMO_AFTER"), None)
flat.delete()
image.delete()
