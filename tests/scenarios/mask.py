"""What somebody does who hands out a recording: masks from site.xml, a mosaic for what moves, and every refusal with its reason."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from ombud_site import MANIFESTS, OMBUD, PLUGINS, check

SITE = """<site xmlns="urn:ombud:site:1" id="s" timezone="UTC">
  <attachments><attachment id="files" connector="connect_folder">
    <option name="root">.</option><option name="layout">{camera}/{datetime}.mp4</option></attachment></attachments>
  <cameras>
    <camera id="street" attachment="files" device="street" area="public-border">
      <mask id="window" reason="a neighbour lives there">
        <point x="0.1" y="0.1"/><point x="0.5" y="0.1"/><point x="0.5" y="0.5"/><point x="0.1" y="0.5"/>
      </mask>
    </camera>
    <camera id="yard" attachment="files" device="yard" area="private"/>
  </cameras>
  MODULES
</site>"""
PIXELATE = '<modules><module id="pixelate" mode="enforce"><option name="learning">1s</option></module></modules>'


def ffmpeg(*arguments):
    return subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, capture_output=True).stdout


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    site = folder / "site.xml"
    recording = folder / "recording.mp4"
    plugins = folder / "plugins"
    plugins.mkdir(mode=0o755)
    shutil.copyfile(pathlib.Path(PLUGINS) / "pixelate.so", plugins / "pixelate.so")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=3", "-f", "lavfi", "-i", "anoisesrc=duration=3", "-c:v", "libx264",
           "-c:a", "aac", recording)

    def mask(*arguments, exit_code=0):
        told = subprocess.run([OMBUD, "mask", recording, "--site", site, "--manifests", MANIFESTS, "--plugins", plugins, "--dev", *map(str, arguments)],
                              capture_output=True, text=True)
        check(told.returncode == exit_code, f"{arguments}: exit {told.returncode}\n{told.stdout}{told.stderr}")
        return told

    def brightness(file, x, y, w=32, h=32):
        samples = ffmpeg("-i", file, "-vf", f"crop={w}:{h}:{x}:{y}", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-")
        return {samples[i] for start in range(0, len(samples), w * h * 3 // 2) for i in range(start, start + w * h)}

    site.write_text(SITE.replace("MODULES", ""))
    copy = folder / "copy.mp4"
    told = json.loads(mask("--camera", "street", "--out", copy, "--json").stdout)
    check(told["pictures"] == 30 and told["proof"]["pictures"] == 30, told)
    check(told["copied"] == ["audio/aac"] and told["proof"]["worst_difference"] <= told["proof"]["tolerance"], told)
    check(max(brightness(copy, 64, 64)) <= 16 + told["proof"]["tolerance"], "the window is to be seen")
    check(max(brightness(copy, 256, 160)) > 100, "more than the window is black")
    check(copy.stat().st_mode & 0o777 == 0o600, "others can read the copy")

    check("exists already" in mask("--camera", "street", "--out", copy, exit_code=3).stderr, "the copy was written over")
    check("there is no camera 'roof'" in mask("--camera", "roof", "--out", folder / "x.mp4", exit_code=3).stderr, "an unknown camera")
    check("has no <mask>" in mask("--camera", "yard", "--out", folder / "x.mp4", exit_code=3).stderr, "a camera without masks")
    check("go with --pixelate" in mask("--camera", "street", "--out", folder / "x.mp4", "--keep", "0,0,1,1", exit_code=2).stderr, "--keep alone")
    told = mask("--camera", "yard", "--out", folder / "x.mp4", "--pixelate", exit_code=3)
    check('add <module id="pixelate" mode="enforce"/>' in told.stderr, told.stderr)
    check(not (folder / "x.mp4").exists(), "a refusal left a file")

    site.write_text(SITE.replace("MODULES", PIXELATE))
    for wrong in ("0.1,0.1,0.2", "0.1,0.1,0.2,0.3@5", "0.1,0.1,0.2,0.3@5-2", "-0.1,0,1,1", "a,b,c,d", "0.1,0.1,0.2,0.3 "):
        told = mask("--camera", "yard", "--out", folder / "x.mp4", "--pixelate", f"--keep={wrong}", exit_code=2)
        check("is no region" in told.stderr, told.stderr)
    told = mask("--camera", "yard", "--out", folder / "x.mp4", "--pixelate", "--keep", "0.5,0.5,0.6,0.3", exit_code=3)
    check("does not lie within the picture" in told.stderr, told.stderr)

    mosaic = folder / "mosaic.mp4"
    told = mask("--camera", "street", "--out", mosaic, "--pixelate", "--keep", "0.5,0.5,0.5,0.5@1-")
    check("a person must look at the sheets" in told.stderr, told.stderr)
    check("review: 1 picture of it on 1 sheet" in told.stdout, told.stdout)
    check((folder / "mosaic.mp4.review-01.jpg").stat().st_size > 1000, "the sheet is empty")
    check("must look through the sheets" in (folder / "mosaic.mp4.review.txt").read_text(), "the text does not say it")
    check(max(brightness(mosaic, 64, 64)) <= 48, "the mask is not black in the mosaic")
    told = json.loads(mask("--camera", "street", "--out", folder / "again.mp4", "--pixelate", "--json").stdout)
    check(told["review"]["reviewed"] is False, told)
    check(told["copied"] == [] and told["dropped"][0]["track"] == "audio/aac", told)
    told = json.loads(mask("--camera", "street", "--out", folder / "heard.mp4", "--pixelate", "--keep-sound", "--json").stdout)
    check(told["copied"] == ["audio/aac"], told)
    left = sorted(os.listdir(folder))
    check(not [one for one in left if one.startswith(".")], f"left over: {left}")
