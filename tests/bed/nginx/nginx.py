#!/usr/bin/python3
"""A real nginx on loopback, as it stands in front of a VMS: one folder, one free port, nothing of the system's own nginx.

    nginx.py up DIR --gate unix:/run/ombud/web.sock --vms 127.0.0.1:8080      prints its address; down DIR ends it

As a module: Nginx(folder, gate, vms, only_asks=False). `only_asks` has it ask by auth_request, as other proxies do.
"""
import argparse
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
CONF = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 1;
user {user};
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/tmp/body; proxy_temp_path {folder}/tmp/proxy; fastcgi_temp_path {folder}/tmp/fastcgi;
    uwsgi_temp_path {folder}/tmp/uwsgi; scgi_temp_path {folder}/tmp/scgi;
    merge_slashes off;
    upstream ombud_web_gate {{ server {gate}; keepalive 32; }}
    upstream vms {{ server {vms}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
}}
"""

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Nginx:
    def __init__(self, folder, gate, vms, only_asks=False, user="www-data"):
        self.folder = pathlib.Path(folder)
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        locations = f"include {HERE / ('ombud-web-auth-request.conf' if only_asks else 'ombud-web.conf')};"
        self.conf = self.folder / "nginx.conf"
        self.conf.write_text(CONF.format(folder=self.folder, gate=gate, vms=vms, port=self.port, locations=locations, user=user))
        self.process = None

    def start(self):
        log = open(self.folder / "start.log", "ab")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", str(self.conf), "-p", str(self.folder)], stdout=log, stderr=log,
                                        stdin=subprocess.DEVNULL)
        log.close()
        end = time.monotonic() + 15
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        raise RuntimeError("nginx does not answer: " + (self.folder / "start.log").read_text()[-2000:] + (self.folder / "error.log").read_text()[-2000:])

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["up", "down"])
    parser.add_argument("dir")
    parser.add_argument("--gate", default="unix:/run/ombud/web.sock")
    parser.add_argument("--vms", default="127.0.0.1:8080")
    options = parser.parse_args()
    if options.command == "up":
        bed = Nginx(options.dir, options.gate, options.vms).start()
        print(f"http://127.0.0.1:{bed.port}/")
        return 0
    os.kill(int((pathlib.Path(options.dir) / "nginx.pid").read_text()), signal.SIGTERM)
    return 0


if __name__ == "__main__":
    sys.exit(main())
