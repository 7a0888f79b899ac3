"""A site that has the hostile plugins of tests/hostile beside the real ones."""
import os
import pathlib
import shutil

from ombud_site import MANIFESTS, PLUGINS

HOSTILE = pathlib.Path(os.environ["OMBUD_HOSTILE"])
SOURCES = pathlib.Path(__file__).parent.parent / "hostile"


def hostile(site):
    """Gives the site the hostile plugins beside the real ones."""
    site.plugins, site.manifests = site.folder / "plugins", site.folder / "manifests"
    site.plugins.mkdir()
    shutil.copytree(MANIFESTS, site.manifests)
    for name in ("connect_folder", "retention_auditor", "audio_metadata_gate"):
        shutil.copyfile(pathlib.Path(PLUGINS) / (name + ".so"), site.plugins / (name + ".so"))
    for name in ("ill_mannered", "thrower", "trespasser", "zoo"):
        shutil.copyfile(HOSTILE / (name + ".so"), site.plugins / (name + ".so"))
        shutil.copyfile(SOURCES / (name + ".xml"), site.manifests / (name + ".xml"))
