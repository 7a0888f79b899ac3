"""A real ZoneMinder for a scenario: what the bed says of it, its database and pages, and a site that is attached to it.

OMBUD_ZONEMINDER names the folder of the bed (tests/bed/zoneminder/up).
"""
import http.client
import json
import os
import pathlib
import re
import subprocess
import urllib.parse
import urllib.request

from ombud_site import check

BED = pathlib.Path(os.environ["OMBUD_ZONEMINDER"])
facts = json.loads((BED / "facts.json").read_text())
APACHE = urllib.parse.urlsplit(facts["web_url"])

SITE = """<?xml version="1.0" encoding="UTF-8"?>
<site xmlns="urn:ombud:site:1" id="zm" timezone="{timezone}">
  <attachments>
    <attachment id="zm" connector="connect_zoneminder">
      <option name="api-url">{api_url}</option>
      <option name="user">{ombud_user}</option>
      <option name="password" secret-file="zm-password"/>
      <option name="db-socket">{db_socket}</option>
      <option name="db-user">{ombud_db_user}</option>
      <option name="db-password" secret-file="db-password"/>
{options}    </attachment>
  </attachments>
  <cameras>
    <camera id="gate" attachment="zm" device="{monitor_id}" area="private">
      <purpose legal-basis="GDPR Art. 6(1)(f)">security of the gate</purpose>
      <retention period="7d"/>
    </camera>
  </cameras>
  <modules>
{modules}  </modules>
{more}</site>
"""


def site_at(make, modules, options="", more=""):
    """A site of ZoneMinder's one camera; all three are elements: of <modules>, of the attachment, behind <modules>."""
    site = make(SITE.format(**facts, modules=modules, options=options, more=more))
    for name, secret in (("zm-password", facts["ombud_password"]), ("db-password", facts["ombud_db_password"])):
        (site.folder / name).write_text(secret)
        (site.folder / name).chmod(0o600)
    return site


def no_password_is_told(site):
    spoken = site.log() + json.dumps(site.ledger())
    check(not any(secret in spoken for secret in (facts["ombud_password"], facts["ombud_db_password"], facts["password"])),
          "a password is in the log or the ledger")


def sql(statement):
    """As the database's administrator."""
    return subprocess.run(["mariadb", "--no-defaults", "-S", facts["db_socket"], "-N", "-B", facts["db_name"], "-e", statement],
                          check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def service(what, name):
    """Starts or stops a part of the bed."""
    subprocess.run([str(pathlib.Path(__file__).resolve().parents[1] / "bed/zoneminder/service"), str(BED), what, name], check=True, timeout=120,
                   capture_output=True)


def set_monitor(**fields):
    """As an administrator of ZoneMinder would, over its REST interface."""
    def post(path, form):
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(facts["api_url"] + path, data, timeout=60) as answer:
            return json.loads(answer.read() or "{}")
    token = post("/host/login.json", {"user": facts["user"], "pass": facts["password"]})["access_token"]
    post(f"/monitors/{facts['monitor_id']}.json", {"token": token, **{f"Monitor[{name}]": value for name, value in fields.items()}})


def streams(path):
    """The kinds of tracks that a file holds."""
    rows = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", path],
                          capture_output=True, text=True, timeout=60).stdout.split()
    return {row.strip(",") for row in rows}


def folder_of(event):
    monitor, day = sql(f"SELECT MonitorId, DATE(StartDateTime) FROM Events WHERE Id = {event}").split("\t")
    return pathlib.Path(facts["events_dir"]) / monitor / day / str(event)


def finished(after=0):
    """(id, file) of finished recordings behind that event whose file is there, oldest first."""
    rows = sql("SELECT Id, MonitorId, DATE(StartDateTime), DefaultVideo FROM Events WHERE EndDateTime IS NOT NULL AND "
               f"DefaultVideo <> '' AND Id > {after} ORDER BY Id").splitlines()
    found = []
    for event, monitor, day, video in (row.split("\t") for row in rows):
        found.append((int(event), f"{facts['events_dir']}/{monitor}/{day}/{event}/{video}"))
    return [one for one in found if os.path.exists(one[1])]


def make_account(name, password_of, **rights):
    """An account of ZoneMinder with the password that another one has."""
    hashed = sql(f"SELECT Password FROM Users WHERE Username = '{password_of}'")
    sql(f"DELETE FROM Users WHERE Username = '{name}'")
    given = "".join(f", `{right}` = '{value}'" for right, value in rights.items())
    sql(f"INSERT INTO Users SET Username = '{name}', Password = '{hashed}', Enabled = 1, APIEnabled = 1{given}")


class Browser:
    """Somebody at a door: a proxy's, or Apache's own. Keeps cookies, and says where it comes from as browsers do."""

    def __init__(self, port=APACHE.port):
        self.port, self.cookies, self.token = port, {}, None

    def ask(self, method, target, form=None, fields=None, own_page=True, limit=1 << 20):
        """@return (status, body, fields); what a stream sends is cut at the limit"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        send = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            send["Content-Type"] = "application/x-www-form-urlencoded"
        if own_page:
            send["Referer"] = f"http://127.0.0.1:{self.port}/zm/index.php?view=console"
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in {**send, **(fields or {})}.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body.encode() if body is not None else None)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                name, value = cookie.split(";")[0].split("=", 1)
                self.cookies[name] = value
            return answer.status, answer.read(limit), answer.headers
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error).encode(), {}
        finally:
            connection.close()

    def get(self, **query):
        """A page, by its parameters."""
        return self.ask("GET", "/zm/index.php?" + urllib.parse.urlencode(query))

    def login(self, user, password):
        self.ask("POST", "/zm/index.php?view=login", {"action": "login", "view": "login", "username": user, "password": password})
        return self.is_in()

    def is_in(self):
        return b"logoutbutton" in self.get(view="console")[1].lower()

    def magic(self, **query):
        """ZoneMinder's own token against forged forms, of a page."""
        found = re.search(rb"__csrf_magic[^>]*value=\"([^\"]+)\"|csrfMagicToken = \"([^\"]+)\"", self.get(**query)[1])
        check(found, f"the page {query} holds no CSRF token")
        return (found[1] or found[2]).decode()

    def api_login(self, user, password):
        """Takes a token of the REST interface. @return the status"""
        status, body, _ = self.ask("POST", "/zm/api/host/login.json", {"user": user, "pass": password})
        self.token = json.loads(body)["access_token"] if status == 200 else None
        return status

    def token_works(self):
        status = self.ask("GET", f"/zm/api/events.json?limit=1&token={self.token}")[0]
        check(status in (200, 401), f"the token is answered {status}")
        return status == 200
