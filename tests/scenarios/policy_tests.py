"""`ombud test`, as people and programs see it: what passes, what fails and where, what is left out, and what cannot be run."""
import json
import os
import pathlib
import subprocess
import tempfile

from ombud_site import OMBUD, PLUGINS, check

ROOT = pathlib.Path(__file__).parent.parent.parent
SAMPLE = ROOT / "samples/hello_cpp"


def test(*arguments, exit_code, manifests=SAMPLE):
    done = subprocess.run([OMBUD, "test", *map(str, arguments), "--plugins", PLUGINS, "--manifests", str(manifests)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    check(done.returncode == exit_code, f"{arguments}: exit {done.returncode}, not {exit_code}\n{done.stdout}{done.stderr}")
    return done


with tempfile.TemporaryDirectory() as scratch:
    folder = pathlib.Path(scratch)
    good = (SAMPLE / "tests/sound_test.xml").read_text()
    passes = test(SAMPLE / "tests", "--every-rule", exit_code=0)
    check("4 cases, 0 failed" in passes.stdout and "hello_cpp: 2 of 2 rules exercised" in passes.stdout, passes.stdout)
    apart = test(SAMPLE / "tests", "--every-rule", "--sandboxed", exit_code=0)
    check(apart.stdout == passes.stdout, f"sandboxed it says something else:\n{apart.stdout}")

    # One wrong expectation is one failed case, placed, with what was said instead; the others are run all the same.
    (folder / "wrong_test.xml").write_text(good.replace('rule="AMG-2" tracks', 'rule="AMG-7" tracks'))
    failed = test(folder, exit_code=1)
    line = next(number for number, text in enumerate(good.splitlines(), 1) if 'tracks="audio:remove"' in text)
    check(f"{folder}/wrong_test.xml:{line}: expected transform AMG-7 [audio:remove]\n          got      transform AMG-2 [audio:remove]: " in failed.stdout
          and "4 cases, 1 failed" in failed.stdout, failed.stdout)
    report = json.loads(test(folder, "--json", exit_code=1).stdout)
    check(not report["ok"] and [one["passed"] for one in report["cases"]] == [False, True, True, True], f"as JSON: {report}")
    check(report["cases"][0]["failures"][0]["line"] == line, f"as JSON: {report}")

    # A part of the cases says nothing about rules; a rule that no case exercises fails only where that is asked.
    part = test(folder, "--filter", "holds none", exit_code=0)
    check("1 case, 0 failed" in part.stdout and "rules" not in part.stdout, part.stdout)
    test(folder, "--filter", "nobody is called so", exit_code=3)
    (folder / "wrong_test.xml").write_text(good[:good.index('  <case name="sound stays')] + "</tests>\n")
    less = test(folder, exit_code=0)
    check("hello_cpp: 1 of 2 rules exercised; never: AMG-1" in less.stdout, less.stdout)
    test(folder, "--every-rule", exit_code=1)

    # A rule that an answer names and the manifest lacks is told, and fails where every rule is asked for.
    lacking = folder / "manifests"
    lacking.mkdir()
    (lacking / "hello_cpp.xml").write_text((SAMPLE / "hello_cpp.xml").read_text().replace('    <control id="AMG-2"/>\n', ""))
    more = test(SAMPLE / "tests", exit_code=0, manifests=lacking)
    check("hello_cpp: 1 of 1 rules exercised; not in the manifest: AMG-2" in more.stdout, more.stdout)
    test(SAMPLE / "tests", "--every-rule", exit_code=1, manifests=lacking)

    # What cannot be run is no passed test.
    (folder / "wrong_test.xml").write_text(good.replace("<expect", "<expects", 1))
    line = next(number for number, text in enumerate(good.splitlines(), 1) if "<expect" in text)
    check(f"{folder}/wrong_test.xml:{line}: " in test(folder, exit_code=3).stderr, "a file that breaks the grammar is not placed")
    (folder / "wrong_test.xml").write_text(good.replace("hello_cpp", "nobody"))
    check("there is no manifest of module 'nobody'" in test(folder, exit_code=3).stderr, "an unknown module")
    (folder / "wrong_test.xml").unlink()
    check("holds no file *_test.xml" in test(folder, exit_code=3).stderr, "a folder without tests")
    test(folder / "nothing_test.xml", exit_code=3)
    test(exit_code=2)
print("policy_tests: as it should be")
