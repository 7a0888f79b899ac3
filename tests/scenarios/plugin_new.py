"""From nothing to a loaded module, in each language: the SDK is installed, a project made, built, tested, checked, and loaded; and what
`ombud plugin check` says of others."""
import json
import os
import pathlib
import shutil
import subprocess
import time

from ombud_site import OMBUD, PLUGINS, check, scenario, site_xml

ROOT = pathlib.Path(__file__).parent.parent.parent
LANGUAGES = {"c": "build/mine_c.so", "cpp": "build/plugins/mine_cpp.so", "rust": "build/mine_rust.so"}


def run(*command, folder=None, env=None):
    done = subprocess.run([str(one) for one in command], cwd=folder, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=280)
    check(done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


with scenario() as make:
    languages = [one for one in LANGUAGES if one != "rust" or shutil.which("cargo")]
    site = make(site_xml(more="".join(f'    <module id="mine_{one}" mode="monitor"/>\n' for one in languages)))
    prefix = site.folder / "prefix"
    run("cmake", "-S", ROOT, "-B", site.folder / "sdk", "-DOMBUD_SDK_ONLY=ON")
    run("cmake", "--install", site.folder / "sdk", "--prefix", prefix)
    templates = prefix / "share/ombud/templates"

    site.plugins, site.manifests = site.folder / "plugins", site.folder / "manifests"
    site.plugins.mkdir()
    shutil.copytree(os.environ["OMBUD_MANIFESTS"], site.manifests)
    for name in ("connect_folder", "retention_auditor", "audio_metadata_gate"):
        shutil.copyfile(pathlib.Path(PLUGINS) / (name + ".so"), site.plugins / (name + ".so"))

    env = {"CMAKE_PREFIX_PATH": str(prefix), "PKG_CONFIG_PATH": str(prefix / "share/pkgconfig"), "OMBUD": OMBUD}
    for language in languages:
        name = "mine_" + language
        began = time.monotonic()
        site.run("plugin", "new", name, "--lang", language, "--dir", site.folder, "--templates", templates)
        said = run(site.folder / name / "ci/run", env=env)
        if language != "cpp": # ctest keeps what a passing test says to itself
            check("1 of 1 rules exercised" in said, f"{name}'s policy tests did not run: {said[-500:]}")
            check("keeps the rules" in said, f"{name} was not checked: {said[-500:]}")
        shutil.copyfile(site.folder / name / LANGUAGES[language], site.plugins / (name + ".so"))
        shutil.copyfile(site.folder / name / (name + ".xml"), site.manifests / (name + ".xml"))
        print(f"{language}: from nothing to a checked plugin in {time.monotonic() - began:.1f} s")
        left = [str(file) for file in (site.folder / name).rglob("*")
                if file.is_file() and "my_plugin" in file.name and not {"target", "build"} & set(file.parts)]
        check(not left, f"files that kept the template's name: {left}")

    # A second project of the name, a name that is none, and templates that are not there.
    refused = subprocess.run([OMBUD, "plugin", "new", "mine_c", "--lang", "c", "--dir", str(site.folder), "--templates", str(templates)],
                             capture_output=True, text=True)
    check(refused.returncode == 3 and "is there already" in refused.stderr, f"a folder that is there: {refused}")
    site.run("plugin", "new", "Mine", "--lang", "c", "--dir", site.folder, exit_code=2)
    site.run("plugin", "new", "other", "--lang", "c", "--dir", site.folder, "--templates", site.folder / "nowhere", exit_code=3)
    check(not list(site.folder.glob("*other*")), "something was left of a project that could not be made")

    # What the check says to programs: by its exit code, and as JSON.
    broken = pathlib.Path(os.environ["OMBUD_HOSTILE"]) / "broken"
    report = json.loads(site.run("plugin", "check", broken / "needs_start.so", "--json", "--seed", "7", "--only", "lifecycle", exit_code=1).stdout)
    failed = [one["name"] for one in report["checks"] if one["outcome"] == "fail"]
    check(not report["ok"] and report["seed"] == 7 and failed == ["lifecycle.without_start"], f"a broken plugin as JSON: {report}")
    site.run("plugin", "check", broken / "sound.so", "--only", "lifecycle.without_start")
    site.run("plugin", "check", broken / "sound.so", "--only", "nonsense", exit_code=2)
    site.run("plugin", "check", broken / "sound.so", "--option", "place", exit_code=2)
    site.run("plugin", "check", site.folder / "nothing.so", exit_code=3)

    site.start()
    loaded = {one["id"]: one for one in site.call("GET", "/v1/plugins")}
    for language in languages:
        check(loaded["mine_" + language]["state"] == "loaded", f"{language}: {loaded['mine_' + language]}")
    answer = site.call("POST", "/v1/ask/recording.finished",
                       {"attachment": "files", "fields": {"recording": "1", "device": "entrance", "size_bytes": 2 ** 41}})
    answers = {one["module"]: one["action"] for one in answer["answers"]}
    for language in languages:
        check(answers["mine_" + language] == "deny", f"{language}: {answer}")
