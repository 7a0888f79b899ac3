"""One private ZoneMinder 1.36 on loopback: MariaDB, Apache, a camera and ZoneMinder's daemons, all below one folder.

ZoneMinder's packages have /etc/zm, /run/zm, /tmp/zm and /dev/shm/zm.mmap.N compiled in, and zmdc.pl kills processes by
ZoneMinder's program names, so a machine runs one instance at a time; a lock on ZM_CONF and POINTER see to that.
"""
import fcntl
import glob
import json
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import string
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
POINTER = pathlib.Path("/run/ombud-bed-zoneminder")        # names the folder of the instance that is up
SETTINGS = pathlib.Path("/etc/zm/conf.d/99-ombud-bed.conf")  # this instance's part of ZoneMinder's configuration
ZM_CONF = pathlib.Path("/etc/zm/zm.conf")                  # also the lock: it is there wherever ZoneMinder is
ZM_RUN = (pathlib.Path("/run/zm"), pathlib.Path("/tmp/zm"))
SERVICES = ("mariadbd", "apache2", "camera", "zoneminder")   # in the order in which they start
DIR_LENGTH_MAX = 57                                          # Storage.Path has room for 64 characters


class BedError(Exception):
    """What stopped the bed, with the next step."""


def lock():
    """Held until this process ends: one up, down or service command at a time."""
    file = open(ZM_CONF)
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def wait_for(what, seconds, condition, process=None, log=None):
    """Polls until `condition` is true; fails early when `process` has ended."""
    deadline = time.monotonic() + seconds
    while not condition():
        ended = process is not None and process.poll() not in (None, 0)
        if ended or time.monotonic() > deadline:
            tail = "".join(f"\n    {line}" for line in log.read_text(errors="replace").splitlines()[-15:]) if log and log.exists() else ""
            raise BedError(f"{what} {'ended' if ended else f'not there after {seconds} s'}; its log {log} ends with:{tail}")
        time.sleep(0.05)


def start_time(pid):
    """The kernel's start tick of a process, which with the pid names it for good; None when it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def descendants(pid):
    """[pid, start time] of everything below a process."""
    parents = {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = pathlib.Path(stat).read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append([int(stat.split("/")[2]), int(fields[19])])
    found = []
    for child in parents.get(pid, []):
        found += [child, *descendants(child[0])]
    return found


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Bed:
    def __init__(self, folder):
        self.dir = pathlib.Path(folder).resolve()
        self.state_file = self.dir / "state.json"
        self.state = json.loads(self.state_file.read_text()) if self.state_file.exists() else {}
        self.db_socket = self.dir / "mysql.sock"

    # -- what is kept across commands ---------------------------------------------------------------------------------
    def create(self, timezone, section_s, camera_url):
        if not self.state:
            if len(str(self.dir)) > DIR_LENGTH_MAX:
                raise BedError(f"{self.dir}: longer than {DIR_LENGTH_MAX} characters, which ZoneMinder's Storage.Path cannot hold; choose a shorter DIR")
            self.state = {
                "timezone": timezone, "section_s": section_s, "camera_url": camera_url,
                "http_port": free_port(), "rtsp_port": free_port(), "processes": {}, "undo": {},
                "db_password": secrets.token_hex(12), "password": secrets.token_hex(8),
                "ombud_password": secrets.token_hex(8), "ombud_db_password": secrets.token_hex(12)}
        for name, owner in (("", "root"), ("mysql", "mysql"), ("log", "root"), ("log/zm", "www-data"), ("events", "www-data"),
                            ("exports", "www-data"), ("swap", "www-data"), ("apache", "root"), ("apache/extra.d", "root")):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
            shutil.chown(self.dir / name, owner, pwd.getpwnam(owner).pw_gid)
            (self.dir / name).chmod(0o755)
        self.save()

    def save(self):
        self.state_file.touch(0o600)
        self.state_file.write_text(json.dumps(self.state, indent=1))

    def alive(self, name):
        pid, started = self.state.get("processes", {}).get(name, (0, 0))
        return bool(pid) and start_time(pid) == started

    def remember(self, name, pid):
        self.state["processes"][name] = [pid, start_time(pid)]
        self.save()

    def spawn(self, name, command, **options):
        with open(self.dir / "log" / f"{name}.log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                       cwd="/", env=self.environment(), **options)
        self.remember(name, process.pid)
        return process

    def environment(self):
        # One zone for all: ZoneMinder's times are local, and each part names folders by its own idea of the date.
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": self.state["timezone"]}

    def stop(self, name, patience_s=20):
        """TERM, then KILL; with everything below it. Returns at once when it does not run."""
        if self.alive(name):
            pid, _ = self.state["processes"][name]
            family = [self.state["processes"][name], *descendants(pid)]
            if name == "zoneminder":
                subprocess.run(["/usr/bin/zmdc.pl", "shutdown"], user="www-data", group="www-data", extra_groups=[], cwd="/",
                               env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
            elif start_time(pid):
                os.kill(pid, signal.SIGTERM)
            for number, seconds in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 5)):
                deadline = time.monotonic() + seconds
                while any(start_time(p) == s for p, s in family) and time.monotonic() < deadline:
                    time.sleep(0.05)
                for p, s in family:
                    if start_time(p) == s:
                        os.kill(p, number)
        self.state.get("processes", {}).pop(name, None)
        self.save()

    def kill(self, name):
        """KILL to the part and everything below it, as when the machine runs out of memory."""
        if self.alive(name):
            pid, _ = self.state["processes"][name]
            for victim in [pid, *(child for child, _ in descendants(pid))]:
                os.kill(victim, signal.SIGKILL)
        self.stop(name)

    def start(self, name):
        if not self.alive(name):
            getattr(self, f"start_{name}")()

    # -- the four services --------------------------------------------------------------------------------------------
    def start_mariadbd(self):
        if not (self.dir / "mysql/mysql").exists():
            made = subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={self.dir}/mysql", "--user=mysql", "--skip-test-db",
                                   "--auth-root-authentication-method=socket"], capture_output=True, text=True, env=self.environment())
            if made.returncode:
                raise BedError(f"mariadb-install-db: {made.stdout[-500:]}{made.stderr[-500:]}")
        # innodb-flush-log-at-trx-commit=2: the bed survives a killed mariadbd, not a power cut, and starts sooner
        process = self.spawn("mariadbd", ["mariadbd", "--no-defaults", "--user=mysql", f"--datadir={self.dir}/mysql",
                                          f"--socket={self.dir}/mysql/mysql.sock", "--skip-networking", "--innodb-flush-log-at-trx-commit=2",
                                          "--character-set-server=utf8mb4", "--skip-log-bin", f"--pid-file={self.dir}/mysql/mariadbd.pid"])
        if not self.db_socket.is_symlink():
            self.db_socket.symlink_to("mysql/mysql.sock")
        wait_for("mariadbd", 30, lambda: self.try_sql("SELECT 1") is not None, process, self.dir / "log/mariadbd.log")
        if not self.state.get("schema"):
            self.create_database()

    def try_sql(self, statements, database="", cwd="/"):
        """Tab-separated rows, or None when there was an error (then in self.sql_error)."""
        done = subprocess.run(["mariadb", "--no-defaults", f"--socket={self.db_socket}", "-uroot", "--batch", "--skip-column-names", *([database] if database else [])],
                              input=statements, capture_output=True, text=True, cwd=cwd)
        self.sql_error = done.stderr
        return None if done.returncode else done.stdout

    def sql(self, statements, database="zm", cwd="/"):
        rows = self.try_sql(statements, database, cwd)
        if rows is None:
            raise BedError(f"SQL: {self.sql_error.strip()}")
        return rows

    def create_database(self):
        packaged = pathlib.Path("/usr/share/zoneminder/db/zm_create.sql")
        self.sql("DROP DATABASE IF EXISTS zm", database="")
        self.sql(packaged.read_text(), database="", cwd=packaged.parent)
        s = self.state
        hashes = {name: subprocess.run(["php", "-r", "echo password_hash(stream_get_contents(STDIN), PASSWORD_BCRYPT);"], input=s[name],
                                       capture_output=True, text=True, check=True).stdout for name in ("password", "ombud_password")}
        self.sql(f"""
            CREATE OR REPLACE USER 'zmuser'@'localhost' IDENTIFIED BY '{s["db_password"]}';
            GRANT LOCK TABLES,ALTER,CREATE,SELECT,INSERT,UPDATE,DELETE,INDEX,TRIGGER ON zm.* TO 'zmuser'@'localhost';
            UPDATE Users SET Password='{hashes["password"]}', APIEnabled=1 WHERE Id=1;
            INSERT INTO Users SET Username='ombud', Password='{hashes["ombud_password"]}', Enabled=1, APIEnabled=1,
              Events='Edit', Monitors='Edit', MonitorIds='';
            UPDATE Config SET Value='1' WHERE Name IN ('ZM_OPT_USE_AUTH','ZM_OPT_USE_API','ZM_OPT_FFMPEG');
            UPDATE Config SET Value='{secrets.token_hex(16)}' WHERE Name='ZM_AUTH_HASH_SECRET';
            UPDATE Config SET Value='0' WHERE Name IN
              ('ZM_SHOW_PRIVACY','ZM_CHECK_FOR_UPDATES','ZM_TELEMETRY_DATA','ZM_DYN_SHOW_DONATE_REMINDER','ZM_AUTH_HASH_IPS');
            UPDATE Config SET Value='10' WHERE Name IN ('ZM_FILTER_EXECUTE_INTERVAL','ZM_FILTER_RELOAD_DELAY');
            UPDATE Storage SET Path='{self.dir}/events' WHERE Id=1;
            INSERT INTO Monitors SET Name='bed-camera', Type='Ffmpeg', `Function`='Record', Enabled=1, Path='{self.camera_url()}',
              Method='rtpRtsp', Width=640, Height=360, Colours=4, SaveJPEGs=3, VideoWriter=2, OutputContainer='mp4', RecordAudio=1,
              StorageId=1, SectionLength={s["section_s"]}, MinSectionLength={s["section_s"]}, ImageBufferCount=3, MaxImageBufferCount=60,
              PreEventCount=5, PostEventCount=5, AlarmFrameCount=1;
            INSERT INTO Monitor_Status SET MonitorId=LAST_INSERT_ID();""")
        outbox = ROOT / "plugins/connect_zoneminder/outbox.sql"
        if outbox.exists():
            self.sql(outbox.read_text())
            self.sql((outbox.parent / "accounts.sql").read_text())
            self.sql(f"ALTER USER 'ombud'@'localhost' IDENTIFIED BY '{s['ombud_db_password']}'")
        s["schema"] = True
        self.save()

    def start_apache2(self):
        modules = pathlib.Path("/usr/lib/apache2/modules")
        text = string.Template((HERE / "apache2.conf").read_text()).substitute(
            dir=self.dir, port=self.state["http_port"], modules=modules, timezone=self.state["timezone"],
            php=sorted(modules.glob("libphp*.so"))[-1], php_ini=sorted(glob.glob("/etc/php/*/apache2"))[-1])
        (self.dir / "apache/apache2.conf").write_text(text)
        (self.dir / "apache/apache2.pid").unlink(missing_ok=True)  # of a killed one, whose pid may be another's by now
        process = self.spawn("apache2", ["apache2", "-f", str(self.dir / "apache/apache2.conf"), "-D", "FOREGROUND"])
        wait_for("apache2", 15, lambda: answers(self.state["http_port"]), process, self.dir / "log/apache2.log")

    def camera_url(self):
        return self.state["camera_url"] or f"rtsp://127.0.0.1:{self.state['rtsp_port']}/cam"

    def start_camera(self):
        if self.state["camera_url"]:
            return
        clip = self.dir / "camera.mp4"
        if not clip.exists():
            subprocess.run([HERE.parent / "camera/make-clip", clip], check=True)
        process = self.spawn("camera", [str(HERE.parent / "camera/rtsp-camera"), str(clip), str(self.state["rtsp_port"])])
        wait_for("the camera", 10, lambda: answers(self.state["rtsp_port"]), process, self.dir / "log/camera.log")

    def start_zoneminder(self):
        self.configure_zoneminder()
        pid_file = pathlib.Path("/run/zm/zm.pid")
        for stale in (pid_file, pathlib.Path("/run/zm/zmdc.sock")):
            stale.unlink(missing_ok=True)
        # zmdc.pl closes every descriptor up to the limit, one by one: a small limit saves minutes in a container
        done = subprocess.run(["/bin/bash", "-c", "ulimit -n 1024; exec setsid /usr/bin/zmpkg.pl start"], user="www-data", group="www-data",
                              extra_groups=[], cwd="/", env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=60)
        if done.returncode:
            raise BedError(f"zmpkg.pl start: exit {done.returncode}; see {self.dir}/log/zm/zmpkg.log")
        wait_for("zmdc.pl", 20, lambda: pid_file.exists() and pid_file.read_text().strip(), log=self.dir / "log/zm/zmdc.log")
        self.remember("zoneminder", int(pid_file.read_text()))

    def configure_zoneminder(self):
        undo = self.state["undo"]
        if "zm_conf_gid" not in undo:  # root:root 0640 in the package, and the daemons run as www-data
            undo["zm_conf_gid"] = ZM_CONF.stat().st_gid
            undo["made"] = [str(folder) for folder in ZM_RUN if not folder.exists()]
            self.save()
        www = pwd.getpwnam("www-data")
        os.chown(ZM_CONF, -1, www.pw_gid)
        for folder in ZM_RUN:
            folder.mkdir(exist_ok=True)
            os.chown(folder, www.pw_uid, www.pw_gid)
        SETTINGS.touch(0o640)
        SETTINGS.write_text("".join(f"{name}={value}\n" for name, value in {
            "ZM_DB_HOST": f"localhost:{self.db_socket}", "ZM_DB_NAME": "zm", "ZM_DB_USER": "zmuser", "ZM_DB_PASS": self.state["db_password"],
            "ZM_DIR_EVENTS": f"{self.dir}/events", "ZM_DIR_EXPORTS": f"{self.dir}/exports", "ZM_PATH_LOGS": f"{self.dir}/log/zm",
            "ZM_PATH_SWAP": f"{self.dir}/swap", "ZM_PATH_FFMPEG": "/usr/bin/ffmpeg"}.items()))
        extra = self.dir / "zm-extra.conf"  # a test's own pinned options
        if extra.exists():
            SETTINGS.write_text(SETTINGS.read_text() + extra.read_text())
        os.chown(SETTINGS, 0, www.pw_gid)

    # -- the whole ----------------------------------------------------------------------------------------------------
    def down(self):
        """Stops what runs and takes back every change outside the folder."""
        if not self.state:
            return
        monitors = (self.try_sql("SELECT Id FROM Monitors", "zm") or "").split() if self.alive("mariadbd") else []
        for name in reversed(SERVICES):
            self.stop(name)
        for monitor in monitors:
            pathlib.Path(f"/dev/shm/zm.mmap.{monitor}").unlink(missing_ok=True)
        undo = self.state["undo"]
        if "zm_conf_gid" in undo:
            os.chown(ZM_CONF, -1, undo["zm_conf_gid"])
            SETTINGS.unlink(missing_ok=True)
            for leftover in ("zm.pid", "zmdc.sock"):
                (ZM_RUN[0] / leftover).unlink(missing_ok=True)
            for folder in undo["made"]:
                shutil.rmtree(folder, ignore_errors=True)
        self.state["undo"] = {}
        self.save()

    def recorded(self):
        """The newest finished recording, with sound if its monitor is to record sound, as facts; None: not yet."""
        row = self.sql("""SELECT e.Id, e.MonitorId, DATE(e.StartDateTime), e.DefaultVideo, m.RecordAudio FROM Events e JOIN Monitors m ON m.Id = e.MonitorId
                          WHERE e.EndDateTime IS NOT NULL AND e.DefaultVideo <> '' ORDER BY e.Id DESC LIMIT 1""").split()
        if not row:
            return None
        file = self.dir / "events" / row[1] / row[2] / row[0] / row[3]
        kinds = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", file], capture_output=True, text=True)
        if not {"video"} | ({"audio"} if row[4] != "0" else set()) <= set(kinds.stdout.split()):
            return None
        return {"event_id": int(row[0]), "monitor_id": int(row[1]), "event_file": str(file)}

    def facts(self):
        s, base = self.state, f"http://127.0.0.1:{self.state['http_port']}/zm"
        return {"dir": str(self.dir), "api_url": f"{base}/api", "web_url": f"{base}/index.php",
                "user": "admin", "password": s["password"], "ombud_user": "ombud", "ombud_password": s["ombud_password"],
                "db_socket": str(self.db_socket), "db_name": "zm", "db_user": "zmuser", "db_password": s["db_password"],
                "ombud_db_user": "ombud", "ombud_db_password": s["ombud_db_password"],
                "events_dir": f"{self.dir}/events", "exports_dir": f"{self.dir}/exports", "camera_url": self.camera_url(),
                "access_log": f"{self.dir}/log/access.log", "apache_extra_dir": f"{self.dir}/apache/extra.d",
                "zm_log_dir": f"{self.dir}/log/zm", "zm_settings": str(SETTINGS), "timezone": s["timezone"],
                "pids": {name: pid for name, (pid, _) in s["processes"].items()}}


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def fail(program, error):
    sys.exit(f"{program}: error: {error}")
