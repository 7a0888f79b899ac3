"""A time stamping authority for a scenario: `serve` beside this file, as an object."""
import pathlib
import subprocess


class TimeStampingAuthority:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ca = self.folder / "ca.pem"
        self.process = subprocess.Popen([str(pathlib.Path(__file__).parent / "serve"), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def behave(self, mode):
        """`` well, or `down`, `other`, `stranger`: see serve."""
        (self.folder / "mode").write_text(mode)

    def end(self):
        self.process.stdin.close()
        self.process.wait()
